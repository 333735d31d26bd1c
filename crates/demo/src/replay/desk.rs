//! Where everybody's transactions go: sends them, follows the tokens they move, and tells the story.

use std::collections::BTreeMap;

use plimsoll::oracle::Refusal;
use plimsoll::state::{AssetRow, MarginState, RiskBoard, SETTLEMENT_ASSET};
use plimsoll::valuation;
use plimsoll_client::{Event, decode, error};
use plimsoll_risk::{Health, Quantity};
use plimsoll_testkit::pyth;
use plimsoll_testkit::{Failure, Outcome, Wallet, World};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;

use crate::listings::Listings;
use crate::prices::{PRICE_EXPONENT, PricePoint, Symbol};
use crate::report::{Happening, Observer, StoryLine, Tone, UnixTime};

/// Native units that a wallet has sent to and got from the program.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flow {
    pub came_in: i128,
    pub went_out: i128,
}

/// The world with an ear for what happens in it.
pub struct Desk<'o> {
    pub world: World,
    pub now: UnixTime,
    pub stories: Vec<StoryLine>,
    pub happenings: Vec<Happening>,
    /// Transactions that went through since the deployment.
    pub transactions: usize,
    observer: &'o mut dyn Observer,
    flows: BTreeMap<(Address, u8), Flow>,
    /// Board rows that refused their last price.
    refused: BTreeMap<u8, u32>,
}

impl<'o> Desk<'o> {
    /// Deploys the listings in a new world whose clock stands at `now`.
    ///
    /// # Errors
    /// When the listings are not of what there are prices for.
    pub fn open(listings: &Listings, now: UnixTime, observer: &'o mut dyn Observer) -> Result<Self, String> {
        let world = super::deploy::world(listings, now)?;
        let (flows, refused) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self {
            world,
            now,
            stories: Vec::new(),
            happenings: Vec::new(),
            transactions: 0,
            observer,
            flows,
            refused,
        })
    }

    pub fn progress(&mut self, done: usize, total: usize) {
        self.observer.progress(done, total);
    }

    pub fn tell(&mut self, tone: Tone, text: String) {
        let line = StoryLine { time: self.now, tone, text };
        self.observer.told(&line);
        self.stories.push(line);
    }

    /// Sends what `wallet` signs, and counts the tokens that its own token accounts lost and gained.
    ///
    /// # Errors
    /// Why the program refused.
    pub fn send(&mut self, wallet: &Wallet, instruction: Instruction) -> Result<Outcome, Refused> {
        let before = self.wallet_tokens(wallet);
        let outcome = self.transact(instruction, &[&wallet.key])?;
        for ((asset, before), (_, after)) in before.into_iter().zip(self.wallet_tokens(wallet)) {
            let flow = self.flows.entry((wallet.address(), asset)).or_default();
            flow.came_in += i128::from(before.saturating_sub(after));
            flow.went_out += i128::from(after.saturating_sub(before));
        }
        Ok(outcome)
    }

    /// Sends what nobody has to sign.
    ///
    /// # Errors
    /// Why the program refused.
    pub fn crank(&mut self, instruction: Instruction) -> Result<Outcome, Refused> {
        self.transact(instruction, &[])
    }

    fn transact(&mut self, instruction: Instruction, signers: &[&Keypair]) -> Result<Outcome, Refused> {
        let outcome = self.world.send(&[instruction], signers).map_err(Refused)?;
        self.transactions += 1;
        Ok(outcome)
    }

    /// What the token program has seen `wallet` pay in and get out.
    pub fn flow(&self, wallet: &Wallet, asset: u8) -> Flow {
        self.flows.get(&(wallet.address(), asset)).copied().unwrap_or_default()
    }

    fn wallet_tokens(&self, wallet: &Wallet) -> Vec<(u8, u64)> {
        let assets = self.world.assets.iter().map(|asset| asset.index);
        assets.map(|asset| (asset, self.world.wallet_balance(wallet, asset))).collect()
    }

    // --- prices ---------------------------------------------------------------------------------------------------------------

    /// Moves the clock, writes the oracle accounts and refreshes every row.
    ///
    /// # Errors
    /// When a row has never had a price and refuses this one: nothing could be valued.
    pub fn publish(&mut self, point: &PricePoint) -> Result<(), String> {
        self.now = point.time;
        self.world.svm.set_time(point.time);
        // The settlement token has no price, but interest to bring in.
        let mut rows = vec![SETTLEMENT_ASSET];
        for symbol in Symbol::ALL {
            let (asset, quote) = (self.asset(symbol), point.quote(symbol));
            let quote = pyth::Quote {
                price: i64::try_from(quote.price)
                    .map_err(|_| format!("the price of {symbol} is too large"))?,
                confidence: quote.confidence,
                exponent: PRICE_EXPONENT,
                publish_time: point.time,
            };
            self.world.publish_quote(asset, quote);
            rows.push(asset);
        }
        let refresh = self.world.refresh_instruction(&rows);
        let outcome = self.crank(refresh).map_err(|refused| refused.to_string())?;
        for event in outcome.events {
            match event {
                Event::RefreshRefused(refused) => self.price_refused(refused.asset as u8, refused.reason)?,
                Event::PriceRefreshed(refreshed) => self.price_taken(refreshed.asset as u8),
                _ => (),
            }
        }
        Ok(())
    }

    fn price_refused(&mut self, asset: u8, reason: u32) -> Result<(), String> {
        let symbol = self.world.assets[asset as usize].symbol.clone();
        let known = u8::try_from(reason).ok().and_then(|code| Refusal::try_from(code).ok());
        let why = known.map_or(format!("reason {reason}."), |refusal| refusal.message().to_string());
        if self.world.row(asset).refreshed_at == 0 {
            return Err(format!("the program refuses the first price of {symbol}: {why}"));
        }
        if self.refused.insert(asset, reason) != Some(reason) {
            let text = format!("the price of {symbol} is refused, the last one stays on the board: {why}");
            self.tell(Tone::Notice, text);
        }
        Ok(())
    }

    fn price_taken(&mut self, asset: u8) {
        if self.refused.remove(&asset).is_some() {
            let symbol = self.world.assets[asset as usize].symbol.clone();
            self.tell(Tone::Plain, format!("the price of {symbol} is accepted again"));
        }
    }

    // --- what the accounts hold -----------------------------------------------------------------------------------------------

    pub fn asset(&self, symbol: Symbol) -> u8 {
        self.world.asset(symbol.name())
    }

    /// The symbol whose price moves this asset; `None` for the settlement token.
    pub fn symbol(&self, asset: u8) -> Option<Symbol> {
        Symbol::from_name(&self.world.assets[asset as usize].symbol)
    }

    pub fn decimals(&self, asset: u8) -> u8 {
        self.world.assets[asset as usize].decimals
    }

    pub fn row(&self, asset: u8) -> AssetRow {
        self.world.row(asset)
    }

    pub fn board(&self) -> RiskBoard {
        self.world.board()
    }

    /// A margin account; `None` while it is not open.
    pub fn margin(&self, account: &Address) -> Option<MarginState> {
        decode::decode(&self.world.svm.vm.get_account(account)?.data).ok()
    }

    /// Native units of a token that an account owns or owes (negative), cash and interest until now included.
    ///
    /// # Errors
    /// When they don't fit the program's units.
    pub fn holds(&self, state: &MarginState, asset: u8) -> Result<i64, String> {
        let ledger =
            self.world.bank(asset).ledger_at(self.now).map_err(|error| error.message().to_string())?;
        let held = ledger.amount_floor(state.shares(asset)).map_err(|_| too_large())?;
        let cash = if asset == SETTLEMENT_ASSET { state.cash } else { 0 };
        held.plus(Quantity(cash)).map(|held| held.0).map_err(|_| too_large())
    }

    /// Native units of interest that a bank keeps against losses, until now.
    ///
    /// # Errors
    /// When they don't fit the program's units.
    pub fn reserve(&self, asset: u8) -> Result<i128, String> {
        let ledger =
            self.world.bank(asset).ledger_at(self.now).map_err(|error| error.message().to_string())?;
        Ok(ledger.reserve.into())
    }

    /// The token besides the settlement token of which the account holds the most worth.
    ///
    /// # Errors
    /// When it does not fit the program's units.
    pub fn best_collateral(&self, state: &MarginState) -> Result<Option<u8>, String> {
        let mut best = (0, None);
        for token in state.tokens().iter().filter(|token| token.asset != SETTLEMENT_ASSET) {
            let held = Quantity(self.holds(state, token.asset)?);
            let worth = self.row(token.asset).price.get().value_floor(held).map_or(0, |worth| worth.0);
            if worth > best.0 {
                best = (worth, Some(token.asset));
            }
        }
        Ok(best.1)
    }

    /// Whether nothing of worth is left of an account.
    pub fn is_stripped(&self, state: &MarginState) -> bool {
        state.perp_count == 0 && self.best_collateral(state).is_ok_and(|best| best.is_none())
    }

    /// Health at the prices of the board.
    ///
    /// # Errors
    /// When it does not fit the program's units.
    pub fn health(&self, state: &MarginState) -> Result<Health, String> {
        health(state, &self.board())
    }
}

fn too_large() -> String {
    error::PlimsollError::Overflow.message().to_string()
}

/// Health at the prices of `board`.
///
/// # Errors
/// When it does not fit the program's units.
pub fn health(state: &MarginState, board: &RiskBoard) -> Result<Health, String> {
    valuation::displayed_health(state, board).map_err(|error| error.message().to_string())
}

/// A transaction that the program refused.
#[derive(Debug)]
pub struct Refused(pub Failure);

impl Refused {
    pub fn is(&self, error: error::PlimsollError) -> bool {
        self.0.plimsoll() == Some(error)
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.plimsoll() {
            Some(error) => f.write_str(error.message()),
            None => write!(f, "{}", self.0.error),
        }
    }
}
