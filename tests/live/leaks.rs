//! Memory of the kernel that sessions leave behind. The kernel looks for it, which takes a while: tests start in the
//! order of their names, and this one is not the last.

use crate::support::{Ground, On, assert_clean, shell};

#[test]
fn sessions_leak_no_memory_of_the_kernel() {
    let Some(ground) = Ground::of(On::Checking) else { return };
    let mut vm = ground.boot_with(1, "kmemleak=on");
    let maps = "global m, s probe kernel.function(\"vfs_read\") { m[tid(), execname()]++; s <<< $count } probe end { print(@hist_log(s)) }";
    vm.write_file("/run/m.ko", 0o600, &ground.module("maps.stp", maps, &[])).unwrap();
    let dd = "dd if=/dev/zero of=/dev/null bs=1 count=100 2>/dev/null";
    for _ in 0..2 {
        let output = vm.run(["stapc", "load", "/run/m.ko", "-c", dd]).unwrap();
        assert!(output.status.success(), "{}", output.stderr_text());
    }
    // What is found only once may be in a register; and what is young is not looked at.
    let scan = "sleep 6; for i in 1 2; do echo scan > /sys/kernel/debug/kmemleak; done; cat /sys/kernel/debug/kmemleak";
    let leaks = shell(&mut vm, scan);
    assert!(!leaks.contains("stapc"), "{leaks}");
    assert_clean(&mut vm);
}
