//! Every command that acts, over the compiled program.
mod common;

use common::Stage;

#[test]
fn a_deposit_opens_the_account_and_is_told_about() {
    let stage = Stage::new("deposit");
    let answer = stage.must("alice", "deposit 2500 USDC");
    println!("{}", answer.all);
    let answer = stage.run("alice", "account");
    println!("{}", answer.all);
}
