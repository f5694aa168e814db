//! What a kernel says on its console when something is wrong.

/// What begins a report, wherever it stands in a line.
const BEGINNINGS: [&str; 26] = [
    "Kernel panic - not syncing",
    "BUG: ", // KASAN, null pointers, page faults, sleeping or scheduling while atomic, lockups
    "[ BUG: ",
    "kernel BUG at",
    "Oops: ",
    "general protection fault",
    "stack segment: ",
    "double fault: ",
    "invalid opcode: ",
    "divide error: ",
    "WARNING: ", // WARN_ON and lockdep
    "ODEBUG: ",
    "UBSAN: ",
    "KFENCE: ",
    "INFO: task ",
    "INFO: trying to register non-static key",
    "detected stall",
    "self-detected stall",
    "new suspected memory leaks",
    "list_add corruption",
    "list_del corruption",
    "Kernel stack overflow",
    "stack-protector: ",
    "Unpatched return thunk in use",
    "corrupted stack end detected",
    "refcount_t: ",
];

/// What looks like a report but says nothing about the kernel's health.
const HARMLESS: [&str; 3] = [
    "loading out-of-tree module taints kernel",
    "module verification failed",
    "general protection fault ip:", // A program's own.
];

/// The most lines of a report that are shown.
const LINES_MAX: usize = 120;

/// Whether a console line begins a report.
pub fn begins(line: &str) -> bool {
    // Cheap first: the long output of a test has millions of lines that begin none.
    BEGINNINGS.iter().any(|text| contains_word(line, text))
        && !HARMLESS.iter().any(|text| line.contains(text))
}

/// Whether a line contains a text that does not continue a word, as "BUG: " does in "DEBUG: ".
fn contains_word(line: &str, text: &str) -> bool {
    line.match_indices(text)
        .any(|(place, _)| !line[..place].ends_with(|before: char| before.is_ascii_alphanumeric()))
}

/// The report in these console lines: from where it begins to the end.
pub fn find(lines: &[String]) -> Option<String> {
    let start = lines.iter().position(|line| begins(line))?;
    // Lockdep and others draw a line of = above; it belongs to it.
    let start = start.saturating_sub(usize::from(start > 0 && lines[start - 1].ends_with("=====")));
    let end = lines.len().min(start + LINES_MAX);
    let mut text = lines[start..end].join("\n");
    if end < lines.len() {
        text.push_str(&format!("\n… and {} more lines", lines.len() - end));
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_seen_and_chatter_is_not() {
        for line in [
            "[    2.1] BUG: KASAN: use-after-free in f+0x12/0x30 [stapc_00]",
            "[    2.1] BUG: sleeping function called from invalid context at mm/page_alloc.c:5000",
            "[    2.1] BUG: kernel NULL pointer dereference, address: 0000000000000000",
            "[    2.1] WARNING: CPU: 1 PID: 77 at kernel/trace/ftrace.c:100 f+0x1/0x2",
            "[    2.1] WARNING: possible circular locking dependency detected",
            "[    2.1] ODEBUG: free active (active state 0) object type: timer_list",
            "[    2.1] general protection fault, probably for non-canonical address 0x1: 0000 [#1]",
            "[    2.1] INFO: task stapd:88 blocked for more than 120 seconds.",
            "[    2.1] rcu: INFO: rcu_preempt self-detected stall on CPU",
            "[    2.1] kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)",
            "[    2.1] Kernel panic - not syncing: Attempted to kill init!",
            "[    2.1] watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [dd:99]",
        ] {
            assert!(begins(line), "{line}");
        }
        for line in [
            "[    1.2] stapc_0123456789abcdef: loading out-of-tree module taints kernel.",
            "[    1.2] clocksource: tsc: mask: 0xffffffffffffffff",
            "[    1.2] random: crng init done",
            "[    1.2] stapc_00: DEBUG: at line 3",
            "[    1.2] traps: prog[77] general protection fault ip:401000 sp:7ffc00 error:0",
        ] {
            assert!(!begins(line), "{line}");
        }
    }

    #[test]
    fn a_report_starts_at_its_first_line() {
        let lines =
            ["boot", "=====", "WARNING: bad unlock balance", "Call Trace:"].map(str::to_owned);
        assert_eq!(find(&lines).unwrap(), "=====\nWARNING: bad unlock balance\nCall Trace:");
        assert_eq!(find(&lines[..2]), None);
    }
}
