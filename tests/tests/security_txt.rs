//! The compiled program says whom to tell about a weakness, in the format that explorers read, and nothing
//! about the place where it was built (docs/verification.md).
use plimsoll_testkit::svm::program_path;

const BEGIN: &str = "=======BEGIN SECURITY.TXT V1=======\0";
const END: &str = "=======END SECURITY.TXT V1=======\0";
const BYTES_MAX: usize = 1024;
const MANIFEST: &str = include_str!("../../programs/plimsoll/Cargo.toml");

/// Where `mark` is. Simple readers take the first place: there must be one only.
fn only_place(program: &[u8], mark: &str) -> usize {
    let mut places = program.windows(mark.len()).enumerate().filter(|(_, window)| *window == mark.as_bytes());
    let (place, _) = places.next().unwrap_or_else(|| panic!("no {mark:?} in the program"));
    assert_eq!(places.next().map(|(other, _)| other), None, "{mark:?} is there twice");
    place
}

#[test]
fn the_program_names_its_security_contact() {
    let program = std::fs::read(program_path()).unwrap();
    let (begin, end) = (only_place(&program, BEGIN) + BEGIN.len(), only_place(&program, END));
    assert!(end - begin + BEGIN.len() + END.len() < BYTES_MAX);

    let text = std::str::from_utf8(&program[begin..end]).unwrap();
    let text = text.strip_suffix('\0').expect("a zero byte ends every value");
    let words: Vec<&str> = text.split('\0').collect();
    let fields: Vec<(&str, &str)> =
        words.chunks(2).map(|field| (field[0], *field.get(1).expect("a name and a value each"))).collect();

    let version = MANIFEST.lines().find_map(|line| line.strip_prefix("version = ")).unwrap();
    let expected = [
        ("name", "Plimsoll"),
        ("project_url", "private"),
        ("contacts", "other:SECURITY.md of the source repository"),
        ("policy", "SECURITY.md of the source repository"),
        ("preferred_languages", "en"),
        ("source_release", version.trim_matches('"')),
        ("auditors", "None"),
    ];
    assert_eq!(fields, expected);
}

#[test]
fn the_program_holds_no_path_of_its_build() {
    let program = std::fs::read(program_path()).unwrap();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().display().to_string();
    for path in [&root, "registry/src", "index.crates.io", ".cargo/", ".cache/", "/rustc/"] {
        let there = program.windows(path.len()).any(|window| window == path.as_bytes());
        assert!(!there, "{path} is in the program");
    }
}
