//! Every script of `tests/e2e`, and of its `programs`, on each kernel: with one processor on one of them and with
//! two on the other, in turn. `STAPC_THOROUGH=1` runs each with one and with two on both.
//!
//! Its first lines say how it runs: `# e2e: TITLE`, `# status: N` (0 if not said), `# compile: OPTION`,
//! `# run: -c 'COMMAND'`, `# modules: NAME …` (of the kernel, loaded before; Debian's only), `# needs: dwarf` or
//! `ia32` (not on kernels without it), `# may: skip` (timers that come while a handler runs), `# processors: 1`
//! (which emulated ones that run at once may not survive, since it changes code that others execute),
//! `# program: NAME LIBRARY` (compiled from `programs`; `@1` and `@2` are the files, `PROGRAM` in the command is the
//! first) at each of `# levels: 0 1 2` (on the checking kernel at one of them, in turn).
//! What it must print is in files of its name that end in `.out` and `.err` (nothing if there is
//! none), with `ADDRESS` for addresses and `@1` for the files; `STAPC_BLESS=1` rewrites them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use stapc_vm::Vm;

use crate::{
    programs::Program,
    support::{Ground, On, assert_clean, folder, is_left, session},
};

/// A script and what its header says.
struct Case {
    path: PathBuf,
    name: String,
    text: String,
    status: i32,
    options: Vec<String>,
    command: Option<String>,
    /// The program and the library that it probes.
    program: Option<Vec<String>>,
    /// The kernel's modules that are loaded before.
    modules: Vec<String>,
    /// At which levels of optimisation those are compiled.
    levels: Vec<u8>,
    /// Whether it needs what the checking kernel lacks: debug information, or 32-bit programs.
    debian_only: bool,
    /// Whether a timer may come while a handler runs, which skips it: the session says so then.
    may_skip: bool,
    /// Whether it runs with one processor only.
    alone: bool,
}

impl Case {
    fn read(path: &Path) -> Self {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(path).unwrap();
        let mut case = Self {
            path: path.to_owned(),
            name,
            text: text.clone(),
            status: 0,
            options: Vec::new(),
            command: None,
            program: None,
            modules: Vec::new(),
            levels: vec![1],
            debian_only: false,
            may_skip: false,
            alone: false,
        };
        for line in text.lines().map_while(|line| line.strip_prefix("# ")) {
            let (key, value) = line.split_once(": ").unwrap_or((line, ""));
            match key {
                "e2e" => {}
                "may" => case.may_skip = value == "skip",
                "modules" => case.modules = value.split(' ').map(str::to_owned).collect(),
                "needs" => case.debian_only = matches!(value, "dwarf" | "ia32"),
                "processors" => case.alone = value == "1",
                "status" => case.status = value.parse().unwrap(),
                "program" => case.program = Some(value.split(' ').map(str::to_owned).collect()),
                "levels" => {
                    case.levels = value.split(' ').map(|level| level.parse().unwrap()).collect();
                }
                "compile" => case.options.push(value.to_owned()),
                "run" => {
                    let command =
                        value.strip_prefix("-c '").and_then(|text| text.strip_suffix('\''));
                    case.command = Some(command.expect("run: -c 'COMMAND'").to_owned());
                }
                _ => panic!("{}: unknown key `{key}` in its header", case.name),
            }
        }
        case
    }

    fn all() -> Vec<Self> {
        let folders = [folder(), folder().join("programs")];
        let files = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
        let files = files.map(|entry| entry.unwrap().path());
        let mut scripts: Vec<_> =
            files.filter(|path| path.extension().is_some_and(|end| end == "stp")).collect();
        scripts.sort();
        assert!(scripts.len() >= 10, "the scripts are not there");
        scripts.iter().map(|path| Self::read(path)).collect()
    }

    /// The programs that it probes, one for each level; none for a script that probes none.
    fn programs(&self) -> Vec<Option<Program>> {
        let Some(names) = &self.program else { return vec![None] };
        let library = names.get(1).map(String::as_str);
        let compile = |&level| Some(Program::compile(&names[0], library, level));
        self.levels.iter().map(compile).collect()
    }

    /// Runs it at each level; says what is wrong.
    fn check(&self, ground: &Ground, vm: &mut Vm) -> Result<(), String> {
        self.programs().iter().try_for_each(|program| self.run(ground, vm, program.as_ref()))
    }

    fn run(&self, ground: &Ground, vm: &mut Vm, program: Option<&Program>) -> Result<(), String> {
        let arguments = program.map(Program::arguments).unwrap_or_default();
        let mut command = self.command.clone();
        for path in &arguments {
            vm.write_file(path, 0o755, &fs::read(path).unwrap()).unwrap();
            command = command.map(|command| command.replace("PROGRAM", &arguments[0]));
        }
        ground.load(vm, &self.modules);
        let module = ground.module_with(&self.name, &self.text, &self.options, arguments.clone());
        let output = session(vm, module, command.as_deref()).output();
        let output = output.map_err(|error| format!("{}: {error}", self.name))?;
        let mut wrong = String::new();
        if output.status.code() != Some(self.status) {
            wrong += &format!("{}: {} instead of {}\n", self.name, output.status, self.status);
        }
        let here = folder().to_str().unwrap().to_owned();
        let mut printed = output.stdout_text().replace(&here, "tests/e2e");
        for (number, path) in arguments.iter().enumerate() {
            printed = printed.replace(path, &format!("@{}", number + 1));
        }
        wrong += &self.compare("out", &printed);
        let stderr = output.stderr_text();
        let stderr = stderr.split_inclusive('\n').map(|line| self.without_skips(line));
        wrong += &self.compare("err", &stderr.collect::<String>());
        if is_left(vm) {
            wrong += &format!("{}: its module is still loaded\n", self.name);
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    /// A line of the errors as if no hit had been skipped, where hits may be.
    fn without_skips(&self, line: &str) -> String {
        match line.split_once(", skipped probes: ") {
            Some((before, _)) if self.may_skip && before.ends_with("errors: 0") => String::new(),
            Some((before, _)) if self.may_skip => format!("{before}, skipped probes: 0\n"),
            _ => line.to_owned(),
        }
    }

    fn compare(&self, end: &str, got: &str) -> String {
        let path = self.path.with_extension(end);
        let expected = fs::read_to_string(&path).unwrap_or_default();
        // An address differs from run to run.
        let got = mask_addresses(got);
        if got == expected {
            return String::new();
        }
        if std::env::var_os("STAPC_BLESS").is_some() {
            fs::write(&path, got).unwrap();
            return String::new();
        }
        format!("{}: {end} is\n{got}\ninstead of\n{expected}\n", self.name)
    }
}

/// Addresses (of the kernel: 16 digits, not a small number; of a program: 12) as `ADDRESS`.
fn mask_addresses(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("0x") {
        let (before, digits) = rest.split_at(at);
        let end = 2 + digits[2..].chars().take_while(char::is_ascii_hexdigit).count();
        out += before;
        let is_address = end == 18 && !digits.starts_with("0x00000000")
            || end == 14 && (digits.starts_with("0x7f") || digits.starts_with("0x5"));
        out += if is_address { "ADDRESS" } else { &digits[..end] };
        rest = &digits[end..];
    }
    out + rest
}

fn run_all(on: On, cpus: u32) {
    let Some(ground) = Ground::of(on) else { return };
    let mut vm = ground.boot(cpus);
    let is_set = |name| std::env::var_os(name).is_some();
    let thorough = is_set("STAPC_THOROUGH") || is_set("STAPC_BLESS");
    let turn = usize::from((on == On::Debian) == (cpus == 1));
    let all = Case::all().into_iter().enumerate();
    let is_turn = |number: usize, case: &Case| match case.alone {
        true => cpus == 1,
        false => thorough || number % 2 == turn,
    };
    let all = all.filter(|(number, case)| is_turn(*number, case)).map(|(number, mut case)| {
        // What programs are compiled as is the same on every kernel.
        if on == On::Checking && !thorough {
            case.levels = vec![case.levels[number % case.levels.len()]];
        }
        case
    });
    let here = all.filter(|case| on == On::Debian || !case.debian_only);
    let wrong: Vec<String> = here.filter_map(|case| case.check(&ground, &mut vm).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_clean(&mut vm);
}

#[test]
fn scripts_on_debian_with_one_processor() {
    run_all(On::Debian, 1);
}

#[test]
fn scripts_on_debian_with_two_processors() {
    run_all(On::Debian, 2);
}

#[test]
fn scripts_on_the_checking_kernel_with_one_processor() {
    run_all(On::Checking, 1);
}

#[test]
fn scripts_on_the_checking_kernel_with_two_processors() {
    run_all(On::Checking, 2);
}
