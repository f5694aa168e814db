//! Variables of programs, read where a debugger finds them.
//!
//! `values.c` is compiled by gcc and clang, at -O0, -O1 and -O2, with DWARF 4 and 5. Each of these
//! objects is linked twice: to where kernels are, for the compiler, which takes it for a kernel; and below,
//! to be run. gdb stops it at the places that the scripts in `values` probe, and tells what is in
//! registers and memory there. In the interpreter the scripts must make of that what they say they expect:
//!
//! - `// expect: LINE`: what is printed, line by line;
//! - `// refused: WAY, WAY`: where the compiler may have dropped a variable, as far as DWARF tells, so that the
//!   script is refused (`gcc -O2`). At -O0 only where a function is entered: there its parameters are not yet
//!   where DWARF has them, and are read where the ABI passes them. Of structures that would need the end of the
//!   prologue to be looked for.
//!
//! `<NAME>` in a script stands for the line of `values.c` that ends with `at: NAME`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs,
    path::{Path, PathBuf},
    process::Command,
};

use object::{Endianness, Object as _, ObjectSymbol as _, read::elf::ElfFile64};
use stapc_debuginfo::{Dwarf, DwarfIndex, Elf};
use stapc_interp::{Event, Memory, Options, parse_events};
use stapc_ir::{Attach, Base, Module, Stage};
use stapc_passes::Plan;

use super::{KERNEL, KERNEL_FLAGS, compile, folder, link_as_kernel, marked, missing_tool, succeed};

/// Where it begins when it is run.
const PROGRAM: u64 = 0x100_0000;

/// How many values all scripts together must have read.
const VALUES: usize = 120;
const SCRIPTS: usize = 20;

/// A way to compile the program.
#[derive(Clone, Copy)]
struct Way {
    compiler: &'static str,
    level: u8,
    dwarf: u8,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -O{} -gdwarf-{}", self.compiler, self.level, self.dwarf)
    }
}

impl Way {
    fn all() -> impl Iterator<Item = Self> {
        let each = ["gcc", "clang"].into_iter().flat_map(|compiler| {
            (0..=2).flat_map(move |level| [4, 5].map(|dwarf| Self { compiler, level, dwarf }))
        });
        each.collect::<Vec<_>>().into_iter()
    }

    /// Compiles the program; where it lies as a kernel, and as a program.
    fn build(self, scratch: &Path) -> (PathBuf, PathBuf) {
        let path =
            |name: &str| scratch.join(format!("{name}-{}", self.to_string().replace(' ', "")));
        let object = path("object");
        let mut compile = Command::new(self.compiler);
        // Files are named as from the root of the repository, as a kernel names its own.
        compile.current_dir(folder()).args(KERNEL_FLAGS.split(' '));
        compile.args([format!("-O{}", self.level), format!("-gdwarf-{}", self.dwarf)]);
        succeed(compile.args(["-c", "values.c", "-o"]).arg(&object));
        let link = |name: &str, start: u64| {
            link_as_kernel(&object, start, &path(name));
            path(name)
        };
        (link("kernel", KERNEL), link("program", PROGRAM))
    }
}

/// The symbols of the object where it lies as a kernel, and their addresses.
type Symbols<'a> = BTreeMap<&'a str, u64>;

fn symbols(object: &[u8]) -> Symbols<'_> {
    let object = ElfFile64::<Endianness>::parse(object).unwrap();
    object.symbols().map(|symbol| (symbol.name().unwrap(), symbol.address())).collect()
}

/// A script and what it says of itself.
struct Script {
    name: String,
    text: String,
    expected: String,
    /// The ways in which it may be refused.
    refused: Vec<String>,
}

impl Script {
    fn all() -> Vec<Self> {
        let program = fs::read_to_string(folder().join("values.c")).unwrap();
        let files = fs::read_dir(folder().join("values")).unwrap();
        let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
        paths.sort();
        paths.iter().map(|path| Self::read(path, &program)).collect()
    }

    fn read(path: &Path, program: &str) -> Self {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = marked(&fs::read_to_string(path).unwrap(), program);
        let (mut expected, mut refused) = (String::new(), Vec::new());
        for line in text.lines().map_while(|line| line.strip_prefix("// ")) {
            match line.split_once(": ") {
                Some(("expect", line)) => expected += &format!("{line}\n"),
                Some(("refused", ways)) => {
                    refused = ways.split(", ").map(str::to_owned).collect();
                }
                Some((key, _)) if !key.contains(' ') => panic!("{name}: the key `{key}`"),
                _ => {}
            }
        }
        assert!(!expected.is_empty(), "{name} expects nothing");
        let is_entry = text.contains("kernel.function(") && !text.contains(").return");
        let is_plain = refused.iter().all(|way| !way.contains("-O0"));
        assert!(is_entry || is_plain, "{name} may not be refused at -O0");
        Self { name, text, expected, refused }
    }

    fn values(&self) -> usize {
        self.expected.split_whitespace().count()
    }

    fn may_be_refused(&self, way: Way) -> bool {
        self.refused.iter().any(|of| way.to_string().starts_with(of.as_str()))
    }

    /// The IR, each probe named by its address; or what is wrong.
    fn compile(&self, kernel: &Dwarf<'_>, symbols: &Symbols<'_>) -> Result<Module, String> {
        let module = compile(&self.name, &self.text, kernel)?;
        let plan = Plan::of_level(&2.into()).unwrap();
        let verified = plan.finish(module, |_| {}).map_err(|error| error.to_string())?;
        let mut module = verified.module().clone();
        for probe in &mut module.probes {
            let code = probe.attach.code().unwrap();
            let Base::Symbol(symbol) = &code.base else { unreachable!("a kernel's") };
            let address = symbols[symbol.as_str()] - KERNEL + PROGRAM + code.offset;
            let is_return = matches!(probe.attach, Attach::Return(..));
            probe.point = format!("{address:#x}{}", if is_return { " return" } else { "" });
        }
        Ok(module)
    }
}

/// What happens where the scripts' probes are.
fn events(program: &Path, modules: &[(&Script, Module)]) -> Vec<Event> {
    let mut places: BTreeMap<String, bool> = BTreeMap::new();
    for probe in modules.iter().flat_map(|(_, module)| &module.probes) {
        let (address, returns) = match probe.point.strip_suffix(" return") {
            Some(address) => (address, true),
            None => (probe.point.as_str(), false),
        };
        *places.entry(address.to_owned()).or_default() |= returns;
    }
    let python = |(address, returns): (&String, &bool)| {
        format!("{address}: {}", if *returns { "True" } else { "False" })
    };
    let places: Vec<String> = places.iter().map(python).collect();
    let mut gdb = Command::new("gdb");
    gdb.args(["-nx", "-batch", "-ex", &format!("python PLACES = {{{}}}", places.join(", "))]);
    let said = succeed(gdb.arg("-x").arg(folder().join("stops.py")).arg(program));
    let lines: Vec<&str> = said.lines().filter(|line| line.starts_with('{')).collect();
    let mut events = parse_events(&lines.join("\n")).unwrap();
    for event in &mut events {
        // What the compiler knows the address of is where it was told that the object is.
        let own = event.memory.iter().filter(|memory| memory.address < 2 * PROGRAM);
        let moved = own.map(|memory| Memory {
            address: memory.address - PROGRAM + KERNEL,
            bytes: memory.bytes.clone(),
        });
        let moved: Vec<Memory> = moved.collect();
        for memory in event.memory.iter_mut().filter(|memory| memory.address >= 2 * PROGRAM) {
            memory.bytes.chunks_exact_mut(8).for_each(move_word);
        }
        event.memory.extend(moved);
    }
    events
}

/// Has what the stack says of the program, as where a function returns to, say it of where the compiler was told that
/// the program is.
fn move_word(word: &mut [u8]) {
    let address = u64::from_le_bytes(word.try_into().unwrap());
    if (PROGRAM..2 * PROGRAM).contains(&address) {
        word.copy_from_slice(&(address - PROGRAM + KERNEL).to_le_bytes());
    }
}

/// What came of all scripts.
#[derive(Default)]
struct Sum {
    values: usize,
    refused: usize,
    /// The scripts that were read in some way.
    read: BTreeSet<String>,
    wrong: Vec<String>,
}

fn try_way(way: Way, scripts: &[Script], sum: &mut Sum) {
    let folder = tempfile::tempdir().unwrap();
    let (kernel, program) = way.build(folder.path());
    let bytes = fs::read(kernel).unwrap();
    let elf = Elf::open(&bytes).unwrap();
    let index = DwarfIndex::build(&elf, &|_, _| ()).unwrap();
    let dwarf = Dwarf::open(&elf, &index).unwrap();
    let (symbols, mut modules) = (symbols(&bytes), Vec::new());
    for script in scripts {
        match script.compile(&dwarf, &symbols) {
            Ok(module) => modules.push((script, module)),
            Err(said) if script.may_be_refused(way) && is_optimised_out(&said) => sum.refused += 1,
            Err(said) => sum.wrong.push(format!("{} {way}: {said}", script.name)),
        }
    }
    let events = events(&program, &modules);
    let options = Options { stage: Stage::Final, ..Options::default() };
    for (script, module) in modules {
        let outcome = stapc_interp::run(&module, &events, &options).unwrap();
        let messages = outcome.messages.iter().map(|message| format!("{}\n", message.line));
        let printed = outcome.output.to_string() + &messages.collect::<String>();
        if printed.contains(UNTOLD) && script.may_be_refused(way) {
            sum.refused += 1;
        } else if printed == script.expected {
            sum.values += script.values();
            sum.read.insert(script.name.clone());
        } else {
            let (name, expected) = (&script.name, &script.expected);
            sum.wrong.push(format!("{name} {way}: printed\n{printed}instead of\n{expected}"));
        }
    }
}

/// What is said where another caller than those that tell has called.
const UNTOLD: &str = "what this caller does not tell";

fn is_optimised_out(said: &str) -> bool {
    let reasons = [
        "optimised it away here",
        "optimised it out here",
        "when the function was entered",
        "it is passed on the stack",
        "passed by value, in registers",
        "it is in a register here",
        "only its callers know it",
        "can be seen here",
    ];
    reasons.iter().any(|reason| said.contains(reason))
}

#[test]
fn variables_have_the_values_that_a_debugger_finds() {
    if missing_tool(&["gcc", "clang", "ld", "gdb"]) {
        return;
    }
    let scripts = Script::all();
    assert!(scripts.len() >= SCRIPTS, "only {} scripts were found", scripts.len());
    let mut sum = Sum::default();
    for way in Way::all() {
        let (values, refused) = (sum.values, sum.refused);
        try_way(way, &scripts, &mut sum);
        let (values, refused) = (sum.values - values, sum.refused - refused);
        println!("{way}: {values} values, {refused} scripts refused");
    }
    println!("{} values, {} scripts refused", sum.values, sum.refused);
    assert!(sum.wrong.is_empty(), "{} wrong:\n{}", sum.wrong.len(), sum.wrong.join("\n"));
    let unread: Vec<_> = scripts.iter().filter(|script| !sum.read.contains(&script.name)).collect();
    assert!(unread.is_empty(), "{} is refused in all ways", unread[0].name);
    assert!(sum.values >= VALUES, "only {} values were read", sum.values);
}
