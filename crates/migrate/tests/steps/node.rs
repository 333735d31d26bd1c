//! The steps over HTTP, a node with the compiled program at the other end.

use plimsoll_client::chain::Commitment;
use plimsoll_client::rpc::Rpc;
use plimsoll_client::send::SystemTime;
use plimsoll_migrate::local::Local;
use plimsoll_migrate::run::{End, Problem, Session};
use plimsoll_testkit::{Node, Wallet};

use crate::stage::{listings, parameters, signed_by, steps};

#[test]
fn a_deployment_comes_up_over_http_and_a_change_is_proposed() {
    let operator = Wallet::new("governance");
    let local = Local::new().unwrap();
    let places = local.places(&listings());
    local.with(|svm| svm.set_lamports(operator.address(), 10_000_000_000));
    let node = Node::of(local.chain.clone());
    let rpc = Rpc::new(&node.url, Commitment::Confirmed).unwrap();
    let (steps, mut out) = (steps(), Vec::new());
    let mut session = Session {
        chain: &rpc,
        time: &SystemTime::default(),
        places: &places,
        steps: &steps,
        signers: signed_by(&operator),
        out: &mut out,
    };
    session.check_cluster().unwrap();
    for step in &steps[..4] {
        assert_eq!(session.run(step), Ok(End::Done));
    }
    let change = parameters("[pool]\nredeem_fee = 2_000\n");
    assert_eq!(session.run(&change), Ok(End::Left));
    assert_eq!(session.cancel(10), Ok(End::Done));
    session.signers = signed_by(&Wallet::new("poor"));
    let poor = session.cancel(10);
    assert!(matches!(poor, Err(Problem::Input(_))), "the clearinghouse is another one's: {poor:?}");
    let sent = node.methods().iter().filter(|method| *method == "sendTransaction").count();
    // Two to create, ten to list, a launch, a proposal, a cancellation.
    assert_eq!(sent, 15);
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("redeem_fee  1,000 -> 2,000 millionths  neither tightens nor loosens"), "{text}");
}
