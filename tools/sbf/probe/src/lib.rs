//! Runs the cases on chain and returns their results.
//!
//! Instruction data: [`Request::Operations`] is a zero byte, the seed and the count of inputs (u64
//! each); its return data are the folded results of all operations. [`Request::Construct`] is a one
//! byte, the seed (u64) and the construct's number (u64); its return data is the result (u64).
//! [`Request::Forward`] is a two byte and the data of an instruction for the program that the last
//! account is: it is called with the accounts before it. [`Request::Sign`] is a three byte, a bump, and
//! the same: the first account is the probe's vault (seeds `"vault"`, bump), which signs.
#[cfg(target_os = "solana")]
mod heap;
mod input;

use sbf_probe_cases::{constructs, operations};

unsafe extern "C" {
    fn sol_set_return_data(data: *const u8, bytes: u64);
}

enum Request<'a> {
    Operations { seed: u64, inputs: u64 },
    Construct { seed: u64, number: u64 },
    Forward(&'a [u8]),
    Sign { bump: u8, data: &'a [u8] },
}

/// # Safety
/// The runtime calls it with its serialized input.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrypoint(input: *mut u8) -> u64 {
    let (accounts, data) = unsafe { input::read(input) };
    let result: Vec<u8> = match parse(data) {
        Request::Operations { seed, inputs } => {
            operations::fold(seed, inputs).iter().flat_map(|word| word.to_le_bytes()).collect()
        }
        Request::Construct { seed, number } => constructs::run(number as usize, seed).to_le_bytes().into(),
        Request::Forward(data) => return input::forward(&accounts, data),
        Request::Sign { bump, data } => return input::sign(&accounts, bump, data),
    };
    unsafe { sol_set_return_data(result.as_ptr(), result.len() as u64) };
    0
}

fn parse(data: &[u8]) -> Request<'_> {
    match data {
        [2, data @ ..] => return Request::Forward(data),
        [3, bump, data @ ..] => return Request::Sign { bump: *bump, data },
        _ => {}
    }
    let word = |at: usize| u64::from_le_bytes(data[at..at + 8].try_into().expect("eight bytes"));
    let (seed, second) = (word(1), word(9));
    match data[0] {
        0 => Request::Operations { seed, inputs: second },
        1 => Request::Construct { seed, number: second },
        other => panic!("no request {other}"),
    }
}
