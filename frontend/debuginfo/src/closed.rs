//! Code that probes may not be in, or not for long: where it is, and what is said.

use std::{borrow::Cow, collections::HashMap};

use crate::elf::Elf;

/// Between these symbols; what is said.
pub(crate) const BETWEEN: [(&str, &str, &str); 5] = [
    ("__init_begin", "__init_end", "it only runs while the kernel boots, and is freed then"),
    (
        "__noinstr_text_start",
        "__noinstr_text_end",
        "the kernel forbids probes where it must not be disturbed (`noinstr`)",
    ),
    (
        "__entry_text_start",
        "__entry_text_end",
        "the kernel forbids probes in the code that enters it",
    ),
    (
        "__kprobes_text_start",
        "__kprobes_text_end",
        "the kernel forbids probes in what probes themselves need",
    ),
    (
        "__static_call_text_start",
        "__static_call_text_end",
        "it is a trampoline of static calls, which the kernel writes anew and would find changed",
    ),
];

/// What is said of the rest, behind those.
const LISTED: &str = "the kernel forbids probes in it (`NOKPROBE_SYMBOL`)";
const LEFT: &str = "it only runs when the kernel or module is unloaded, or not at all";
const PASSED: &str =
    "breakpoints of probes pass through it, and the kernel would not survive one there";

/// What a breakpoint passes through where its hit ends, on kernels that check their locks, though it is not on the
/// kernel's list. (A hit within a hit, which is only counted, would be within another there, and the kernel gives up.)
const PASSED_NAMES: [&str; 5] =
    ["lockdep_hardirqs_on_prepare", "mark_held_locks", "mark_lock", "save_trace", "__bfs"];
/// How functions are called that compilers call from everywhere, what handles breakpoints included.
const PASSED_PREFIXES: [&str; 6] =
    ["__asan_", "__kasan_check_", "kasan_check_range", "__msan_", "__tsan_", "__sanitizer_cov_"];

/// The symbols around the list of functions which may not be probed, and a module's section of it.
const LIST: (&str, &str) = ("__start_kprobe_blacklist", "__stop_kprobe_blacklist");
const SECTION: &str = "_kprobe_blacklist";

/// Where an object's code may not be probed.
#[derive(Debug, Default)]
pub struct Closed {
    /// First address, first behind it, and the number of the reason.
    ranges: Vec<(u64, u64, u32)>,
    /// Functions by the addresses of their entries, and the numbers of their reasons.
    functions: HashMap<u64, u32>,
}

impl Closed {
    /// Of an object.
    pub fn of(elf: &Elf<'_>) -> Self {
        let mut ranges = Vec::new();
        let ends = elf.addresses(BETWEEN.iter().flat_map(|&(start, end, _)| [start, end]));
        for (number, (start, end, _)) in BETWEEN.iter().enumerate() {
            if let (Some(&start), Some(&end)) = (ends.get(start), ends.get(end)) {
                ranges.push((start, end, number as u32 + 1));
            }
        }
        let is_module = elf.raw_section(".gnu.linkonce.this_module").is_some();
        for (name, start, size) in elf.sections() {
            let of = |prefix: &str| name.starts_with(prefix);
            let number = match () {
                // A module's run while it is loaded and unloaded, and can be probed then.
                () if is_module && (of(".init.text") || of(".exit.text")) => continue,
                () if of(".init.text") => 1,
                () if of(".noinstr.text") => 2,
                () if of(".kprobes.text") => 4,
                () if of(".static_call.text") => 5,
                () if of(".exit.text") || of(".altinstr") => BETWEEN.len() as u32 + 2,
                () => continue,
            };
            ranges.push((start, start.saturating_add(size), number));
        }
        let (first, last) = LIST;
        let ends = elf.addresses([first, last]);
        let list = match (ends.get(first), ends.get(last)) {
            (Some(&first), Some(&last)) => {
                elf.bytes_at(first, last.saturating_sub(first)).map(Cow::Borrowed)
            }
            _ => elf.placed_section(SECTION).ok(),
        };
        let list = list.unwrap_or_default();
        let words = list.as_chunks::<8>().0;
        let listed = words.iter().map(|word| u64::from_le_bytes(*word)).filter(|&at| at != 0);
        let passed = elf.code_symbols().into_iter().filter(|(_, name)| passed(name).is_some());
        // What is on the list is said to be.
        let functions = passed.map(|(at, _)| (at, BETWEEN.len() as u32 + 3));
        let functions = functions.chain(listed.map(|at| (at, BETWEEN.len() as u32 + 1)));
        Self { ranges, functions: functions.collect() }
    }

    /// All of it: first address, first behind it, and the number of the reason, by address.
    pub(crate) fn all(&self) -> Vec<(u64, u64, u32)> {
        let functions = self.functions.iter();
        let functions = functions.map(|(&at, &number)| (at, at.saturating_add(1), number));
        let mut all: Vec<(u64, u64, u32)> = self.ranges.iter().copied().chain(functions).collect();
        all.sort_unstable();
        all
    }

    /// Why an address cannot be probed, if it cannot.
    pub fn reason(&self, address: u64) -> Option<&'static str> {
        reason(self.why(address))
    }

    /// The number of the reason why an address cannot be probed; 0 if it can.
    pub(crate) fn why(&self, address: u64) -> u32 {
        if let Some(&number) = self.functions.get(&address) {
            return number;
        }
        let around = self.ranges.iter().find(|(start, end, _)| (*start..*end).contains(&address));
        around.map_or(0, |&(.., number)| number)
    }
}

/// Why a function cannot be probed for what it is called, if it cannot; variants that compilers make of one included.
pub(crate) fn passed(name: &str) -> Option<&'static str> {
    let stem = name.split('.').next().unwrap_or(name);
    let is_passed = PASSED_NAMES.contains(&stem)
        || PASSED_PREFIXES.iter().any(|prefix| stem.starts_with(prefix));
    is_passed.then_some(PASSED)
}

/// What is said of the reason of a number.
pub(crate) fn reason(number: u32) -> Option<&'static str> {
    let number = number as usize;
    match number.checked_sub(1)? {
        at if at < BETWEEN.len() => Some(BETWEEN[at].2),
        at if at == BETWEEN.len() => Some(LISTED),
        at if at == BETWEEN.len() + 1 => Some(LEFT),
        at if at == BETWEEN.len() + 2 => Some(PASSED),
        _ => None,
    }
}
