//! Sessions that are interrupted, killed and flooded.
//!
//! Probes are armed and disarmed under load on one processor only: QEMU before 8.1 hangs where one
//! processor changes code that another is executing at that moment (it does so without any module).

use stapc_vm::Stream;

use crate::support::{ARMED, Ground, On, assert_clean, shell};

/// Counts reads and prints now and then, for ever.
const BUSY: &str = r#"
global n
probe kernel.function("vfs_read") { if (++n % 100 == 0) printf("%d reads\n", n) }
probe end { printf("ended %d\n", n > 0) }
"#;

/// Reads for ever, in a session of its own, so that Ctrl-C does not reach it.
const LOAD: &str = "setsid dd if=/dev/zero of=/dev/null bs=1 2>/dev/null & sleep 0.2;";

fn interrupt(on: On) {
    let Some(ground) = Ground::of(on) else { return };
    let mut vm = ground.boot_loaded(1, "busy.stp", BUSY, &[]);
    shell(&mut vm, LOAD);
    let command = vm.command(["stapc", "load", "/run/m.ko"]);
    let signals = command.signals();
    let mut output = Vec::new();
    let status = command.stream(|stream, bytes| {
        if stream == Stream::Stdout {
            if output.is_empty() {
                signals.send(libc::SIGINT);
            }
            output.extend_from_slice(bytes);
        }
    });
    let status = status.unwrap();
    let output = String::from_utf8(output).unwrap();
    assert!(status.success(), "{status}: {output}");
    assert!(output.starts_with("100 reads\n") && output.ends_with("ended 1\n"), "{output}");
    shell(&mut vm, "killall dd");
    assert_clean(&mut vm);
}

#[test]
fn an_interrupt_of_a_busy_session_runs_its_end_probes() {
    interrupt(On::Debian);
}

#[test]
fn an_interrupt_of_a_busy_session_runs_its_end_probes_on_the_checking_kernel() {
    interrupt(On::Checking);
}

/// Kills the daemon `times` times, each after a delay of its own.
fn kill(on: On, times: u32) {
    let Some(ground) = Ground::of(on) else { return };
    let mut vm = ground.boot_loaded(1, "busy.stp", BUSY, &[]);
    shell(&mut vm, LOAD);
    // Starting takes some tenths of a second: moments before, in and behind it are all met.
    let script = format!(
        "for i in $(seq {times}); do stapc load /run/m.ko >/dev/null 2>&1 & p=$!; \
         usleep $(( ($i * 7919 + $RANDOM) % 400 * 1000 )); kill -9 $p; wait $p; done; true"
    );
    assert!(vm.run(["sh", "-c", &script]).unwrap().status.success());
    shell(&mut vm, "killall dd; sleep 1");
    // At most the last one's module is left, disarmed; the next session removes it and runs.
    assert_eq!(shell(&mut vm, ARMED), "", "a probe is still armed");
    let command = "dd if=/dev/zero of=/dev/null bs=1 count=500 2>/dev/null";
    let output = vm.run(["stapc", "load", "/run/m.ko", "-c", command]).unwrap();
    assert!(output.status.success(), "{}", output.stderr_text());
    assert!(output.stdout_text().ends_with("ended 1\n"), "{}", output.stdout_text());
    assert_clean(&mut vm);
}

#[test]
fn a_killed_daemon_leaves_nothing_armed() {
    kill(On::Debian, 50);
}

#[test]
fn a_killed_daemon_leaves_nothing_armed_on_the_checking_kernel() {
    kill(On::Checking, 50);
}

/// Each read prints a line with its processor and its number there.
const FLOOD: &str = r#"
global n, hits
probe kernel.function("vfs_read") {
	if ($count == 9) { hits <<< 1; printf("%d %d\n", cpu(), n[cpu()]++) }
}
probe end { printf("end %d\n", @count(hits)) }
"#;

fn flood(on: On, lines: u64) {
    let Some(ground) = Ground::of(on) else { return };
    let mut vm = ground.boot_loaded(2, "flood.stp", FLOOD, &[]);
    let half = format!("dd if=/dev/zero of=/dev/null bs=9 count={} 2>/dev/null", lines / 2);
    let output =
        vm.run(["stapc", "load", "/run/m.ko", "-s", "4", "-c", &format!("{half} & {half}; wait")]);
    let output = output.unwrap();
    assert!(output.status.success(), "{}", output.stderr_text());
    let mut last = std::collections::HashMap::new();
    let (mut printed, mut hits) = (0_u64, 0_u64);
    for line in output.stdout_text().lines() {
        let (first, second) = line.split_once(' ').unwrap();
        let number: i64 = second.parse().unwrap();
        if first == "end" {
            hits = number as u64;
            continue;
        }
        printed += 1;
        let before = last.insert(first.to_owned(), number).unwrap_or(-1);
        assert!(number > before, "{line} came behind {before}");
    }
    let figure = |before: &str, behind: &str| -> u64 {
        let text = output.stderr_text();
        let line = text.lines().find(|line| line.contains(behind) && line.contains(before));
        let words = line.map(|line| line.split(before).nth(1).unwrap_or_default().to_owned());
        words
            .and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok())
            .unwrap_or(0)
    };
    let lost = figure("WARNING: ", " records of output (");
    let skipped = figure("skipped probes: ", "Number of errors");
    eprintln!("{printed} printed + {lost} lost = {hits} hits; {skipped} skipped");
    assert_eq!(printed + lost, hits);
    assert!(hits + skipped >= lines, "{hits} hits of {lines} reads, {skipped} skipped");
    assert!(last.len() == 2, "only one processor read");
    assert_clean(&mut vm);
}

#[test]
fn a_million_lines_of_two_processors_arrive_in_order_or_are_counted() {
    flood(On::Debian, 1_000_000);
}

#[test]
fn many_lines_arrive_in_order_on_the_checking_kernel() {
    flood(On::Checking, 40_000);
}

#[test]
fn two_sessions_at_once_do_not_disturb_each_other() {
    let Some(ground) = Ground::of(On::Debian) else { return };
    let mut vm = ground.boot(1);
    vm.write_file("/run/a.ko", 0o600, &ground.module("a.stp", BUSY, &[])).unwrap();
    vm.write_file("/run/b.ko", 0o600, &ground.module("b.stp", BUSY, &[])).unwrap();
    let dd = "dd if=/dev/zero of=/dev/null bs=1 count=2000 2>/dev/null";
    let script = format!(
        "stapc load /run/a.ko -c '{dd}' >/tmp/a & stapc load /run/b.ko -c '{dd}' >/tmp/b & wait; tail -n1 /tmp/a /tmp/b; grep -c reads /tmp/a /tmp/b"
    );
    let output = shell(&mut vm, &script);
    assert_eq!(output.matches("ended 1").count(), 2, "{output}");
    let counts: Vec<u64> = output
        .lines()
        .filter_map(|line| line.strip_prefix("/tmp/")?.split_once(':')?.1.parse().ok())
        .collect();
    assert!(counts.len() == 2 && counts.iter().all(|&count| count >= 20), "{output}");
    assert_clean(&mut vm);
}

/// The kernel's structure has no such member.
const WILD: &str = r#"
probe kernel.function("vfs_read") {
	if (execname() == "dd" && $count == 3) printf("%d\n", $file->f_inode->i_nothing)
}
"#;

/// Modules find no such function.
const UNEXPORTED: &str = "%{ extern int nowhere(void); %}
function f: long() %{ STAP_RETURN(nowhere()); %}
probe begin { println(f()) }
";

#[test]
fn a_module_is_not_made_of_a_wrong_script() {
    let Some(_) = Ground::of(On::Debian) else { return };
    for (number, (script, said)) in
        [(WILD, "i_nothing"), (UNEXPORTED, "exports no `nowhere`")].iter().enumerate()
    {
        let path =
            std::env::temp_dir().join(format!("stapc-wrong-{}-{number}.stp", std::process::id()));
        let made = path.with_extension("ko");
        std::fs::write(&path, script).unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_stapc"));
        command.args(["compile", "-g", "--emit=ko", "-o"]).arg(&made).arg(&path);
        let output = command.output().unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(output.status.code(), Some(1), "{script}");
        assert!(!made.exists(), "{script}");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.contains(said), "{error}");
    }
}
