//! What each kind of step wants, against what is there.

use plimsoll::params::{Change, RoleHolders};
use plimsoll::state::{LiquidityPool, Market, ROLES, Role, RoleState, SETTLEMENT_ASSET};
use plimsoll::terms::Terms;
use plimsoll_client::{addresses, instructions as ix};
use plimsoll_risk::{Quote, Ratio};
use solana_address::Address;

use crate::listings::{Asset, Listings};
use crate::places::{Places, ROLE_NAMES};
use crate::plan::{Item, Plan, Planner};
use crate::section::Section;
use crate::show;
use crate::step::{Part, Step, Wanted};
use crate::view::{Found, View};

/// What a market's capital may be off its share, as a part of it: a drift of less is no reason for a transaction.
const DRIFT: i64 = 1_000;

/// What a step has to do.
///
/// # Errors
/// What is missing or breaks a rule, in one line.
pub fn plan(step: &Step, view: &View, places: &Places, sender: Address) -> Result<Plan, String> {
    let mut planner = Planner::new(view, sender, step.valid_seconds);
    match &step.wanted {
        Wanted::Create(listings) => create(&mut planner, listings, places)?,
        Wanted::List { listings, ramp_seconds } => {
            list(&mut planner, view.found()?, listings, places, *ramp_seconds)?;
        }
        Wanted::Launch => launch(&mut planner, view.found()?)?,
        Wanted::Allocate => allocate(&mut planner, view.found()?)?,
        Wanted::Roles => roles(&mut planner, view.found()?, places),
        Wanted::Parameters { parts, ramp_seconds } => {
            parameters(&mut planner, view.found()?, parts, *ramp_seconds)?;
        }
    }
    Ok(planner.finish())
}

fn create(planner: &mut Planner, listings: &Listings, places: &Places) -> Result<(), String> {
    let (view, house) = (planner.view, planner.view.clearinghouse);
    let (pool, creator) = (addresses::liquidity_pool(&house), view.creator);
    if view.found.is_none() {
        let mut lines = vec![
            format!("clearinghouse {house}, of the creator {creator}, settles in {}", places.settlement_mint),
            format!("governance, steward, guardian and fee collector: {creator}"),
        ];
        lines.extend(show::listed("clearinghouse", &Terms::Clearinghouse(listings.clearinghouse)));
        let create = ix::create_clearinghouse::instruction(
            &ix::create_clearinghouse::Accounts {
                creator,
                settlement_mint: places.settlement_mint,
                clearinghouse: house,
                risk_board: addresses::risk_board(&house),
                window: addresses::outflow_window(&house),
            },
            &ix::create_clearinghouse::Args {
                roles: RoleHolders {
                    governance: creator,
                    steward: creator,
                    guardian: creator,
                    fee_collector: creator,
                },
                terms: listings.clearinghouse,
            },
            &[],
        );
        planner.governed("create the clearinghouse", lines, vec![create]);
    }
    if view.found.as_ref().is_none_or(|found| found.pool.is_none()) {
        let create = ix::create_pool::instruction(
            &ix::create_pool::Accounts {
                governance: view.governance(),
                clearinghouse: house,
                pool,
                share_mint: addresses::share_mint(&pool),
                fund: addresses::insurance_fund(&house),
            },
            &ix::create_pool::Args { terms: listings.pool },
            &[],
        );
        let lines = show::listed("pool", &Terms::Pool(listings.pool));
        planner.governed("create the liquidity pool and the insurance fund", lines, vec![create]);
    }
    let Some(found) = &view.found else { return Ok(()) };
    if found.clearinghouse.settlement_mint != places.settlement_mint {
        let (there, named) = (found.clearinghouse.settlement_mint, places.settlement_mint);
        return Err(format!(
            "the clearinghouse settles in {there}, {} names {named}: correct the file",
            places.file
        ));
    }
    all(planner, found, 0, &Terms::Clearinghouse(listings.clearinghouse), 0)?;
    if found.pool.is_some() {
        all(planner, found, 0, &Terms::Pool(listings.pool), 0)?;
    }
    Ok(())
}

/// Brings all parameters of a concern to `wanted`.
fn all(planner: &mut Planner, found: &Found, asset: u8, wanted: &Terms, ramp: u32) -> Result<(), String> {
    let section = Section::of(wanted);
    planner.parameters(found, asset, section.concern, &section.values, ramp)
}

fn list(
    planner: &mut Planner,
    found: &Found,
    listings: &Listings,
    places: &Places,
    ramp: u32,
) -> Result<(), String> {
    let settlement = &listings.settlement;
    if found.pool.is_none() {
        return Err("there is no liquidity pool yet: apply 1 first".to_string());
    }
    if found.banks.contains_key(&SETTLEMENT_ASSET) {
        all(planner, found, SETTLEMENT_ASSET, &Terms::Bank(settlement.collateral.terms), ramp)?;
    } else {
        let mut lines = vec![format!("mint {}", places.settlement_mint)];
        lines.extend(show::listed("bank", &Terms::Bank(settlement.collateral.terms)));
        let change = Change::Collateral {
            asset: SETTLEMENT_ASSET,
            mint: places.settlement_mint,
            params: settlement.collateral,
        };
        planner.change(&format!("{} as collateral", settlement.symbol), lines, &change);
    }
    let mut next_row = found.board.asset_count as u8;
    for asset in &listings.assets {
        let row = found.row(&asset.symbol);
        let (row, is_new) = row.map_or((next_row, true), |row| (row, false));
        next_row += u8::from(is_new);
        list_asset(planner, found, asset, row, is_new, places, ramp)?;
    }
    Ok(())
}

fn list_asset(
    planner: &mut Planner,
    found: &Found,
    asset: &Asset,
    row: u8,
    is_new: bool,
    places: &Places,
    ramp: u32,
) -> Result<(), String> {
    let (place, symbol) = (places.asset(&asset.symbol)?, &asset.symbol);
    if is_new {
        let params = asset.params(place.source);
        let mut lines = vec![format!("oracle {}", place.source.oracle)];
        lines.extend(show::listed("price", &Terms::Price(asset.price)));
        planner.change(&format!("{symbol} on the risk board, row {row}"), lines, &Change::Asset(params));
        if planner.view.is_launched() {
            let note = format!("{symbol}: bank and market are proposed once it is on the board");
            planner.plan.notes.push(note);
            return Ok(());
        }
    } else {
        let before = found.board.rows[row as usize].source();
        if before != place.source {
            let lines = vec![format!("oracle  {} -> {}", before.oracle, place.source.oracle)];
            let change = Change::Oracle { asset: row, before, after: place.source };
            planner.change(&format!("{symbol} takes its price from elsewhere"), lines, &change);
        }
        all(planner, found, row, &Terms::Price(asset.price), ramp)?;
    }
    if found.banks.contains_key(&row) {
        all(planner, found, row, &Terms::Bank(asset.collateral.terms), ramp)?;
        all(planner, found, row, &Terms::Weights(asset.collateral.weights), ramp)?;
    } else {
        let mut lines = vec![format!("mint {}", place.mint)];
        lines.extend(show::listed("bank", &Terms::Bank(asset.collateral.terms)));
        lines.extend(show::listed("weights", &Terms::Weights(asset.collateral.weights)));
        let change = Change::Collateral { asset: row, mint: place.mint, params: asset.collateral };
        planner.change(&format!("{symbol} as collateral"), lines, &change);
    }
    if found.markets.contains_key(&row) {
        all(planner, found, row, &Terms::Market(asset.market.terms), ramp)?;
        all(planner, found, row, &Terms::Margin(asset.market.margin), ramp)?;
    } else {
        let mut lines = show::listed("market", &Terms::Market(asset.market.terms));
        lines.extend(show::listed("margin", &Terms::Margin(asset.market.margin)));
        let change = Change::Market { asset: row, params: asset.market };
        planner.change(&format!("{symbol} market"), lines, &change);
    }
    Ok(())
}

fn launch(planner: &mut Planner, found: &Found) -> Result<(), String> {
    if found.board.is_launched == 1 {
        return Ok(());
    }
    if found.board.rows[SETTLEMENT_ASSET as usize].is_collateral == 0 {
        return Err("the settlement token is not listed yet: apply 2 first".to_string());
    }
    let house = planner.view.clearinghouse;
    let launch = ix::launch::instruction(
        &ix::launch::Accounts {
            governance: planner.view.governance(),
            clearinghouse: house,
            risk_board: addresses::risk_board(&house),
            pool: addresses::liquidity_pool(&house),
        },
        &ix::launch::Args {},
        &[],
    );
    let lines =
        vec!["open for money  no -> yes, once and for good: from then on every change waits".to_string()];
    planner.governed("launch", lines, vec![launch]);
    Ok(())
}

fn allocate(planner: &mut Planner, found: &Found) -> Result<(), String> {
    let house = planner.view.clearinghouse;
    let Some(pool) = &found.pool else {
        return Err("there is no liquidity pool yet: apply 1 first".to_string());
    };
    let mut unallocated = pool.unallocated;
    for (row, market) in &found.markets {
        let (now, then) =
            (market.capital, share(pool, market).ok_or("the pool's capital does not fit its unit")?);
        let missing = then.saturating_sub(now).min(unallocated).max(0);
        let is_free = market.long_size == 0 && market.short_size == 0;
        let surplus = if is_free { now.saturating_sub(then).max(0) } else { 0 };
        if missing.max(surplus) <= then / DRIFT {
            continue;
        }
        let rebalance = ix::rebalance::instruction(
            &ix::rebalance::Accounts {
                pool: addresses::liquidity_pool(&house),
                risk_board: addresses::risk_board(&house),
                market: addresses::market(&house, *row),
            },
            &ix::rebalance::Args {},
            &[],
        );
        let after = now + missing - surplus;
        unallocated = unallocated - missing + surplus;
        planner.plan.items.push(Item {
            title: format!("{} market: its share of the pool", found.symbol(*row)),
            lines: vec![format!("capital  {} -> {} micro-USD", show::grouped(now), show::grouped(after))],
            effect: "at once".to_string(),
            signer: None,
            instructions: vec![rebalance],
        });
    }
    Ok(())
}

/// A market's share of the pool's capital, micro-USD, rounded down: what `rebalance` moves towards.
fn share(pool: &LiquidityPool, market: &Market) -> Option<i64> {
    let uncounted = market.capital.checked_sub(market.capital_counted)?;
    let book = pool.book_capital.checked_add(uncounted)?.max(0);
    Ratio(market.terms.capital_weight).of_floor(Quote(book)).ok().map(|share| share.0)
}

fn roles(planner: &mut Planner, found: &Found, places: &Places) {
    // Governance last: it proposes what concerns the others.
    let order = [Role::Steward, Role::Guardian, Role::FeeCollector, Role::Governance];
    debug_assert_eq!(order.len(), ROLES);
    for role in order {
        let (number, state) = (role as usize, found.clearinghouse.role(role));
        let Some(after) = places.roles[number] else {
            let note = format!(
                "{} names nobody for {}: it stays with {}",
                places.file, ROLE_NAMES[number], state.holder
            );
            planner.plan.notes.push(note);
            continue;
        };
        if after != state.holder {
            hand_over(planner, role, state, after);
        }
    }
}

/// Nobody holds a burned role.
fn holder(state: &RoleState) -> String {
    if state.holder == Address::default() { "nobody".to_string() } else { state.holder.to_string() }
}

fn hand_over(planner: &mut Planner, role: Role, state: &RoleState, after: Address) {
    let title = format!("the {} role in other hands", ROLE_NAMES[role as usize]);
    let lines = vec![format!("holder  {} -> {after}, who has to accept", holder(state))];
    if state.nominee != after {
        let change = Change::Role { role: role as u8, before: state.holder, after };
        planner.change(&title, lines, &change);
        return;
    }
    let clearinghouse = planner.view.clearinghouse;
    let accept = ix::accept_role::instruction(
        &ix::accept_role::Accounts { nominee: after, clearinghouse },
        &ix::accept_role::Args { role: role as u8 },
        &[],
    );
    planner.plan.items.push(Item {
        title: format!("accept the {} role", ROLE_NAMES[role as usize]),
        lines,
        effect: "at once".to_string(),
        signer: Some((after, "nominee")),
        instructions: vec![accept],
    });
}

fn parameters(planner: &mut Planner, found: &Found, parts: &[Part], ramp: u32) -> Result<(), String> {
    for part in parts {
        let row = match &part.symbol {
            None => 0,
            Some(symbol) => {
                found.row(symbol).ok_or_else(|| format!("asset {symbol}: not on the risk board"))?
            }
        };
        for section in &part.sections {
            planner.parameters(found, row, section.concern, &section.values, ramp)?;
        }
    }
    Ok(())
}
