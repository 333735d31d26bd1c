//! A crowd that does things at random: the same seed does the same things.

use crate::reference;
use crate::scene::{self, BTC, E8, ETH, SOL, USD, USDC};
use plimsoll::error::PlimsollError;
use plimsoll_client::Event;
use plimsoll_testkit::actions::ANY_PRICE;
use plimsoll_testkit::pyth::Quote;
use plimsoll_testkit::{Failure, Outcome, Wallet, World};
use solana_instruction::Instruction;

/// SplitMix64 (Steele, Lea, Flood 2014).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 up to, not including, `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.word() % bound
    }

    /// True once in `times`.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// Any order of magnitude from 1 to `most`.
    pub fn size(&mut self, most: u64) -> u64 {
        let bits = 64 - most.leading_zeros() as u64;
        let ceiling = 1u64 << (1 + self.below(bits)).min(63);
        1 + self.below(ceiling.min(most))
    }
}

/// What was done, and what came of it.
pub struct Done {
    pub action: &'static str,
    pub result: Result<Outcome, Failure>,
}

impl Done {
    /// Whether an account was liquidated.
    pub fn liquidated(&self) -> bool {
        let events = self.result.as_ref().map_or(&[][..], |outcome| &outcome.events);
        events.iter().any(|event| matches!(event, Event::Liquidated(_)))
    }
}

/// Wallets with two accounts each, providers, a keeper, and prices that move.
pub struct Crowd {
    pub world: World,
    pub random: Random,
    traders: Vec<Wallet>,
    providers: Vec<Wallet>,
    keeper: Wallet,
    prices: [i64; 4],
}

impl Crowd {
    /// In a standard world whose transactions are all still to come.
    pub fn new(mut world: World, seed: u64) -> Self {
        let prices = [0, 100 * E8, 8_000 * E8, 200 * E8];
        world.set_prices(&[SOL, BTC, ETH].map(|asset| (asset, prices[asset as usize])));
        let traders: Vec<Wallet> = (0..6).map(|i| world.wallet(&format!("trader {i}"))).collect();
        let providers: Vec<Wallet> = (0..2).map(|i| world.wallet(&format!("provider {i}"))).collect();
        let keeper = scene::trader(&mut world, "keeper", 0);
        world.capitalise(&providers[0], 200_000 * USD as u64);
        for trader in &traders {
            world.open_account(trader, 0);
            world.open_account(trader, 1);
            world.fund(trader, 0, USDC, 5_000 * USD as u64);
        }
        Self { world, random: Random::new(seed), traders, providers, keeper, prices }
    }

    /// Does one thing.
    pub fn step(&mut self) -> Done {
        let action = self.random.below(100);
        let trader = Wallet::new(&self.traders[self.random.below(6) as usize].name);
        match action {
            0..20 => self.move_prices(),
            20..50 => self.trade(&trader),
            50..60 => self.deposit(&trader),
            60..68 => self.withdraw(&trader),
            68..74 => self.transfer(&trader),
            74..90 => self.liquidate(&trader),
            90..98 => self.provider_acts(),
            _ => self.rename_or_reopen(&trader),
        }
    }

    fn send(&mut self, action: &'static str, instruction: Instruction, signers: &[&Wallet]) -> Done {
        let keys: Vec<_> = signers.iter().map(|wallet| &wallet.key).collect();
        Done { action, result: self.world.send(&[instruction], &keys) }
    }

    fn has_second_account(&self, trader: &Wallet) -> bool {
        let account = self.world.account_address(trader, 1);
        self.world.svm.vm.get_account(&account).is_some_and(|account| !account.data.is_empty())
    }

    fn sub_account(&mut self, trader: &Wallet) -> u16 {
        if self.has_second_account(trader) { self.random.below(2) as u16 } else { 0 }
    }

    fn asset(&mut self) -> u8 {
        self.random.below(4) as u8
    }

    fn market(&mut self) -> u8 {
        1 + self.random.below(3) as u8
    }

    /// Time passes; most prices move a little, now and then one jumps. Some are refreshed,
    /// and a few of those are too uncertain.
    fn move_prices(&mut self) -> Done {
        let seconds_max = if self.random.once_in(12) { 200 } else { 15 };
        let seconds = 1 + self.random.below(seconds_max) as i64;
        self.world.svm.advance(seconds);
        let mut refreshed = Vec::new();
        for asset in [SOL, BTC, ETH] {
            let span = if self.random.once_in(10) { 130 } else { 15 };
            let price = &mut self.prices[asset as usize];
            let move_ = self.random.below(2 * span + 1) as i64 - span as i64;
            *price = (*price + *price / 1_000 * move_).clamp(*price / 4, 1_000_000 * E8);
            let uncertainty =
                [2_000, 2_000, 2_000, 2_000, 2_000, 2_000, 130, 90][self.random.below(8) as usize];
            let (price, publish_time) = (*price, self.world.svm.now());
            let confidence = price.unsigned_abs() / uncertainty;
            self.world.publish_quote(asset, Quote { price, confidence, exponent: -8, publish_time });
            if !self.random.once_in(10) {
                refreshed.push(asset);
            }
        }
        Done { action: "refresh", result: self.world.refresh(&refreshed) }
    }

    fn trade(&mut self, trader: &Wallet) -> Done {
        let (asset, sub) = (self.market(), self.sub_account(trader));
        let held = self.world.margin(trader, sub).position(asset).size.0;
        let most = [0, 500_000_000_000, 600_000_000, 25_000_000_000][asset as usize];
        let size = match held {
            held if held != 0 && self.random.once_in(3) => -held,
            _ => {
                let affordable = self.affordable(trader, sub, asset);
                let small = affordable == 0 || self.random.once_in(4);
                let size = if small { self.random.size(most) } else { 1 + self.random.below(affordable) };
                size as i64 * if self.random.once_in(2) { 1 } else { -1 }
            }
        };
        let limit = if size > 0 { ANY_PRICE } else { 0 };
        let instruction = self.world.trade_instruction(trader, trader, sub, asset, (size, limit));
        self.send("trade", instruction, &[trader])
    }

    /// About the size that an account's free collateral carries at ten times.
    fn affordable(&self, trader: &Wallet, sub_account: u16, asset: u8) -> u64 {
        let (account, board) = (self.world.margin(trader, sub_account), self.world.board());
        let free = plimsoll::valuation::displayed_health(&account, &board).map_or(0, |h| h.initial.0.max(0));
        let price = reference::oracle(&board.rows[asset as usize]);
        u64::try_from(((free as i128 * 10) << 64) / price).unwrap_or(0)
    }

    fn deposit(&mut self, trader: &Wallet) -> Done {
        let (asset, sub) = (self.asset(), self.sub_account(trader));
        let most = [5_000_000_000, 50_000_000_000, 20_000_000, 500_000_000][asset as usize];
        let amount = self.random.size(most);
        self.world.give(trader, asset, amount);
        let instruction = self.world.deposit_instruction(trader, sub, asset, amount);
        self.send("deposit", instruction, &[trader])
    }

    fn withdraw(&mut self, trader: &Wallet) -> Done {
        let (asset, sub) = (self.asset(), self.sub_account(trader));
        self.world.give(trader, asset, 0);
        let amount = self.random.size(10_000_000_000);
        let instruction = self.world.withdraw_instruction(trader, sub, asset, amount);
        self.send("withdraw", instruction, &[trader])
    }

    fn transfer(&mut self, trader: &Wallet) -> Done {
        if !self.has_second_account(trader) {
            return self.deposit(trader);
        }
        let (asset, from) = (self.asset(), self.sub_account(trader));
        let amount = self.random.size(10_000_000_000);
        let instruction = self.world.transfer_instruction(trader, from, 1 - from, asset, amount);
        self.send("transfer", instruction, &[trader])
    }

    /// Positions of accounts below their line.
    fn sunk(&self) -> Vec<(usize, u16, u8)> {
        let board = self.world.board();
        let mut sunk = Vec::new();
        for (index, trader) in self.traders.iter().enumerate() {
            for sub in if self.has_second_account(trader) { 0..2 } else { 0..1 } {
                let account = self.world.margin(trader, sub);
                if reference::health(&account, &board).maintenance < 0 {
                    sunk.extend(account.perps().iter().map(|position| (index, sub, position.asset)));
                }
            }
        }
        sunk
    }

    fn liquidate(&mut self, trader: &Wallet) -> Done {
        let (mut trader, mut sub, mut asset) =
            (Wallet::new(&trader.name), self.sub_account(trader), self.market());
        let sunk = self.sunk();
        if !sunk.is_empty() && !self.random.once_in(4) {
            let index;
            (index, sub, asset) = sunk[self.random.below(sunk.len() as u64) as usize];
            trader = Wallet::new(&self.traders[index].name);
        }
        let (account, keeper) =
            (self.world.account_address(&trader, sub), self.world.account_address(&self.keeper, 0));
        let instruction = self.world.liquidate_instruction(account, keeper, asset);
        self.send("liquidate", instruction, &[])
    }

    fn provider_acts(&mut self) -> Done {
        let provider = Wallet::new(&self.providers[self.random.below(2) as usize].name);
        let amount = self.random.size(20_000_000_000);
        let of_shares = self.world.share_account(&provider);
        let held = plimsoll_testkit::tokens::amount(&self.world.svm.account(&of_shares));
        match self.random.below(3) {
            0 => {
                self.world.give(&provider, USDC, amount);
                let instruction = self.world.provide_instruction(&provider, amount, 0);
                self.send("provide", instruction, &[&provider])
            }
            1 if held > 0 => {
                let instruction = self.world.redeem_instruction(&provider, amount.min(held), 0);
                self.send("redeem", instruction, &[&provider])
            }
            _ => {
                let asset = self.market();
                let instruction = self.world.rebalance_instruction(asset);
                self.send("rebalance", instruction, &[])
            }
        }
    }

    fn rename_or_reopen(&mut self, trader: &Wallet) -> Done {
        let delegate = self.keeper.address();
        let (action, instruction) = match (self.has_second_account(trader), self.random.once_in(2)) {
            (false, _) => ("open", self.world.open_account_instruction(trader, 1)),
            (true, true) => ("close", self.world.close_account_instruction(trader, 1)),
            (true, false) => ("set_delegate", self.world.set_delegate_instruction(trader, 1, delegate)),
        };
        self.send(action, instruction, &[trader])
    }
}

/// The errors that an action of the crowd may meet.
pub fn expected(action: &str) -> Vec<PlimsollError> {
    use PlimsollError::*;
    let prices = [PriceExpired, PriceAgeing, PriceUncertain, PriceDiverged];
    let margin = [BelowMaintenance, InitialMargin];
    let (from_prices, others): (&[_], &[_]) = match action {
        "trade" => (
            &prices,
            &[MaintenanceMargin, NoImprovement, PositionTooSmall, LimitPrice, OpenInterestCap, MarketCapital],
        ),
        "withdraw" => (&prices, &[InsufficientBalance, InsufficientVault]),
        "transfer" => (&prices, &[InsufficientBalance]),
        "liquidate" => (&[PriceExpired, PriceDiverged], &[]),
        "provide" => (&prices, &[ZeroAmount, PoolUnderWater]),
        "redeem" => (&prices, &[InsufficientUnallocated, PoolUnderWater]),
        "rebalance" => (&prices, &[]),
        "close" => (&[], &[AccountNotEmpty]),
        _ => (&[], &[]),
    };
    let rule = matches!(action, "trade" | "withdraw" | "transfer");
    [from_prices, others, if rule { &margin } else { &[] }].concat()
}
