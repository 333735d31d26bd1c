//! What a replay leaves behind: the record from which the story, the JSON and the page are made.

use std::collections::BTreeSet;

use crate::money;

pub use crate::calendar::UnixTime;
pub use crate::mechanism::Mechanism;
pub use crate::prices::{PricePoint, PriceSource, Symbol};

/// Millionths of a US dollar, the program's unit of account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct MicroUsd(pub i128);

/// Everything that is shown of one replay.
#[derive(Debug, Clone)]
pub struct Trace {
    pub sources: Vec<PriceSource>,
    /// How the published points came from the recorded ones, in prose.
    pub path: String,
    /// What the oracles published, in order of time.
    pub points: Vec<PricePoint>,
    pub accounts: Vec<AccountSeries>,
    /// In the order in which they happened.
    pub liquidations: Vec<Liquidation>,
    /// Every rule at work, in the order in which it was.
    pub happenings: Vec<Happening>,
    pub ledger: Ledger,
    /// Losses beyond what accounts owned: of all liquidations, bankruptcies, and accounts that still owe at the end; never
    /// negative.
    pub bad_debt: MicroUsd,
    pub stories: Vec<StoryLine>,
    /// How many transactions were sent and went through; the invariants were checked after each.
    pub transactions: usize,
}

/// One margin account through the replay.
#[derive(Debug, Clone)]
pub struct AccountSeries {
    /// How the story calls it.
    pub name: String,
    /// What its owner is up to, reading on from the name.
    pub role: String,
    /// Address of the wallet that owns it, base58.
    pub owner: String,
    /// Its own address, base58; the key by which liquidations refer to it.
    pub address: String,
    /// In order of time. A change at one time, such as a liquidation, is two samples: before and after.
    pub series: Vec<AccountSample>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountSample {
    pub time: UnixTime,
    pub equity: MicroUsd,
    pub maintenance_requirement: MicroUsd,
    /// Equity / maintenance requirement in millionths, rounded down; `None` without a requirement. Below 1,000,000 the account
    /// is under its maintenance line.
    pub margin_ratio_ppm: Option<i64>,
    /// Whether any position is open.
    pub open: bool,
}

/// One position closed, in part or whole, by a keeper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Liquidation {
    pub time: UnixTime,
    /// Address of the margin account.
    pub account: String,
    /// Name of the market, such as `BTC-PERP`.
    pub market: String,
    /// The asset whose price drives the market.
    pub symbol: Symbol,
    /// Native units of the asset that were closed: above zero from a long, below zero from a short.
    pub size: i64,
    /// Decimals of `size`.
    pub decimals: u8,
    /// Closing price of one whole coin, rounded down.
    pub price: MicroUsd,
    /// Taken from the account.
    pub penalty: MicroUsd,
    /// The keeper's part of the penalty.
    pub bounty: MicroUsd,
    /// Maintenance health before and after.
    pub health_before: MicroUsd,
    pub health_after: MicroUsd,
}

/// One rule at work: an event of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    pub time: UnixTime,
    pub mechanism: Mechanism,
    /// Address of the account, market, or fund that it happened to, base58.
    pub address: String,
    /// How the story calls that.
    pub name: String,
    /// What the event says, by name: micro-USD unless the name ends in the symbol of a coin, then its native units.
    pub amounts: Vec<(String, i128)>,
    /// The line of the story.
    pub text: String,
}

/// One line of the story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryLine {
    pub time: UnixTime,
    pub tone: Tone,
    pub text: String,
}

/// How loud a line of the story is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Plain,
    /// Worth a glance: a milestone, a warning.
    Notice,
    /// What is happening, when it happens for the first time.
    Explained,
    /// A liquidation or a loss.
    Alarm,
}

/// Who follows a replay while it runs.
pub trait Observer {
    /// `done` of `total` price points are replayed.
    fn progress(&mut self, done: usize, total: usize);
    /// A line of the story, in order.
    fn told(&mut self, line: &StoryLine);
}

/// The closing ledger, one part per collateral token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    pub tokens: Vec<TokenLedger>,
}

/// All that came in, went out and is left of one token, in its native units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenLedger {
    pub symbol: String,
    pub decimals: u8,
    /// Balance of the program's vault, read from the token program.
    pub vault: i128,
    /// Native units by which the vault may exceed what is owed: interest is shared out in whole units, and what is rounded
    /// stays in the bank. Zero where no interest was ever paid.
    pub rounding_max: i128,
    pub rows: Vec<LedgerRow>,
}

/// One party's line for one token. `came_in` and `went_out` are transfers seen by the token program, `left` is what the program
/// owes the party at the end, read from its accounts, open positions valued at the last accepted price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerRow {
    pub party: Party,
    pub name: String,
    /// Base58: a wallet for people, otherwise the account that holds the claim.
    pub address: String,
    pub came_in: i128,
    pub went_out: i128,
    pub left: i128,
}

/// Who a ledger row speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    /// A trader's wallet.
    Wallet,
    Keeper,
    /// All capital of the pool, unallocated and of its markets.
    Pool,
    /// A provider's part of the pool rows: shown beneath them, and not counted again in the totals.
    Provider,
    /// A market's insurance, or the fund that all markets share.
    Insurance,
    /// The protocol's part of a market's trading fees, which the fee collector may take.
    Fees,
    /// The part of the interest that a bank keeps.
    Reserve,
}

impl Party {
    pub fn name(self) -> &'static str {
        match self {
            Party::Wallet => "wallet",
            Party::Keeper => "keeper",
            Party::Pool => "pool",
            Party::Provider => "provider",
            Party::Insurance => "insurance",
            Party::Fees => "fees",
            Party::Reserve => "reserve",
        }
    }
}

impl LedgerRow {
    /// What the party gained inside the program, or lost when below zero: results, fees, penalties, bounties and transfers to
    /// other parties.
    pub fn gained(&self) -> i128 {
        self.left + self.went_out - self.came_in
    }
}

/// The sums of a token's rows, each claim counted once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    pub came_in: i128,
    pub went_out: i128,
    pub left: i128,
}

impl Totals {
    /// Zero when nothing was made or lost inside the program.
    pub fn gained(&self) -> i128 {
        self.left + self.went_out - self.came_in
    }
}

impl TokenLedger {
    pub fn totals(&self) -> Totals {
        let counted = self.rows.iter().filter(|row| row.party != Party::Provider);
        counted.fold(Totals::default(), |sum, row| Totals {
            came_in: sum.came_in + row.came_in,
            went_out: sum.went_out + row.went_out,
            left: sum.left + row.left,
        })
    }

    /// What the vault holds beyond what is owed.
    pub fn surplus(&self) -> i128 {
        self.vault - self.totals().left
    }

    /// Whether the vault holds what is owed (and beyond it no more than rounding explains), and exactly what came in less what
    /// went out.
    pub fn vault_equals_claims(&self) -> bool {
        let totals = self.totals();
        (0..=self.rounding_max).contains(&self.surplus()) && self.vault == totals.came_in - totals.went_out
    }

    /// The verdict in words: that the vault holds what is owed, and what rounding has left in it.
    pub fn verdict(&self) -> String {
        match (self.vault_equals_claims(), self.surplus()) {
            (true, 0) => "vaults hold exactly what is owed".to_string(),
            (true, surplus) => format!(
                "vaults hold what is owed, and {} that rounding of interest has left",
                money::tokens(surplus, self.decimals, &self.symbol)
            ),
            (false, surplus) => {
                let totals = self.totals();
                let moved = self.vault - (totals.came_in - totals.went_out);
                let shown = |amount: i128| money::tokens(amount, self.decimals, &self.symbol);
                format!(
                    "VAULT DIFFERS: by {} from what is owed, by {} from what was moved",
                    shown(surplus),
                    shown(moved)
                )
            }
        }
    }
}

impl Trace {
    /// The rules that were seen at work, in the order of their first time: with that time, and how often.
    pub fn mechanisms(&self) -> Vec<(&Happening, usize)> {
        let mut seen: Vec<(&Happening, usize)> = Vec::new();
        for happening in &self.happenings {
            match seen.iter_mut().find(|(first, _)| first.mechanism == happening.mechanism) {
                Some((_, times)) => *times += 1,
                None => seen.push((happening, 1)),
            }
        }
        seen
    }

    /// Whether the vault of every token holds what is owed in it.
    pub fn vault_equals_claims(&self) -> bool {
        self.ledger.tokens.iter().all(TokenLedger::vault_equals_claims)
    }

    /// The name of the margin account at `address`, or the address itself.
    pub fn account_name<'a>(&'a self, address: &'a str) -> &'a str {
        let known = self.accounts.iter().find(|account| account.address == address);
        known.map_or(address, |account| &account.name)
    }

    /// How many different accounts were liquidated.
    pub fn accounts_liquidated(&self) -> usize {
        self.liquidations.iter().map(|liquidation| &liquidation.account).collect::<BTreeSet<_>>().len()
    }

    /// First and last time of the price path; `None` when it is empty.
    pub fn period(&self) -> Option<(UnixTime, UnixTime)> {
        Some((self.points.first()?.time, self.points.last()?.time))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn each_claim_is_counted_once_and_gains_sum_to_zero() {
        let trace = sample::trace();
        let usdc = &trace.ledger.tokens[0];
        let all: i128 = usdc.rows.iter().map(|row| row.left).sum();
        let providers: i128 =
            usdc.rows.iter().filter(|row| row.party == Party::Provider).map(|row| row.left).sum();
        assert!(providers > 0);
        assert_eq!(usdc.totals().left, all - providers);
        assert_eq!(usdc.totals().gained(), 0);
        assert!(trace.vault_equals_claims());
    }

    #[test]
    fn one_native_unit_too_much_or_too_little_is_noticed() {
        for change in [-1, 1] {
            let mut trace = sample::trace();
            trace.ledger.tokens[1].vault += change;
            assert!(!trace.vault_equals_claims());
            let mut trace = sample::trace();
            trace.ledger.tokens[0].rows[0].left += change;
            assert!(!trace.vault_equals_claims());
            let mut trace = sample::trace();
            trace.ledger.tokens[0].rows[0].came_in += change;
            assert!(!trace.vault_equals_claims());
        }
    }

    #[test]
    fn rounding_leaves_a_surplus_within_its_bound_and_never_a_gap() {
        let mut ledger = sample::trace().ledger.tokens.remove(0);
        ledger.rounding_max = 5;
        for (change, holds) in [(-1, false), (0, true), (5, true), (6, false)] {
            let mut changed = ledger.clone();
            changed.rows[0].left -= change;
            assert_eq!(changed.vault_equals_claims(), holds, "{change}");
            assert_eq!(changed.verdict().contains("DIFFERS"), !holds);
        }
    }

    #[test]
    fn accounts_are_known_by_name_and_counted_once() {
        let trace = sample::trace();
        let sunk = &trace.liquidations[0].account;
        assert_eq!(trace.account_name(sunk), "Bruno");
        assert_eq!(trace.account_name("nobody"), "nobody");
        assert!(trace.liquidations.len() > trace.accounts_liquidated());
    }
}
