//! The target, and the standard library for it: a copy of the compiler's own sources with the edits below.
//!
//! Every edit names a text that must be there. A compiler whose library has moved on therefore fails
//! the build with the name of the file, instead of yielding a program that was patched by half.
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{self, Command};

/// The target's name.
pub const TARGET: &str = "sbf-solana-solana";
const TARGET_SPEC: &str = include_str!("target.json");

struct Edit {
    file: &'static str,
    /// must occur in the file
    find: &'static str,
    replace: &'static str,
}

const EDITS: [Edit; 10] = [
    // std is not "restricted" (unstable) on this target
    Edit {
        file: "std/build.rs",
        find: "|| target_os == \"zkvm\"\n",
        replace: "|| target_os == \"zkvm\"\n        || target_os == \"solana\"\n",
    },
    // the program's entrypoint installs the real global allocator
    Edit {
        file: "std/src/sys/alloc/mod.rs",
        find: "    target_arch = \"x86\",\n",
        replace: "    target_arch = \"bpf\",\n    target_arch = \"x86\",\n",
    },
    Edit {
        file: "std/src/sys/alloc/mod.rs",
        find: "    target_os = \"zkvm\" => {\n",
        replace: "    target_os = \"solana\" => {\n        mod solana;\n    }\n    target_os = \"zkvm\" => {\n",
    },
    Edit {
        file: "std/src/sys/io/error/mod.rs",
        find: "        target_os = \"zkvm\",\n",
        replace: "        target_os = \"zkvm\",\n        target_os = \"solana\",\n",
    },
    // one thread, no writable statics, nothing random
    Edit {
        file: "std/src/sys/thread_local/mod.rs",
        find: "target_os = \"zkvm\",\n",
        replace: "target_os = \"zkvm\",\n target_os = \"solana\",\n",
    },
    Edit {
        file: "std/src/sys/random/mod.rs",
        find: "    target_os = \"zkvm\" => {\n",
        replace: "    target_os = \"solana\" => {\n        pub fn fill_bytes(_: &mut [u8]) { panic!(\"no randomness on chain\") }\n    }\n    target_os = \"zkvm\" => {\n",
    },
    Edit {
        file: "std/src/hash/random.rs",
        find: "    pub fn new() -> RandomState {\n",
        replace: "    pub fn new() -> RandomState {\n        #[cfg(target_os = \"solana\")]\n        return RandomState { k0: 1, k1: 2 };\n        #[allow(unreachable_code)]\n",
    },
    // a panic logs its constant message and its place and aborts: no formatting, no hooks
    Edit {
        file: "std/src/panicking.rs",
        find: "pub fn panic_handler(info: &core::panic::PanicInfo<'_>) -> ! {\n",
        replace: "pub fn panic_handler(info: &core::panic::PanicInfo<'_>) -> ! {\n    #[cfg(target_os = \"solana\")]\n    solana_panic(info.message().as_str(), info.location().unwrap());\n    #[allow(unreachable_code)]\n",
    },
    Edit {
        file: "std/src/panicking.rs",
        find: "pub const fn begin_panic<M: Any + Send>(msg: M) -> ! {\n",
        replace: "pub const fn begin_panic<M: Any + Send>(msg: M) -> ! {\n    #[cfg(target_os = \"solana\")]\n    solana_panic(None, Location::caller());\n    #[allow(unreachable_code)]\n",
    },
    // a stack frame has 4096 bytes: a stable sort may not take them all
    Edit {
        file: "core/src/slice/sort/stable/mod.rs",
        find: "AlignedStorage::<T, 4096>",
        replace: "AlignedStorage::<T, 1024>",
    },
];

/// std/src/sys/alloc/solana.rs
const ALLOC: &str = "\
use crate::alloc::{GlobalAlloc, Layout, System};

#[stable(feature = \"alloc_system_type\", since = \"1.28.0\")]
unsafe impl GlobalAlloc for System {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 { crate::ptr::null_mut() }
    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}
";

/// Appended to std/src/panicking.rs
const PANIC: &str = "
#[cfg(target_os = \"solana\")]
fn solana_panic(msg: Option<&str>, l: &Location<'_>) -> ! {
    unsafe extern \"C\" {
        fn sol_log_(msg: *const u8, len: u64);
        fn sol_panic_(file: *const u8, len: u64, line: u64, column: u64) -> !;
    }
    unsafe {
        if let Some(m) = msg {
            sol_log_(m.as_ptr(), m.len() as u64);
        }
        sol_panic_(l.file().as_ptr(), l.file().len() as u64, l.line() as u64, l.column() as u64)
    }
}
";

/// What cargo needs to compile for the target.
pub struct Sysroot {
    /// the edited sources of the standard library
    pub library: PathBuf,
    /// the target's description
    pub target_spec: PathBuf,
}

/// Makes the sysroot in a directory of `shared`, if it is not there. The directory's name holds a hash
/// of all that goes into it: cargo does not notice changes inside the library, and builds by different
/// versions of this tool may run side by side.
///
/// # Errors
/// No sources at `source`, an edit whose text is not there, or a failed copy.
pub fn prepare(source: &Path, shared: &Path, compiler_version: &str) -> Result<Sysroot, String> {
    let mut hasher = DefaultHasher::new();
    for edit in &EDITS {
        (edit.file, edit.find, edit.replace).hash(&mut hasher);
    }
    (ALLOC, PANIC, TARGET_SPEC, compiler_version).hash(&mut hasher);
    let directory = shared.join(format!("{:016x}", hasher.finish()));
    let sysroot = |directory: &Path| Sysroot {
        library: directory.join("library"),
        target_spec: directory.join(format!("{TARGET}.json")),
    };
    if directory.is_dir() {
        return Ok(sysroot(&directory));
    }
    if !source.join("std/Cargo.toml").is_file() {
        return Err(format!(
            "no standard library sources in {} (apt-get install rust-web-src)",
            source.display()
        ));
    }
    let unfinished = directory.with_extension(process::id().to_string());
    fs::create_dir_all(&unfinished).map_err(|e| format!("{}: {e}", unfinished.display()))?;
    let Sysroot { library, target_spec } = sysroot(&unfinished);
    copy_tree(source, &library)?;
    edit_tree(&library, compiler_version)?;
    fs::write(&target_spec, TARGET_SPEC).map_err(|e| format!("{}: {e}", target_spec.display()))?;
    // Another build may have been faster; its result is the same.
    match fs::rename(&unfinished, &directory) {
        Err(_) if directory.is_dir() => fs::remove_dir_all(&unfinished).map_err(|e| e.to_string())?,
        result => result.map_err(|e| format!("{}: {e}", directory.display()))?,
    }
    Ok(sysroot(&directory))
}

fn copy_tree(source: &Path, copy: &Path) -> Result<(), String> {
    let mut command = Command::new("cp");
    command.args(["-rL", "--no-preserve=ownership"]).arg(source).arg(copy);
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        _ => Err(format!("cannot copy {} to {}", source.display(), copy.display())),
    }
}

fn edit_tree(library: &Path, compiler_version: &str) -> Result<(), String> {
    let rewrite = |file: &str, change: &dyn Fn(String) -> Result<String, String>| {
        let path = library.join(file);
        let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        fs::write(&path, change(text)?).map_err(|e| format!("{}: {e}", path.display()))
    };
    for edit in &EDITS {
        rewrite(edit.file, &|text| apply(edit, &text, compiler_version))?;
    }
    fs::write(library.join("std/src/sys/alloc/solana.rs"), ALLOC).map_err(|e| e.to_string())?;
    rewrite("std/src/panicking.rs", &|text| Ok(text + PANIC))
}

fn apply(edit: &Edit, text: &str, compiler_version: &str) -> Result<String, String> {
    if text.contains(edit.find) {
        return Ok(text.replace(edit.find, edit.replace));
    }
    Err(format!(
        "{}: expected {:?}; the edits of std_sources.rs are for rustc 1.96, this is\n{compiler_version}",
        edit.file, edit.find
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_whose_text_is_gone_fails_with_the_file_name() {
        let error = apply(&EDITS[0], "fn main() {}", "rustc 9.9.9").unwrap_err();
        assert!(error.contains("std/build.rs") && error.contains("rustc 9.9.9"), "{error}");
    }

    #[test]
    fn every_edit_applies_to_its_own_text() {
        for edit in &EDITS {
            let edited = apply(edit, edit.find, "").unwrap();
            assert_eq!(edited, edit.replace);
            assert_ne!(edited, edit.find);
        }
    }
}
