//! What must not happen in a run, and how it is caught.

use std::cell::RefCell;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

/// What went wrong; a script that is made shorter must go wrong in the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An invariant with this ID.
    Invariant(String),
    /// An action was refused for a reason that is not among those expected. It has changed nothing.
    Refusal(String),
    /// Anything else that panicked, at this place of the source.
    Panic(String),
}

/// How a step went wrong.
#[derive(Clone, Debug)]
pub struct Broken {
    pub kind: Kind,
    pub detail: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Invariant(id) => write!(f, "{id} does not hold: {}", self.detail),
            Kind::Refusal(what) => write!(f, "{what}: {}", self.detail),
            Kind::Panic(place) => write!(f, "panicked at {place}: {}", self.detail),
        }
    }
}

thread_local! {
    /// Where this thread panicked last; `Some` only while it is inside [`caught`].
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `f`; a panic is not printed but returned.
///
/// # Errors
/// What `f` returned or panicked with.
pub fn caught<T>(f: impl FnOnce() -> Result<T, Broken>) -> Result<T, Broken> {
    silence_caught_panics();
    PLACE.set(Some(String::new()));
    let result = panic::catch_unwind(AssertUnwindSafe(f));
    let place = PLACE.take().unwrap_or_default();
    result.unwrap_or_else(|payload| {
        let message = payload.downcast_ref::<String>().map(String::as_str);
        let detail = message.or(payload.downcast_ref::<&str>().copied()).unwrap_or("no message").to_string();
        let id = detail.find("INV-").and_then(|at| detail.get(at..at + "INV-00".len()));
        let kind = id.map_or(Kind::Panic(place), |id| Kind::Invariant(id.to_string()));
        Err(Broken { kind, detail })
    })
}

/// Panics inside [`caught`] leave their place instead of a message; all others are printed as before.
fn silence_caught_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let is_caught = PLACE.with_borrow_mut(|place| {
                let is_caught = place.is_some();
                if is_caught {
                    *place = info.location().map(ToString::to_string);
                }
                is_caught
            });
            if !is_caught {
                print(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_invariant_if_it_names_one() {
        let kind = |f: fn() -> Result<(), Broken>| caught(f).unwrap_err().kind;
        let id = Kind::Invariant("INV-02".into());
        assert_eq!(kind(|| panic!("INV-02: tokens")), id);
        assert_eq!(
            kind(|| {
                assert_eq!(1, 2, "INV-02");
                Ok(())
            }),
            id
        );
        let Kind::Panic(place) = kind(|| panic!("something else")) else { panic!("not an invariant") };
        assert!(place.contains("broken.rs"), "{place}");
    }
}
