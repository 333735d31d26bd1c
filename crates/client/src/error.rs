//! What an error code means.
pub use plimsoll::error::{ERROR_CODE_FIRST, PlimsollError};
use std::fmt;

/// An error code, explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    pub code: u32,
    pub name: String,
    /// What went wrong and what to do.
    pub message: &'static str,
}

/// Codes of the on-chain framework's own checks of accounts (anchor-lang 2.0.0-rc.2). Others of its checks
/// fail with an error of the runtime: a missing signature, a wrong owner, seeds that do not match.
const FRAMEWORK: [(u32, &str, &str); 11] = [
    (2000, "ConstraintMut", "An account must be writable: mark it so"),
    (2001, "ConstraintHasOne", "An account does not belong to another: pass the one that the other names"),
    (2003, "ConstraintRaw", "An account does not meet a condition of this instruction"),
    (2005, "ConstraintRentExempt", "An account does not hold its rent: fund it"),
    (2007, "ConstraintExecutable", "An account must be a program"),
    (2011, "ConstraintClose", "An account can't be closed into itself"),
    (2012, "ConstraintAddress", "An account is not the one expected here: check its address"),
    (2013, "ConstraintZero", "An account must not be set up yet: pass a new one"),
    (2019, "ConstraintSpace", "An account has the wrong size"),
    (2020, "ConstraintAccountIsNone", "An optional account is needed here: pass it"),
    (2040, "ConstraintDuplicateMutableAccount", "One account is passed twice for writing: pass two"),
];

/// The program's error with this code; `None` for a code of the framework or of another program.
pub fn from_code(code: u32) -> Option<PlimsollError> {
    let index = usize::try_from(code.checked_sub(ERROR_CODE_FIRST)?).ok()?;
    PlimsollError::ALL.get(index).copied()
}

/// The code with which the program reports `error`.
pub fn code(error: PlimsollError) -> u32 {
    ERROR_CODE_FIRST + error as u32
}

/// What a code that the program failed with means; `None` if it is not one of its codes.
pub fn explain(code: u32) -> Option<Explained> {
    if let Some(error) = from_code(code) {
        return Some(Explained { code, name: format!("{error:?}"), message: error.message() });
    }
    let (_, name, message) = FRAMEWORK.iter().find(|(known, ..)| *known == code)?;
    Some(Explained { code, name: (*name).to_string(), message })
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.name, self.code, self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_errors_are_each_others_inverse() {
        for (index, error) in PlimsollError::ALL.iter().enumerate() {
            assert_eq!(code(*error), 6000 + u32::try_from(index).unwrap());
            assert_eq!(from_code(code(*error)), Some(*error));
        }
        assert_eq!(from_code(5999), None);
        assert_eq!(from_code(6000 + u32::try_from(PlimsollError::ALL.len()).unwrap()), None);
    }

    #[test]
    fn codes_are_explained() {
        let text = explain(6000).unwrap().to_string();
        assert_eq!(text, "Overflow (6000): A result does not fit its unit: use smaller amounts");
        assert_eq!(explain(2012).unwrap().name, "ConstraintAddress");
        assert_eq!(explain(1), None);
    }

    #[test]
    fn the_interface_description_has_the_same_errors() {
        let idl: serde_json::Value =
            serde_json::from_str(include_str!("../../../idl/plimsoll.json")).unwrap();
        let listed = idl["errors"].as_array().unwrap();
        assert_eq!(listed.len(), PlimsollError::ALL.len());
        for (error, listed) in PlimsollError::ALL.iter().zip(listed) {
            assert_eq!(listed["code"], code(*error));
            assert_eq!(listed["name"], format!("{error:?}"));
            assert_eq!(listed["msg"], error.message());
        }
    }
}
