use solana_address::Address;

#[cfg(feature = "program")]
use alloc::vec::Vec;

use super::{account_layout, Role};
use crate::error::PlimsollError;
use crate::params::{
    AssetParams, Change, CollateralParams, FieldChange, MarketParams, OracleSource, FIELDS_MAX,
};

/// Kind of a [`PendingChange`]. Append-only.
mod kind {
    pub const ASSET: u8 = 0;
    pub const COLLATERAL: u8 = 1;
    pub const MARKET: u8 = 2;
    pub const ORACLE: u8 = 3;
    pub const ROLE: u8 = 4;
    pub const PARAMETERS: u8 = 5;
}

/// Bytes of the largest change: that of twelve parameters.
const PAYLOAD: usize = core::mem::size_of::<FieldChange>() * FIELDS_MAX;

account_layout! {
    /// A change that governance has proposed, for everybody to see while it waits.
    pub struct PendingChange {
        pub clearinghouse: Address,
        /// Who paid for this account and gets its rent back.
        pub payer: Address,
        pub proposed_at: i64,
        /// From when until when it may be executed, unix seconds.
        pub ready_at: i64,
        pub expires_at: i64,
        pub id: u32,
        pub ramp_seconds: u32,
        /// 0 asset, 1 collateral, 2 market, 3 oracle, 4 role, 5 parameters.
        pub kind: u8,
        /// Row of the board; for a role, its number.
        pub asset: u8,
        pub field_count: u8,
        /// 1 if the clearinghouse had been launched when it was proposed.
        pub was_launched: u8,
        pub padding: [u8; 4],
        /// What the kind says, as its structs are laid out; see [`Self::change`].
        pub payload: [u8; PAYLOAD],
        pub reserved: [u8; 32],
    }
}

/// What stands before the parameters of collateral.
const MINT: usize = 32;

impl PendingChange {
    /// Writes down what is proposed.
    ///
    /// # Errors
    /// [`TooManyFields`](PlimsollError::TooManyFields).
    #[inline(never)]
    pub fn record(&mut self, change: &Change) -> Result<(), PlimsollError> {
        match change {
            Change::Asset(params) => self.put(kind::ASSET, 0, &[bytemuck::bytes_of(params)]),
            Change::Collateral { asset, mint, params } => {
                self.put(kind::COLLATERAL, *asset, &[mint.as_ref(), bytemuck::bytes_of(params)]);
            }
            Change::Market { asset, params } => {
                self.put(kind::MARKET, *asset, &[bytemuck::bytes_of(params)]);
            }
            Change::Oracle { asset, before, after } => {
                self.put(kind::ORACLE, *asset, &[bytemuck::bytes_of(before), bytemuck::bytes_of(after)]);
            }
            Change::Role { role, before, after } => {
                self.put(kind::ROLE, *role, &[before.as_ref(), after.as_ref()]);
            }
            Change::Parameters { asset, ramp_seconds, fields } => {
                if fields.is_empty() || fields.len() > FIELDS_MAX {
                    return Err(PlimsollError::TooManyFields);
                }
                self.field_count = fields.len() as u8;
                self.ramp_seconds = *ramp_seconds;
                self.put(kind::PARAMETERS, *asset, &[bytemuck::cast_slice(fields)]);
            }
        }
        Ok(())
    }

    fn put(&mut self, kind: u8, asset: u8, parts: &[&[u8]]) {
        (self.kind, self.asset) = (kind, asset);
        let mut rest = &mut self.payload[..];
        for part in parts {
            let (head, tail) = rest.split_at_mut(part.len());
            head.copy_from_slice(part);
            rest = tail;
        }
    }

    /// What is proposed.
    ///
    /// # Errors
    /// [`WrongChange`](PlimsollError::WrongChange) if the account holds no known kind.
    #[inline(never)]
    pub fn change(&self) -> Result<Change, PlimsollError> {
        match self.kind {
            kind::ASSET => Ok(Change::Asset(self.asset_params()?)),
            kind::COLLATERAL => {
                let (mint, params) = self.collateral_params()?;
                Ok(Change::Collateral { asset: self.asset, mint, params })
            }
            kind::MARKET => Ok(Change::Market { asset: self.asset, params: self.market_params()? }),
            kind::ORACLE => {
                let [before, after] = self.get::<[OracleSource; 2]>(0);
                Ok(Change::Oracle { asset: self.asset, before, after })
            }
            kind::ROLE => {
                let [before, after] = self.get::<[[u8; 32]; 2]>(0).map(Address::from);
                Ok(Change::Role { role: self.asset, before, after })
            }
            kind::PARAMETERS => Ok(Change::Parameters {
                asset: self.asset,
                ramp_seconds: self.ramp_seconds,
                fields: self.fields(),
            }),
            _ => Err(PlimsollError::WrongChange),
        }
    }

    /// The asset to be listed, if that is what is proposed.
    pub fn asset_params(&self) -> Result<AssetParams, PlimsollError> {
        self.of_kind(kind::ASSET)?;
        Ok(self.get(0))
    }

    /// Mint and parameters of the collateral to be listed, if that is what is proposed.
    pub fn collateral_params(&self) -> Result<(Address, CollateralParams), PlimsollError> {
        self.of_kind(kind::COLLATERAL)?;
        Ok((Address::from(self.get::<[u8; MINT]>(0)), self.get(MINT)))
    }

    /// Parameters of the market to be listed, if that is what is proposed.
    pub fn market_params(&self) -> Result<MarketParams, PlimsollError> {
        self.of_kind(kind::MARKET)?;
        Ok(self.get(0))
    }

    /// Whether it would replace the guardian.
    pub fn is_about_guardian(&self) -> bool {
        self.kind == kind::ROLE && self.asset == Role::Guardian as u8
    }

    /// Whether it may be executed at unix time `now`.
    #[inline(never)]
    pub fn check_ready(&self, is_launched: bool, now: i64) -> Result<(), PlimsollError> {
        if (self.was_launched == 1) != is_launched {
            return Err(PlimsollError::ChangeStale);
        }
        if now < self.ready_at {
            return Err(PlimsollError::ChangeWaits);
        }
        if now > self.expires_at {
            return Err(PlimsollError::ChangeExpired);
        }
        Ok(())
    }

    fn of_kind(&self, kind: u8) -> Result<(), PlimsollError> {
        if self.kind == kind {
            Ok(())
        } else {
            Err(PlimsollError::WrongChange)
        }
    }

    fn fields(&self) -> Vec<FieldChange> {
        let count = (self.field_count as usize).min(FIELDS_MAX);
        self.get::<[FieldChange; FIELDS_MAX]>(0)[..count].to_vec()
    }

    fn get<T: bytemuck::AnyBitPattern>(&self, at: usize) -> T {
        bytemuck::pod_read_unaligned(&self.payload[at..at + core::mem::size_of::<T>()])
    }
}
