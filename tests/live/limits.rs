//! Each limit of `-D`: a script that crosses it, what is said then, and that the kernel goes on.

use std::{process::Command, time::Duration};

use stapc_vm::Vm;

use crate::support::{Ground, On, assert_clean, is_left, session};

/// A script and what becomes of it.
struct Case {
    /// Options of `stap`, apart by spaces.
    options: &'static str,
    script: &'static str,
    /// The command of the session, if it has one.
    command: &'static str,
    status: i32,
    /// All of the standard output.
    out: &'static str,
    /// Lines that begin so are among those of the standard error; it is empty if there are none.
    err: &'static [&'static str],
}

const READ: &str = "dd if=/dev/zero of=/dev/null bs=1 count=300 2>/dev/null";
const FOR_EVER: &str = "dd if=/dev/zero of=/dev/null bs=1 2>/dev/null";

const ENDED: &str = "WARNING: Number of errors: ";

/// Handlers of the hottest functions there are that take about as long as may be: ended within 5 seconds of the machine's.
const OVERLOAD: &str = r#"
global total, begun
probe begin { begun = gettimeofday_ms() }
probe kernel.function("vfs_read"), kernel.function("ksys_read"), kernel.function("ksys_write") {
	for (i = 0; i < 300; i++) total += strlen(sprintf("%d %s %d", i, execname(), pid()))
}
probe end { println("over ", total > 0) }
probe error {
	took = gettimeofday_ms() - begun
	println("over ", total > 0, took < 5000 ? " in time" : sprintf(" in %d ms", took))
}
"#;

/// Holds a lock for long, on each processor at once.
const CONTENTION: &str = r#"
global places
probe timer.profile {
	for (i = 0; i < 20000; i++) { places[i % 7] += i; if (places[i % 5] < 0) places[0] = 0 }
}
probe error { println("failed") }
"#;

/// Takes long on each read, and counts what comes meanwhile.
const INTERRUPTED: &str = r#"
global total
probe kernel.function("vfs_read") {
	for (i = 0; i < 300; i++) total += strlen(sprintf("%d %s", i, execname()))
}
probe timer.us(100) { next }
probe end { println(total > 0) }
"#;

/// The handler's own read of memory meets the other probe.
const REENTRY: &str = r#"
probe kernel.function("vfs_read") { if (execname() == "dd") user_string_n($buf, 4) }
probe kernel.function("copy_from_user_nofault") { next }
probe end, error { println("end") }
"#;

const CASES: &[Case] = &[
    Case {
        options: "",
        script: r#"probe kernel.function("vfs_read") { while (1) i++ }"#,
        command: FOR_EVER,
        status: 1,
        out: "",
        err: &["ERROR: MAXACTION exceeded near keyword 'while' at limits.stp:1:37", ENDED],
    },
    // What runs alone may do ten times as much, of whatever MAXACTION is.
    Case {
        options: "-DMAXACTION=50",
        script: "probe begin { for (i = 0; i < 150; i++) n += i println(n) exit() }",
        command: "",
        status: 0,
        out: "11175\n",
        err: &[],
    },
    Case {
        options: "-DMAXACTION_INTERRUPTIBLE=50",
        script: "probe begin { for (i = 0; i < 150; i++) n += i println(n) exit() }",
        command: "",
        status: 1,
        out: "",
        err: &["ERROR: MAXACTION exceeded", ENDED],
    },
    Case {
        options: "-DMAXNESTING=5",
        script: "function f(n) { return n ? 1 + f(n - 1) : 0 } probe begin { println(f(4), f(9)) exit() }",
        command: "",
        status: 1,
        out: "",
        err: &["ERROR: MAXNESTING exceeded near identifier 'f' at limits.stp:1:", ENDED],
    },
    Case {
        options: "-DMAXSTRINGLEN=10",
        script: r#"probe begin { println("0123456789abc" . "x") exit() }"#,
        command: "",
        status: 0,
        out: "012345678\n",
        err: &[],
    },
    Case {
        options: "-DMAXMAPENTRIES=3",
        script: r#"global a probe kernel.function("vfs_read") { a[n[0]++ + pid()] = 1 } global n"#,
        command: READ,
        status: 1,
        out: "",
        err: &["ERROR: Array overflow, check MAXMAPENTRIES near identifier 'a'", ENDED],
    },
    Case {
        options: "-DMAXERRORS=3",
        script: r#"global n probe kernel.function("vfs_read") { n++ error("no") } probe error { println(n) }"#,
        command: READ,
        status: 1,
        out: "4\n",
        err: &["ERROR: no", "WARNING: Number of errors: 4, skipped probes: 0"],
    },
    Case {
        options: "-DMAXERRORS=100000",
        script: r#"global n probe kernel.function("vfs_read") { if (n++ < 20) error("no") } probe end { println(n > 200) }"#,
        command: READ,
        status: 0,
        out: "1\n",
        err: &["ERROR: no", "WARNING: Number of errors: 20, skipped probes: 0"],
    },
    Case {
        options: "-DMINSTACKSPACE=65536",
        script: r#"global n probe kernel.function("vfs_read") { n++ } probe end, error { println(n) }"#,
        command: FOR_EVER,
        status: 1,
        out: "0\n",
        err: &["ERROR: Skipped too many probes, check MAXSKIPPED: 100", ENDED],
    },
    Case {
        options: "-DMINSTACKSPACE=4096",
        script: r#"global n probe kernel.function("vfs_read") { n++ } probe end, error { println(n >= 300) }"#,
        command: READ,
        status: 0,
        out: "1\n",
        err: &[],
    },
    Case {
        options: "",
        script: OVERLOAD,
        command: FOR_EVER,
        status: 1,
        out: "over 1 in time\n",
        err: &["ERROR: probe overhead exceeded threshold: ", ENDED],
    },
    Case {
        options: "-DSTP_OVERLOAD_THRESHOLD=1000000 -DSTP_OVERLOAD_INTERVAL=200000000",
        script: r#"global n probe kernel.function("vfs_read") { n++ }"#,
        command: FOR_EVER,
        status: 1,
        out: "",
        err: &["ERROR: probe overhead exceeded threshold: ", ENDED],
    },
    Case {
        options: "-DSTP_NO_OVERLOAD",
        script: OVERLOAD,
        command: "dd if=/dev/zero of=/dev/null bs=1 count=3000 2>/dev/null",
        status: 0,
        out: "over 1\n",
        err: &[],
    },
    Case {
        options: "-g --suppress-time-limits",
        script: r#"probe kernel.function("vfs_read") { if (execname() == "dd" && !(n++ % 100)) { i = 0 while (i < 100000) i++ } } global n probe end { println("end") }"#,
        command: READ,
        status: 0,
        out: "end\n",
        err: &[],
    },
    Case {
        options: "--suppress-handler-errors",
        script: r#"global n probe kernel.function("vfs_read") { n++ error("no") } probe end { println(n >= 300) }"#,
        command: READ,
        status: 0,
        out: "1\n",
        err: &[],
    },
    Case {
        options: "-DINTERRUPTIBLE=0 -DSTP_NO_OVERLOAD",
        script: INTERRUPTED,
        command: READ,
        status: 0,
        out: "1\n",
        err: &[],
    },
    Case {
        options: "-DINTERRUPTIBLE=1 -DSTP_NO_OVERLOAD",
        script: INTERRUPTED,
        command: READ,
        status: 0,
        out: "1\n",
        err: &["WARNING: Number of errors: 0, skipped probes: "],
    },
    Case {
        options: "-DINTERRUPTIBLE=0 -DMAXSKIPPED=5",
        script: REENTRY,
        command: FOR_EVER,
        status: 1,
        out: "end\n",
        err: &["ERROR: Skipped too many probes, check MAXSKIPPED: 5", ENDED],
    },
    Case {
        options: "-DMAXSKIPPED=5",
        script: REENTRY,
        command: READ,
        status: 0,
        out: "end\n",
        err: &["WARNING: Number of errors: 0, skipped probes: "],
    },
    Case {
        options: "-DSTP_MAXMEMORY=100",
        script: r#"probe begin { println("begun") }"#,
        command: "true",
        status: 1,
        out: "",
        err: &["error: the session takes more memory than STP_MAXMEMORY allows"],
    },
    Case {
        options: "-DSTP_MAXMEMORY=100000",
        script: r#"probe begin { println("begun") }"#,
        command: "true",
        status: 0,
        out: "begun\n",
        err: &[],
    },
    Case {
        options: "-DMAXMAPENTRIES=200000000",
        script: r#"global a probe begin { a[pid(), execname()] = 1 println("begun") }"#,
        command: "true",
        status: 1,
        out: "",
        err: &["error: the kernel has not enough memory for this session", "  help: "],
    },
    Case {
        options: "-DMAPHASHBIAS=-16",
        script: "global a probe begin { for (i = 0; i < 500; i++) a[i * 7] = i println(a[3493], \" \", a[7]) exit() }",
        command: "",
        status: 0,
        out: "499 1\n",
        err: &[],
    },
    Case {
        options: "-DMAXBACKTRACE=2",
        script: r#"probe kernel.function("vfs_read") { if (execname() == "dd") { println(tokenize(backtrace(), " ") != "", tokenize("", " ") != "", tokenize("", " ") != "") exit() } }"#,
        command: READ,
        status: 0,
        out: "110\n",
        err: &[],
    },
    Case {
        options: "-DSTP_PROCFS_BUFSIZE=1000",
        script: r#"probe procfs("text").read { $value = "" for (i = 0; i < 60; i++) $value .= "0123456789" }"#,
        command: "cat /proc/systemtap/*/text | wc -c",
        status: 0,
        out: "600\n",
        err: &[],
    },
];

/// Those that need two processors, each of which holds the lock that the other wants.
const CONTENDING: &[Case] = &[
    Case {
        options: "-DMAXTRYLOCK=0 -DMAXSKIPPED=0 -DSTP_NO_OVERLOAD -DMAXACTION=100000",
        script: CONTENTION,
        command: "sleep 100",
        status: 1,
        out: "failed\n",
        err: &["ERROR: Skipped too many probes, check MAXSKIPPED: 0", ENDED],
    },
    Case {
        options: "-DMAXTRYLOCK=0 -DMAXSKIPPED=1000000 -DSTP_NO_OVERLOAD -DMAXACTION=100000",
        script: CONTENTION,
        command: "sleep 4",
        status: 0,
        out: "",
        err: &["WARNING: Number of errors: 0, skipped probes: "],
    },
    Case {
        options: "-DMAXTRYLOCK=1000000 -DTRYLOCKDELAY=1000 -DMAXSKIPPED=0 -DSTP_NO_OVERLOAD -DMAXACTION=100000",
        script: CONTENTION,
        command: "sleep 1",
        status: 0,
        out: "",
        err: &[],
    },
];

/// Compiles a case as `stap` does, without loading it.
fn module(ground: &Ground, case: &Case) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("limits.stp"), case.script).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_stap"))
        .args(["-p4", "-w", "-m", "limits"])
        .args(ground.kernel_option())
        .args(case.options.split_whitespace())
        .arg("limits.stp")
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::read(folder.path().join("limits.ko")).unwrap()
}

/// What is wrong with a case's run.
fn check(vm: &mut Vm, case: &Case, module: Vec<u8>) -> Result<(), String> {
    let command = Some(case.command).filter(|command| !command.is_empty());
    let output = session(vm, module, command).time_limit(Duration::from_secs(60)).output();
    let output = output.map_err(|error| error.to_string())?;
    let (out, err) = (output.stdout_text(), output.stderr_text());
    let mut wrong = String::new();
    if output.status.code() != Some(case.status) {
        wrong += &format!("{} instead of {}\n", output.status, case.status);
    }
    if out != case.out {
        wrong += &format!("printed {out:?}\n");
    }
    let said = |line: &&str| err.lines().any(|other| other.starts_with(*line));
    if !case.err.iter().all(said) || (case.err.is_empty() && !err.is_empty()) {
        wrong += &format!("said {err:?}\n");
    }
    if is_left(vm) {
        wrong += "its module is still loaded\n";
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// With one processor where sessions end under load: see stress.rs.
fn cross(on: On, cases: &[Case], cpus: u32) {
    let Some(ground) = Ground::of(on) else { return };
    let mut vm = ground.boot(cpus);
    let mut wrong = String::new();
    for case in cases {
        if let Err(what) = check(&mut vm, case, module(&ground, case)) {
            wrong += &format!("{} {}\n{what}\n", case.options, case.script);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert_clean(&mut vm);
    // The machine still does what it did.
    let output = vm.run(["sh", "-c", "dmesg | grep -E 'BUG|Oops|stall|Call Trace' ; echo lives"]);
    assert_eq!(output.unwrap().stdout_text(), "lives\n");
}

#[test]
fn limits_are_kept() {
    cross(On::Debian, CASES, 1);
}

#[test]
fn limits_are_kept_on_the_checking_kernel() {
    cross(On::Checking, CASES, 1);
}

#[test]
fn limits_of_locks_are_kept() {
    cross(On::Debian, CONTENDING, 2);
}

#[test]
fn limits_of_locks_are_kept_on_the_checking_kernel() {
    cross(On::Checking, CONTENDING, 2);
}
