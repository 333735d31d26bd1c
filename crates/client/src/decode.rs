//! Accounts and return data, as the layouts the program itself uses.
use crate::accounts;
use bytemuck::{Pod, Zeroable};
use plimsoll::view::{AccountView, ViewHeader};
use std::fmt;

/// Bytes before the layout of an account or event.
pub const DISCRIMINATOR_BYTES: usize = 8;

/// A layout of the program: what marks it, and (as a type) what follows.
pub trait Layout: Pod {
    /// The name of the account or event in the program.
    const NAME: &'static str;
    /// The bytes in front of the layout.
    const DISCRIMINATOR: [u8; DISCRIMINATOR_BYTES];
    /// The length of an account with this layout.
    const LENGTH: usize = DISCRIMINATOR_BYTES + size_of::<Self>();
}

/// Why bytes are not what they were taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// Not enough bytes for a discriminator: an account that does not exist, or is not the program's.
    NoDiscriminator { length: usize },
    /// The discriminator of something else: `found` is its name when it is one of the program's accounts.
    Other { expected: &'static str, found: Option<&'static str> },
    /// A discriminator that the program does not use.
    Unknown { discriminator: [u8; DISCRIMINATOR_BYTES] },
    /// The right discriminator, but not the layout's length.
    Length { name: &'static str, expected: usize, found: usize },
    /// The layout can't be referred to at this place in memory: decode a copy instead.
    Misaligned { name: &'static str },
    /// A line of a log that is not base64.
    NotBase64,
}

impl DecodeError {
    /// For data whose discriminator nobody claims.
    pub fn unknown(data: &[u8]) -> Self {
        match data.first_chunk() {
            Some(discriminator) => Self::Unknown { discriminator: *discriminator },
            None => Self::NoDiscriminator { length: data.len() },
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDiscriminator { length } => write!(f, "{length} bytes are too few for a discriminator"),
            Self::Other { expected, found: Some(found) } => write!(f, "expected {expected}, found {found}"),
            Self::Other { expected, found: None } => write!(f, "expected {expected}, found something else"),
            Self::Unknown { discriminator } => write!(f, "the discriminator {discriminator:?} is not known"),
            Self::Length { name, expected, found } => {
                write!(f, "{name} has {expected} bytes, these are {found}")
            }
            Self::Misaligned { name } => write!(f, "{name} is not aligned here: decode a copy"),
            Self::NotBase64 => write!(f, "a data line of the log is not base64"),
        }
    }
}

impl std::error::Error for DecodeError {}

/// A copy of the layout in `data`.
///
/// # Errors
/// When discriminator or length differ from the layout's.
pub fn decode<T: Layout>(data: &[u8]) -> Result<T, DecodeError> {
    body::<T>(data).map(bytemuck::pod_read_unaligned)
}

/// The layout in `data`, in place.
///
/// # Errors
/// When discriminator or length differ from the layout's, or `data` lies at an odd place in memory.
pub fn decode_ref<T: Layout>(data: &[u8]) -> Result<&T, DecodeError> {
    bytemuck::try_from_bytes(body::<T>(data)?).map_err(|_| DecodeError::Misaligned { name: T::NAME })
}

/// The name of the program's account type that `data` begin like.
pub fn account_name(data: &[u8]) -> Option<&'static str> {
    let found = data.first_chunk()?;
    accounts::ALL.iter().find(|(_, discriminator)| discriminator == found).map(|(name, _)| *name)
}

/// What `view_account` returned.
///
/// # Errors
/// When the length is not that of a header and the entries it announces.
pub fn account_view(returned: &[u8]) -> Result<AccountView, DecodeError> {
    const NAME: &str = "AccountView";
    let length = |expected| DecodeError::Length { name: NAME, expected, found: returned.len() };
    let mut view = AccountView::zeroed();
    let bytes = bytemuck::bytes_of_mut(&mut view);
    let (least, most) = (size_of::<ViewHeader>(), bytes.len());
    if returned.len() < least || returned.len() > most {
        return Err(length(if returned.len() < least { least } else { most }));
    }
    bytes[..returned.len()].copy_from_slice(returned);
    let announced = view.bytes().len();
    if announced == returned.len() { Ok(view) } else { Err(length(announced)) }
}

fn body<T: Layout>(data: &[u8]) -> Result<&[u8], DecodeError> {
    let Some((discriminator, body)) = data.split_first_chunk() else {
        return Err(DecodeError::NoDiscriminator { length: data.len() });
    };
    if *discriminator != T::DISCRIMINATOR {
        return Err(DecodeError::Other { expected: T::NAME, found: account_name(data) });
    }
    if data.len() != T::LENGTH {
        return Err(DecodeError::Length { name: T::NAME, expected: T::LENGTH, found: data.len() });
    }
    Ok(body)
}
