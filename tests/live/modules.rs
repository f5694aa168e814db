//! Modules that come and go while they are probed: one of our own (`tests/modules`), built for each
//! kernel with DWARF.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use stapc_vm::Vm;

use crate::{
    machines::Lent,
    support::{Ground, On, assert_clean},
};

/// The module, and what is said of it to the compiler.
struct Probed {
    /// Kept while its file is needed.
    _folder: tempfile::TempDir,
    file: PathBuf,
}

impl Probed {
    fn build(ground: &Ground) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/modules");
        for source in fs::read_dir(sources).unwrap() {
            let path = source.unwrap().path();
            fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
        let made = Command::new("make")
            .arg("-C")
            .arg(ground.build_tree())
            .arg(format!("M={}", folder.path().display()))
            .args(["CONFIG_DEBUG_INFO_BTF_MODULES=", "modules"])
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "{stderr}");
        let file = fs::canonicalize(folder.path().join("to-probe.ko")).unwrap();
        Self { _folder: folder, file }
    }

    /// A machine that has it, and the session of a script about it.
    fn boot(&self, ground: &Ground, cpus: u32, script: &str) -> Lent {
        let script = script.replace("PROBED", &self.file.to_string_lossy());
        let options = ["--debuginfo=auto".to_owned()];
        let mut vm = ground.boot_loaded(cpus, "modules.stp", &script, &options);
        vm.write_file("/run/to-probe.ko", 0o600, &fs::read(&self.file).unwrap()).unwrap();
        vm
    }
}

/// Runs a command of the shell; what it writes to both streams.
fn run(vm: &mut Vm, script: &str) -> String {
    let output = vm.run(["sh", "-c", &format!("{{ {script}\n}} 2>&1")]).unwrap();
    output.stdout_text().into_owned()
}

const GO: &str = "/sys/module/to_probe/parameters/go";

const EACH: &str = r#"
probe begin { println("begin") }
probe module("PROBED").function("probed_init") { printf("init %d\n", @var("total")) }
probe module("PROBED").function("probed_init").return { printf("init gives %d\n", $return) }
probe module("PROBED").function("probed_exit") { printf("exit %d\n", @var("total") > 0) }
probe module("PROBED").function("probed_step").call {
    printf("step %d %s %d %d: %d\n", $outer->inner->number, kernel_text($outer), $outer->bits, $add, @var("total"))
}
function kernel_text:string (outer:long) {
    return sprintf("%c%c", @cast(outer, "struct probed_outer", "PROBED")->inner->text[0],
        @cast(outer, "struct probed_outer", "PROBED")->inner->text[4])
}
probe module("PROBED").statement("probed_step@*+5") { printf("statement %d\n", @var("total")) }
probe module("PROBED").function("probed_step").return { printf("sum %d of %d\n", $return, $add) }
probe module("PROBED").function("probed_twice@*one.c").return { printf("one %d %d\n", $return, @var("calls_here")) }
probe module("PROBED").function("probed_twice@*two.c").return { printf("two %d\n", $return) }
global by_symbol
probe kprobe.module("to_probe").function("probed_other") { by_symbol += pp() == "kprobe.module(\"to_probe\").function(\"probed_other\")" }
probe kprobe.module("to_probe").function("probed_other").return { by_symbol += returnval() }
probe end {
    println(by_symbol)
    try { println(@var("total", "PROBED")) } catch (why) { println("gone") }
    try { println(@var("calls_here", "PROBED")) } catch (why) { println("gone") }
}
"#;

const STEP: &str = "step 7 sn 5 1: 42\nstatement 43\nsum 13 of 1\none 2 101\ntwo 3\n";

fn each(on: On) {
    let Some(ground) = Ground::of(on) else { return };
    let probed = Probed::build(&ground);
    let mut vm = probed.boot(&ground, 1, EACH);
    let during = format!("insmod /run/to-probe.ko; echo 1 > {GO}; rmmod to_probe");
    let output = run(&mut vm, &format!("stapc load /run/m.ko -c \"{during}; {during}\""));
    let once = format!("init 40\ninit gives 0\n{STEP}exit 1\n");
    assert_eq!(output, format!("begin\n{once}{once}10\ngone\ngone\n"));
    let output = run(
        &mut vm,
        &format!("insmod /run/to-probe.ko; stapc load /run/m.ko -c \"echo 1 > {GO}\""),
    );
    assert_eq!(output, format!("begin\n{STEP}5\n43\n101\n"));
    // It can be unloaded and loaded again behind the session, and probed again.
    let again = format!(
        "rmmod to_probe; insmod /run/to-probe.ko; stapc load /run/m.ko -c \"echo 1 > {GO}\""
    );
    assert_eq!(run(&mut vm, &again), format!("begin\n{STEP}5\n43\n101\n"));
    assert_eq!(
        run(&mut vm, "stapc load /run/m.ko -c \"rmmod to_probe\""),
        "begin\nexit 1\n0\ngone\ngone\n"
    );
    assert_clean(&mut vm);
}

#[test]
fn a_module_is_probed_from_its_first_function_to_its_last() {
    each(On::Debian);
}

#[test]
fn a_module_is_probed_from_its_first_function_to_its_last_on_the_checking_kernel() {
    each(On::Checking);
}

/// What the kernel dropped counts, also of what is not there any more.
#[test]
fn missed_hits_are_remembered_when_their_module_is_gone() {
    const DEEP: &str = r#"
global calls
probe module("PROBED").function("probed_deep").return.maxactive(1) { calls++ }
probe end { println(calls) }
"#;
    let Some(ground) = Ground::of(On::Debian) else { return };
    let probed = Probed::build(&ground);
    let mut vm = probed.boot(&ground, 1, DEEP);
    let once = format!("insmod /run/to-probe.ko; echo 1 > {GO}; rmmod to_probe");
    let output = run(&mut vm, &format!("stapc load /run/m.ko -c \"{once}; {once}\""));
    assert!(output.starts_with("2\n") && output.contains("skipped probes: 6\n"), "{output}");
    assert_clean(&mut vm);
}

const BUSY: &str = r#"
global steps, sums, statements, on
probe module("PROBED").function("probed_step").call { steps++ }
probe module("PROBED").function("probed_step").return { if ($return > 0) sums++ }
probe module("PROBED").statement("probed_step@*+5") { if (@var("total") > 0) statements++ }
probe module("PROBED").function("probed_other").return if (on) { if ($return < 0) println("wrong") }
probe module("PROBED").statement("probed_twice@*one.c+1") if (!on) { if (@var("total") < 0) println("wrong") }
probe timer.ms(30) { on = !on }
probe timer.ms(10) { try { if (@var("total", "PROBED") < 0) println("wrong") } catch (why) { } }
probe end { printf("%d %d %d\n", steps > 0, steps - sums, steps - statements) }
"#;

/// Loads and unloads it, and makes it work in between, for ever.
const CHURN: &str = "while true; do insmod /run/to-probe.ko; echo 1000 > GO; rmmod to_probe; done";

/// Sessions that begin and end while the module comes and goes, and one in which it does so often.
fn churn(on: On, sessions: u32, loads: u32) {
    let Some(ground) = Ground::of(on) else { return };
    let probed = Probed::build(&ground);
    let mut vm = probed.boot(&ground, 1, BUSY);
    let churn = CHURN.replace("GO", GO);
    let often = churn.replace("while true", &format!("for i in $(seq {loads})"));
    let output = run(&mut vm, &format!("stapc load /run/m.ko -c '{}'", often.replace('\'', "")));
    // A timer that comes while a handler runs is skipped.
    let is_skip = |line: &&str| line.contains("errors: 0, skipped probes: ");
    let output: String = output.split_inclusive('\n').filter(|line| !is_skip(line)).collect();
    assert_eq!(output, "1 0 0\n");
    let script = format!(
        "({churn}) >/dev/null 2>&1 & p=$!; for i in $(seq {sessions}); do \
         stapc load /run/m.ko -c \"usleep $(( ($i * 7919) % 300 * 1000 ))\" >/dev/null || echo failed; done; \
         kill $p; wait $p; rmmod to_probe; true"
    );
    let output = run(&mut vm, &script);
    assert!(!output.contains("failed"), "{output}");
    assert_clean(&mut vm);
}

#[test]
fn a_module_comes_and_goes_under_sessions() {
    churn(On::Debian, 20, 30);
}

#[test]
fn a_module_comes_and_goes_under_sessions_on_the_checking_kernel() {
    churn(On::Checking, 5, 5);
}

/// A real module of Debian's kernel, with its DWARF where it is installed.
#[test]
fn a_module_of_the_kernel_is_found_by_its_name() {
    const DUMMY: &str = r#"
probe module("dum*").function("dummy_setup") { printf("setup %d %d\n", $dev->mtu, @var("numdummies")) }
probe module("dummy").function("dummy_init_module").return { printf("init %d\n", $return) }
probe module("dummy").function("dummy_cleanup_module") { printf("cleanup %d\n", @var("numdummies", "dummy")) }
"#;
    let Some(ground) = Ground::of(On::Debian) else { return };
    let file = ground.build_tree().with_file_name("kernel/drivers/net/dummy.ko");
    let Ok(dummy) = fs::read(&file) else {
        eprintln!("skipped: there is no {}", file.display());
        return;
    };
    let mut vm = ground.boot_loaded(2, "dummy.stp", DUMMY, &[]);
    vm.write_file("/run/dummy.ko", 0o600, &dummy).unwrap();
    let command =
        "insmod /run/dummy.ko numdummies=2; rmmod dummy; insmod /run/dummy.ko; rmmod dummy";
    let output = run(&mut vm, &format!("stapc load /run/m.ko -c '{command}'"));
    let two = "setup 0 2\nsetup 0 2\ninit 0\ncleanup 2\n";
    assert_eq!(output, format!("{two}setup 0 1\ninit 0\ncleanup 1\n"));
    assert_clean(&mut vm);
}
