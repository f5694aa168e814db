//! Places by their addresses: as the kernel's file counts, and as the kernel does that runs.

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
