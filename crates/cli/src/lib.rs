//! The command line of Plimsoll.
