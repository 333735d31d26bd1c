//! A fresh chain, the project's own steps, and somebody to carry them out.

use std::path::Path;

use plimsoll::state::{Clearinghouse, SETTLEMENT_ASSET};
use plimsoll_client::addresses;
use plimsoll_client::decode::Layout;
use plimsoll_migrate::listings::{self, Listings};
use plimsoll_migrate::local::Local;
use plimsoll_migrate::places::Places;
use plimsoll_migrate::run::{End, Problem, Session, Signers};
use plimsoll_migrate::step::{self, Step};
use plimsoll_testkit::Wallet;
use solana_account::Account;
use solana_address::Address;

pub struct Stage {
    pub local: Local,
    pub places: Places,
    pub steps: Vec<Step>,
    pub operator: Wallet,
}

/// What a run came to, and what it printed.
pub type Ran = (Result<End, Problem>, String);

impl Stage {
    pub fn new() -> Self {
        let local = Local::new().unwrap();
        let mut places = local.places(&listings());
        let operator = Wallet::new("governance");
        local.with(|svm| svm.set_lamports(operator.address(), 10_000_000_000));
        places.creator = Some(operator.address());
        Self { local, places, steps: steps(), operator }
    }

    /// One where the first three steps have been carried out.
    pub fn launched() -> Self {
        let mut stage = Self::new();
        for name in ["1", "2", "3"] {
            let (end, text) = stage.apply(name);
            assert_eq!(end, Ok(End::Done), "{text}");
        }
        stage
    }

    pub fn run(&mut self, step: &Step, signers: Signers) -> Ran {
        let mut out = Vec::new();
        let end = self.session(signers, &mut out).run(step);
        (end, String::from_utf8(out).unwrap())
    }

    pub fn named(&self, name: &str) -> Step {
        self.steps.iter().find(|step| step.number.to_string() == name).unwrap().clone()
    }

    pub fn apply(&mut self, name: &str) -> Ran {
        let step = self.named(name);
        self.apply_step(&step)
    }

    pub fn apply_step(&mut self, step: &Step) -> Ran {
        let signers = signed_by(&self.operator);
        self.run(step, signers)
    }

    pub fn dry(&mut self, step: &Step) -> Ran {
        let signers = Signers { authority: Some(self.operator.address()), ..Signers::default() };
        self.run(step, signers)
    }

    pub fn cancel(&mut self, id: u32, by: &Wallet) -> Ran {
        let mut out = Vec::new();
        let end = self.session(signed_by(by), &mut out).cancel(id);
        (end, String::from_utf8(out).unwrap())
    }

    fn session<'a>(&'a self, signers: Signers, out: &'a mut Vec<u8>) -> Session<'a> {
        let (chain, time) = (&*self.local.chain, &*self.local.chain);
        Session { chain, time, places: &self.places, steps: &self.steps, signers, out }
    }

    /// A copy of the layout in an account of the program.
    pub fn read<T: Layout>(&self, address: &Address) -> T {
        self.local.with(|svm| svm.read(address))
    }

    pub fn house(&self) -> Address {
        addresses::clearinghouse(&self.operator.address())
    }

    pub fn clearinghouse(&self) -> Clearinghouse {
        self.read(&self.house())
    }

    /// Every account of the program.
    pub fn accounts(&self) -> Vec<(Address, Account)> {
        let mut all = self.local.with(|svm| svm.vm.get_program_accounts(&plimsoll::ID));
        all.sort_by_key(|(address, _)| *address);
        all
    }

    /// The market of SOL, whose row is the last.
    pub fn sol(&self) -> plimsoll::state::Market {
        self.read(&addresses::market(&self.house(), SETTLEMENT_ASSET + 3))
    }
}

pub fn signed_by(wallet: &Wallet) -> Signers {
    Signers { keypair: Some(wallet.key.insecure_clone()), authority: None, apply: true }
}

pub fn listings() -> Listings {
    listings::bundled().unwrap()
}

pub fn steps() -> Vec<Step> {
    step::read_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations")).unwrap()
}

/// A step of changed parameters.
pub fn parameters(body: &str) -> Step {
    let text = format!("version = 1\nlayout_version = 1\nkind = \"parameters\"\n{body}");
    step::parse("0006_example", 6, &text, &|file| Err(format!("{file} is not needed"))).unwrap()
}
