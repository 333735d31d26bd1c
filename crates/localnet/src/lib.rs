//! A complete local deployment of Plimsoll.
