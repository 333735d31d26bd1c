//! Every example of `docs/cli.md` is run, in order, and must answer what the page says.
//!
//! A block of the page that begins with `$ plimsoll` is a command and its answer. Comments say what happens in
//! between: `<!-- price SOL 120 after 30 s -->`, `<!-- pass 60 s -->`, `<!-- answer yes -->`.
//! With `PLIMSOLL_BLESS=1` the answers are written into the page instead.
mod common;

use common::{Answer, Stage, nowhere, run};
use std::path::Path;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cli.md");
const BEGIN: &str = "```console\n";
const END: &str = "```\n";

struct Reader {
    stage: Stage,
    answer: Option<bool>,
}

impl Reader {
    /// Does what the comments of a text between two blocks say.
    fn obey(&mut self, text: &str) {
        self.answer = None;
        for comment in text.split("<!-- ").skip(1).filter_map(|rest| rest.split(" -->").next()) {
            match comment.split(' ').collect::<Vec<_>>()[..] {
                ["price", symbol, usd, "after", seconds, "s"] => {
                    let price: i64 = usd.parse().unwrap();
                    self.stage.publish(seconds.parse().unwrap(), symbol, price * 100_000_000);
                }
                ["pass", seconds, "s"] => self.stage.chain.pass(seconds.parse().unwrap()),
                ["answer", "yes"] => self.answer = Some(true),
                _ => panic!("the page says {comment}, which nobody understands"),
            }
        }
    }

    fn run(&self, command: &str) -> Answer {
        let words: Vec<&str> = command.split_whitespace().collect();
        if ["errors", "completions"].contains(&words[1]) {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            return run(&words, None, &nowhere);
        }
        let (who, rest) = match words[1..] {
            ["-k", file, ..] => (file.trim_end_matches(".json"), &words[3..]),
            _ => ("alice", &words[1..]),
        };
        self.stage.run_asked(who, &rest.join(" "), self.answer)
    }
}

#[test]
fn the_examples_of_the_page_are_real() {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let mut reader = Reader { stage: Stage::new("docs"), answer: None };
    let (mut written, mut rest, mut examples) = (String::new(), page.as_str(), 0);
    while let Some((before, block)) = rest.split_once(BEGIN) {
        reader.obey(before);
        let (block, after) = block.split_once(END).expect("a block ends");
        rest = after;
        written += before;
        written += BEGIN;
        for example in block.split("$ ").skip(1) {
            let command = example.lines().next().unwrap();
            written += &format!("$ {command}\n");
            if command.starts_with("plimsoll ") && !command.contains(" > ") {
                written += reader.run(command).all.trim_start_matches('\n');
                examples += 1;
            } else {
                written += example.split_once('\n').map_or("", |(_, output)| output);
            }
        }
        written += END;
    }
    written += rest;
    if std::env::var_os("PLIMSOLL_BLESS").is_some() {
        std::fs::write(Path::new(PAGE), &written).unwrap();
        return;
    }
    assert!(examples > 20, "{examples} examples");
    for (real, said) in written.lines().zip(page.lines()) {
        let (real, said) = (masked(real), masked(said));
        assert_eq!(real, said, "docs/cli.md: run with PLIMSOLL_BLESS=1 and look at what changed");
    }
    assert_eq!(written.lines().count(), page.lines().count());
}

/// A line without signatures and transactions: they depend on how many compute units the program uses.
fn masked(line: &str) -> String {
    let words = line.split(' ').map(|word| if word.len() > 64 && !word.contains('`') { "..." } else { word });
    words.collect::<Vec<_>>().join(" ")
}
