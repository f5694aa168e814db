//! What the places of variables become: the IR of scripts over objects that are compiled here.
//!
//! Each script in `locations` says in its first lines what is compiled for it, and what is expected, which stands
//! beside it in `NAME.ir` or `NAME.errors`:
//!
//! - `# object: FILE COMPILER OPTIONS SHAPE`: a source in `locations`, what compiles it (`gcc` or `clang`), and as
//!   what it is linked: as the `kernel`, whose functions are probed, or, for `process("/p")`, as a program that may lie
//!   anywhere (`pie`) or not (`fixed`), or as a `library`.
//! - `# test: ir`: the IR as it is lowered. `# test: errors`: what a user is told.
//!
//! `<NAME>` in a script stands for the line of the source that ends with `at: NAME`.
//!
//! What depends on where a linker puts things is taken out of the IR: the offsets of probes are 0, and the distance of a
//! symbol from what it is counted from is written as the symbol. Which register holds what is up to the compiler,
//! so that an expectation holds for one major version of it, those of `locations/compilers`; what another one compiles
//! is not tried, which is said. `STAPC_BLESS=1` writes the expectations anew, and what they were made with.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use object::{
    Endianness, Object as _, ObjectSection as _, ObjectSegment as _, ObjectSymbol as _,
    read::elf::ElfFile64,
};
use stapc_debuginfo::{Dwarf, DwarfIndex, Elf, Error, Object, Objects, Program, Source};
use stapc_ir::{Attach, Base, Module};

use super::{KERNEL, KERNEL_FLAGS, compile, folder, link_as_kernel, marked, missing_tool, succeed};

/// How many scripts there must be.
const SCRIPTS: usize = 120;

/// The path of what is no kernel.
const PATH: &str = "/p";

/// As what an object is linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Shape {
    Kernel,
    Pie,
    Fixed,
    Library,
}

/// What is compiled for a script.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    source: String,
    compiler: String,
    options: Vec<String>,
    shape: Shape,
}

impl Way {
    fn parse(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let [source, compiler @ ("gcc" | "clang"), options @ .., shape] = words.as_slice() else {
            return Err(format!("`{text}` is no object"));
        };
        let shape = match *shape {
            "kernel" => Shape::Kernel,
            "pie" => Shape::Pie,
            "fixed" => Shape::Fixed,
            "library" => Shape::Library,
            other => return Err(format!("`{other}` is no shape")),
        };
        let known =
            |option: &&str| ["-O", "-gdwarf-"].iter().any(|known| option.starts_with(known));
        if let Some(option) = options.iter().find(|option| !known(option)) {
            return Err(format!("the option `{option}`"));
        }
        let options = options.iter().map(|&option| option.to_owned()).collect();
        Ok(Self { source: (*source).to_owned(), compiler: (*compiler).to_owned(), options, shape })
    }

    /// The bytes of the object.
    fn build(&self, scratch: &Path) -> Vec<u8> {
        let (object, linked) = (scratch.join("object"), scratch.join("linked"));
        let mut build = Command::new(&self.compiler);
        let sources = folder().join("locations");
        build.arg(format!("-fdebug-prefix-map={}=/s", sources.display())).current_dir(sources);
        build.args(&self.options).arg(&self.source);
        let shape = match self.shape {
            Shape::Kernel => {
                succeed(build.args(KERNEL_FLAGS.split(' ')).arg("-c").arg("-o").arg(&object));
                link_as_kernel(&object, KERNEL, &linked);
                return fs::read(&linked).unwrap();
            }
            Shape::Pie => ["-fpie", "-pie"],
            Shape::Fixed => ["-fno-pie", "-no-pie"],
            Shape::Library => ["-fPIC", "-shared"],
        };
        build.args(shape).args(["-ffreestanding", "-fno-stack-protector"]);
        // A library says which C library it is for.
        build.args(["-nostdlib"].iter().filter(|_| self.shape != Shape::Library));
        succeed(build.args(["-Wl,-e,0", "-o"]).arg(&linked));
        fs::read(&linked).unwrap()
    }
}

/// A script and what it says of itself.
struct Script {
    path: PathBuf,
    text: String,
    way: Way,
    kind: String,
}

impl Script {
    fn read(path: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(path).unwrap();
        let (mut way, mut kind) = (None, None);
        for line in text.lines().map_while(|line| line.strip_prefix("# ")) {
            match line.split_once(": ") {
                Some(("object", object)) => way = Some(Way::parse(object)?),
                Some(("test", test @ ("ir" | "errors"))) => kind = Some(test.to_owned()),
                Some((key, _)) if !key.contains(' ') => return Err(format!("the key `{key}`")),
                _ => {}
            }
        }
        let (Some(way), Some(kind)) = (way, kind) else {
            return Err("it does not say what is compiled, or what is tested".to_owned());
        };
        let program = fs::read_to_string(folder().join("locations").join(&way.source)).unwrap();
        Ok(Self { path: path.to_owned(), text: marked(&text, &program), way, kind })
    }

    fn name(&self) -> String {
        self.path.file_name().unwrap().to_string_lossy().into_owned()
    }

    /// What is to be compared.
    fn outcome(&self, object: &Linked<'_>) -> Result<String, String> {
        match (compile(&self.name(), &self.text, object), self.kind.as_str()) {
            (Ok(module), "ir") => Ok(object.text(module)),
            (Err(said), "errors") => Ok(said),
            (Ok(_), _) => Err("nothing is wrong with it".to_owned()),
            (Err(said), _) => Err(said),
        }
    }

    fn check(&self, object: &Linked<'_>, bless: bool) -> Result<(), String> {
        let beside = self.path.with_extension(&self.kind);
        let actual = self.outcome(object).map_err(|said| format!("{}: {said}", self.name()))?;
        if bless {
            fs::write(&beside, &actual).unwrap();
        }
        let expected = fs::read_to_string(&beside).unwrap_or_default();
        if actual == expected {
            return Ok(());
        }
        Err(format!("{}: expected\n{expected}\nbut it is\n{actual}", self.name()))
    }
}

/// An object as scripts are compiled over it.
struct Linked<'a> {
    file: ElfFile64<'a, Endianness>,
    source: &'a dyn Source,
    shape: Shape,
}

impl Objects for Linked<'_> {
    fn open(&self, object: &Object) -> Result<&dyn Source, Error> {
        match (object, self.shape) {
            (Object::Kernel, Shape::Kernel) => Ok(self.source),
            (Object::Program(path), Shape::Pie | Shape::Fixed | Shape::Library) if path == PATH => {
                Ok(self.source)
            }
            (object, _) => Err(Error(format!("nothing is known of {object:?}"))),
        }
    }

    fn programs(&self, path: &str) -> Result<Vec<String>, Error> {
        if path == PATH { Ok(vec![path.to_owned()]) } else { Err(Error("another".to_owned())) }
    }
}

impl Linked<'_> {
    /// The IR, without where things lie.
    fn text(&self, mut module: Module) -> String {
        // Addresses are counted from where the kernel begins, or from what was hit.
        let mut counted_from = BTreeSet::from([KERNEL]);
        for probe in &mut module.probes {
            let code = match &mut probe.attach {
                Attach::Entry(code)
                | Attach::Call(code)
                | Attach::Return(code, _)
                | Attach::Statement(code) => code,
                _ => continue,
            };
            if let Base::Program(_) = code.base {
                counted_from.insert(self.address(code.offset));
            }
            code.offset = 0;
        }
        let text = stapc_ir::print(&module);
        let (mut out, mut is_counted) = (String::new(), false);
        for line in text.lines().filter(|line| !line.starts_with("limit ")) {
            let named = if is_counted { self.line(line, &counted_from) } else { None };
            out += &format!("{}\n", named.as_deref().unwrap_or(line));
            is_counted = line.contains(" = symbol \"_stext\"") || line.contains(" = probeaddr");
        }
        out
    }

    /// The address of a byte of the file.
    fn address(&self, offset: u64) -> u64 {
        let within = self.file.segments().find_map(|segment| {
            let (start, size) = segment.file_range();
            let within = offset.checked_sub(start).filter(|&within| within < size)?;
            Some(segment.address() + within)
        });
        within.unwrap()
    }

    /// A line with a number, which is the distance of something from one of some addresses, with the name of that.
    fn line(&self, line: &str, counted_from: &BTreeSet<u64>) -> Option<String> {
        let (before, rest) = line.split_once("iconst ")?;
        let (number, behind) = rest.split_once(' ')?;
        let distance: i64 = number.parse().unwrap();
        let mut addresses = counted_from.iter().map(|from| from.wrapping_add_signed(distance));
        let name =
            addresses.find_map(|address| self.symbol(address).or_else(|| self.section(address)));
        name.map(|name| format!("{before}iconst &{name} {behind}"))
    }

    /// The variable or function that an address is in, and the bytes from its start.
    fn symbol(&self, address: u64) -> Option<String> {
        let mut symbols = self.file.symbols();
        symbols.find_map(|symbol| {
            let within = address.checked_sub(symbol.address())?;
            let named = [object::SymbolKind::Data, object::SymbolKind::Text];
            let is_within = named.contains(&symbol.kind()) && within < symbol.size();
            // A compiler numbers what several functions have.
            let name = symbol.name().ok()?.trim_end_matches(|c: char| c.is_ascii_digit());
            let more = if within == 0 { String::new() } else { format!("+{within}") };
            is_within.then(|| name.trim_end_matches('.').to_owned() + &more)
        })
    }

    /// The section that an address is in.
    fn section(&self, address: u64) -> Option<String> {
        let mut sections = self.file.sections().filter(|section| section.address() > 0);
        let around = sections.find(|section| {
            address.checked_sub(section.address()).is_some_and(|within| within < section.size())
        });
        Some(around?.name().ok()?.to_owned())
    }
}

/// The major version of a compiler.
fn version(compiler: &str) -> String {
    let said = succeed(Command::new(compiler).arg("-dumpversion"));
    said.trim().split('.').next().unwrap().to_owned()
}

/// The compilers that expectations hold for, and their versions.
fn blessed() -> BTreeMap<String, String> {
    let text = fs::read_to_string(folder().join("locations/compilers")).unwrap_or_default();
    let lines = text.lines().filter_map(|line| line.split_once(' '));
    lines.map(|(compiler, version)| (compiler.to_owned(), version.to_owned())).collect()
}

fn check_all(way: &Way, scripts: &[&Script], bless: bool) -> Vec<String> {
    let scratch = tempfile::tempdir().unwrap();
    let bytes = way.build(scratch.path());
    let elf = Elf::open(&bytes).unwrap();
    let is_kernel = way.shape == Shape::Kernel;
    let index = match is_kernel {
        true => DwarfIndex::build(&elf, &|_, _| ()).unwrap(),
        false => DwarfIndex::build_program(&elf, &|_, _| ()).unwrap(),
    };
    let open = || Dwarf::open(&elf, &index).unwrap();
    let (kernel, program) = (open(), Program::new(&elf, None, Ok(open())));
    let source: &dyn Source = if is_kernel { &kernel } else { &program };
    let file = ElfFile64::parse(&*bytes).unwrap();
    let object = Linked { file, source, shape: way.shape };
    scripts.iter().filter_map(|script| script.check(&object, bless).err()).collect()
}

#[test]
fn places_become_the_ir_that_is_expected() {
    if missing_tool(&["gcc", "clang", "ld"]) {
        return;
    }
    let bless = env::var_os("STAPC_BLESS").is_some_and(|value| value == "1");
    let found = ["gcc", "clang"].map(|name| (name.to_owned(), version(name)));
    if bless {
        let lines = found.iter().map(|(name, version)| format!("{name} {version}\n"));
        fs::write(folder().join("locations/compilers"), lines.collect::<String>()).unwrap();
    }
    let (found, blessed) = (BTreeMap::from(found), blessed());
    let (mut ways, mut wrong): (BTreeMap<Way, Vec<Script>>, Vec<String>) = Default::default();
    let mut asked = BTreeSet::new();
    for path in files("stp") {
        match Script::read(&path) {
            Ok(script) => {
                asked.insert(path.with_extension(&script.kind));
                ways.entry(script.way.clone()).or_default().push(script);
            }
            Err(why) => wrong.push(format!("{}: {why}", path.display())),
        }
    }
    let count: usize = ways.values().map(Vec::len).sum();
    let strays = ["ir", "errors"].into_iter().flat_map(files).filter(|path| !asked.contains(path));
    wrong.extend(strays.map(|path| format!("{}: no script asks for this", path.display())));
    for (way, scripts) in &ways {
        let (compiler, scripts) = (&way.compiler, scripts.iter().collect::<Vec<_>>());
        if found[compiler] != blessed[compiler] {
            let (found, blessed) = (&found[compiler], &blessed[compiler]);
            let count = scripts.len();
            eprintln!("skipped: {count} scripts are for {compiler} {blessed}, here is {found}");
            continue;
        }
        wrong.extend(check_all(way, &scripts, bless));
    }
    assert!(wrong.is_empty(), "{}\n(STAPC_BLESS=1 writes them anew)", wrong.join("\n\n"));
    assert!(count >= SCRIPTS, "only {count} scripts were found");
}

/// The files of a kind in `locations`, in order.
fn files(kind: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(folder().join("locations")).unwrap();
    let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == kind));
    paths.sort();
    paths
}
