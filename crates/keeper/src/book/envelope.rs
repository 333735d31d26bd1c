//! How far everything of a row but its price may drift before triggers have to be found anew.
//!
//! A trigger is found for the worst terms of an envelope around those in force. As long as a row's terms are
//! no worse than its envelope's, at whatever price, no part of an account's health is lower than it was reckoned to
//! be. There is an envelope for each of a few slacks: the nearer an account is to its line, the less slack it can
//! afford, and the sooner it has to be looked at again.
use super::kernel::{Bracket, RowTerms};

/// Envelopes of a row.
pub const SLACKS: usize = 3;

/// What a row may drift by, as shares of what is named.
struct Slack {
    /// Of the price: what a side is charged.
    charge: f64,
    /// Of itself: what a share counts for over the price, what counts of profit, where a bracket begins.
    share: f64,
    /// Of itself: margins, surcharges, the reserve.
    margin: f64,
}

/// The first for accounts close to their line: the interest of minutes, a price's move of a thousandth by volatility.
/// The last for those far above: months of interest, a ramp of governance of a day.
const LIST: [Slack; SLACKS] = [
    Slack { charge: 1e-5, share: 1e-5, margin: 5e-3 },
    Slack { charge: 2e-4, share: 5e-4, margin: 3e-2 },
    Slack { charge: 5e-3, share: 1e-2, margin: 2.5e-1 },
];

/// An envelope wider than so many times its slack has lost its use.
const WIDEST: f64 = 3.0;

/// Terms have left an envelope when they have used up this part of its slack. What is left is far more than the
/// rounding of all the numbers in it.
const USED_UP: f64 = 0.99;

/// The worst terms that triggers allow for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Envelope {
    slack: usize,
    /// What triggers are found for.
    worst: Worst,
    /// What terms may be.
    limit: Worst,
}

/// Terms, made worse.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Worst {
    /// But for what depends on the price.
    terms: RowTerms,
    /// What a share counts for, over the price.
    share: [f64; 2],
    /// What a unit has been charged: of a long at most, of a short at least.
    charged: [f64; 2],
    /// The price, where it is not one that moves.
    fixed_price: Option<f64>,
}

impl Envelope {
    /// Around terms, with one of the [`SLACKS`].
    pub fn around(terms: &RowTerms, slack: usize) -> Self {
        Self { slack, worst: Worst::new(terms, slack, 1.0), limit: Worst::new(terms, slack, USED_UP) }
    }

    /// The worst terms at a price.
    pub fn at(&self, price: f64) -> RowTerms {
        self.worst.at(price)
    }

    /// Whether terms are no worse than the envelope's, at their price and at any other as long as they stay, and the
    /// envelope not far worse than the terms.
    pub fn suits(&self, terms: &RowTerms) -> bool {
        self.limit.covers(terms) && Worst::new(terms, self.slack, WIDEST).covers(&self.at(terms.oracle))
    }
}

impl Worst {
    /// Terms made worse by so many times a slack.
    fn new(terms: &RowTerms, slack: usize, times: f64) -> Self {
        let Slack { charge, share, margin } = &LIST[slack];
        let (charge, less, more) = (charge * times * terms.oracle, 1.0 - share * times, 1.0 + share * times);
        let raised = 1.0 + margin * times;
        let over_price = |worth: f64| if terms.oracle > 0.0 { worth / terms.oracle } else { 0.0 };
        let bracket =
            |bracket: &Bracket| Bracket { from: bracket.from * less, surcharge: bracket.surcharge * raised };
        let [first, second, third] = &terms.brackets;
        let mut worst = RowTerms {
            margin: terms.margin * raised,
            brackets: [bracket(first), bracket(second), bracket(third)],
            profit: terms.profit * less,
            reserve: terms.reserve * raised,
            ..*terms
        };
        worst.is_two_sided = worst.can_lose_by_profit();
        Self {
            terms: worst,
            share: [over_price(terms.share[0]) * less, over_price(terms.share[1]) * more],
            charged: [terms.oracle - terms.mark[0] + charge, terms.oracle - terms.mark[1] - charge],
            fixed_price: (terms.reach == 0.0).then_some(terms.oracle),
        }
    }

    fn at(&self, price: f64) -> RowTerms {
        RowTerms {
            share: self.share.map(|share| share * price),
            mark: self.charged.map(|charged| price - charged),
            oracle: price,
            ..self.terms
        }
    }

    /// Whether terms are no worse.
    fn covers(&self, terms: &RowTerms) -> bool {
        let worst = self.at(terms.oracle);
        let mut brackets = terms.brackets.iter().zip(&worst.brackets);
        self.fixed_price.is_none_or(|price| price == terms.oracle)
            && terms.share[0] >= worst.share[0]
            && terms.share[1] <= worst.share[1]
            && terms.mark[0] >= worst.mark[0]
            && terms.mark[1] <= worst.mark[1]
            && terms.margin <= worst.margin
            && terms.profit >= worst.profit
            && terms.reserve <= worst.reserve
            && brackets.all(|(own, worst)| own.from >= worst.from && own.surcharge <= worst.surcharge)
    }
}
