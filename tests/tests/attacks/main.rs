//! What an attacker would try, and that it gets him nothing: each attempt fails with an
//! exact error and changes no byte, or leaves him no richer than he was. That every
//! account of every instruction is checked, the `matrix` tests show.

mod addresses;
mod graph;
mod lending;
mod liquidations;
mod manipulation;
mod price_table;
mod prices;
mod profit;
mod search;
mod wealth;
