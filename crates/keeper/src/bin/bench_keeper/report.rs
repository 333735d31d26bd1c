//! What was measured, beside what it may be.
use std::fmt::Write;
use std::fs;
use std::time::Duration;

use serde_json::{Value, json};

use crate::measure::{Ticks, Times, Upheaval};

const RESCORE_MAX: Duration = Duration::from_millis(40);
const LIST_MAX: Duration = Duration::from_millis(1);
const BYTES_MAX: Duration = Duration::from_millis(3);
const MEMORY_MAX: u64 = 400_000_000;

/// Everything measured.
pub struct Report {
    pub accounts: usize,
    pub threads: usize,
    /// Bytes per second.
    pub bandwidth: f64,
    pub loading: Duration,
    pub indexing: Duration,
    pub rescore: Times,
    pub scanned_bytes: usize,
    pub ticks: Ticks,
    /// Resident memory of the process at its peak; `None` where the system does not say.
    pub resident: Option<u64>,
    /// By the book's own count.
    pub counted: usize,
    pub upheavals: Vec<Upheaval>,
}

/// The most bytes of the process that have been in memory.
pub fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// A bar, what was measured against it, and whether that is within.
struct Bar {
    name: &'static str,
    bar: String,
    measured: String,
    is_met: bool,
}

impl Report {
    /// Whether every bar is met.
    pub fn is_met(&self) -> bool {
        self.bars().iter().all(|bar| bar.is_met)
    }

    fn memory(&self) -> u64 {
        self.resident.unwrap_or(self.counted as u64)
    }

    fn bars(&self) -> [Bar; 4] {
        let time = |name, bar: Duration, measured: Duration| Bar {
            name,
            bar: milliseconds(bar),
            measured: milliseconds(measured),
            is_met: measured <= bar,
        };
        [
            time("full rescore, median", RESCORE_MAX, self.rescore.median()),
            time("tick of 0.1% to the list in order, median", LIST_MAX, self.ticks.list.median()),
            Bar {
                name: "resident memory, at its peak",
                bar: megabytes(MEMORY_MAX),
                measured: megabytes(self.memory()),
                is_met: self.memory() <= MEMORY_MAX,
            },
            time("tick to signed bytes, median", BYTES_MAX, self.ticks.bytes.median()),
        ]
    }

    /// Seconds in which the memory could be read that a rescore reads.
    fn reading(&self) -> f64 {
        self.scanned_bytes as f64 / self.bandwidth
    }

    /// For people.
    pub fn table(&self) -> String {
        let mut out = format!("{} accounts, {} threads\n\n", self.accounts, self.threads);
        for bar in self.bars() {
            let verdict = if bar.is_met { "met" } else { "MISSED" };
            let Bar { name, bar, measured, .. } = bar;
            let _ = writeln!(out, "{name:<44} {measured:>12}   bar {bar:>10}   {verdict}");
        }
        let ratio = self.rescore.best().as_secs_f64() / self.reading();
        let _ = writeln!(
            out,
            "\nmemory bandwidth {:.1} GB/s; a rescore reads {}: {:.2} ms at the least; best {} = {ratio:.1} times that",
            self.bandwidth / 1e9,
            megabytes(self.scanned_bytes as u64),
            self.reading() * 1e3,
            milliseconds(self.rescore.best()),
        );
        let _ = writeln!(out, "the book counts {} of its own", megabytes(self.counted as u64));
        let _ = writeln!(out, "loading {}, first triggers {}", seconds(self.loading), seconds(self.indexing));
        let _ = writeln!(
            out,
            "\n{:<44} {:>10} {:>10} {:>10} {:>10}",
            format!("{} ticks, {} sunk", self.ticks.list.count(), self.ticks.sunk),
            "median",
            "p99",
            "p99.9",
            "most"
        );
        for (name, times) in [
            ("to the list in order", &self.ticks.list),
            ("to signed bytes, where anybody sank", &self.ticks.bytes),
            ("put off: new triggers", &self.ticks.settle),
            ("full rescore", &self.rescore),
        ] {
            let [median, p99, p999, most] = [500, 990, 999, 1_000].map(|q| milliseconds(times.quantile(q)));
            let _ = writeln!(out, "{name:<44} {median:>10} {p99:>10} {p999:>10} {most:>10}");
        }
        let _ = writeln!(out, "\n{:<44} {:>10} {:>10} {:>10}", "upheavals", "list", "put off", "sunk");
        for Upheaval { what, list, settle, sunk } in &self.upheavals {
            let (list, settle) = (milliseconds(*list), milliseconds(*settle));
            let _ = writeln!(out, "{what:<44} {list:>10} {settle:>10} {sunk:>10}");
        }
        out
    }

    /// For programs: seconds and bytes.
    pub fn json(&self) -> Value {
        let times = |times: &Times| {
            let [best, median, p99, p999, most] =
                [0, 500, 990, 999, 1_000].map(|q| times.quantile(q).as_secs_f64());
            json!({ "count": times.count(), "best": best, "median": median, "p99": p99, "p999": p999, "most": most })
        };
        let bars = self.bars().map(
            |bar| json!({ "name": bar.name, "bar": bar.bar, "measured": bar.measured, "met": bar.is_met }),
        );
        let upheavals = self.upheavals.iter().map(|upheaval| {
            json!({
                "what": upheaval.what,
                "list": upheaval.list.as_secs_f64(),
                "settle": upheaval.settle.as_secs_f64(),
                "sunk": upheaval.sunk,
            })
        });
        json!({
            "accounts": self.accounts,
            "threads": self.threads,
            "bars": bars,
            "met": self.is_met(),
            "bandwidth": self.bandwidth,
            "rescore": times(&self.rescore),
            "rescore_bytes": self.scanned_bytes,
            "rescore_over_bandwidth": self.rescore.best().as_secs_f64() / self.reading(),
            "tick_to_list": times(&self.ticks.list),
            "tick_to_bytes": times(&self.ticks.bytes),
            "settle": times(&self.ticks.settle),
            "sunk": self.ticks.sunk,
            "resident": self.resident,
            "counted": self.counted,
            "loading": self.loading.as_secs_f64(),
            "indexing": self.indexing.as_secs_f64(),
            "upheavals": upheavals.collect::<Vec<_>>(),
        })
    }
}

fn milliseconds(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1e3)
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

fn megabytes(bytes: u64) -> String {
    format!("{:.0} MB", bytes as f64 / 1e6)
}
