//! What the runtime hands to a program, and a call of another program with it.

/// An account as the runtime wants it in a call; its own layout.
#[repr(C)]
#[derive(Clone)]
pub struct Account {
    key: *const u8,
    lamports: *mut u64,
    bytes: u64,
    data: *mut u8,
    owner: *const u8,
    rent_epoch: u64,
    is_signer: bool,
    is_writable: bool,
    is_executable: bool,
}

#[repr(C)]
struct Meta {
    key: *const u8,
    is_writable: bool,
    is_signer: bool,
}

#[repr(C)]
struct Call {
    program: *const u8,
    metas: *const Meta,
    metas_count: u64,
    data: *const u8,
    data_bytes: u64,
}

/// What the runtime reads seeds from.
#[repr(C)]
struct Slice<T> {
    start: *const T,
    count: u64,
}

impl<T> Slice<T> {
    fn of(items: &[T]) -> Self {
        Self { start: items.as_ptr(), count: items.len() as u64 }
    }
}

/// Seed of the address that this program signs with.
const VAULT: &[u8] = b"vault";

unsafe extern "C" {
    fn sol_invoke_signed_c(
        call: *const Call,
        accounts: *const Account,
        accounts_count: u64,
        signers: *const Slice<Slice<u8>>,
        signers_count: u64,
    ) -> u64;
}

/// What an account may grow by, which the runtime leaves free behind its data.
const ROOM: usize = 10_240;

/// Accounts and instruction data of a serialized input.
///
/// # Safety
/// `input` is what the runtime passed to the entrypoint.
pub unsafe fn read<'a>(input: *mut u8) -> (Vec<Account>, &'a [u8]) {
    let word = |at: usize| unsafe { input.add(at).cast::<u64>().read() };
    let (mut accounts, mut at) = (Vec::<Account>::new(), 8);
    for _ in 0..word(0) {
        let [repeated, is_signer, is_writable, is_executable] =
            unsafe { input.add(at).cast::<[u8; 4]>().read() };
        if repeated != u8::MAX {
            accounts.push(accounts[repeated as usize].clone());
            at += 8;
            continue;
        }
        let bytes = word(at + 80);
        let end = (at + 88 + bytes as usize + ROOM).next_multiple_of(8);
        accounts.push(unsafe {
            Account {
                key: input.add(at + 8),
                lamports: input.add(at + 72).cast(),
                bytes,
                data: input.add(at + 88),
                owner: input.add(at + 40),
                rent_epoch: word(end),
                is_signer: is_signer != 0,
                is_writable: is_writable != 0,
                is_executable: is_executable != 0,
            }
        });
        at = end + 8;
    }
    (accounts, unsafe { std::slice::from_raw_parts(input.add(at + 8), word(at) as usize) })
}

/// Calls the program that the last account is, with the accounts before it.
pub fn forward(accounts: &[Account], data: &[u8]) -> u64 {
    call(accounts, data, &[])
}

/// The same as a multisig does it: the first account is this program's vault of that bump, which
/// signs.
pub fn sign(accounts: &[Account], bump: u8, data: &[u8]) -> u64 {
    let mut accounts = accounts.to_vec();
    accounts[0].is_signer = true;
    let seeds = [Slice::of(VAULT), Slice::of(std::slice::from_ref(&bump))];
    call(&accounts, data, &[Slice::of(&seeds)])
}

fn call(accounts: &[Account], data: &[u8], signers: &[Slice<Slice<u8>>]) -> u64 {
    let (program, others) = accounts.split_last().expect("a program");
    let metas: Vec<Meta> = others
        .iter()
        .map(|account| Meta {
            key: account.key,
            is_writable: account.is_writable,
            is_signer: account.is_signer,
        })
        .collect();
    let call = Call {
        program: program.key,
        metas: metas.as_ptr(),
        metas_count: metas.len() as u64,
        data: data.as_ptr(),
        data_bytes: data.len() as u64,
    };
    let (count, signers_count) = (accounts.len() as u64, signers.len() as u64);
    unsafe { sol_invoke_signed_c(&call, accounts.as_ptr(), count, signers.as_ptr(), signers_count) }
}
