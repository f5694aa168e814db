//! What is known of user programs: which files scripts mean, and their debug information, opened when the
//! first question is asked.

pub(crate) mod debug;
mod dpkg;
mod libraries;
pub(crate) mod paths;
mod tables;
#[cfg(test)]
mod tests;

use std::{
    cell::{OnceCell, RefCell},
    collections::HashMap,
    path::Path,
};

use anyhow::{Context as _, Result, anyhow, bail};
use stapc_debuginfo::{Dwarf, DwarfIndex, Elf, Error, Program, Source};
use stapc_vm::Root;
use stapd::SessionArgs;
pub use tables::Taken;

use crate::{
    cache::Cache,
    knowledge::{announce, identity, kept, map},
    progress::Progress,
};

/// How many bytes of DWARF are so few that making their index takes no time that anyone notices: it is not
/// kept.
const FEW: usize = 4 << 20;

/// The programs of a compilation.
pub struct Programs<'a> {
    root: Root,
    cache: &'a Cache,
    /// By path.
    opened: RefCell<HashMap<String, Result<&'static dyn Source, Error>>>,
    target: OnceCell<Target>,
}

/// What a session is about, if it is about one program.
struct Target {
    command: Option<String>,
    pid: Option<u32>,
}

impl<'a> Programs<'a> {
    /// Those of a machine, none opened yet.
    pub fn new(root: Root, cache: &'a Cache) -> Self {
        Self { root, cache, opened: RefCell::default(), target: OnceCell::new() }
    }

    /// Has [`Programs::target`] say what a session will be about.
    ///
    /// # Errors
    /// When that is a process, and the programs are another machine's.
    pub fn aim(&self, session: &SessionArgs) -> Result<()> {
        if let Some(pid) = session.target {
            self.processes().map_err(|error| anyhow!("-x {pid}: {}", error.0))?;
        }
        let target = Target { command: session.command.clone(), pid: session.target };
        // A compilation is for one session.
        let _ = self.target.set(target);
        Ok(())
    }

    /// The machine that they are on.
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// Whether there are processes that run the programs.
    fn processes(&self) -> Result<(), Error> {
        match self.root.folder() {
            None => Ok(()),
            Some(folder) => Err(Error(format!(
                "the processes of this machine do not run the programs in {}; leave out --sysroot",
                folder.display()
            ))),
        }
    }

    /// The debug information of a program, by its path.
    ///
    /// # Errors
    /// When it cannot be read, or is no program.
    pub fn open(&self, path: &str) -> Result<&dyn Source, Error> {
        if let Some(known) = self.opened.borrow().get(path) {
            return known.clone().map(|source| source as &dyn Source);
        }
        // The types of headers are this machine's work.
        let is_made = self.cache.holds(Path::new(path));
        let root = if is_made { Root::default() } else { self.root.clone() };
        let opened = open(Path::new(path), &root, self.cache);
        let opened = opened.map_err(|error| Error(format!("{error:#}")));
        self.opened.borrow_mut().insert(path.to_owned(), opened.clone());
        opened.map(|source| source as &dyn Source)
    }

    /// The files that a script means by a path.
    ///
    /// # Errors
    /// When there is none: where it was looked for.
    pub fn find(&self, path: &str) -> Result<Vec<String>, Error> {
        paths::find(&self.root, path)
    }

    /// The file that a process runs.
    ///
    /// # Errors
    /// When there is no such process, or its file cannot be opened by its name.
    pub fn of_process(&self, pid: u32) -> Result<String, Error> {
        self.processes()?;
        paths::of_process(pid)
    }

    /// The file that a process has mapped as code at an address, and where in the file that is.
    ///
    /// # Errors
    /// When there is no such process, or no code of a file there.
    pub fn mapped(&self, pid: u32, address: u64) -> Result<(String, u64), Error> {
        self.processes()?;
        paths::mapped(pid, address)
    }

    /// The program that the session is about.
    pub fn target(&self) -> Option<String> {
        match self.target.get()? {
            Target { command: Some(_), .. } => self.command(),
            Target { pid: Some(pid), .. } => self.of_process(*pid).ok(),
            Target { .. } => None,
        }
    }

    /// The program of the session's command.
    pub fn command(&self) -> Option<String> {
        let word = first_word(self.target.get()?.command.as_deref()?)?;
        let found = self.find(word).ok();
        found.and_then(|found| found.into_iter().next()).or_else(|| Some(word.to_owned()))
    }

    /// The shared libraries of a program with names like this.
    ///
    /// # Errors
    /// When there is none.
    pub fn libraries(&self, program: &str, pattern: &str) -> Result<Vec<String>, Error> {
        libraries::find(program, &self.root, pattern)
    }
}

/// The program that a command of the shell begins with, if it is one simple command.
fn first_word(command: &str) -> Option<&str> {
    let is_special = |character: char| "|&;<>(){}$`\"'\\\n".contains(character);
    let (word, rest) =
        command.trim().split_once(char::is_whitespace).unwrap_or((command.trim(), ""));
    // What is quoted behind it does not change what is run.
    let joins = |character: char| "|&;<>(){}\n".contains(character);
    let is_simple = !word.is_empty() && !word.contains(is_special) && !rest.contains(joins);
    // `NAME=VALUE` is not what is run.
    (is_simple && !word.contains('=')).then_some(word)
}

/// A program's file and what belongs to it.
struct Files {
    bytes: &'static [u8],
    executable: &'static Elf<'static>,
    /// The separate file with its debug information, if it has none itself.
    debug: Option<debug::Found>,
}

/// Opens a program's files for as long as this process runs.
fn files(path: &Path, root: &Root) -> Result<Files> {
    let bytes = map(&root.host(path))?;
    let executable = elf(bytes).with_context(|| path.display().to_string())?;
    if !executable.is_linked() {
        bail!("{}: neither a program nor a shared library", path.display());
    }
    let debug =
        if executable.has_dwarf() { None } else { debug::find(path, root, bytes, executable) };
    Ok(Files { bytes, executable, debug })
}

/// Opens a program for as long as this process runs.
fn open(path: &Path, root: &Root, cache: &Cache) -> Result<&'static dyn Source> {
    let name = path.display().to_string();
    let Files { bytes, executable, debug: found } = files(path, root)?;
    let host = root.host(path);
    let debug = found.as_ref().map(|found| found.elf);
    let (of, at, content) = match &found {
        Some(found) => (found.elf, found.path.as_path(), found.bytes),
        None => (executable, host.as_path(), bytes),
    };
    let dwarf = if of.has_dwarf() {
        dwarf((executable, path), of, (at, root), content, cache)
            .map_err(|error| Error(format!("{name}: {error:#}")))
    } else {
        Err(missing(path, root))
    };
    Ok(Box::leak(Box::new(Program::new(executable, debug, dwarf))))
}

fn elf(bytes: &'static [u8]) -> Result<&'static Elf<'static>, Error> {
    Ok(Box::leak(Box::new(Elf::open(bytes)?)))
}

/// The DWARF of a program, in itself or in a debug file (`of`, at a path of this machine, with its bytes).
fn dwarf(
    (program, program_path): (&'static Elf<'static>, &Path),
    of: &'static Elf<'static>,
    (path, root): (&Path, &Root),
    bytes: &'static [u8],
    cache: &Cache,
) -> Result<Dwarf<'static>> {
    let of = match debug::join_split(program_path, path, root, bytes)? {
        Some(joined) => joined,
        None if of.alternate_link().is_some() => debug::join(path, root, bytes)?,
        None => of,
    };
    let build = || -> Result<DwarfIndex<'static>> {
        let progress = Progress::begin();
        let index = DwarfIndex::build_program(of, &|done, all| progress.tell(done, all));
        index.with_context(|| path.display().to_string())
    };
    let opened = |index| -> Result<Dwarf<'static>, Error> {
        let index: &'static DwarfIndex<'static> = Box::leak(Box::new(index));
        Dwarf::open_beside(of, program, index)
    };
    let size = of.raw_section(".debug_info").map_or(0, <[u8]>::len);
    if size <= FEW {
        return Ok(opened(build()?)?);
    }
    let key = format!("dwarf/program-{}-{size:x}.index", identity(path, bytes));
    if let Some(dwarf) = kept(&key, cache).and_then(|kept| opened(kept).ok()) {
        return Ok(dwarf);
    }
    announce(path);
    let index = build()?;
    // Without a cache the next run builds it again.
    let _ = cache.write(&key, index.as_bytes());
    Ok(opened(index)?)
}

/// What is said of a program without DWARF.
fn missing(path: &Path, root: &Root) -> Error {
    let name = path.display();
    let install = dpkg::owner(path, root).map_or_else(String::new, |package| {
        format!("install it (Debian: `apt-get install {package}-dbgsym`), or ")
    });
    Error(format!("{name} has no debug information; {install}compile it with -g"))
}
