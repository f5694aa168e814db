//! What is counted in tasks that were there before the session, and in many that come and go.

use std::fs;

use stapc_vm::Vm;

use crate::{
    programs::Program,
    support::{Ground, On, assert_clean, said},
};

/// Five calls that touch ten pages each, of a process that goes on.
const ALWAYS: &str = r#"
global before, calls, as_many
probe perf.sw.page_faults.process(@1).counter("faults") { }
probe process(@1).function("touch") { before[tid()] = @perf("faults") }
probe process(@1).function("touch").return {
	if (!(tid() in before)) next
	touched = @perf("faults") - before[tid()]
	if (touched >= 10 && touched < 20) as_many++
	if (++calls == 5) exit()
}
probe end { println(as_many) }
"#;

/// Whether a task has its counter wherever it is looked at; so many `LOOKS` end the session.
const STORM: &str = r#"
global looks, counted
probe perf.sw.task_clock.process(@1).counter("clock") { }
probe perf.sw.page_faults.process(@1) { println("never") }
probe process(@1).function("thread"), process(@1).function("main") {
	// The clock may stand still until a tick comes: later than in 100 ms where this machine is busy.
	for (i = 0; i < 200 && !@perf("clock"); i++) mdelay(10)
	if (@perf("clock") > 0) counted++
	if (++looks == LOOKS) exit()
}
probe end { println(looks, " ", counted) }
"#;

/// Puts a program and a session about it into the machine; the program's path.
fn put(ground: &Ground, vm: &mut Vm, name: &str, script: &str) -> String {
    let program = Program::compile(name, None, 1);
    let path = program.path.to_str().unwrap().to_owned();
    vm.write_file(&path, 0o755, &fs::read(&path).unwrap()).unwrap();
    let options = ["-g".to_owned(), "-DSTP_NO_OVERLOAD".to_owned()];
    let module = ground.module_with("counting.stp", script, &options, program.arguments());
    vm.write_file("/run/m.ko", 0o600, &module).unwrap();
    path
}

fn running(on: On) {
    let Some(ground) = Ground::of(on) else { return };
    let mut vm = ground.boot(2);
    let path = put(&ground, &mut vm, "pages", ALWAYS);
    let start = format!("setsid {path} always >/dev/null & echo $!; sleep 0.2");
    let first = said(&mut vm, &start);
    assert_eq!(said(&mut vm, &format!("stapc load /run/m.ko -x {first}")), "5");
    assert_eq!(said(&mut vm, "stapc load /run/m.ko"), "5");
    said(&mut vm, &format!("kill {first}; while kill -0 {first} 2>/dev/null; do sleep 0.1; done"));
    // It ends while it is counted.
    let script = ALWAYS.replace("calls == 5", "calls == 5000");
    let path = put(&ground, &mut vm, "pages", &script);
    let cut = format!(
        "setsid {path} always >/dev/null 2>&1 & first=$!; sleep 0.2; \
         stapc load /run/m.ko -x $first >/run/said & sleep 3; kill $first; wait; cat /run/said"
    );
    assert!(said(&mut vm, &cut).parse::<u32>().is_ok_and(|calls| calls > 0));
    assert_clean(&mut vm);
}

#[test]
fn tasks_that_run_already_are_counted() {
    running(On::Debian);
}

#[test]
fn tasks_that_run_already_are_counted_on_the_checking_kernel() {
    running(On::Checking);
}

#[test]
fn each_of_many_tasks_has_its_counters_on_four_processors() {
    let Some(ground) = Ground::of(On::Debian) else { return };
    let mut vm = ground.boot(4);
    for (looks, rounds) in [("0", 1), ("90", 2)] {
        let path = put(&ground, &mut vm, "family", &STORM.replace("LOOKS", looks));
        for _ in 0..rounds {
            let said = said(&mut vm, &format!("stapc load /run/m.ko -c 'exec {path} storm'"));
            let (all, counted) = said.split_once(' ').unwrap();
            assert_eq!(all, counted, "looks, and those with time on the clock");
            assert!(looks != "0" || all == "201", "{said}");
        }
    }
    assert_clean(&mut vm);
}
