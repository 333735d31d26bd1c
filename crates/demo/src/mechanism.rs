//! What the engine can do with an account, a debt or a market that is in trouble, each in one plain line.

use std::fmt;

/// A rule at work. In the order in which an account, then a market, would meet them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mechanism {
    MarginCall,
    PartialLiquidation,
    Loan,
    DebtTakeover,
    Auction,
    AuctionWon,
    Bankruptcy,
    InsuranceDraw,
    InsuranceGift,
    InsuranceSweep,
    FundDraw,
    Deleveraging,
}

impl Mechanism {
    pub const ALL: [Mechanism; 12] = [
        Mechanism::MarginCall,
        Mechanism::PartialLiquidation,
        Mechanism::Loan,
        Mechanism::DebtTakeover,
        Mechanism::Auction,
        Mechanism::AuctionWon,
        Mechanism::Bankruptcy,
        Mechanism::InsuranceDraw,
        Mechanism::InsuranceGift,
        Mechanism::InsuranceSweep,
        Mechanism::FundDraw,
        Mechanism::Deleveraging,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Mechanism::MarginCall => "margin call",
            Mechanism::PartialLiquidation => "partial liquidation",
            Mechanism::Loan => "loan",
            Mechanism::DebtTakeover => "debt takeover",
            Mechanism::Auction => "auction",
            Mechanism::AuctionWon => "auction won",
            Mechanism::Bankruptcy => "bankruptcy",
            Mechanism::InsuranceDraw => "insurance draw",
            Mechanism::InsuranceGift => "insurance gift",
            Mechanism::InsuranceSweep => "insurance sweep",
            Mechanism::FundDraw => "fund draw",
            Mechanism::Deleveraging => "deleveraging",
        }
    }

    /// What it is, for somebody who has never heard of it.
    pub fn explanation(self) -> &'static str {
        match self {
            Mechanism::MarginCall => {
                "a warning on chain, while there is still time to pay in or to sell: nothing is taken yet"
            }
            Mechanism::PartialLiquidation => {
                "only as much is closed as makes the account safe again; the owner keeps the rest"
            }
            Mechanism::Loan => {
                "what others have deposited is lent out, against collateral worth more, at interest"
            }
            Mechanism::DebtTakeover => {
                "somebody with money repays part of a sunk borrower's debt, and takes collateral and a bonus for it"
            }
            Mechanism::Auction => {
                "an account that stays under water is offered whole to anyone, cheaper by the minute"
            }
            Mechanism::AuctionWon => {
                "the bidder takes over all that the account has and owes; its owner keeps the price"
            }
            Mechanism::Bankruptcy => {
                "a debt with nothing left behind it is struck out: the shared fund pays, then all lenders in proportion"
            }
            Mechanism::InsuranceDraw => {
                "a trader lost more than the account had: the market's insurance pays first, then its capital"
            }
            Mechanism::InsuranceGift => {
                "anyone may give to the shared fund, which stands behind all markets; it is not given back"
            }
            Mechanism::InsuranceSweep => {
                "what a market's insurance has beyond its own need goes to the shared fund"
            }
            Mechanism::FundDraw => {
                "the shared fund gives back to a market's capital what others could not pay, so much a day at most"
            }
            Mechanism::Deleveraging => {
                "traders have won more than the market has: insurance helps out, the winners give up the rest by size"
            }
        }
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_explained_in_one_line() {
        for (index, mechanism) in Mechanism::ALL.into_iter().enumerate() {
            assert_eq!(mechanism as usize, index);
            assert!(mechanism.explanation().len() <= 108 && !mechanism.explanation().contains('\n'));
        }
    }
}
