//! How machines start and end, alone and beside others.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use stapc_vm::{Error, Kernel, Vm};

use crate::{SECOND, builder, debug_builder, shell};

#[test]
fn two_at_once_do_not_disturb_each_other_and_die_in_their_own_ways() {
    let (Some(first), Some(second)) = (builder(), builder()) else { return };
    let hangs = thread::spawn(|| hang(first.boot().unwrap()));
    panic_kernel(second.boot().unwrap());
    hangs.join().unwrap();
}

fn hang(mut vm: Vm) {
    let count = |vm: &mut Vm| shell(vm, "seq 50000 | md5sum");
    assert_eq!(count(&mut vm), count(&mut vm));
    let started = Instant::now();
    let command = vm.command(["sh", "-c", "echo x; sleep 1000"]).time_limit(SECOND);
    let error = command.output().unwrap_err();
    assert!(matches!(&error, Error::Timeout { limit, .. } if *limit == SECOND), "{error}");
    assert!(error.to_string().contains("sleep 1000"), "{error}");
    assert!(started.elapsed() < 20 * SECOND);
    let error = vm.run(["true"]).unwrap_err();
    assert!(matches!(error, Error::Ended(_)), "{error}");
}

fn panic_kernel(mut vm: Vm) {
    assert!(shell(&mut vm, "seq 50000").ends_with("50000\n"));
    let mut before = Vec::new();
    let script = "echo before; sleep 1; echo c >/proc/sysrq-trigger; sleep 100";
    let status = vm.command(["sh", "-c", script]).stream(|_, data| before.extend_from_slice(data));
    let Err(Error::Kernel(report)) = status else { panic!("{status:?}") };
    assert!(report.contains("sysrq triggered crash") && report.contains("Call Trace:"), "{report}");
    assert_eq!(before, b"before\n");
    assert!(matches!(vm.run(["true"]), Err(Error::Ended(_))));
}

#[test]
fn a_kernel_that_complains_at_each_boot_is_not_used() {
    let Some(builder) = builder() else { return };
    // The kernel prints its command line.
    let error = builder.kernel_args("said=\"BUG: at boot\"").boot().unwrap_err();
    assert!(matches!(&error, Error::Kernel(report) if report.contains("at boot")), "{error}");
}

#[test]
fn a_flood_does_not_outlive_its_time() {
    let Some(builder) = builder() else { return };
    let mut vm = builder.time_limit(SECOND).boot().unwrap();
    assert!(matches!(vm.run(["yes"]), Err(Error::Timeout { .. })));
}

#[test]
fn with_icount_waiting_takes_no_time_and_work_always_the_same() {
    let Some(builder) = builder() else { return };
    let mut vm = builder.icount(true).boot().unwrap();
    let started = Instant::now();
    shell(&mut vm, "sleep 100");
    assert!(started.elapsed() < 60 * SECOND, "{:?}", started.elapsed());
    // And the same work takes the same time, within 1/200. A first run fills caches.
    let times =
        [0; 3].map(|_| nanoseconds(&mut vm, "i=0; while [ $i -lt 5000 ]; do i=$((i+1)); done"));
    assert!(times[1].abs_diff(times[2]) < times[1] / 200, "{times:?}");
}

/// How long a script takes, by the guest's clock.
fn nanoseconds(vm: &mut Vm, script: &str) -> u64 {
    const NOW: &str = "grep '^now at' /proc/timer_list";
    let text = shell(vm, &format!("{NOW}; {script}; {NOW}"));
    let times: Vec<u64> =
        text.lines().map(|line| line.split(' ').nth(2).unwrap().parse().unwrap()).collect();
    times[1] - times[0]
}

#[test]
fn the_debug_kernel_serves_as_well() {
    let Some(builder) = debug_builder() else { return };
    let mut vm = builder.cpus(2).boot().unwrap();
    assert!(shell(&mut vm, "uname -r").contains("-debug"));
    let expected: String = (1..=20_000).map(|number| format!("{number}\n")).collect();
    assert!(shell(&mut vm, "seq 20000") == expected);
    let output = vm.command(["sh", "-c", "cat; kill -2 $$"]).stdin("through").output().unwrap();
    assert_eq!((output.stdout_text().as_ref(), output.status.signal()), ("through", Some(2)));
    panic_kernel(vm);
}

#[test]
fn a_guest_that_does_not_boot_is_told_apart() {
    let Some(builder) = builder() else { return };
    let error = builder.clone().boot_timeout(SECOND / 2).boot().unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
    let error = builder.clone().memory_mb(0).kernel_args("x").cpus(9999).boot().unwrap_err();
    assert!(matches!(&error, Error::Ended(why) if why.contains("qemu")), "{error}");
    let error = builder.clone().icount(true).cpus(2).boot().unwrap_err();
    assert!(matches!(error, Error::Host { .. }), "{error}");
    let error = builder.program("/nonexistent").boot().unwrap_err();
    assert!(matches!(&error, Error::File { path, .. } if path.ends_with("nonexistent")), "{error}");
    let error = Vm::builder(Kernel::image("/nonexistent")).boot().unwrap_err();
    assert!(matches!(error, Error::NoKernel(_)), "{error}");
}

/// Set for a test's own child.
const CHILD: &str = "STAPC_VM_TEST_CHILD";

/// This test program again, to run one of its tests.
fn child(test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("life::{test}")]).env(CHILD, "1");
    command
}

fn assert_succeeds(command: &mut Command) {
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[test]
fn qemu_ends_with_the_process_that_started_it() {
    let Some(builder) = builder() else { return };
    if let Some(marker) = std::env::var_os(CHILD) {
        drop(builder.kernel_args(marker.to_string_lossy()).boot());
        return;
    }
    let marker = format!("stapc-vm-test={}-killed", std::process::id());
    let mut victim = child("qemu_ends_with_the_process_that_started_it");
    let mut victim =
        victim.env(CHILD, &marker).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until(|| emulator_runs(&marker));
    victim.kill().unwrap();
    victim.wait().unwrap();
    wait_until(|| !emulator_runs(&marker));
}

#[test]
fn qemu_outlives_the_thread_that_started_it_and_ends_with_its_machine() {
    let Some(builder) = builder() else { return };
    let marker = format!("stapc-vm-test={}-dropped", std::process::id());
    let builder = builder.kernel_args(&marker);
    let mut vm = thread::spawn(|| builder.boot().unwrap()).join().unwrap();
    thread::sleep(SECOND / 4);
    assert_eq!(shell(&mut vm, "echo on"), "on\n");
    assert!(emulator_runs(&marker));
    drop(vm);
    assert!(!emulator_runs(&marker));
}

#[test]
fn a_missing_emulator_is_said() {
    let test = "a_missing_emulator_is_said";
    if std::env::var_os(CHILD).is_some() {
        let error = Vm::builder(Kernel::newest().unwrap()).boot().unwrap_err();
        assert!(matches!(error, Error::NoQemu), "{error}");
    } else if builder().is_some() {
        assert_succeeds(child(test).env("PATH", "/nonexistent"));
    }
}

#[test]
fn a_guest_that_falls_silent_is_booted_again() {
    let test = "a_guest_that_falls_silent_is_booted_again";
    let Some(folder) = std::env::var_os(CHILD) else {
        if builder().is_none() {
            return;
        }
        // An emulator that does nothing the first time, and is the real one from then on.
        let folder = tempfile::tempdir().unwrap();
        let emulator = folder.path().join("qemu-system-x86_64");
        let text = r#"#!/bin/sh
            PATH=${PATH#*:}
            [ -e "$0.was" ] && exec qemu-system-x86_64 "$@"
            touch "$0.was"
            exec sleep 60"#;
        fs::write(&emulator, text).unwrap();
        fs::set_permissions(&emulator, fs::Permissions::from_mode(0o755)).unwrap();
        let path =
            [folder.path().as_os_str(), &std::env::var_os("PATH").unwrap()].join(":".as_ref());
        assert_succeeds(child(test).env("PATH", path).env(CHILD, folder.path()));
        return;
    };
    let builder = Vm::builder(Kernel::newest().unwrap()).boot_timeout(40 * SECOND);
    let mut vm = builder.boot().unwrap();
    assert_eq!(shell(&mut vm, "echo on"), "on\n");
    assert!(Path::new(&folder).join("qemu-system-x86_64.was").exists());
}

#[test]
fn interrupts_of_the_user_go_to_the_command_and_the_third_ends_the_machine() {
    let test = "interrupts_of_the_user_go_to_the_command_and_the_third_ends_the_machine";
    let Some(builder) = builder() else { return };
    if std::env::var_os(CHILD).is_none() {
        assert_succeeds(&mut child(test));
        return;
    }
    stapc_vm::forward_interrupts().unwrap();
    let mut vm = builder.boot().unwrap();
    // To this thread, and so handled when the call returns.
    // SAFETY: a system call on an integer; the signal has a handler by now.
    let interrupt = || unsafe { libc::raise(libc::SIGINT) };
    interrupt(); // Nothing runs: this one is for nobody.
    let script = "trap 'echo caught' INT; echo up; while :; do sleep 0.1; done";
    let mut all = Vec::new();
    let result = vm.command(["sh", "-c", script]).stream(|_, data| {
        all.extend_from_slice(data);
        interrupt();
    });
    assert!(matches!(result, Err(Error::Interrupted)), "{result:?}");
    assert_eq!(all, b"up\ncaught\ncaught\n");
    assert!(matches!(vm.run(["true"]), Err(Error::Ended(_))));
}

fn wait_until(mut is: impl FnMut() -> bool) {
    let deadline = Instant::now() + 30 * SECOND;
    while !is() {
        assert!(Instant::now() < deadline, "it does not come");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Whether there is an emulator that has this in its command line.
fn emulator_runs(marker: &str) -> bool {
    fs::read_dir("/proc").unwrap().flatten().any(|entry| {
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line);
        line.starts_with("qemu-system") && line.contains(marker)
    })
}
