//! Places by their addresses: as the kernel's file counts, and as the kernel does that runs; code and memory.

use stapc_vm::Vm;

use crate::support::{Ground, On};

const SCRIPT: &str = r#"
probe kernel.function(ADDRESS) { if (pid() == target()) printf("entry %s %d\n", probefunc(), $count) }
probe kernel.function(ADDRESS).return { if (pid() == target()) printf("return %d\n", $return) }
probe kernel.statement(ADDRESS) { if (pid() == target()) printf("statement %d\n", $count) }
probe kernel.statement(ADDRESS).absolute { if (pid() == target()) println(pp()) }
probe kprobe.statement(ADDRESS).absolute { if (pid() == target()) println(pp()) }
"#;

#[test]
fn functions_are_found_by_their_addresses() {
    let Some(ground) = Ground::of(On::Debian) else { return };
    let Some(address) = ground.address("vfs_read") else { return };
    let address = format!("{address:#x}");
    let script = SCRIPT.replace("ADDRESS", &address);
    let module = ground.module("addresses.stp", &script, &["-g".to_owned()]);
    // The kernel runs where its file says.
    let mut vm = ground.boot_with(1, "nokaslr");
    vm.write_file("/run/m.ko", 0o600, &module).unwrap();
    let command =
        "stapc load /run/m.ko -c 'dd if=/dev/zero of=/dev/null bs=77 count=1 status=none'";
    let output = vm.run(["sh", "-c", &format!("{command} 2>&1")]).unwrap();
    let text = output.stdout_text();
    let lines: Vec<&str> = text.lines().collect();
    let expected = [
        "entry vfs_read 77".to_owned(),
        "return 77".to_owned(),
        "statement 77".to_owned(),
        format!("kernel.statement({address}).absolute"),
        format!("kprobe.statement({address}).absolute"),
    ];
    for line in expected {
        assert!(lines.contains(&line.as_str()), "{line} is not in\n{text}");
    }
}

/// Variables of 4 bytes: two as wholes, and the last byte of a third. (An emulated processor tells of one breakpoint at a
/// time, so none of them is watched twice.)
const WATCH: &str = r#"
global hits, wrong
function hit(what: string, point: string) {
	hits[what]++
	if (pid() != target() || pp() != point) wrong++
}
probe kernel.data(FIRST).length(4).write { hit("written", "kernel.data(FIRST).length(4).write") }
probe kernel.data(SECOND).length(4).rw { hit("written or read", "kernel.data(SECOND).length(4).rw") }
probe kernel.data(LAST).write { hit("last byte written", "kernel.data(LAST).write") }
probe kernel.data(FIRST).length(2).rw if (hits["written"] < 0) { hit("not armed", "") }
probe end {
	foreach (what+ in hits) printf("%s: %d\n", what, hits[what])
	printf("wrong: %d\n", wrong)
}
"#;

/// What the session's own process does with each: writes it twice, and reads it once.
const USE_EACH: &str = "cd /proc/sys/kernel; for file in panic panic_on_oops panic_on_warn; do \
                        echo 0 > $file; read value < $file; echo 0 > $file; done";

/// Where the kernel that runs has a variable.
fn address_in(vm: &mut Vm, symbol: &str) -> u64 {
    let found = vm.run(["grep", &format!(" {symbol}$"), "/proc/kallsyms"]).unwrap();
    let text = found.stdout_text();
    u64::from_str_radix(text.split(' ').next().unwrap(), 16).unwrap()
}

fn watched(on: On) {
    let Some(ground) = Ground::of(on) else { return };
    let mut vm = ground.boot(2);
    let [first, second, third] =
        ["panic_timeout", "panic_on_oops", "panic_on_warn"].map(|name| address_in(&mut vm, name));
    let places = [("FIRST", first), ("SECOND", second), ("LAST", third + 3)];
    let script = places.iter().fold(WATCH.to_owned(), |script, (name, address)| {
        script.replace(name, &format!("{address:#x}"))
    });
    let module = ground.module("watch.stp", &script, &[]);
    vm.write_file("/run/m.ko", 0o600, &module).unwrap();
    let output = vm.run(["stapc", "load", "/run/m.ko", "-c", USE_EACH]).unwrap();
    assert_eq!(output.stderr_text(), "");
    let expected = "last byte written: 2\nwritten: 2\nwritten or read: 3\nwrong: 0\n";
    assert_eq!(output.stdout_text(), expected);
}

#[test]
fn memory_is_watched_by_its_address() {
    watched(On::Debian);
}

#[test]
fn memory_is_watched_by_its_address_on_the_checking_kernel() {
    watched(On::Checking);
}
