//! Whom to tell about a weakness: the text that explorers and `query-security-txt` look for in a deployed
//! program. Format: <https://github.com/neodyme-labs/solana-security-txt>, version 1: names and values that
//! each end in a zero byte, between two marks.
//!
//! That project's macro is not used: its static is one that an optimizer of the whole program may remove,
//! and holds a pointer to the text. Here the text itself is the static. It is there only where the
//! entrypoint is, so that a program that calls this one does not carry it.

macro_rules! security_txt {
    ($($field:ident: $value:expr,)*) => {
        concat!(
            "=======BEGIN SECURITY.TXT V1=======\0",
            $(stringify!($field), "\0", $value, "\0",)*
            "=======END SECURITY.TXT V1=======\0"
        )
    };
}

const TEXT: &str = security_txt! {
    name: "Plimsoll",
    // The format's word for a project without a page of its own.
    project_url: "private",
    contacts: "other:SECURITY.md of the source repository",
    policy: "SECURITY.md of the source repository",
    preferred_languages: "en",
    source_release: env!("CARGO_PKG_VERSION"),
    auditors: "None",
};

/// `#[used]` keeps it from the optimizer; exported under its name, as the format's own macro does, it is
/// also out of reach of a linker that collects garbage. Host builds, where names of several programs
/// could meet, do not export it.
#[used]
#[cfg_attr(target_os = "solana", no_mangle)]
pub static SECURITY_TXT: [u8; TEXT.len()] = {
    let mut bytes = [0; TEXT.len()];
    bytes.copy_from_slice(TEXT.as_bytes());
    bytes
};
