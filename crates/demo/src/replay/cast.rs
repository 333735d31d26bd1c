//! Who takes part, and how each of them behaves. Amounts, leverage and timing vary with the seed; characters don't.

use crate::prices::Symbol;

/// Millionths of a US dollar in one.
pub const USD: i64 = 1_000_000;

/// Whoever plays a part other than a trader's.
pub const KEEPER: &str = "Kofi";

/// What a trader puts in, worth so many micro-USD when it is put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stake {
    Usdc(i64),
    Coin(Symbol, i64),
}

/// When a trader opens positions. Shares in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// After this share of the recording.
    After(i64),
    /// Once the price is this far below its high.
    Fall(Symbol, i64),
    /// Once the price has been `fall` below its high and is `rise` above the low since.
    Rebound { symbol: Symbol, fall: i64, rise: i64 },
}

/// What a trader does when the account calls for it. Margin ratios in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// Pays in another quarter of the stake below this margin ratio, so many times.
    TopUp { below: i64, times: u8 },
    /// Halves every position below this margin ratio, so many times.
    Halve { below: i64, times: u8 },
    /// Closes everything when the open profit reaches this share of the stake, in thousandths.
    TakeProfit { share: i64 },
    /// Closes everything below this margin ratio.
    Stop { below: i64 },
    /// Pays back what is owed once no position is left.
    Repay,
}

/// A trader's character, with what the seed made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    pub name: &'static str,
    /// Reads on from the name: `Ada, who ...`.
    pub who: &'static str,
    pub stake: Stake,
    /// USDC that stays in the wallet for later, micro-USD.
    pub reserve: i64,
    pub entry: Entry,
    /// Markets, and the notional over the stake in thousandths; below zero is short.
    pub positions: Vec<(Symbol, i64)>,
    /// USDC borrowed against the stake and taken away, over the stake in thousandths.
    pub borrows: i64,
    pub reactions: &'static [Reaction],
    /// Keeps its positions at the end.
    pub stays: bool,
}

/// A provider: what is put in, and the share of it redeemed at the end in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provider {
    pub name: &'static str,
    pub amount: i64,
    pub redeems: i64,
}

/// Somebody without positions: with so many micro-USD.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub name: &'static str,
    /// Reads on from the name.
    pub who: &'static str,
    pub amount: i64,
}

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014): small, and the same everywhere.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number in `low..=high`; the span is far too small for the remainder's bias to show.
    fn between(&mut self, low: i64, high: i64) -> i64 {
        low + (self.roll() % (high - low + 1).unsigned_abs()) as i64
    }

    /// `amount` varied by up to `share` thousandths either way.
    fn about(&mut self, amount: i64, share: i64) -> i64 {
        amount * (1_000 + self.between(-share, share)) / 1_000
    }

    /// About so many dollars, in whole hundreds; micro-USD.
    fn dollars(&mut self, amount: i64) -> i64 {
        self.about(amount, 200) / 100 * 100 * USD
    }
}

struct Character {
    name: &'static str,
    who: &'static str,
    /// `None`: USDC.
    coin: Option<Symbol>,
    stake_dollars: i64,
    reserve_dollars: i64,
    entry: Entry,
    positions: &'static [(Symbol, i64)],
    borrows: i64,
    reactions: &'static [Reaction],
    stays: bool,
}

/// What a character is unless it says otherwise.
const NOBODY: Character = Character {
    name: "",
    who: "",
    coin: None,
    stake_dollars: 0,
    reserve_dollars: 0,
    entry: Entry::After(0),
    positions: &[],
    borrows: 0,
    reactions: &[],
    stays: false,
};

const CHARACTERS: [Character; 18] = [
    Character {
        name: "Ada",
        who: "is careful: 1.5x long BTC, tops up early",
        stake_dollars: 30_000,
        reserve_dollars: 16_000,
        entry: Entry::After(0),
        positions: &[(Symbol::Btc, 1_500)],
        reactions: &[Reaction::TopUp { below: 4_000_000, times: 2 }],
        stays: true,
        ..NOBODY
    },
    Character {
        name: "Bruno",
        who: "is 8x long BTC and never looks",
        stake_dollars: 25_000,
        entry: Entry::After(370),
        positions: &[(Symbol::Btc, 8_000)],
        ..NOBODY
    },
    Character {
        name: "Chiara",
        who: "is 2x long ETH with SOL as collateral",
        coin: Some(Symbol::Sol),
        stake_dollars: 40_000,
        reserve_dollars: 70_000,
        entry: Entry::After(30),
        positions: &[(Symbol::Eth, 2_000)],
        reactions: &[Reaction::Repay],
        ..NOBODY
    },
    Character {
        name: "Dmitri",
        who: "holds BTC and hedges it with a short",
        coin: Some(Symbol::Btc),
        stake_dollars: 50_000,
        reserve_dollars: 30_000,
        entry: Entry::After(250),
        positions: &[(Symbol::Btc, -1_000)],
        reactions: &[Reaction::TakeProfit { share: 420 }, Reaction::Repay],
        ..NOBODY
    },
    Character {
        name: "Emeka",
        who: "is 5x long ETH and tops up twice",
        stake_dollars: 15_000,
        reserve_dollars: 9_000,
        entry: Entry::After(450),
        positions: &[(Symbol::Eth, 5_000)],
        reactions: &[Reaction::TopUp { below: 1_400_000, times: 2 }],
        ..NOBODY
    },
    Character {
        name: "Farida",
        who: "is 4x long BTC, halves it, then gets out",
        stake_dollars: 35_000,
        entry: Entry::After(330),
        positions: &[(Symbol::Btc, 4_000)],
        reactions: &[Reaction::Halve { below: 2_000_000, times: 1 }, Reaction::Stop { below: 1_500_000 }],
        ..NOBODY
    },
    Character {
        name: "Goran",
        who: "is 3x long SOL and never looks",
        stake_dollars: 12_000,
        entry: Entry::After(480),
        positions: &[(Symbol::Sol, 3_000)],
        ..NOBODY
    },
    Character {
        name: "Lena",
        who: "is 1.8x long SOL and away",
        stake_dollars: 12_000,
        entry: Entry::After(490),
        positions: &[(Symbol::Sol, 1_800)],
        ..NOBODY
    },
    Character {
        name: "Hana",
        who: "is 3x long ETH against 3x short BTC, a pair",
        stake_dollars: 20_000,
        entry: Entry::After(150),
        positions: &[(Symbol::Eth, 3_000), (Symbol::Btc, -3_000)],
        ..NOBODY
    },
    Character {
        name: "Ivo",
        who: "is late: 7x short BTC once it has fallen by half",
        stake_dollars: 18_000,
        entry: Entry::Fall(Symbol::Btc, 500),
        positions: &[(Symbol::Btc, -7_000)],
        ..NOBODY
    },
    Character {
        name: "Jun",
        who: "buys the dip: 3x long BTC, takes profit",
        stake_dollars: 20_000,
        entry: Entry::Rebound { symbol: Symbol::Btc, fall: 450, rise: 250 },
        positions: &[(Symbol::Btc, 3_000)],
        reactions: &[Reaction::TakeProfit { share: 900 }],
        ..NOBODY
    },
    Character {
        name: "Mira",
        who: "holds SOL and borrows against it",
        coin: Some(Symbol::Sol),
        stake_dollars: 30_000,
        entry: Entry::After(60),
        borrows: 650,
        ..NOBODY
    },
    Character {
        name: "Wanda",
        who: "holds BTC and borrows against it",
        coin: Some(Symbol::Btc),
        stake_dollars: 40_000,
        entry: Entry::After(370),
        borrows: 800,
        ..NOBODY
    },
    Character {
        name: "Viktor",
        who: "borrows against SOL in the week of the crash",
        coin: Some(Symbol::Sol),
        stake_dollars: 30_000,
        entry: Entry::After(480),
        borrows: 640,
        ..NOBODY
    },
    Character {
        name: "Yusuf",
        who: "holds BTC, borrows little against it and pays it back",
        coin: Some(Symbol::Btc),
        stake_dollars: 60_000,
        reserve_dollars: 1_000,
        entry: Entry::After(60),
        borrows: 350,
        ..NOBODY
    },
    Character {
        name: "Tomas",
        who: "is 2x long SOL at the bottom and holds",
        stake_dollars: 30_000,
        entry: Entry::Fall(Symbol::Sol, 700),
        positions: &[(Symbol::Sol, 2_000)],
        ..NOBODY
    },
    Character {
        name: "Uma",
        who: "is 2x long SOL as it turns, and holds",
        stake_dollars: 22_000,
        entry: Entry::Rebound { symbol: Symbol::Sol, fall: 700, rise: 100 },
        positions: &[(Symbol::Sol, 2_000)],
        ..NOBODY
    },
    Character {
        name: "Xenia",
        who: "does not believe it: short SOL after the rebound",
        stake_dollars: 8_000,
        entry: Entry::Rebound { symbol: Symbol::Sol, fall: 700, rise: 400 },
        positions: &[(Symbol::Sol, -1_000)],
        ..NOBODY
    },
];

/// The traders of this seed.
pub fn traders(dice: &mut Dice) -> Vec<Role> {
    CHARACTERS.iter().map(|character| character.cast(dice)).collect()
}

/// The liquidity providers of this seed.
pub fn providers(dice: &mut Dice) -> Vec<Provider> {
    [("Pia", 600_000, 500), ("Quentin", 300_000, 1_000), ("Rosa", 150_000, 0)]
        .into_iter()
        .map(|(name, amount, redeems)| Provider { name, amount: dice.dollars(amount), redeems })
        .collect()
}

/// The lender, the rescuer, the bidder and the donor of this seed.
pub fn crew(dice: &mut Dice) -> [Part; 4] {
    [
        ("Nils", "lends: what he deposits earns interest", 100_000),
        ("Petra", "looks at debts once a day, at 18:00, and takes over what has sunk", 60_000),
        ("Olga", "bids at auctions, one account at a time, once the discount is a quarter", 30_000),
        ("Sana", "wants the markets to be safe", 10_000),
    ]
    .map(|(name, who, amount)| Part { name, who, amount: dice.dollars(amount) })
}

impl Character {
    fn cast(&self, dice: &mut Dice) -> Role {
        let stake = dice.dollars(self.stake_dollars);
        Role {
            name: self.name,
            who: self.who,
            stake: self.coin.map_or(Stake::Usdc(stake), |coin| Stake::Coin(coin, stake)),
            // The reserve grows with the stake it is meant for.
            reserve: (i128::from(stake) * i128::from(self.reserve_dollars) / i128::from(self.stake_dollars))
                as i64,
            entry: match self.entry {
                Entry::After(share) if share > 0 => Entry::After(share + dice.between(-15, 15)),
                entry => entry,
            },
            positions: self.positions.iter().map(|(symbol, size)| (*symbol, dice.about(*size, 50))).collect(),
            borrows: if self.borrows > 0 { dice.about(self.borrows, 20) } else { 0 },
            reactions: self.reactions,
            stays: self.stays,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_a_cast_and_another_seed_another() {
        let cast = |seed| (traders(&mut Dice::new(seed)), providers(&mut Dice::new(seed)));
        assert_eq!(cast(7), cast(7));
        assert_ne!(cast(7), cast(8));
    }

    #[test]
    fn the_dice_are_splitmix64() {
        let mut dice = Dice::new(1_234_567);
        let rolls = [dice.roll(), dice.roll(), dice.roll()];
        assert_eq!(rolls, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn amounts_vary_within_a_fifth() {
        let mut dice = Dice::new(3);
        for _ in 0..1_000 {
            assert!((8_000 * USD..=12_000 * USD).contains(&dice.dollars(10_000)));
        }
    }
}
