//! What the program says about its instructions, as data: builders use it, and so can anything that goes
//! over all instructions, such as tests that swap each account for a wrong one.
use crate::encode::Encode;
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction};

/// An instruction: its name, the bytes its data begin with, and the accounts it takes, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstructionSpec {
    pub name: &'static str,
    pub discriminator: &'static [u8],
    pub accounts: &'static [AccountSpec],
}

/// An account of an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountSpec {
    pub name: &'static str,
    pub writable: bool,
    pub signer: bool,
    pub optional: bool,
    /// The only address the program accepts.
    pub address: Option<Address>,
    /// What the account's address is derived from.
    pub seeds: Option<&'static [Seed]>,
}

/// A part of what an address is derived from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seed {
    Bytes(&'static [u8]),
    /// The address of the instruction's account of this name.
    Account(&'static str),
    /// The encoded argument of this name.
    Arg(&'static str),
}

impl AccountSpec {
    /// An account that is only read and does not sign.
    pub const fn new(name: &'static str) -> Self {
        Self { name, writable: false, signer: false, optional: false, address: None, seeds: None }
    }

    pub const fn writable(mut self) -> Self {
        self.writable = true;
        self
    }

    pub const fn signer(mut self) -> Self {
        self.signer = true;
        self
    }

    pub const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Always at this address.
    pub const fn at(mut self, address: Address) -> Self {
        self.address = Some(address);
        self
    }

    pub const fn derived(mut self, seeds: &'static [Seed]) -> Self {
        self.seeds = Some(seeds);
        self
    }

    /// The account at the given address, or at its fixed one. An optional account that is left out is
    /// marked by the program's own address.
    fn meta(&self, given: Option<Address>) -> AccountMeta {
        match self.address.or(given) {
            Some(pubkey) => AccountMeta { pubkey, is_signer: self.signer, is_writable: self.writable },
            None => AccountMeta { pubkey: plimsoll::ID, is_signer: false, is_writable: false },
        }
    }
}

impl InstructionSpec {
    /// The accounts, with their flags. `given` has one entry per account: `None` for one with a fixed
    /// address, and for an optional one that is left out.
    ///
    /// # Panics
    /// When `given` has another length than the list of accounts.
    pub fn metas(&self, given: &[Option<Address>]) -> Vec<AccountMeta> {
        assert_eq!(given.len(), self.accounts.len(), "accounts of {}", self.name);
        self.accounts.iter().zip(given).map(|(account, given)| account.meta(*given)).collect()
    }

    /// The instruction, its data being discriminator and arguments.
    pub fn instruction(
        &self,
        mut accounts: Vec<AccountMeta>,
        args: &impl Encode,
        remaining: &[AccountMeta],
    ) -> Instruction {
        accounts.extend_from_slice(remaining);
        let mut data = self.discriminator.to_vec();
        args.encode(&mut data);
        Instruction { program_id: plimsoll::ID, accounts, data }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIXED: Address = Address::new_from_array([9; 32]);
    static SPEC: InstructionSpec = InstructionSpec {
        name: "example",
        discriminator: &[1, 2],
        accounts: &[
            AccountSpec::new("owner").signer().writable(),
            AccountSpec::new("fixed").at(FIXED),
            AccountSpec::new("referrer").writable().optional(),
        ],
    };

    fn meta(pubkey: Address, is_signer: bool, is_writable: bool) -> AccountMeta {
        AccountMeta { pubkey, is_signer, is_writable }
    }

    #[test]
    fn flags_and_fixed_addresses_come_from_the_specification() {
        let [owner, referrer] = [Address::new_from_array([1; 32]), Address::new_from_array([2; 32])];
        assert_eq!(
            SPEC.metas(&[Some(owner), None, Some(referrer)]),
            [meta(owner, true, true), meta(FIXED, false, false), meta(referrer, false, true)]
        );
    }

    #[test]
    fn an_optional_account_left_out_is_the_program_read_only() {
        let owner = Address::new_from_array([1; 32]);
        assert_eq!(SPEC.metas(&[Some(owner), None, None])[2], meta(plimsoll::ID, false, false));
    }

    #[test]
    fn data_are_discriminator_then_arguments_and_remaining_accounts_come_last() {
        let last = meta(FIXED, false, true);
        let built = SPEC.instruction(SPEC.metas(&[None; 3]), &0x0403u16, std::slice::from_ref(&last));
        assert_eq!(built.data, [1, 2, 3, 4]);
        assert_eq!(built.program_id, plimsoll::ID);
        assert_eq!((built.accounts.len(), built.accounts.last()), (4, Some(&last)));
    }
}
