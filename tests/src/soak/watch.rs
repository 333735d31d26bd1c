//! What a transaction may not do to anybody it is not about, as a comparison of all accounts
//! before and after it.

use super::charter::Charter;
use super::stage::Stage;
use super::step::Step;
use bytemuck::bytes_of;
use plimsoll::events::DebtLiquidated;
use plimsoll::params::Change;
use plimsoll::state::{Bank, InsuranceFund, LiquidityPool, MarginState, Market, RiskBoard};
use plimsoll::valuation::displayed_health;
use plimsoll_client::Event;
use plimsoll_risk::lending::Index;
use plimsoll_risk::liquidation::is_deep;
use plimsoll_risk::{Health, Quantity, Ratio};
use plimsoll_testkit::{Outcome, World};
use solana_address::Address;
use std::collections::BTreeMap;

/// Fraction bits of a bank's index.
const INDEX_BITS: u32 = 48;
/// Native units that rounding may shift within one transaction: between lenders and reserve,
/// and to a bank.
const ROUNDING: i128 = 4;

/// The deployment before a transaction.
pub(super) struct Before {
    accounts: BTreeMap<Address, MarginState>,
    board: RiskBoard,
    banks: BTreeMap<u8, Bank>,
    charter: Charter,
}

impl Before {
    pub(super) fn take(world: &World) -> Self {
        let (accounts, banks, charter) = (accounts(world), banks(world), Charter::of(world));
        Self { accounts, board: world.board(), banks, charter }
    }

    pub(super) fn banks(&self) -> impl Iterator<Item = (&u8, &Bank)> {
        self.banks.iter()
    }

    /// Compares with what a transaction that went through has left.
    ///
    /// # Panics
    /// With the invariant's ID if a promise is broken.
    pub(super) fn check(&self, stage: &Stage, step: &Step, outcome: &Outcome) {
        let after = Self::take(&stage.world);
        self.interest_is_paid_by_borrowers(&after, step);
        wealth_is_conserved(&stage.world, &after);
        self.times_are_not_renewed(&after, stage.world.svm.now());
        self.others_are_untouched(&after, stage, step);
        self.liquidations_keep_their_word(&after, &stage.world, outcome);
        self.charter.check(&after.charter, stage, step);
    }

    /// INV-15: lenders and reserve together get no more than borrowers are charged.
    fn interest_is_paid_by_borrowers(&self, after: &Self, step: &Step) {
        for (asset, bank) in &self.banks {
            // What a bankruptcy takes from the reserve is no interest.
            if matches!(step, Step::Resolve { debt, .. } if debt == asset) {
                continue;
            }
            let Some(now) = after.banks.get(asset) else { continue };
            let grown = |shares: u64, from: u64, to: u64| {
                (shares as i128 * (to as i128 - from as i128)) / (1i128 << INDEX_BITS)
            };
            let charged = grown(bank.borrow_shares, bank.borrow_index, now.borrow_index);
            let lenders = grown(bank.deposit_shares, bank.supply_index, now.supply_index);
            let credited = lenders + now.reserve as i128 - bank.reserve as i128;
            assert!(
                lenders >= 0 && now.reserve >= bank.reserve && credited <= charged + ROUNDING,
                "INV-15: asset {asset}: borrowers were charged {charged}, {credited} was credited"
            );
        }
    }

    /// INV-16.
    fn times_are_not_renewed(&self, after: &Self, now: i64) {
        for (address, account) in &self.accounts {
            let Some(new) = after.accounts.get(address) else { continue };
            let times = |a: &MarginState| [a.called_at, a.sunk_at, a.auction_at];
            for (was, is) in times(account).into_iter().zip(times(new)) {
                assert!(
                    is == was || is == 0 || was == 0,
                    "INV-16: a time of {address} went from {was} to {is}"
                );
                assert!(is == was || is == 0 || is == now, "INV-16: {address} was given the time {is}");
            }
            let is_cleared =
                account.sunk_at != 0 && new.sunk_at == 0 || account.auction_at != 0 && new.auction_at == 0;
            if is_cleared {
                let health = health(new, &after.board);
                assert!(
                    health.maintenance.0 >= 0,
                    "INV-16: {address} is still below maintenance: {health:?}"
                );
            }
        }
    }

    /// INV-17: whoever a transaction does not name stays as he is, and only prices, funding,
    /// haircuts and lenders' losses change what that is worth.
    fn others_are_untouched(&self, after: &Self, stage: &Stage, step: &Step) {
        let touched: Vec<Address> =
            touched(step).into_iter().filter_map(|(who, sub)| stage.account_address(who, sub)).collect();
        for (address, account) in &self.accounts {
            if !touched.contains(address) {
                let is_same =
                    after.accounts.get(address).is_some_and(|new| bytes_of(new) == bytes_of(account));
                assert!(is_same, "INV-17: {step} changed {address}");
            }
        }
        let row_changed =
            |asset: usize| bytes_of(&self.board.rows[asset]) != bytes_of(&after.board.rows[asset]);
        for asset in (0..self.board.rows.len()).filter(|asset| row_changed(*asset)) {
            let may_change = match step {
                Step::Refresh { assets } => assets.0.contains(&(asset as u8)),
                Step::Receivership { debt, asset: seized, order, .. } => {
                    *order == 1 && [*debt as usize, *seized as usize].contains(&asset)
                }
                Step::Deleverage { asset: its } | Step::Resolve { debt: its, .. } => *its as usize == asset,
                Step::Pause { scope, .. } | Step::Unpause { scope } => *scope as usize == asset,
                Step::Tighten { asset: its, .. } => *its as usize == asset,
                Step::Execute { id } => match stage.proposals[id].change {
                    Change::Asset(_) => asset + 1 == after.board.asset_count as usize,
                    Change::Collateral { asset: its, .. }
                    | Change::Market { asset: its, .. }
                    | Change::Oracle { asset: its, .. }
                    | Change::Parameters { asset: its, .. } => its as usize == asset,
                    Change::Role { .. } => false,
                },
                _ => false,
            };
            assert!(may_change, "INV-17: {step} changed row {asset} of the board");
        }
    }

    /// INV-12, as far as accounts show it.
    fn liquidations_keep_their_word(&self, after: &Self, world: &World, outcome: &Outcome) {
        let target = Ratio(after.board.liquidation_target);
        for event in &outcome.events {
            let unit = |bank: Address| self.unit_value(world, bank);
            // A debt and its collateral are moved in whole native units, and the last of a
            // collateral costs a few more. What is seized takes fewer shares than its row says,
            // by the interest since that was refreshed.
            let (address, is_whole, rounding) = match event {
                Event::Liquidated(e) => (e.account, e.size_after == 0, 0),
                Event::DebtLiquidated(e) => {
                    let units = 5 * unit(e.debt_bank) + 3 * unit(e.asset_bank);
                    (
                        e.account,
                        self.is_closed_whole(world, e),
                        units + after.unrefreshed(world, e.asset_bank, e.seized),
                    )
                }
                _ => continue,
            };
            // At the prices of now, those of a refresh within the transaction included.
            let (was, is) = (
                health(&self.accounts[&address], &after.board),
                health(&after.accounts[&address], &after.board),
            );
            assert!(was.maintenance.0 < 0, "INV-12: {address} was not below maintenance: {was:?}");
            assert!(is.maintenance > was.maintenance, "INV-12: {address} is not better off: {was:?} {is:?}");
            let most = target.of_ceil(is.maintenance_requirement().unwrap()).unwrap();
            let is_whole = is_whole || is_deep(&was, was.maintenance_requirement().unwrap()).unwrap();
            assert!(
                is_whole || is.equity.0 <= most.0 + rounding,
                "INV-12: {address} is beyond the target: {is:?}"
            );
        }
    }

    /// Whether a debt was repaid as a whole, or as far as it goes: a small one, or one for
    /// which all of the collateral was taken.
    fn is_closed_whole(&self, world: &World, e: &DebtLiquidated) -> bool {
        let bank = &self.banks[&self.asset_of(world, e.debt_bank)];
        let owed = self.accounts[&e.account].shares(bank.asset).magnitude();
        e.debt_shares_after >= 0 || e.asset_shares_after == 0 || owed <= bank.terms.debt_min
    }

    fn asset_of(&self, world: &World, bank: Address) -> u8 {
        *self.banks.keys().find(|asset| world.bank_address(**asset) == bank).expect("a bank")
    }

    /// What a native unit of a bank's token is worth, micro-USD, rounded up.
    fn unit_value(&self, world: &World, bank: Address) -> i64 {
        let price = self.board.rows[self.asset_of(world, bank) as usize].price.get();
        price.value_ceil(Quantity(1)).expect("a value").0
    }

    /// The interest on an amount of a bank's token that its row does not show yet, micro-USD,
    /// rounded up.
    fn unrefreshed(&self, world: &World, bank: Address, amount: u64) -> i64 {
        let asset = self.asset_of(world, bank);
        let row = &self.board.rows[asset as usize];
        let value = row.price.get().value_ceil(Quantity(amount as i64)).expect("a value").0 as i128;
        let grown = self.banks[&asset].supply_index as i128 - row.supply_index as i128;
        (value * grown / row.supply_index as i128) as i64 + 1
    }
}

fn accounts(world: &World) -> BTreeMap<Address, MarginState> {
    world
        .svm
        .all::<MarginState>()
        .into_iter()
        .filter(|(_, a)| a.clearinghouse == world.clearinghouse)
        .collect()
}

fn banks(world: &World) -> BTreeMap<u8, Bank> {
    let all = world.svm.all::<Bank>().into_iter().map(|(_, bank)| bank);
    all.filter(|bank| bank.clearinghouse == world.clearinghouse).map(|bank| (bank.asset, bank)).collect()
}

fn health(account: &MarginState, board: &RiskBoard) -> Health {
    displayed_health(account, board).expect("health can be told")
}

/// The margin accounts that a step names.
fn touched(step: &Step) -> Vec<(u8, u16)> {
    match *step {
        Step::Open { who, sub, .. }
        | Step::Close { who, sub }
        | Step::SetDelegate { who, sub, .. }
        | Step::Deposit { who, sub, .. }
        | Step::Withdraw { who, sub, .. }
        | Step::Trade { who, sub, .. }
        | Step::CallMargin { who, sub }
        | Step::Receivership { who, sub, .. }
        | Step::StartAuction { who, sub }
        | Step::SettleLoss { who, sub, .. }
        | Step::BankCash { who, sub }
        | Step::Resolve { who, sub, .. } => vec![(who, sub)],
        Step::Transfer { who, from, to, .. } => vec![(who, from), (who, to)],
        Step::Liquidate { who, sub, keeper, .. } | Step::LiquidateDebt { who, sub, keeper, .. } => {
            vec![(who, sub), (keeper, 0)]
        }
        Step::WinAuction { who, sub, winner, into, .. } => vec![(who, sub), (winner, into)],
        _ => Vec::new(),
    }
}

/// INV-14: at the prices on the board, with interest, funding and haircuts as banks and markets
/// have them, all claims together (equity, what the markets keep, fees of the protocol included, the pool, the fund, the
/// reserves) are worth no more than the tokens, and less only by what rounding left to nobody.
fn wealth_is_conserved(world: &World, now: &Before) {
    let mut board = now.board;
    let (mut tokens, mut claims, mut slots, mut dust_max) = (0i128, 0i128, 0i128, 0i128);
    for (asset, bank) in &now.banks {
        let row = &mut board.rows[*asset as usize];
        let price = row.price.get();
        row.deposit_mark = Index(bank.supply_index).price_floor(price).expect("a price").into();
        (row.supply_index, row.borrow_index) = (bank.supply_index, bank.borrow_index);
        let value = |amount: u64| price.value_floor(Quantity(amount as i64)).expect("a value").0 as i128;
        tokens += value(bank.tokens);
        claims += value(bank.reserve);
        let has_interest = Index(bank.borrow_index) != Index::ONE || Index(bank.supply_index) != Index::ONE;
        let dust = if has_interest { ROUNDING as u64 * world.svm.sent } else { 0 };
        dust_max += value(dust) + 2;
    }
    for (_, market) in
        world.svm.all::<Market>().into_iter().filter(|(_, m)| m.clearinghouse == world.clearinghouse)
    {
        let row = &mut board.rows[market.asset as usize];
        row.settle_marks(&market).expect("the row takes the market");
        let pnl = market.open_interest().trader_pnl_floor(&row.perp_marks()).expect("a result");
        claims += (market.capital + market.insurance + market.protocol_fees - pnl.0) as i128;
        slots += 2;
    }
    for account in now.accounts.values() {
        claims += health(account, &board).equity.0 as i128;
        slots += (account.token_count + account.perp_count) as i128;
    }
    let pool: LiquidityPool = world.pool();
    let fund: InsuranceFund = world.fund_account();
    claims += (pool.unallocated + fund.balance) as i128;
    let missing = tokens - claims;
    let (least, most) = (-2 * slots - ROUNDING, 2 * slots + dust_max);
    assert!((least..=most).contains(&missing), "INV-14: tokens are worth {tokens}, claims on them {claims}");
}
