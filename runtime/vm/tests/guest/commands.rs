//! Commands in a machine that all of these tests share.

use std::{sync::Mutex, thread, time::Instant};

use stapc_vm::{Error, Stream, Vm};

use crate::{SECOND, builder, shell};

/// The machine that tests share. Nobody drops it: it ends with the test's process.
static SHARED: Mutex<Option<Vm>> = Mutex::new(None);

/// Runs checks in the shared machine, booting it for the first.
fn in_shared(checks: impl FnOnce(&mut Vm)) {
    let mut shared = SHARED.lock().unwrap_or_else(|poisoned| {
        SHARED.clear_poison();
        // A test failed with it; who knows in what state.
        let mut shared = poisoned.into_inner();
        *shared = None;
        shared
    });
    if shared.is_none() {
        let Some(builder) = builder() else { return };
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let builder = builder.cpus(2).program("/usr/bin/env").file(manifest, "/a/b/Cargo.toml");
        *shared = Some(builder.program_at("/usr/bin/printf", "/opt/print").boot().unwrap());
    }
    checks(shared.as_mut().unwrap());
}

#[test]
fn a_command_hands_back_its_status_and_both_outputs() {
    in_shared(|vm| {
        let output = vm.run(["sh", "-c", "echo one; echo two >&2; exit 3"]).unwrap();
        assert_eq!((&output.stdout[..], &output.stderr[..]), (&b"one\n"[..], &b"two\n"[..]));
        assert_eq!((output.status.code(), output.status.signal()), (Some(3), None));
        let output = vm.run(["sh", "-c", "kill -9 $$"]).unwrap();
        assert_eq!((output.status.code(), output.status.signal()), (None, Some(9)));
        assert_eq!(output.status.shell_code(), 137);
        let output = vm.run(["no-such-program", "x"]).unwrap();
        assert_eq!(output.status.code(), Some(127));
        assert!(output.stderr_text().starts_with("no-such-program: "));
        let words = ["", "a b", "$HOME 'x'", "é\n"];
        let output = vm.run(["printf", "<%s>"].into_iter().chain(words)).unwrap();
        assert_eq!(output.stdout_text(), "<><a b><$HOME 'x'><é\n>");
        assert!(matches!(vm.run(["a\0b"]), Err(Error::Host { .. })));
        assert!(matches!(vm.run::<&str>([]), Err(Error::Host { .. })));
    });
}

#[test]
fn the_guest_is_furnished() {
    in_shared(|vm| {
        assert_eq!(
            shell(vm, "nproc; id -u; pwd; cat /sys/class/net/lo/operstate"),
            "2\n0\n/root\nunknown\n"
        );
        assert_eq!(shell(vm, "test -f /sys/kernel/tracing/trace && echo yes"), "yes\n");
        assert_eq!(shell(vm, "test -d /sys/kernel/debug/x86 && echo yes"), "yes\n");
        // Of these two the host's file counts, not busybox's link of that name.
        assert!(shell(vm, "/usr/bin/env --version").contains("GNU coreutils"));
        assert_eq!(shell(vm, "/opt/print '%s' x"), "x");
        assert!(shell(vm, "cat /a/b/Cargo.toml").contains("name = \"stapc-vm\""));
        vm.write_file("/made/later/x", 0o750, b"#!/bin/sh\necho later\n").unwrap();
        assert_eq!(shell(vm, "stat -c %a /made/later/x; /made/later/x"), "750\nlater\n");
        assert!(vm.write_file("/proc/nothing", 0o644, b"x").is_err());
    });
}

#[test]
fn input_arrives_whole_and_ends() {
    in_shared(|vm| {
        let data: Vec<u8> = (0..3_000_000_u32).map(|i| (i.wrapping_mul(i) >> 7) as u8).collect();
        let output = vm.command(["cat"]).stdin(data.clone()).output().unwrap();
        assert!(output.stdout == data);
        let reader = std::io::Cursor::new(data.clone());
        let output = vm.command(["cat"]).stdin_from(reader).output().unwrap();
        assert!(output.stdout == data);
        assert!(vm.run(["cat"]).unwrap().stdout.is_empty());
        // One that reads nothing of it ends all the same, and so do those after it.
        assert!(vm.command(["true"]).stdin(data).output().unwrap().status.success());
        assert_eq!(shell(vm, "echo on"), "on\n");
    });
}

#[test]
fn output_comes_while_the_command_runs_and_the_callback_may_signal() {
    in_shared(|vm| {
        let script = "trap 'echo caught; exit 5' INT; echo up; while :; do sleep 0.1; done";
        let command = vm.command(["sh", "-c", script]);
        let signals = command.signals();
        let mut all = Vec::new();
        let status = command.stream(|stream, data| {
            assert_eq!(stream, Stream::Stdout);
            all.extend_from_slice(data);
            if all == b"up\n" {
                signals.send(libc::SIGINT);
            }
        });
        assert_eq!(all, b"up\ncaught\n");
        assert_eq!(status.unwrap().code(), Some(5));
    });
}

#[test]
fn another_thread_may_signal_the_whole_group() {
    in_shared(|vm| {
        let command = vm.command(["sh", "-c", "sleep 1000 & sleep 1000; echo never"]);
        let signals = command.signals();
        let sender = thread::spawn(move || {
            thread::sleep(SECOND / 2);
            signals.send(libc::SIGTERM);
            signals
        });
        let started = Instant::now();
        let output = command.output().unwrap();
        assert_eq!((output.status.signal(), output.stdout.len()), (Some(libc::SIGTERM), 0));
        assert!(started.elapsed() < 20 * SECOND);
        sender.join().unwrap().send(libc::SIGTERM); // Too late, and so nothing.
        assert_eq!(shell(vm, "while pidof sleep >/dev/null; do :; done"), "");
    });
}

#[test]
fn what_a_command_leaves_behind_does_not_hold_it_up() {
    in_shared(|vm| {
        let started = Instant::now();
        assert_eq!(shell(vm, "(sleep 1000; echo late) & echo done"), "done\n");
        assert!(started.elapsed() < 20 * SECOND);
        // Nor does it speak for the next one.
        shell(vm, "(sleep 0.6; echo late) & :");
        assert_eq!(shell(vm, "sleep 1; echo mine"), "mine\n");
        // What comes soon after the end still counts.
        assert_eq!(shell(vm, "(sleep 0.1; echo soon) & :"), "soon\n");
        shell(vm, "killall sleep");
    });
}

#[test]
fn a_million_lines_arrive_whole_and_in_order() {
    in_shared(|vm| {
        let count = 1_000_000;
        let script = format!("yes 'a line of outp' | head -n {count} | cat -n");
        let (mut seen, mut rest) = (0, Vec::new());
        let status = vm.command(["sh", "-c", &script]).stream(|_, data| {
            rest.extend_from_slice(data);
            let end = rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            for line in rest[..end].split_inclusive(|byte| *byte == b'\n') {
                seen += 1;
                assert_eq!(line, format!("{seen:6}\ta line of outp\n").as_bytes());
            }
            rest.drain(..end);
        });
        assert!(status.unwrap().success());
        assert_eq!((seen, rest.len()), (count, 0));
    });
}

#[test]
fn a_slow_reader_loses_nothing() {
    in_shared(|vm| {
        // More than the shared memory holds, to both outputs, at a reader that stops at first.
        let script = "head -c 10000000 /dev/zero >&2 & head -c 10000000 /dev/zero; wait";
        let mut counts = [0; 2];
        let status = vm.command(["sh", "-c", script]).stream(|stream, data| {
            if counts == [0; 2] {
                thread::sleep(2 * SECOND);
            }
            counts[usize::from(stream == Stream::Stderr)] += data.len();
        });
        assert!(status.unwrap().success());
        assert_eq!(counts, [10_000_000; 2]);
    });
}

#[test]
fn a_report_of_the_kernel_fails_the_command_that_caused_it_and_no_other() {
    in_shared(|vm| {
        let script =
            "echo '<4>WARNING: CPU: 0 PID: 1 at f.c:1' >/dev/kmsg; echo '<4>trace' >/dev/kmsg";
        let error = vm.run(["sh", "-c", script]).unwrap_err();
        let Error::Kernel(report) = error else { panic!("{error}") };
        assert!(report.contains("WARNING: CPU: 0") && report.contains("trace"), "{report}");
        // A quiet console does not hide the ends of commands.
        let started = Instant::now();
        shell(vm, "dmesg -n 1");
        assert_eq!(shell(vm, "echo on"), "on\n");
        shell(vm, "dmesg -n 7");
        assert!(started.elapsed() < 8 * SECOND);
        assert!(vm.console().contains("Linux version") && vm.console().contains("WARNING: CPU: 0"));
    });
}
