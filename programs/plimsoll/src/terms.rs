//! Reading, amending and checking the terms of one concern: the same for a proposal, for
//! its execution, for the steward, and for whoever wants to see what would change.

use bytemuck::bytes_of;

use crate::bounds;
use crate::error::PlimsollError;
use crate::parameters::{Concern, Parameter};
use crate::params::{
    ClearinghouseTerms, CollateralParams, FieldChange, MarketParams, PoolTerms, PriceTerms, FIELDS_MAX,
};
use crate::state::{
    Bank, BankTerms, Clearinghouse, LiquidityPool, MarginTerms, Market, MarketTerms, RiskBoard, Weights,
    SETTLEMENT_ASSET,
};

type Result<T> = core::result::Result<T, PlimsollError>;

/// The accounts that an asset's terms are kept in, as far as they are needed.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub asset: u8,
    pub clearinghouse: &'a Clearinghouse,
    pub board: &'a RiskBoard,
    pub market: Option<&'a Market>,
    pub bank: Option<&'a Bank>,
    pub pool: Option<&'a LiquidityPool>,
}

/// The same, to write to.
pub struct PlaceMut<'a> {
    pub asset: u8,
    pub clearinghouse: &'a mut Clearinghouse,
    pub board: &'a mut RiskBoard,
    pub market: Option<&'a mut Market>,
    pub bank: Option<&'a mut Bank>,
    pub pool: Option<&'a mut LiquidityPool>,
}

impl PlaceMut<'_> {
    /// The same, to read from.
    pub fn shared(&self) -> Place<'_> {
        Place {
            asset: self.asset,
            clearinghouse: self.clearinghouse,
            board: self.board,
            market: self.market.as_deref(),
            bank: self.bank.as_deref(),
            pool: self.pool.as_deref(),
        }
    }
}

impl<'a> Place<'a> {
    fn market(&self) -> Result<&'a Market> {
        self.market.filter(|market| market.asset == self.asset).ok_or(PlimsollError::TargetMissing)
    }

    fn bank(&self) -> Result<&'a Bank> {
        self.bank.filter(|bank| bank.asset == self.asset).ok_or(PlimsollError::TargetMissing)
    }

    fn pool(&self) -> Result<&'a LiquidityPool> {
        self.pool.ok_or(PlimsollError::TargetMissing)
    }
}

/// The terms of one concern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terms {
    Clearinghouse(ClearinghouseTerms),
    Pool(PoolTerms),
    Price(PriceTerms),
    Bank(BankTerms),
    Weights(Weights),
    Market(MarketTerms),
    Margin(MarginTerms),
}

/// The concern that the fields of a change have in common.
///
/// # Errors
/// [`TooManyFields`](PlimsollError::TooManyFields),
/// [`MixedConcerns`](PlimsollError::MixedConcerns) if they are of several or not in the
/// order of their ids, [`UnknownParameter`](PlimsollError::UnknownParameter).
#[inline(never)]
pub fn concern_of(fields: &[FieldChange]) -> Result<Concern> {
    if fields.len() > FIELDS_MAX {
        return Err(PlimsollError::TooManyFields);
    }
    let first = fields.first().ok_or(PlimsollError::TooManyFields)?;
    let concern = Parameter::get(first.parameter)?.concern;
    for pair in fields.windows(2) {
        let is_next = pair[1].parameter > pair[0].parameter;
        if !is_next || Parameter::get(pair[1].parameter)?.concern != concern {
            return Err(PlimsollError::MixedConcerns);
        }
    }
    Ok(concern)
}

impl Terms {
    /// The terms as they are set now; those on their way count as arrived.
    ///
    /// # Errors
    /// [`TargetMissing`](PlimsollError::TargetMissing) if the account they are kept in is.
    #[inline(never)]
    pub fn read(place: &Place, concern: Concern) -> Result<Self> {
        Ok(match concern {
            Concern::Clearinghouse => Self::Clearinghouse(place.clearinghouse.terms(place.board)),
            Concern::Pool => Self::Pool(PoolTerms { redeem_fee: place.pool()?.redeem_fee }),
            Concern::Price => Self::Price(place.board.row(place.asset)?.price_terms()),
            Concern::Bank => Self::Bank(place.bank()?.terms),
            Concern::Weights => Self::Weights(place.bank()?.weights),
            Concern::Market => Self::Market(place.market()?.terms),
            Concern::Margin => Self::Margin(place.market()?.margin),
        })
    }

    /// The terms as the fields would leave them at unix time `now`: read, amended and checked.
    ///
    /// # Errors
    /// Those of [`concern_of`], [`read`](Self::read), [`amend`](Self::amend) and
    /// [`check`](Self::check).
    #[inline(never)]
    pub fn amended(place: &Place, fields: &[FieldChange], now: i64) -> Result<Self> {
        let mut terms = Self::read(place, concern_of(fields)?)?;
        terms.amend(fields)?;
        terms.check(place, now)?;
        Ok(terms)
    }

    pub fn concern(&self) -> Concern {
        match self {
            Self::Clearinghouse(_) => Concern::Clearinghouse,
            Self::Pool(_) => Concern::Pool,
            Self::Price(_) => Concern::Price,
            Self::Bank(_) => Concern::Bank,
            Self::Weights(_) => Concern::Weights,
            Self::Market(_) => Concern::Market,
            Self::Margin(_) => Concern::Margin,
        }
    }

    /// Their bytes, in which parameters have their places.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Clearinghouse(terms) => bytes_of(terms),
            Self::Pool(terms) => bytes_of(terms),
            Self::Price(terms) => bytes_of(terms),
            Self::Bank(terms) => bytes_of(terms),
            Self::Weights(terms) => bytes_of(terms),
            Self::Market(terms) => bytes_of(terms),
            Self::Margin(terms) => bytes_of(terms),
        }
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        match self {
            Self::Clearinghouse(terms) => bytemuck::bytes_of_mut(terms),
            Self::Pool(terms) => bytemuck::bytes_of_mut(terms),
            Self::Price(terms) => bytemuck::bytes_of_mut(terms),
            Self::Bank(terms) => bytemuck::bytes_of_mut(terms),
            Self::Weights(terms) => bytemuck::bytes_of_mut(terms),
            Self::Market(terms) => bytemuck::bytes_of_mut(terms),
            Self::Margin(terms) => bytemuck::bytes_of_mut(terms),
        }
    }

    /// Puts every field's new value in the place of the one it expects.
    ///
    /// # Errors
    /// [`ChangeStale`](PlimsollError::ChangeStale) if another value stands there,
    /// [`ParameterOutOfBounds`](PlimsollError::ParameterOutOfBounds).
    #[inline(never)]
    pub fn amend(&mut self, fields: &[FieldChange]) -> Result<()> {
        for field in fields {
            let parameter = Parameter::get(field.parameter)?;
            if parameter.read(self.bytes()) != field.before {
                return Err(PlimsollError::ChangeStale);
            }
            parameter.write(self.bytes_mut(), field.after)?;
        }
        Ok(())
    }

    /// Checks the amended terms against what they replace and what stands beside them.
    ///
    /// # Errors
    /// [`ParameterOutOfBounds`](PlimsollError::ParameterOutOfBounds), or what else the
    /// concern has a rule for.
    #[inline(never)]
    pub fn check(&self, place: &Place, now: i64) -> Result<()> {
        match self {
            Self::Clearinghouse(terms) => {
                let before = place.clearinghouse.terms(place.board);
                require(terms.liquidation_target <= before.liquidation_target)?;
                check_outflow(before.outflow_max as u64, terms.outflow_max as u64)?;
                bounds::check_clearinghouse(terms)
            }
            Self::Pool(terms) => bounds::check_pool(terms),
            Self::Price(terms) => check_price(terms, place, now),
            Self::Bank(terms) => {
                check_outflow(place.bank()?.terms.outflow_max, terms.outflow_max)?;
                check_bank(terms, &place.bank()?.weights, place, now)
            }
            Self::Weights(weights) => {
                let bank = place.bank()?;
                require(bank.asset != SETTLEMENT_ASSET)?;
                if bank.is_warming_up(now) {
                    return Err(PlimsollError::WarmingUp);
                }
                check_bank(&bank.terms, weights, place, now)
            }
            Self::Market(terms) => {
                let before = place.market()?.terms.capital_weight;
                if terms.capital_weight != before {
                    let others = place.pool()?.capital_weights.saturating_sub(before);
                    require(others + terms.capital_weight <= bounds::CAPITAL_WEIGHTS_MAX)?;
                }
                let limit = place.board.row(place.asset)?.confidence_limit;
                check_market(&place.market()?.margin, terms, place, limit, now)
            }
            Self::Margin(margin) => {
                let limit = place.board.row(place.asset)?.confidence_limit;
                check_market(margin, &place.market()?.terms, place, limit, now)
            }
        }
    }

    /// Puts the terms into force at unix time `now`: margins and weights set out on a ramp of
    /// `ramp_seconds`, after interest and funding have been charged as it was until now.
    #[inline(never)]
    pub fn store(&self, place: &mut PlaceMut, now: i64, ramp_seconds: u32) -> Result<()> {
        match self {
            Self::Clearinghouse(terms) => place.clearinghouse.set_terms(place.board, terms),
            Self::Pool(terms) => target(&mut place.pool)?.redeem_fee = terms.redeem_fee,
            Self::Price(terms) => place.board.row_mut(place.asset)?.set_price_terms(terms),
            Self::Bank(terms) => {
                let bank = target(&mut place.bank)?;
                bank.accrue(now)?;
                bank.terms = *terms;
            }
            Self::Weights(weights) => {
                target(&mut place.bank)?.set_weights(weights, now, ramp_seconds as i64);
            }
            Self::Market(terms) => {
                let market = target(&mut place.market)?;
                market.accrue_funding(now)?;
                let before = core::mem::replace(&mut market.terms, *terms).capital_weight;
                if terms.capital_weight != before {
                    let pool = target(&mut place.pool)?;
                    pool.capital_weights = pool.capital_weights - before + terms.capital_weight;
                }
            }
            Self::Margin(margin) => target(&mut place.market)?.set_margin(margin, now, ramp_seconds),
        }
        Ok(())
    }
}

fn target<'b, T>(account: &'b mut Option<&mut T>) -> Result<&'b mut T> {
    account.as_deref_mut().ok_or(PlimsollError::TargetMissing)
}

fn require(holds: bool) -> Result<()> {
    if holds {
        Ok(())
    } else {
        Err(PlimsollError::ParameterOutOfBounds)
    }
}

/// An outflow limit at most doubles or halves: whoever can't agree has a wait's time to leave.
fn check_outflow(before: u64, after: u64) -> Result<()> {
    if after > before.saturating_mul(2) || after < before / 2 {
        return Err(PlimsollError::StepTooLarge);
    }
    Ok(())
}

#[inline(never)]
fn check_price(terms: &PriceTerms, place: &Place, now: i64) -> Result<()> {
    let row = place.board.row(place.asset)?;
    require(place.asset != SETTLEMENT_ASSET)?;
    require((terms.parity_ratio == 0) == (row.parity_ratio == 0))?;
    bounds::check_price(terms)?;
    if row.is_market == 1 {
        let market = place.market()?;
        check_market(&market.margin, &market.terms, place, terms.confidence_limit, now)?;
    }
    Ok(())
}

/// Checks a bank's terms with its weights, and those it comes from while they are on their way.
#[inline(never)]
fn check_bank(terms: &BankTerms, weights: &Weights, place: &Place, now: i64) -> Result<()> {
    let (row, bank) = (place.board.row(place.asset)?, place.bank()?);
    require(row.parity_ratio == 0 || terms.borrow_cap == 0)?;
    let on_the_way = bank.weights_at(now);
    for weights in [weights, &on_the_way] {
        bounds::check_collateral(&CollateralParams { weights: *weights, terms: *terms })?;
    }
    Ok(())
}

/// Checks a market's margin and terms together, with the margin in force too.
#[inline(never)]
fn check_market(
    margin: &MarginTerms,
    terms: &MarketTerms,
    place: &Place,
    confidence_limit: u32,
    now: i64,
) -> Result<()> {
    let (target, in_force) = (place.board.liquidation_target, place.market()?.margin_at(now));
    for margin in [margin, &in_force] {
        bounds::check_market(&MarketParams { margin: *margin, terms: *terms }, confidence_limit, target)?;
    }
    Ok(())
}

/// What the steward asks for: every field tightens; what moves by ramp moves by a quarter of
/// itself at most, and not while it is on its way.
///
/// # Errors
/// [`NotTightening`](PlimsollError::NotTightening),
/// [`StepTooLarge`](PlimsollError::StepTooLarge),
/// [`RampRunning`](PlimsollError::RampRunning).
#[inline(never)]
pub fn check_tightening(place: &Place, concern: Concern, fields: &[FieldChange], now: i64) -> Result<()> {
    for field in fields {
        let parameter = Parameter::get(field.parameter)?;
        if !parameter.is_tightened(field.before, field.after) {
            return Err(PlimsollError::NotTightening);
        }
        let step = if field.before == 0 { bounds::STEWARD_STEP as i64 / 20 } else { field.before / 4 };
        let moved = field.after.saturating_sub(field.before).unsigned_abs();
        if concern.is_ramped() && moved > step.unsigned_abs() {
            return Err(PlimsollError::StepTooLarge);
        }
    }
    let ramp_end = match concern {
        Concern::Weights => place.bank()?.ramp_end,
        Concern::Margin => place.market()?.ramp_end,
        _ => 0,
    };
    if now < ramp_end {
        return Err(PlimsollError::RampRunning);
    }
    Ok(())
}

/// Checks that a ramp is named where parameters move by one, and nowhere else.
pub fn check_ramp(concern: Concern, ramp_seconds: u32) -> Result<()> {
    if concern.is_ramped() {
        bounds::check_ramp(ramp_seconds)
    } else {
        require(ramp_seconds == 0)
    }
}
