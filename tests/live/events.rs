//! Events of processes that were there before the session, and of many on four processors.

use std::fs;

use crate::{
    programs::Program,
    support::{Ground, On, assert_clean, said},
};

/// Says who is there, with what lies in its memory, and ends.
const THERE: &str = r#"
probe process(@1).begin { printf("%s %d %s\n", execname(), pid() == tid(), user_string(0x10000000)) }
probe process.begin { if (pid() == target()) println("the target") }
probe process($2).end { println("has ended") }
probe timer.ms(300) { if (!target()) exit() }
"#;

/// Many short processes at once, each of whose events counts.
const STORM: &str = r#"
global begins, ends, threads_begin, threads_end, called, returned
probe process(@1).begin { begins++ }
probe process(@1).end { ends++ }
probe process(@1).thread.begin { threads_begin++ }
probe process(@1).thread.end { threads_end++ }
probe process(@1).syscall { if ($syscall == 121) called++ }
probe process(@1).syscall.return { if ($syscall == 121) returned++ }
probe end { printf("%d %d %d %d %d %d\n", begins, ends, threads_begin, threads_end, called, returned) }
"#;

fn running(on: On) {
    let Some(ground) = Ground::of(on) else { return };
    let mut vm = ground.boot(2);
    let program = Program::compile("family", None, 1);
    let path = program.path.to_str().unwrap();
    vm.write_file(path, 0o755, &fs::read(path).unwrap()).unwrap();
    let start = format!("setsid {path} sleep >/dev/null & echo $!; sleep 0.2");
    let (first, _second) = (said(&mut vm, &start), said(&mut vm, &start));
    let mut arguments = program.arguments();
    arguments.push(first.clone());
    let module = ground.module_with("there.stp", THERE, &[], arguments);
    vm.write_file("/run/m.ko", 0o600, &module).unwrap();
    assert_eq!(said(&mut vm, "stapc load /run/m.ko"), "family 1 asleep\nfamily 1 asleep");
    let one = format!(
        "stapc load /run/m.ko -x {first} >/run/said & until grep -qs target /run/said; do sleep 0.1; done; \
         kill {first}; wait; cat /run/said"
    );
    assert_eq!(said(&mut vm, &one), "family 1 asleep\nthe target\nhas ended");
    assert_clean(&mut vm);
}

#[test]
fn processes_that_run_already_begin_once() {
    running(On::Debian);
}

#[test]
fn processes_that_run_already_begin_once_on_the_checking_kernel() {
    running(On::Checking);
}

fn storm(on: On) {
    let Some(ground) = Ground::of(on) else { return };
    let mut vm = ground.boot(4);
    let program = Program::compile("family", None, 1);
    let path = program.path.to_str().unwrap();
    vm.write_file(path, 0o755, &fs::read(path).unwrap()).unwrap();
    let module = ground.module_with("storm.stp", STORM, &[], program.arguments());
    vm.write_file("/run/m.ko", 0o600, &module).unwrap();
    // The checking kernel is many times as slow.
    let rounds = if on == On::Checking { 1 } else { 3 };
    for _ in 0..rounds {
        let said = said(&mut vm, &format!("stapc load /run/m.ko -c 'exec {path} storm'"));
        assert_eq!(said, "205 105 100 100 100 100");
    }
}

#[test]
fn every_event_of_many_processes_counts_on_four_processors() {
    storm(On::Debian);
}

#[test]
fn every_event_of_many_processes_counts_on_four_processors_of_the_checking_kernel() {
    storm(On::Checking);
}
