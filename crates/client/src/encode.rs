//! How arguments become bytes: little endian, without padding, lists behind a `u32` length, options and
//! enums behind a one-byte tag (the program's encoding, which is Borsh for these types).
use solana_address::Address;

/// A value that can be an argument.
pub trait Encode {
    /// Appends the value's bytes.
    fn encode(&self, out: &mut Vec<u8>);
}

macro_rules! integers {
    ($($integer:ty)*) => {$(
        impl Encode for $integer {
            fn encode(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }
        }
    )*};
}

integers!(u8 u16 u32 u64 u128 i8 i16 i32 i64 i128);

impl Encode for bool {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
}

impl Encode for Address {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_ref());
    }
}

impl<T: Encode, const N: usize> Encode for [T; N] {
    fn encode(&self, out: &mut Vec<u8>) {
        self.iter().for_each(|item| item.encode(out));
    }
}

/// # Panics
/// When the list has 2^32 items or more: no transaction could carry it.
impl<T: Encode> Encode for Vec<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        u32::try_from(self.len()).expect("a list of arguments fits a transaction").encode(out);
        self.iter().for_each(|item| item.encode(out));
    }
}

impl<T: Encode> Encode for Option<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        self.is_some().encode(out);
        self.iter().for_each(|value| value.encode(out));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(values: &[&dyn Encode]) -> String {
        let mut out = Vec::new();
        values.iter().for_each(|value| value.encode(&mut out));
        out.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The expected bytes were printed by the on-chain framework's own encoder (anchor-lang 2.0.0-rc.2,
    /// `InstructionData::data`) for these values.
    #[test]
    fn the_bytes_are_those_of_the_framework() {
        let bytes = hex(&[
            &true,
            &-2i128,
            &Address::new_from_array([7; 32]),
            &[1u16, 2, 0x1234],
            &vec![5u16, 6],
            &Some(9u64),
            &vec![1u32],
            &false,
            &vec![0xaau8, 0xbb],
            &-1i8,
        ]);
        let expected = [
            "01",
            "feffffffffffffffffffffffffffffff",
            &"07".repeat(32),
            "010002003412",
            "0200000005000600",
            "010900000000000000",
            "0100000001000000",
            "00",
            "02000000aabb",
            "ff",
        ];
        assert_eq!(bytes, expected.concat());
    }

    #[test]
    fn nothing_is_a_zero_tag() {
        assert_eq!(hex(&[&None::<u64>, &Vec::<u8>::new()]), "0000000000");
    }
}
