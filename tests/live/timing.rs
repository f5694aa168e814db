//! What `-t` tells.

use crate::support::{Ground, On};

const READ: &str = "dd if=/dev/zero of=/dev/null bs=1 count=300 2>/dev/null";

const SCRIPT: &str = r#"
global n
probe kernel.function("vfs_read") { if (execname() == "dd") n++ }
probe begin { next }
probe timer.s(1000) { next }
probe end { println(n >= 300) }
"#;

#[test]
fn times_are_told_at_the_end() {
    let Some(ground) = Ground::of(On::Debian) else { return };
    let module = ground.module("times.stp", SCRIPT, &["-DSTP_TIMING".to_owned()]);
    let mut vm = ground.boot(1);
    vm.write_file("/run/m.ko", 0o600, &module).unwrap();
    let output = vm.run(["stapc", "load", "/run/m.ko", "-c", READ]).unwrap();
    let out = output.stdout_text();
    let lines: Vec<&str> = out.lines().collect();
    let counts = |line: &str, before: &str| -> u64 {
        let behind = line.split(before).nth(1).unwrap_or_default();
        let digits = behind.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
        digits.parse().unwrap_or(0)
    };
    assert_eq!(lines[..2], ["1", "----- probe hit report:"], "{out}");
    let function = lines[2];
    assert!(function.starts_with("kernel.function(\"vfs_read@"), "{out}");
    assert!(counts(function, "hits: ") >= 300, "{out}");
    let [least, average, most] = ["cycles: ", "min/", "avg/"].map(|word| counts(function, word));
    assert!(0 < least && least <= average && average <= most, "{out}");
    assert!(lines[3].starts_with("begin, hits: 1, cycles: "), "{out}");
    assert!(lines[4].starts_with("end, hits: 1, cycles: "), "{out}");
    assert!(lines[5].starts_with("skipped: 0 in another handler, "), "{out}");
    assert_eq!(lines.len(), 6, "{out}");
}
