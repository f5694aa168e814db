//! Kernels, modules and machines for the tests.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use clap::Parser as _;
use stapc::{
    cache::Cache,
    cli::{Cli, Command, Input},
    kernel::Kernel,
    pipeline::Pipeline,
    script::Script,
};
use stapc_vm::{Root, Vm};

use crate::machines::Lent;

/// A kernel to test on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// Debian's cloud kernel, looked up in DWARF.
    Debian,
    /// The kernel with checkers, looked up in BTF.
    Checking,
}

/// Modules by all that they are made of: tests with other numbers of processors run the same ones.
static MODULES: Mutex<BTreeMap<Vec<String>, Made>> = Mutex::new(BTreeMap::new());

/// The bytes of a module, once one of those who want it has made it.
type Made = Arc<OnceLock<Vec<u8>>>;

/// A kernel that is here, and how scripts are compiled for it.
pub struct Ground {
    kernel: Kernel,
    arguments: Vec<String>,
}

impl Ground {
    /// The kernel, unless what it needs is not here: that is said, and the test skipped.
    pub fn of(on: On) -> Option<Self> {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/debug-kernel");
        let arguments: Vec<String> = match on {
            On::Debian => vec!["--debuginfo=dwarf".to_owned()],
            On::Checking => {
                vec!["--debuginfo=btf".to_owned(), format!("-r{}", directory.display())]
            }
        };
        if on == On::Checking && !directory.exists() {
            eprintln!("skipped: there is no {}", directory.display());
            return None;
        }
        let choice = (on == On::Checking).then(|| directory.to_string_lossy().into_owned());
        match Kernel::select(choice.as_deref(), &Root::default(), &cache()) {
            Ok(kernel) if kernel.image.is_some() && kernel.vmlinux.is_some() => {
                Some(Self { kernel, arguments })
            }
            _ => {
                eprintln!(
                    "skipped: no bootable kernel with debug information; run `cargo xtask setup`"
                );
                None
            }
        }
    }

    /// What chooses it on a command line, if it is not the one that is chosen anyway.
    pub fn kernel_option(&self) -> Option<&str> {
        self.arguments.iter().map(String::as_str).find(|option| option.starts_with("-r"))
    }

    /// The tree that modules are built in for this kernel.
    pub fn build_tree(&self) -> &Path {
        &self.kernel.build
    }

    /// The kernel's image, which boots.
    pub fn image(&self) -> &Path {
        self.kernel.image.as_deref().unwrap()
    }

    /// Where the kernel's file has a symbol, by its System.map; none where that is not here.
    pub fn address(&self, symbol: &str) -> Option<u64> {
        let map = fs::read_to_string(self.kernel.system_map.as_ref()?).ok()?;
        let line = map.lines().find(|line| line.ends_with(&format!(" T {symbol}")))?;
        u64::from_str_radix(line.split(' ').next()?, 16).ok()
    }

    /// The loadable module of a script.
    pub fn module(&self, name: &str, text: &str, options: &[String]) -> Vec<u8> {
        self.module_with(name, text, options, Vec::new())
    }

    /// Likewise, of a script with arguments.
    pub fn module_with(
        &self,
        name: &str,
        text: &str,
        options: &[String],
        arguments: Vec<String>,
    ) -> Vec<u8> {
        // A module is called after its script's name too.
        let script = [name.to_owned(), text.to_owned()];
        let key = [self.arguments.as_slice(), &script, options, &arguments].concat();
        let module = MODULES.lock().unwrap().entry(key).or_default().clone();
        let compile = || {
            let input = self.input(name, options);
            let cache = cache();
            let mut script = Script::of(name, text);
            script.arguments = arguments;
            let module = Pipeline::new(&input, script, &cache).module();
            module.unwrap_or_else(|error| panic!("{name}: {error:#}")).bytes
        };
        module.get_or_init(compile).clone()
    }

    fn input(&self, name: &str, options: &[String]) -> Input {
        let words = ["stapc", "compile", name].map(str::to_owned);
        // What is said by both is as the options say.
        let name = |option: &str| option.split('=').next().unwrap_or_default().to_owned();
        let said: Vec<String> = options.iter().map(|option| name(option)).collect();
        let own = self.arguments.iter().filter(|own| !said.contains(&name(own)));
        let words = words.into_iter().chain(own.chain(options).cloned());
        match Cli::try_parse_from(words).unwrap().command {
            Command::Compile(options) => options.input,
            _ => unreachable!("that was a compile command"),
        }
    }

    /// A machine with this kernel, this project's program and `dd`, which other tests may have had before.
    pub fn boot(&self, cpus: u32) -> Lent {
        // Looking for leaks would take most of the machine; one test does.
        Lent::take((self.image().to_owned(), cpus), || self.boot_with(cpus, "kmemleak=off"))
    }

    /// Likewise, with the loadable module of a script, which is `/run/m.ko` there.
    pub fn boot_loaded(&self, cpus: u32, name: &str, text: &str, options: &[String]) -> Lent {
        let mut vm = self.boot(cpus);
        vm.write_file("/run/m.ko", 0o600, &self.module(name, text, options)).unwrap();
        vm
    }

    /// A machine of one's own, with words of the kernel's command line.
    pub fn boot_with(&self, cpus: u32, words: &str) -> Vm {
        let image = stapc_vm::Kernel::image(self.image());
        let builder = Vm::builder(image)
            .cpus(cpus)
            .stripped_program_at(env!("CARGO_BIN_EXE_stapc"), "/usr/bin/stapc")
            .program("/usr/bin/dd")
            .time_limit(Duration::from_secs(600));
        builder.kernel_args(words).boot().unwrap()
    }

    /// Loads modules of the kernel into a machine, with those that they need, unless they are there.
    pub fn load(&self, vm: &mut Vm, names: &[String]) {
        let folder = Path::new("/lib/modules").join(&self.kernel.release);
        let read = |file: &str| fs::read(folder.join(file)).unwrap();
        for name in names {
            let list = String::from_utf8(read("modules.dep")).unwrap();
            let is_of = |line: &&str| line.contains(&format!("/{name}.ko:"));
            let line = list.lines().find(is_of).unwrap_or_else(|| panic!("no module `{name}`"));
            // What others need comes last.
            for file in line.split([':', ' ']).filter(|file| !file.is_empty()).rev() {
                vm.write_file("/run/needed.ko", 0o600, &read(file)).unwrap();
                vm.run(["insmod", "/run/needed.ko"]).unwrap();
            }
            let there = vm.run(["cat", "/proc/modules"]).unwrap().stdout_text().into_owned();
            assert!(there.contains(&format!("{name} ")), "`{name}` is not loaded");
        }
    }
}

/// Runs a command of the shell; what it writes to its standard output.
pub fn shell(vm: &mut Vm, script: &str) -> String {
    vm.run(["sh", "-c", script]).unwrap().stdout_text().into_owned()
}

/// Likewise, of one that writes nothing to its standard error; without what is blank at the ends.
pub fn said(vm: &mut Vm, script: &str) -> String {
    let output = vm.run(["sh", "-c", script]).unwrap();
    assert_eq!(output.stderr_text(), "", "{script}");
    output.stdout_text().trim().to_owned()
}

/// A session of a module, with a command if there is one. The module comes by the standard input: each command of a
/// guest takes a while, and writing it first would be several.
pub fn session<'a>(
    vm: &'a mut Vm,
    module: Vec<u8>,
    command: Option<&str>,
) -> stapc_vm::Command<'a> {
    let mut words = vec!["stapc", "load", "/proc/self/fd/0"];
    if let Some(command) = command {
        words.extend(["-c", command]);
    }
    vm.command(words).stdin(module)
}

/// Whether a session's module is still loaded; the next session would unload it.
pub fn is_left(vm: &mut Vm) -> bool {
    shell(vm, "cat /proc/modules").contains("stapc_")
}

/// Probes that are armed, a line for each.
pub const ARMED: &str =
    "cat /sys/kernel/debug/kprobes/list /sys/kernel/tracing/enabled_functions 2>/dev/null";

/// Nothing of a session is left in the kernel.
pub fn assert_clean(vm: &mut Vm) {
    assert!(!is_left(vm), "a module is left");
    assert_eq!(shell(vm, ARMED), "", "a probe is still armed");
}

/// The folder of the scripts and what they must print.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e")
}

fn cache() -> Cache {
    Cache::user()
}
