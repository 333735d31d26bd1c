//! An account's entries: what each event of the program did to it.
use plimsoll_client::Event;
use plimsoll_client::program::state::SETTLEMENT_ASSET;
use plimsoll_client::risk::Price;
use plimsoll_client::snapshot::Snapshot;
use solana_address::Address;

/// What an event did to one account. Amounts in native units of the asset, money in micro-USD.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    pub name: &'static str,
    pub asset: Option<u8>,
    /// Positive into the account, or bought.
    pub amount: Option<i64>,
    /// What a unit was traded at on average.
    pub price: Option<Price>,
    /// Paid for the size traded, fee not included; negative: received.
    pub cost: Option<i64>,
    /// Fees and penalties paid; negative: a bounty received.
    pub fee: Option<i64>,
    pub realised: Option<i64>,
    pub size_after: Option<i64>,
    pub entry_after: Option<i64>,
    pub shares_after: Option<i64>,
    pub cash_after: Option<i64>,
    /// The other account of the event.
    pub counterparty: Option<Address>,
}

/// What an event did to `account`: nothing, or one entry, or two where tokens of two kinds moved.
pub fn entries(event: &Event, account: &Address, snapshot: &Snapshot) -> Vec<Entry> {
    let named = |name| Entry { name, ..Entry::default() };
    let mine = |address: &Address| address == account;
    match event {
        Event::AccountOpened(e) if mine(&e.account) => vec![named("opened")],
        Event::AccountClosed(e) if mine(&e.account) => vec![named("closed")],
        Event::DelegateSet(e) if mine(&e.account) => {
            let delegate = (e.delegate != Address::default()).then_some(e.delegate);
            vec![Entry { counterparty: delegate, ..named("delegate") }]
        }
        Event::StockTaken(e) if mine(&e.account) => vec![named("stock taken")],
        Event::AuctionStarted(e) if mine(&e.account) => vec![named("auction started")],
        _ => moved(event, account, snapshot)
            .or_else(|| traded(event, account, snapshot))
            .map_or_else(|| taken_over(event, account, snapshot), |entry| vec![entry]),
    }
}

/// Tokens that moved.
fn moved(event: &Event, account: &Address, snapshot: &Snapshot) -> Option<Entry> {
    let signed = |amount: u64| i64::try_from(amount).ok();
    match event {
        Event::Deposited(e) if e.account == *account => Some(Entry {
            name: "deposit",
            asset: bank_asset(snapshot, &e.bank),
            amount: signed(e.amount),
            shares_after: Some(e.shares_after),
            cash_after: Some(e.cash_after),
            ..Entry::default()
        }),
        Event::Withdrawn(e) if e.account == *account => Some(Entry {
            name: "withdrawal",
            asset: bank_asset(snapshot, &e.bank),
            amount: signed(e.amount).map(|amount| -amount),
            shares_after: Some(e.shares_after),
            cash_after: Some(e.cash_after),
            ..Entry::default()
        }),
        Event::Transferred(e) if e.from == *account || e.to == *account => {
            let is_source = e.from == *account;
            Some(Entry {
                name: if is_source { "transfer out" } else { "transfer in" },
                asset: u8::try_from(e.asset).ok(),
                amount: signed(e.amount).map(|amount| if is_source { -amount } else { amount }),
                shares_after: Some(if is_source { e.from_shares_after } else { e.to_shares_after }),
                cash_after: Some(if is_source { e.from_cash_after } else { e.to_cash_after }),
                counterparty: Some(if is_source { e.to } else { e.from }),
                ..Entry::default()
            })
        }
        Event::CashBanked(e) if e.account == *account => Some(Entry {
            name: "cash banked",
            asset: Some(SETTLEMENT_ASSET),
            amount: Some(e.moved),
            shares_after: Some(e.shares_after),
            cash_after: Some(0),
            ..Entry::default()
        }),
        Event::BankruptcyResolved(e) if e.account == *account => Some(Entry {
            name: "debt struck out",
            asset: bank_asset(snapshot, &e.bank),
            amount: signed(e.owed),
            ..Entry::default()
        }),
        _ => None,
    }
}

/// Positions that changed.
fn traded(event: &Event, account: &Address, snapshot: &Snapshot) -> Option<Entry> {
    match event {
        Event::Traded(e) if e.account == *account => Some(Entry {
            name: "trade",
            asset: market_asset(snapshot, &e.market),
            amount: Some(e.size),
            price: unit_price(e.cost, e.size),
            cost: Some(e.cost),
            fee: Some(e.fee),
            realised: Some(e.realised),
            size_after: Some(e.size_after),
            entry_after: Some(e.entry_after),
            cash_after: Some(e.cash_after),
            counterparty: Some(e.authority),
            ..Entry::default()
        }),
        Event::Liquidated(e) if e.account == *account => Some(Entry {
            name: "liquidation",
            asset: market_asset(snapshot, &e.market),
            amount: Some(e.size),
            price: unit_price(e.cost, e.size),
            cost: Some(e.cost),
            fee: Some(e.penalty),
            realised: Some(e.realised),
            size_after: Some(e.size_after),
            entry_after: Some(e.entry_after),
            cash_after: Some(e.cash_after),
            counterparty: Some(e.keeper_account),
            ..Entry::default()
        }),
        Event::Liquidated(e) if e.keeper_account == *account => Some(Entry {
            name: "bounty",
            asset: market_asset(snapshot, &e.market),
            fee: e.bounty.checked_neg(),
            counterparty: Some(e.account),
            ..Entry::default()
        }),
        Event::LossSettled(e) if e.account == *account => Some(Entry {
            name: "loss settled",
            asset: market_asset(snapshot, &e.market),
            realised: Some(e.loss),
            entry_after: Some(e.entry_after),
            cash_after: Some(e.cash_after),
            ..Entry::default()
        }),
        _ => None,
    }
}

/// Debts, and whole accounts, that changed hands.
fn taken_over(event: &Event, account: &Address, snapshot: &Snapshot) -> Vec<Entry> {
    let signed = |amount: u64| i64::try_from(amount).ok();
    match event {
        Event::DebtLiquidated(e) if e.account == *account || e.keeper == *account => {
            let is_keeper = e.keeper == *account;
            let side =
                |amount: u64, into: bool| signed(amount).map(|amount| if into { amount } else { -amount });
            let cash_after = Some(if is_keeper { e.keeper_cash_after } else { e.cash_after });
            let counterparty = Some(if is_keeper { e.account } else { e.keeper });
            let name = if is_keeper { "debt taken over" } else { "debt liquidated" };
            let of = |bank: &Address, amount, shares_after| Entry {
                name,
                asset: bank_asset(snapshot, bank),
                amount,
                shares_after: Some(shares_after),
                cash_after,
                counterparty,
                ..Entry::default()
            };
            let (debt, asset) = match is_keeper {
                true => (e.keeper_debt_shares_after, e.keeper_asset_shares_after),
                false => (e.debt_shares_after, e.asset_shares_after),
            };
            vec![
                of(&e.debt_bank, side(e.repaid, !is_keeper), debt),
                of(&e.asset_bank, side(e.seized, is_keeper), asset),
            ]
        }
        Event::AuctionWon(e) if e.account == *account => vec![Entry {
            name: "auctioned off",
            cost: e.price.checked_neg(),
            cash_after: Some(e.price),
            counterparty: Some(e.winner_account),
            ..Entry::default()
        }],
        Event::AuctionWon(e) if e.winner_account == *account => vec![Entry {
            name: "auction won",
            cost: Some(e.price),
            shares_after: Some(e.winner_shares_after),
            cash_after: Some(e.winner_cash_after),
            counterparty: Some(e.account),
            ..Entry::default()
        }],
        _ => Vec::new(),
    }
}

/// What a unit cost on average, rounded down.
fn unit_price(cost: i64, size: i64) -> Option<Price> {
    (u128::from(cost.unsigned_abs()) << 64).checked_div(u128::from(size.unsigned_abs())).map(Price)
}

fn bank_asset(snapshot: &Snapshot, bank: &Address) -> Option<u8> {
    let mut assets = (0u8..).zip(&snapshot.assets);
    assets
        .find(|(_, accounts)| accounts.bank.is_some_and(|(address, _)| address == *bank))
        .map(|(asset, _)| asset)
}

fn market_asset(snapshot: &Snapshot, market: &Address) -> Option<u8> {
    let mut assets = (0u8..).zip(&snapshot.assets);
    assets
        .find(|(_, accounts)| accounts.market.is_some_and(|(address, _)| address == *market))
        .map(|(asset, _)| asset)
}
