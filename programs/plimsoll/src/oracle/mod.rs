//! Oracle adapters: from the bytes of an account to a price reading.
//!
//! Pure functions, one adapter per provider behind [`PriceSource`]. An adapter
//! answers only for what an account's bytes and owner can prove. Whether the
//! account is the one pinned in the risk board's row, whether the reading is
//! newer than the last, not from the future and narrow enough, and whether it
//! fits the engine's price type, the refresh instruction judges: it uses the
//! same [`Refusal`] codes.

use solana_address::{address_eq, Address};

pub mod pyth_legacy;
pub mod pyth_pull;

#[cfg(test)]
mod tests;

/// Layout of the account a risk board row takes its price from; stored in the
/// row as one byte. Append-only.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OracleKind {
    /// The settlement asset: its price is 1 by definition and no account is read.
    Settlement = 0,
    /// A Pyth price update, posted by anyone and verified by the receiver program.
    PythPull = 1,
    /// A Pyth price account that publishers write on this chain.
    PythLegacy = 2,
}

/// A byte that names no [`OracleKind`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownOracleKind(pub u8);

impl TryFrom<u8> for OracleKind {
    type Error = UnknownOracleKind;

    fn try_from(byte: u8) -> Result<Self, UnknownOracleKind> {
        match byte {
            0 => Ok(Self::Settlement),
            1 => Ok(Self::PythPull),
            2 => Ok(Self::PythLegacy),
            _ => Err(UnknownOracleKind(byte)),
        }
    }
}

/// What an oracle account says: the price of one whole unit of the asset, in
/// USD, is `(mantissa ± confidence) * 10^exponent`.
///
/// Nothing here is bounded to what the engine can compute with: whoever converts
/// it must refuse what does not fit ([`Refusal::OutOfRange`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OracleReading {
    /// Price, in units of `10^exponent` USD; never zero.
    pub mantissa: u64,
    /// Half-width of the provider's confidence interval, in the price's units.
    pub confidence: u64,
    /// Decimal exponent of mantissa and confidence; any value.
    pub exponent: i32,
    /// When the provider formed the price, in unix seconds; positive.
    pub publish_time: i64,
}

impl OracleReading {
    /// A reading from a provider's signed fields.
    ///
    /// Refuses [`Refusal::NotPositive`] for `price <= 0` and
    /// [`Refusal::OutOfRange`] for `publish_time <= 0`, which providers leave in
    /// accounts that were never updated.
    fn from_signed(price: i64, confidence: u64, exponent: i32, publish_time: i64) -> Result<Self, Refusal> {
        if price <= 0 {
            return Err(Refusal::NotPositive);
        }
        if publish_time <= 0 {
            return Err(Refusal::OutOfRange);
        }
        Ok(Self { mantissa: price.unsigned_abs(), confidence, exponent, publish_time })
    }
}

/// Compares by words, which on chain costs half of a call to compare memory.
fn is_same(a: &[u8; 32], b: &[u8; 32]) -> bool {
    let as_address = bytemuck::cast_ref::<[u8; 32], Address>;
    address_eq(as_address(a), as_address(b))
}

/// Declares [`Refusal`] with one text per code, so that the documentation and
/// what a tool shows its user cannot part.
macro_rules! refusals {
    ($($name:ident = $code:literal, $text:literal;)+) => {
        /// Why an oracle account was refused; its row keeps the price it had.
        ///
        /// The codes are part of the event format: append-only, one cause each.
        #[repr(u8)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Refusal {
            $(#[doc = $text] $name = $code,)+
        }

        impl Refusal {
            /// Every refusal, in the order of the codes.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The cause and what to do about it, one sentence each.
            pub const fn message(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

refusals! {
    WrongAddress = 1, "Not the account pinned in the row. Pass the address that the risk board holds for this row.";
    WrongOwner = 2, "The account belongs to no program of this provider. Pass an account that the provider's program wrote.";
    WrongType = 3, "The bytes are not a price account of the row's layout. Pass a price account, not a product, average or other account.";
    NotFullyVerified = 4, "Only some guardian signatures were checked. Post the update again with full verification.";
    WrongFeed = 5, "The account carries the price of another feed. Pass the account of the feed pinned in the row.";
    NotTrading = 6, "The provider does not vouch for a price at the moment. Wait until it trades again.";
    NotPositive = 7, "The price is zero or negative. Wait for the provider's next update.";
    TooUncertain = 8, "The confidence interval is wider than the row allows. Wait for a narrower update.";
    NotNewer = 9, "The row already holds a price at least as new. Nothing to do, or post a newer update.";
    FromTheFuture = 10, "The publish time is ahead of the cluster's clock. Retry in a few seconds.";
    OutOfRange = 11, "The price or its time does not fit the engine's range. Wait for the next update; if it persists, the row's oracle needs changing.";
    FixedPrice = 12, "The row has a fixed price and reads no account. Leave it out of the refresh.";
}

/// A code that names no [`Refusal`], as a newer program's event may carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownRefusal(pub u8);

impl TryFrom<u8> for Refusal {
    type Error = UnknownRefusal;

    fn try_from(code: u8) -> Result<Self, UnknownRefusal> {
        Self::ALL.iter().copied().find(|refusal| *refusal as u8 == code).ok_or(UnknownRefusal(code))
    }
}

impl core::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(self.message())
    }
}

/// An oracle provider's account layout.
pub trait PriceSource {
    /// The provider's programs: only their accounts are believed.
    const OWNERS: &'static [[u8; 32]];

    /// Reads the bytes of an account whose owner [`read`](Self::read) has
    /// checked; refuses whatever [`read`](Self::read) lists after the owner.
    fn decode(feed_id: &[u8; 32], data: &[u8]) -> Result<OracleReading, Refusal>;

    /// Reads an account owned by `owner` as the price of feed `feed_id`.
    ///
    /// Refuses, in this order: another owner ([`Refusal::WrongOwner`]), another
    /// layout ([`Refusal::WrongType`]), a price the provider has not fully
    /// verified or does not vouch for ([`Refusal::NotFullyVerified`],
    /// [`Refusal::NotTrading`]), another feed ([`Refusal::WrongFeed`]), a price
    /// of zero or below ([`Refusal::NotPositive`]) and a publish time of zero or
    /// below ([`Refusal::OutOfRange`]). Any bytes give a reading or a refusal:
    /// there is no panic.
    fn read(owner: &[u8; 32], feed_id: &[u8; 32], data: &[u8]) -> Result<OracleReading, Refusal> {
        if !Self::OWNERS.iter().any(|known| is_same(known, owner)) {
            return Err(Refusal::WrongOwner);
        }
        Self::decode(feed_id, data)
    }
}

/// Reads an account by the layout of a row: [`PriceSource::read`] of the kind's
/// adapter, or [`Refusal::FixedPrice`] where the row reads no account.
pub fn read(
    kind: OracleKind,
    owner: &[u8; 32],
    feed_id: &[u8; 32],
    data: &[u8],
) -> Result<OracleReading, Refusal> {
    match kind {
        OracleKind::Settlement => Err(Refusal::FixedPrice),
        OracleKind::PythPull => pyth_pull::PythPull::read(owner, feed_id, data),
        OracleKind::PythLegacy => pyth_legacy::PythLegacy::read(owner, feed_id, data),
    }
}
