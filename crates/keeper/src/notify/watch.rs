//! What has happened to one account, from the events of the transactions that name it.
use plimsoll_client::Event;
use plimsoll_client::chain::{Chain, Landed, Result};
use plimsoll_client::logs::events;
use solana_address::Address;
use solana_signature::Signature;
use std::fmt::Write;

/// Transactions that are looked at in one look, newest first; older ones that were not looked at are left out.
const LOOK_MAX: usize = 100;
const MICRO: u64 = 1_000_000;

/// What is worth telling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Margin is below the line of margin calls.
    MarginCalled,
    /// Margin is below maintenance: liquidations may begin.
    Sunk,
    /// A position was closed, whole or in part.
    Liquidated,
    /// A debt was taken over, and collateral for it.
    DebtLiquidated,
    /// All of it is for sale.
    AuctionStarted,
    /// All of it was sold.
    AuctionWon,
    /// What it owed and could not pay was struck out.
    Bankrupt,
}

impl Kind {
    /// As machines are told.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MarginCalled => "margin_call",
            Self::Sunk => "below_maintenance",
            Self::Liquidated => "liquidated",
            Self::DebtLiquidated => "debt_liquidated",
            Self::AuctionStarted => "auction_started",
            Self::AuctionWon => "auction_won",
            Self::Bankrupt => "bankrupt",
        }
    }

    /// As people are told.
    const fn words(self) -> &'static str {
        match self {
            Self::MarginCalled => "Margin call",
            Self::Sunk => "Below maintenance: it can be liquidated",
            Self::Liquidated => "A position was liquidated",
            Self::DebtLiquidated => "A debt was liquidated",
            Self::AuctionStarted => "It is up for auction",
            Self::AuctionWon => "It was sold at auction",
            Self::Bankrupt => "A debt was struck out",
        }
    }
}

/// Something to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub account: Address,
    pub kind: Kind,
    pub signature: Signature,
    pub slot: u64,
    /// `None` where the node does not say.
    pub unix_time: Option<i64>,
    /// What the event says, micro-USD, by its name there.
    pub figures: Vec<(&'static str, i64)>,
}

impl Notice {
    /// One line for people.
    pub fn text(&self) -> String {
        let mut text = format!("{} (Plimsoll account {})", self.kind.words(), self.account);
        for (name, micro_usd) in &self.figures {
            let sign = if *micro_usd < 0 { "-" } else { "" };
            let (whole, part) = (micro_usd.unsigned_abs() / MICRO, micro_usd.unsigned_abs() % MICRO);
            let _ = write!(text, ", {name} {sign}{whole}.{part:06} USD");
        }
        text
    }
}

/// An account that is watched.
#[derive(Clone, Debug)]
pub struct Watch {
    account: Address,
    /// The newest transaction that was looked at; `None` before the first look.
    newest: Option<Option<Signature>>,
}

impl Watch {
    pub fn new(account: Address) -> Self {
        Self { account, newest: None }
    }

    pub fn account(&self) -> Address {
        self.account
    }

    /// What has happened since the last look, oldest first. The first look finds nothing: what was before
    /// the keeper started is history. A transaction that the node knows of and can't show yet ends the look;
    /// the next one begins with it.
    ///
    /// # Errors
    /// When the node gives no answer; what it did not tell is found by the next look.
    pub fn look<C: Chain>(&mut self, chain: &C) -> Result<Vec<Notice>> {
        let Some(newest) = self.newest else {
            let latest = chain.history(&self.account, None, 1)?;
            self.newest = Some(latest.first().map(|landed| landed.signature));
            return Ok(Vec::new());
        };
        let mut fresh = chain.history(&self.account, None, LOOK_MAX)?;
        if let Some(known) = fresh.iter().position(|landed| Some(landed.signature) == newest) {
            fresh.truncate(known);
        }
        let mut notices = Vec::new();
        for listed in fresh.iter().rev() {
            if listed.error.is_none() {
                let Some(landed) = chain.transaction(&listed.signature)? else { break };
                notices.extend(self.notices(&landed));
            }
            self.newest = Some(Some(listed.signature));
        }
        Ok(notices)
    }

    fn notices(&self, landed: &Landed) -> Vec<Notice> {
        let found = events(landed.logs.iter().map(String::as_str));
        let told = found.events.iter().flat_map(|event| self.told(event));
        let notice = |(kind, figures)| Notice {
            account: self.account,
            kind,
            signature: landed.signature,
            slot: landed.slot,
            unix_time: landed.block_time,
            figures,
        };
        told.map(notice).collect()
    }

    /// What an event says of this account.
    fn told(&self, event: &Event) -> Vec<(Kind, Vec<(&'static str, i64)>)> {
        let mut told = Vec::new();
        match event {
            Event::StockTaken(e) if e.account == self.account => {
                let figures = vec![("equity", e.equity), ("maintenance", e.maintenance)];
                if e.called_at != 0 {
                    told.push((Kind::MarginCalled, figures.clone()));
                }
                if e.sunk_at != 0 {
                    told.push((Kind::Sunk, figures));
                }
            }
            Event::Liquidated(e) if e.account == self.account => {
                let figures = vec![("realised", e.realised), ("penalty", e.penalty)];
                told.push((Kind::Liquidated, figures));
            }
            Event::DebtLiquidated(e) if e.account == self.account => {
                told.push((Kind::DebtLiquidated, Vec::new()));
            }
            Event::AuctionStarted(e) if e.account == self.account => {
                told.push((Kind::AuctionStarted, vec![("equity", e.equity)]));
            }
            Event::AuctionWon(e) if e.account == self.account => {
                told.push((Kind::AuctionWon, vec![("equity", e.equity), ("price", e.price)]));
            }
            Event::BankruptcyResolved(e) if e.account == self.account => {
                told.push((Kind::Bankrupt, Vec::new()));
            }
            _ => {}
        }
        told
    }
}
