//! How a chain stores a program, and what it means for two programs to be equal.
//!
//! The upgradeable loader (v3) keeps a program in three kinds of account. Each starts with a number of four
//! bytes, least significant first (`solana-loader-v3-interface`, `UpgradeableLoaderState`, in bincode's
//! encoding):
//!
//! | first | account | after it |
//! |---|---|---|
//! | 1 | buffer: a program that waits for its deployment | authority option, authority; code at 37 |
//! | 2 | program: what transactions name | address of the ProgramData account |
//! | 3 | ProgramData: the code | slot of the last deployment, authority option, authority; code at 45 |
//!
//! The code starts there whether there is an authority or not: where its option is 0, the 32 bytes after it
//! are meaningless. It is followed by zero bytes, because accounts are made longer than their programs.
use solana_address::Address;
use std::fmt;

const ELF: &[u8] = b"\x7fELF";
const BUFFER: u32 = 1;
const PROGRAM: u32 = 2;
const PROGRAM_DATA: u32 = 3;
const BUFFER_HEADER_BYTES: usize = 37;
const PROGRAM_DATA_HEADER_BYTES: usize = 45;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// an ELF file, perhaps with zero bytes after it
    Program,
    ProgramData {
        /// of the last deployment
        slot: u64,
        /// who may replace the program
        authority: Option<Address>,
    },
    Buffer {
        /// who may still change it
        authority: Option<Address>,
    },
}

#[derive(Debug, PartialEq, Eq)]
pub struct Image<'a> {
    pub kind: Kind,
    /// the program, with what zero bytes follow it
    pub elf: &'a [u8],
}

#[derive(Debug, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    /// offset of the first byte, from the start of the program
    DifferentFrom(usize),
}

/// Finds the program in a file or in an account's data.
///
/// # Errors
/// What the data are instead, and what to give.
pub fn parse(data: &[u8]) -> Result<Image<'_>, String> {
    if data.starts_with(ELF) {
        return Ok(Image { kind: Kind::Program, elf: data });
    }
    let number = data.first_chunk().map(|first| u32::from_le_bytes(*first));
    let found = match number {
        Some(BUFFER) => buffer(data),
        Some(PROGRAM_DATA) => program_data(data),
        Some(PROGRAM) => match address(data, 4) {
            Some(holder) => {
                return Err(format!(
                    "a program account; its code is in the account {holder}: give that one's data"
                ));
            }
            None => None,
        },
        _ => None,
    };
    found.filter(|image| image.elf.starts_with(ELF)).ok_or_else(|| {
        "neither an ELF file (`solana program dump ADDRESS FILE` writes one) \
         nor the data of a ProgramData or buffer account"
            .into()
    })
}

/// The address of the account that holds a program's code, from the data of the program account.
pub fn program_data_address(data: &[u8]) -> Option<Address> {
    (data.first_chunk() == Some(&PROGRAM.to_le_bytes())).then(|| address(data, 4)).flatten()
}

fn buffer(data: &[u8]) -> Option<Image<'_>> {
    let kind = Kind::Buffer { authority: authority(data, 4)? };
    Some(Image { kind, elf: data.get(BUFFER_HEADER_BYTES..)? })
}

fn program_data(data: &[u8]) -> Option<Image<'_>> {
    let slot = u64::from_le_bytes(*data.get(4..)?.first_chunk()?);
    let kind = Kind::ProgramData { slot, authority: authority(data, 12)? };
    Some(Image { kind, elf: data.get(PROGRAM_DATA_HEADER_BYTES..)? })
}

/// An optional address: a byte, 0 or 1, and the address. The outer option is None when it is neither.
fn authority(data: &[u8], at: usize) -> Option<Option<Address>> {
    match data.get(at)? {
        0 => Some(None),
        1 => address(data, at + 1).map(Some),
        _ => None,
    }
}

fn address(data: &[u8], at: usize) -> Option<Address> {
    data.get(at..)?.first_chunk().map(|bytes| Address::new_from_array(*bytes))
}

/// Without the zero bytes at the end.
pub fn unpadded(elf: &[u8]) -> &[u8] {
    let end = elf.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    &elf[..end]
}

/// Equal: the deployed program is the local one, and nothing but zero bytes.
pub fn compare(local: &[u8], deployed: &[u8]) -> Comparison {
    let padding = deployed.len().saturating_sub(local.len());
    let expected = local.iter().copied().chain(std::iter::repeat_n(0, padding));
    let equal = expected.zip(deployed).take_while(|(expected, byte)| expected == *byte).count();
    // A deployed program that ends too early is not equal, even if only zero bytes are missing.
    if equal == local.len().max(deployed.len()) {
        Comparison::Equal
    } else {
        Comparison::DifferentFrom(equal)
    }
}

impl Kind {
    /// What the account's header says, as lines to print.
    pub fn notes(&self) -> Vec<String> {
        match self {
            Self::Program => Vec::new(),
            Self::ProgramData { slot, authority } => vec![
                format!("  last deployed in slot {slot}"),
                match authority {
                    Some(authority) => {
                        format!("  upgrade authority: {authority}: it can replace this program at any time")
                    }
                    None => "  upgrade authority: none: the program is immutable".into(),
                },
            ],
            Self::Buffer { authority } => vec![match authority {
                Some(authority) => {
                    format!("  buffer authority: {authority}: it can still change this buffer")
                }
                None => "  buffer authority: none".into(),
            }],
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Program => "program",
            Self::ProgramData { .. } => "deployed",
            Self::Buffer { .. } => "buffer, not deployed",
        })
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub const CODE: &[u8] = b"\x7fELF code\0";
    pub const AUTHORITY: Address = Address::new_from_array([7; 32]);

    /// A ProgramData account's data. Without authority the address stays behind, as on chain.
    pub fn program_data_account(slot: u64, has_authority: bool, code: &[u8]) -> Vec<u8> {
        let header = [&PROGRAM_DATA.to_le_bytes()[..], &slot.to_le_bytes(), &[has_authority.into()]].concat();
        [&header, AUTHORITY.as_ref(), code, &[0; 9]].concat()
    }

    #[test]
    fn program_data_gives_slot_authority_and_code() {
        let data = program_data_account(0x0102_0304_0506, true, CODE);
        let kind = Kind::ProgramData { slot: 0x0102_0304_0506, authority: Some(AUTHORITY) };
        assert_eq!(parse(&data), Ok(Image { kind, elf: &[CODE, &[0; 9]].concat() }));
        assert_eq!(data.len(), 45 + CODE.len() + 9);
        assert_eq!(
            kind.notes(),
            [
                "  last deployed in slot 1108152157446",
                "  upgrade authority: US517G5965aydkZ46HS38QLi7UQiSojurfbQfKCELFx: it can replace this program at any time"
            ]
        );
    }

    #[test]
    fn without_authority_a_program_is_immutable_and_its_code_at_the_same_place() {
        let data = program_data_account(9, false, CODE);
        let image = parse(&data).unwrap();
        assert_eq!(image.kind, Kind::ProgramData { slot: 9, authority: None });
        assert_eq!(image.elf, [CODE, &[0; 9]].concat());
        assert_eq!(image.kind.notes()[1], "  upgrade authority: none: the program is immutable");
    }

    #[test]
    fn a_buffer_is_read_and_called_one() {
        let data = [&BUFFER.to_le_bytes()[..], &[1], AUTHORITY.as_ref(), CODE].concat();
        let image = parse(&data).unwrap();
        assert_eq!(image, Image { kind: Kind::Buffer { authority: Some(AUTHORITY) }, elf: CODE });
        assert_eq!(image.kind.to_string(), "buffer, not deployed");
    }

    #[test]
    fn a_program_account_points_to_its_code() {
        let data = [&PROGRAM.to_le_bytes()[..], AUTHORITY.as_ref()].concat();
        assert_eq!(program_data_address(&data), Some(AUTHORITY));
        assert!(parse(&data).unwrap_err().contains(&AUTHORITY.to_string()));
        assert_eq!(program_data_address(CODE), None);
    }

    #[test]
    fn whatever_is_cut_short_or_without_code_is_refused() {
        let data = program_data_account(9, true, CODE);
        for length in 0..45 + ELF.len() {
            assert!(parse(&data[..length]).is_err(), "{length} bytes");
        }
        let bad_option = [&data[..12], &[2], &data[13..]].concat();
        assert!(parse(&bad_option).is_err());
        assert!(parse(&program_data_account(9, true, &[0; 20])).is_err(), "closed or never written");
        assert!(parse(&[&9u32.to_le_bytes()[..], &data[4..]].concat()).is_err(), "unknown kind");
    }

    #[test]
    fn padding_does_not_matter_and_everything_else_does() {
        assert_eq!(compare(b"abc\0", b"abc\0"), Comparison::Equal);
        assert_eq!(compare(b"abc\0", b"abc\0\0\0"), Comparison::Equal);
        assert_eq!(compare(b"abc\0", b"abc"), Comparison::DifferentFrom(3));
        assert_eq!(compare(b"abc\0", b"abd\0"), Comparison::DifferentFrom(2));
        assert_eq!(compare(b"abc\0", b"abc\0\0x"), Comparison::DifferentFrom(5));
        assert_eq!(compare(b"abc\0", b""), Comparison::DifferentFrom(0));
        assert_eq!(unpadded(b"a\0b\0\0"), b"a\0b");
        assert_eq!(unpadded(b"\0\0"), b"");
    }
}
