//! One line per event.
use super::{SHARE_DECIMALS, Words, amount, groups_in, text, time, usd};
use crate::Event;
use plimsoll::events::{DebtLiquidated, Deleveraged, Liquidated, Traded};
use plimsoll::oracle::Refusal;
use plimsoll::parameters::ALL;
use plimsoll::state::FixedPrice;
use solana_address::Address;

/// By the number of the role.
const ROLES: [&str; 4] = ["governance", "steward", "guardian", "fee collector"];
/// By the kind of the change.
const KINDS: [&str; 6] = [
    "to list an asset",
    "to list collateral",
    "to list a market",
    "of an oracle",
    "of a role",
    "of parameters",
];

pub(super) fn line(event: &Event, words: &Words<'_>) -> String {
    match event {
        Event::AccountClosed(e) => format!("account {} was closed by its owner {}", e.account, e.owner),
        Event::AccountMigrated(e) => format!("{} came to the present layout", e.account),
        Event::AccountOpened(e) => {
            let only = match e.isolated_asset {
                0 => String::new(),
                asset => format!(", for {} only", words.symbol(asset.into())),
            };
            format!("account {} was opened: number {} of {}{only}", e.account, e.sub_account, e.owner)
        }
        Event::AssetListed(e) => format!("{} was put on the board as asset {}", text(&e.symbol), e.asset),
        Event::AuctionStarted(e) => {
            format!("account {} was put up for auction, with an equity of {}", e.account, usd(e.equity))
        }
        Event::AuctionWon(e) => format!(
            "account {} took over the book of account {} for {}, with an equity of {}",
            e.winner_account,
            e.account,
            usd(e.price),
            usd(e.equity)
        ),
        Event::BankruptcyResolved(e) => format!(
            "a debt of {} of account {} was struck out; the insurance fund bore {}",
            words.tokens(&e.bank, e.owed),
            e.account,
            words.tokens(&e.bank, e.from_fund)
        ),
        Event::CapitalRebalanced(e) => {
            let (from, to) = ("the pool".to_string(), words.market(&e.market));
            let (from, to) = if e.moved < 0 { (to, from) } else { (from, to) };
            let moved = usd(e.moved.saturating_abs());
            format!(
                "{moved} of capital went from {from} to {to}, which leaves {} in the market",
                usd(e.capital_after)
            )
        }
        Event::CashBanked(e) => {
            format!(
                "{} owed in cash by account {} became a debt that bears interest",
                usd(e.moved),
                e.account
            )
        }
        Event::ChangeCancelled(e) => format!("change {} was cancelled by {}", e.id, e.by),
        Event::ChangeExecuted(e) => format!("change {} was executed", e.id),
        Event::ChangeProposed(e) => {
            let kind = KINDS.get(usize::from(e.kind)).unwrap_or(&"of an unknown kind");
            let (from, until) = (time(e.ready_at), time(e.expires_at));
            format!("change {} {kind} was proposed: it can be executed from {from} until {until}", e.id)
        }
        Event::ClearinghouseCreated(e) => {
            format!("clearinghouse {} was created, governed by {}", e.clearinghouse, e.governance)
        }
        Event::ClearinghouseMigrated(e) => {
            format!("clearinghouse {} came to layout {}", e.clearinghouse, e.layout_version)
        }
        Event::CollateralListed(e) => {
            format!(
                "{} became collateral, up to {}",
                words.symbol(e.asset),
                words.units(e.asset, e.deposit_cap)
            )
        }
        Event::DebtLiquidated(e) => debt_liquidated(e, words),
        Event::DelegateSet(e) if e.delegate == Address::default() => {
            format!("account {} has no delegate any more", e.account)
        }
        Event::DelegateSet(e) => format!("{} may trade for account {}", e.delegate, e.account),
        Event::Deleveraged(e) => deleveraged(e, words),
        Event::Deposited(e) => {
            format!("account {} deposited {}", e.account, words.tokens(&e.bank, e.amount))
        }
        Event::FeesCollected(e) => {
            let (amount, market) = (words.settlement(e.amount), words.market(&e.market));
            format!("{} collected {amount} of fees of {market}", e.fee_collector)
        }
        Event::InsuranceFunded(e) => {
            format!("{} gave {} to the insurance fund", e.donor, words.settlement(e.amount))
        }
        Event::InsuranceSwept(e) => {
            let market = words.market(&e.market);
            let (way, moved) = if e.moved < 0 { ("to", e.moved.saturating_neg()) } else { ("from", e.moved) };
            format!("the insurance fund moved {} {way} {market}, and has {}", usd(moved), usd(e.fund_after))
        }
        Event::Launched(e) => {
            format!("clearinghouse {} was launched: changes wait from now on", e.clearinghouse)
        }
        Event::Liquidated(e) => liquidated(e, words),
        Event::LiquidityProvided(e) => {
            let (provider, amount, shares) = (e.provider, words.settlement(e.amount), pool_shares(e.shares));
            format!("{provider} provided {amount} of liquidity for {shares}")
        }
        Event::LiquidityRedeemed(e) => {
            let (provider, amount, shares) = (e.provider, words.settlement(e.amount), pool_shares(e.shares));
            format!("{provider} redeemed {shares} for {amount}, after a fee of {}", usd(e.fee))
        }
        Event::LossSettled(e) => {
            let (loss, account, market) = (usd(e.loss), e.account, words.market(&e.market));
            format!("a loss of {loss} of account {account} in {market} became cash owed")
        }
        Event::MarketListed(e) => format!("a market of {} was created", words.symbol(e.asset)),
        Event::OracleSet(e) => format!("the price of {} comes from {}", words.symbol(e.asset), e.oracle),
        Event::OutflowRefused(e) => {
            let (asked, room) = (words.tokens(&e.bank, e.asked), words.tokens(&e.bank, e.room));
            match e.open_at {
                i64::MAX => format!("{asked} may never leave in one go, {room} may now"),
                at => format!("{asked} may not leave before {}, {room} may now", time(at)),
            }
        }
        Event::ParameterSet(e) => {
            let asset = e.asset.into();
            let Some(parameter) = ALL.get(e.parameter as usize) else {
                return format!("parameter {} of {} was set", e.parameter, words.symbol(asset));
            };
            let value = |value| words.value(asset, parameter.unit, value);
            let (name, before, after) = (parameter.name, value(e.before), value(e.after));
            format!(
                "{name} of {} goes from {before} to {after}, as of {}",
                words.symbol(asset),
                time(e.arrives_at)
            )
        }
        Event::Paused(e) => {
            let (what, scope) = (groups_in(e.groups), words.scope(e.scope.into()));
            format!("{what} of {scope} are paused until {}, by {}", time(e.until), e.by)
        }
        Event::PoolCreated(e) => format!("liquidity pool {} was created", e.pool),
        Event::PriceRefreshed(e) => {
            let (asset, price) = (words.symbol(e.asset.into()), words.price(e.asset.into(), e.price));
            if e.price == (FixedPrice { low: 0, high: 1 }) && e.asset == 0 {
                return format!("{asset} was brought up to date");
            }
            format!("{asset} is at {price}, published {}", time(e.publish_time))
        }
        Event::ReceivershipEnded(e) => {
            format!("{} repaid {} at the end of a receivership", e.keeper, words.tokens(&e.bank, e.amount))
        }
        Event::RefreshRefused(e) => {
            let reason = u8::try_from(e.reason).ok().and_then(|code| Refusal::try_from(code).ok());
            let reason = reason.map_or("for a reason unknown to this release", Refusal::message);
            format!("{} keeps its price: {reason}", words.symbol(e.asset.into()))
        }
        Event::RoleAccepted(e) => format!("{} holds the role of {}", e.holder, role(e.role)),
        Event::RoleNominated(e) if e.nominee == Address::default() => {
            format!("nobody holds the role of {} any more", role(e.role))
        }
        Event::RoleNominated(e) => format!("{} may accept the role of {}", e.nominee, role(e.role)),
        Event::StockTaken(e) => {
            let state = match (e.auction_at, e.sunk_at, e.called_at) {
                (0, 0, 0) => "as it should be".to_string(),
                (0, 0, called) => format!("under a margin call since {}", time(called)),
                (0, sunk, _) => format!("below maintenance since {}", time(sunk)),
                (auction, ..) => format!("up for auction since {}", time(auction)),
            };
            let (equity, maintenance) = (usd(e.equity), usd(e.maintenance));
            format!("account {} is {state}: equity {equity}, maintenance health {maintenance}", e.account)
        }
        Event::Traded(e) => traded(e, words),
        Event::Transferred(e) => {
            format!("account {} sent {} to account {}", e.from, words.units(e.asset, e.amount), e.to)
        }
        Event::Unpaused(e) => format!("{} is no longer paused, by {}", words.scope(e.scope), e.by),
        Event::WarmedUp(e) => {
            format!(
                "{} has prices with a history, and counts in full from {}",
                words.symbol(e.asset),
                time(e.ends_at)
            )
        }
        Event::Withdrawn(e) => {
            format!("account {} withdrew {}", e.account, words.tokens(&e.bank, e.amount))
        }
    }
}

fn role(number: u64) -> &'static str {
    let known = usize::try_from(number).ok().and_then(|number| ROLES.get(number));
    known.copied().unwrap_or("an unknown role")
}

/// What an account could not pay, and who bore it.
fn loss(to_insurance: i64, to_capital: i64) -> String {
    match to_insurance.saturating_add(to_capital) {
        0 => String::new(),
        _ => format!(
            "; of its loss, {} fell to insurance and {} to the market",
            usd(to_insurance),
            usd(to_capital)
        ),
    }
}

fn traded(e: &Traded, words: &Words<'_>) -> String {
    let (verb, size, paid) = match e.size {
        0.. => ("bought", e.size, e.cost),
        _ => ("sold", e.size.saturating_neg(), e.cost.saturating_neg()),
    };
    let (size, after) = (words.contracts(&e.market, size), words.contracts(&e.market, e.size_after));
    let realised = match e.realised {
        0 => String::new(),
        realised => format!(", realised {}", usd(realised)),
    };
    let loss = loss(e.loss_to_insurance, e.loss_to_capital);
    let (account, paid, fee) = (e.account, usd(paid), usd(e.fee));
    format!("account {account} {verb} {size} for {paid}, fee {fee}{realised}; its position is {after}{loss}")
}

fn liquidated(e: &Liquidated, words: &Words<'_>) -> String {
    let size = words.contracts(&e.market, e.size.saturating_abs());
    let side = if e.size < 0 { "long" } else { "short" };
    let loss = loss(e.loss_to_insurance, e.loss_to_capital);
    format!(
        "account {} was liquidated: {size} {side} closed, penalty {}, of which {} to keeper account {}; \
         maintenance health {} -> {}{loss}",
        e.account,
        usd(e.penalty),
        usd(e.bounty),
        e.keeper_account,
        usd(e.maintenance_before),
        usd(e.maintenance_after)
    )
}

fn debt_liquidated(e: &DebtLiquidated, words: &Words<'_>) -> String {
    let (repaid, seized) = (words.tokens(&e.debt_bank, e.repaid), words.tokens(&e.asset_bank, e.seized));
    format!("{} repaid {repaid} for account {} and took {seized} for it", e.keeper, e.account)
}

fn deleveraged(e: &Deleveraged, words: &Words<'_>) -> String {
    let (insurance, fund, traders) = (usd(e.from_insurance), usd(e.from_fund), usd(e.from_traders));
    format!(
        "the {} market was made solvent: {insurance} from its insurance, {fund} from the insurance fund, \
         {traders} from traders' profits",
        words.symbol(e.asset)
    )
}

fn pool_shares(shares: u64) -> String {
    format!("{} shares", amount(shares, SHARE_DECIMALS))
}
