//! What the core wants sent.
use plimsoll_client::risk::Quote;
use solana_address::Address;
use solana_instruction::Instruction;
use solana_signature::Signature;
use std::fmt;
use std::str::FromStr;

/// What a task does, and to whom: never sent again while it may still land.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// Close a position of a margin account, the first in line.
    Liquidate(Address),
    /// Take over a debt of a margin account, and collateral for it.
    TakeDebt(Address),
    /// Take stock of a margin account.
    CallMargin(Address),
    /// Put a margin account up for auction.
    StartAuction(Address),
    /// Take over all of a margin account that is up for auction.
    WinAuction(Address),
    /// Strike out what a margin account can't pay.
    Resolve(Address),
    /// Realise the loss of a position of a margin account.
    SettleLoss(Address),
    /// Bring capital to a market and charge what it owes beyond that.
    Deleverage(u8),
    /// Settle a market with the insurance fund.
    Sweep(u8),
    /// Let a new asset begin to count.
    WarmUp(u8),
    /// Bring a row of the board up to date, and others with it.
    Refresh(u8),
}

/// What two tasks must not touch at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    Account(Address),
    Market(u8),
    Listing(u8),
    Board,
}

impl Key {
    pub fn subject(&self) -> Subject {
        match *self {
            Self::Liquidate(account)
            | Self::TakeDebt(account)
            | Self::CallMargin(account)
            | Self::StartAuction(account)
            | Self::WinAuction(account)
            | Self::Resolve(account)
            | Self::SettleLoss(account) => Subject::Account(account),
            Self::Deleverage(asset) | Self::Sweep(asset) => Subject::Market(asset),
            Self::WarmUp(asset) => Subject::Listing(asset),
            Self::Refresh(_) => Subject::Board,
        }
    }

    /// The duty that the task is part of.
    pub fn duty(&self) -> Duty {
        match self {
            Self::Liquidate(_) => Duty::Liquidate,
            Self::TakeDebt(_) => Duty::TakeDebt,
            Self::CallMargin(_) => Duty::CallMargin,
            Self::StartAuction(_) => Duty::StartAuction,
            Self::WinAuction(_) => Duty::WinAuction,
            Self::Resolve(_) => Duty::Resolve,
            Self::SettleLoss(_) => Duty::SettleLoss,
            Self::Deleverage(_) => Duty::Deleverage,
            Self::Sweep(_) => Duty::Sweep,
            Self::WarmUp(_) => Duty::WarmUp,
            Self::Refresh(_) => Duty::Refresh,
        }
    }
}

/// A kind of task, in the order in which tasks of equal worth are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Duty {
    Liquidate,
    TakeDebt,
    WinAuction,
    Deleverage,
    SettleLoss,
    Resolve,
    StartAuction,
    CallMargin,
    Refresh,
    Sweep,
    WarmUp,
}

impl Duty {
    /// Every duty.
    pub const ALL: [Self; 11] = [
        Self::Liquidate,
        Self::TakeDebt,
        Self::WinAuction,
        Self::Deleverage,
        Self::SettleLoss,
        Self::Resolve,
        Self::StartAuction,
        Self::CallMargin,
        Self::Refresh,
        Self::Sweep,
        Self::WarmUp,
    ];

    /// The duty as logs, journals and metrics call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Liquidate => "liquidate",
            Self::TakeDebt => "take_debt",
            Self::WinAuction => "win_auction",
            Self::Deleverage => "deleverage",
            Self::SettleLoss => "settle_loss",
            Self::Resolve => "resolve",
            Self::StartAuction => "start_auction",
            Self::CallMargin => "call_margin",
            Self::Refresh => "refresh",
            Self::Sweep => "sweep",
            Self::WarmUp => "warm_up",
        }
    }
}

impl fmt::Display for Duty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// `duty:account` or `duty:asset`.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let duty = self.duty();
        match *self {
            Self::Deleverage(asset) | Self::Sweep(asset) | Self::WarmUp(asset) | Self::Refresh(asset) => {
                write!(f, "{duty}:{asset}")
            }
            _ => match self.subject() {
                Subject::Account(account) => write!(f, "{duty}:{account}"),
                _ => write!(f, "{duty}:"),
            },
        }
    }
}

/// Text that names no [`Key`], or no [`Sent`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAKey;

impl fmt::Display for NotAKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected `duty:account signature height`")
    }
}

impl std::error::Error for NotAKey {}

impl FromStr for Key {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let (duty, of) = text.split_once(':').ok_or(NotAKey)?;
        let account = || of.parse::<Address>().map_err(|_| NotAKey);
        let asset = || of.parse::<u8>().map_err(|_| NotAKey);
        let duty = Duty::ALL.into_iter().find(|known| known.name() == duty).ok_or(NotAKey)?;
        Ok(match duty {
            Duty::Liquidate => Self::Liquidate(account()?),
            Duty::TakeDebt => Self::TakeDebt(account()?),
            Duty::WinAuction => Self::WinAuction(account()?),
            Duty::Deleverage => Self::Deleverage(asset()?),
            Duty::SettleLoss => Self::SettleLoss(account()?),
            Duty::Resolve => Self::Resolve(account()?),
            Duty::StartAuction => Self::StartAuction(account()?),
            Duty::CallMargin => Self::CallMargin(account()?),
            Duty::Refresh => Self::Refresh(asset()?),
            Duty::Sweep => Self::Sweep(asset()?),
            Duty::WarmUp => Self::WarmUp(asset()?),
        })
    }
}

/// The number of a task that was handed out: never used twice in a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Claim(pub u64);

/// Something to send now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    pub claim: Claim,
    pub key: Key,
    /// In order, without compute limits and fees. Nobody has to sign but the wallet that pays.
    pub instructions: Vec<Instruction>,
    /// What it brings, micro-USD: a bounty to the keeper's margin account, or a bonus.
    pub bounty: Quote,
    /// What it costs at most, micro-USD, rounded up.
    pub cost: Quote,
    /// How deep the account is: missing maintenance over requirement, millionths.
    pub depth: u32,
    /// Compute units it may use.
    pub compute_units: u32,
    /// What to offer for each of them, micro-lamports.
    pub unit_price: u64,
}

/// A transaction that may still land: what a journal has to remember.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    pub key: Key,
    pub signature: Signature,
    pub last_valid_block_height: u64,
}

/// A line of a journal, without its end.
impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.key, self.signature, self.last_valid_block_height)
    }
}

impl FromStr for Sent {
    type Err = NotAKey;

    fn from_str(line: &str) -> Result<Self, NotAKey> {
        let mut words = line.split_ascii_whitespace();
        let mut next = || words.next().ok_or(NotAKey);
        let (key, signature, height) = (next()?.parse()?, next()?, next()?);
        let sent = Self {
            key,
            signature: signature.parse().map_err(|_| NotAKey)?,
            last_valid_block_height: height.parse().map_err(|_| NotAKey)?,
        };
        if words.next().is_none() { Ok(sent) } else { Err(NotAKey) }
    }
}
