//! The modules of a kernel: which there are, where their files and debug information are, and what is
//! known of each, opened when the first question is asked.

use std::{
    cell::{Cell, OnceCell, RefCell},
    collections::{BTreeMap, HashMap},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, anyhow, bail};
use stapc_debuginfo::{
    Btf, Dwarf, DwarfIndex, Elf, Error, ModuleBtf, NamesOnly, Probeable, Source, Symbols, build_id,
    fits, module_name,
};

use crate::{
    cache::Cache,
    cli::DebugInfo,
    kernel::Kernel,
    knowledge::{self, announce, index, is_running, map},
    programs::debug::by_id,
    report,
};

/// How a module may be packed.
const PACKED: [&str; 3] = [".xz", ".zst", ".gz"];

/// Files from this size on take long enough to be indexed that each is said, and so do so many others.
const LARGE: usize = 32 << 20;
const MANY: usize = 10;

/// The modules of a kernel.
#[derive(Default)]
pub struct Modules {
    /// The files of those that belong to the kernel, by name.
    files: OnceCell<Result<BTreeMap<String, PathBuf>, Error>>,
    /// What is known of those that were asked for.
    opened: RefCell<HashMap<String, Result<&'static dyn Source, Error>>>,
    /// The BTF of the kernel, from which that of each module goes on.
    kernel_btf: OnceCell<Result<&'static Btf<'static>, Error>>,
    /// How many have been indexed now.
    indexed: Cell<usize>,
}

impl Modules {
    /// The modules with names like this, in order, or the one that is in this file.
    ///
    /// # Errors
    /// When there is no such file, or it is not known which modules there are.
    pub fn matching(&self, kernel: &Kernel, pattern: &str) -> Result<Vec<String>, Error> {
        if pattern.contains('/') {
            let path = kernel
                .root
                .real(Path::new(pattern))
                .map_err(|error| Error(format!("cannot open {pattern}: {error}")))?;
            return Ok(vec![path.to_string_lossy().into_owned()]);
        }
        let pattern = module_name(pattern);
        let files = self.files(kernel)?;
        let names: Vec<String> =
            files.keys().filter(|name| fits(&pattern, name)).cloned().collect();
        if names.is_empty() && is_builtin(kernel, &pattern) {
            return Err(Error(format!(
                "it is part of the kernel itself ({}); probe `kernel.function(…)`",
                kernel.release
            )));
        }
        if names.is_empty() {
            return Err(Error(format!("looked for it in {}", folder(kernel).display())));
        }
        Ok(names)
    }

    /// What is known of a module, by its name or the whole path of its file.
    ///
    /// # Errors
    /// When there is no such module, or nothing can be known of it.
    pub fn open(
        &self,
        kernel: &Kernel,
        module: &str,
        (choice, cache): (DebugInfo, &Cache),
    ) -> Result<&dyn Source, Error> {
        let name = if module.contains('/') { module.to_owned() } else { module_name(module) };
        if let Some(known) = self.opened.borrow().get(&name) {
            return known.clone().map(|source| source as &dyn Source);
        }
        let opened = self.file(kernel, &name, cache).and_then(|file| {
            let keep: Keep<'_> = (cache, &|path, size| self.say(path, size));
            let source = self.source(kernel, &file, choice, keep);
            source.map_err(|error| Error(format!("{error:#}")))
        });
        self.opened.borrow_mut().insert(name, opened.clone());
        opened.map(|source| source as &dyn Source)
    }

    /// Says that a file is indexed, if that may take a while.
    fn say(&self, path: &Path, size: usize) {
        self.indexed.set(self.indexed.get() + 1);
        if size >= LARGE {
            announce(path);
        } else if self.indexed.get() == MANY {
            report::note("indexing the debug information of the kernel's modules (once) …");
        }
    }

    /// Opens what the user chose to know of a module: DWARF where it is installed, else BTF, else the
    /// names of its functions.
    fn source(
        &self,
        kernel: &Kernel,
        file: &Path,
        choice: DebugInfo,
        keep: Keep<'_>,
    ) -> Result<&'static dyn Source> {
        let name = module_name(file.file_stem().unwrap_or_default().to_string_lossy().as_ref());
        let missing = match choice {
            DebugInfo::Btf => anyhow!("DWARF is not to be looked at"),
            _ => match dwarf(kernel, file, keep) {
                Ok((elf, dwarf)) => return Ok(probeable(dwarf, elf, &name)),
                Err(error) if choice == DebugInfo::Dwarf => return Err(error),
                Err(error) => error,
            },
        };
        let elf: &'static Elf<'static> = Box::leak(Box::new(unpacked(file)?));
        let names = NamesOnly::of(elf, format!("{missing:#}"));
        Ok(match self.btf(kernel, file, &name) {
            Ok(btf) => probeable(ModuleBtf::new(btf, names), elf, &name),
            Err(_) => probeable(names, elf, &name),
        })
    }

    /// The BTF of a module: of the one that runs, or of its file.
    fn btf(&self, kernel: &Kernel, file: &Path, name: &str) -> Result<Btf<'static>> {
        let open = || match knowledge::btf(kernel) {
            Ok(btf) => Ok(&*Box::leak(Box::new(btf))),
            Err(error) => Err(Error(format!("{error:#}"))),
        };
        let base = self.kernel_btf.get_or_init(open).clone()?;
        let loaded = PathBuf::from(format!("/sys/kernel/btf/{name}"));
        let runs = is_running(kernel) && loaded.exists();
        Ok(Btf::of_module(map(if runs { &loaded } else { file })?, base)?)
    }

    fn files(&self, kernel: &Kernel) -> Result<&BTreeMap<String, PathBuf>, Error> {
        let files = self
            .files
            .get_or_init(|| files(&folder(kernel)).map_err(|error| Error(format!("{error:#}"))));
        files.as_ref().map_err(Clone::clone)
    }

    fn file(&self, kernel: &Kernel, name: &str, cache: &Cache) -> Result<PathBuf, Error> {
        if name.contains('/') {
            let name = Path::new(name);
            // The types of headers are this machine's work.
            return Ok(if cache.holds(name) { name.to_owned() } else { kernel.root.host(name) });
        }
        let file = self.files(kernel)?.get(name).cloned();
        file.ok_or_else(|| Error(format!("kernel {} has no module `{name}`", kernel.release)))
    }
}

/// The folder that a kernel's modules are in: that of its installation, or its build tree.
fn folder(kernel: &Kernel) -> PathBuf {
    let installed = PathBuf::from(format!("/lib/modules/{}", kernel.release));
    let is_installed = kernel.build == kernel.root.host(&installed.join("build"));
    if is_installed { kernel.root.host(&installed) } else { kernel.build.clone() }
}

/// The files of all modules in a folder, by name, as its lists say.
fn files(folder: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let listed = ["modules.dep", "modules.order"].iter().find_map(|list| {
        let text = fs::read_to_string(folder.join(list)).ok()?;
        let paths = text.lines().filter_map(|line| line.split(':').next());
        let files: BTreeMap<String, PathBuf> =
            paths.filter_map(|path| Some((name_of(path)?, folder.join(path)))).collect();
        (!files.is_empty()).then_some(files)
    });
    listed.with_context(|| {
        format!("neither {0}/modules.dep nor {0}/modules.order lists any modules", folder.display())
    })
}

/// The name of the module in a file; none of what is no module.
fn name_of(path: &str) -> Option<String> {
    let file = path.rsplit('/').next()?;
    let file = PACKED.iter().find_map(|end| file.strip_suffix(end)).unwrap_or(file);
    // Build trees list the objects that modules are made of.
    let name = file.strip_suffix(".ko").or_else(|| file.strip_suffix(".o"))?;
    Some(module_name(name))
}

/// Whether the kernel itself has what could be a module of this name.
fn is_builtin(kernel: &Kernel, name: &str) -> bool {
    let text = fs::read_to_string(folder(kernel).join("modules.builtin")).unwrap_or_default();
    text.lines().any(|path| name_of(path).as_deref() == Some(name))
}

/// The cache, and what says that a file of so many bytes is indexed.
type Keep<'k> = (&'k Cache, &'k dyn Fn(&Path, usize));

/// A source beside the symbols of the same file.
fn probeable(source: impl Source + 'static, elf: &Elf<'_>, name: &str) -> &'static dyn Source {
    let symbols = Symbols::parse(String::leak(elf.symbol_map()));
    Box::leak(Box::new(Probeable::new(source, symbols).of_module(elf, format!("module `{name}`"))))
}

/// The DWARF of a module, and the file that it is in.
fn dwarf(
    kernel: &Kernel,
    file: &Path,
    (cache, say): Keep<'_>,
) -> Result<(&'static Elf<'static>, Dwarf<'static>)> {
    let (path, bytes) = debug_file(kernel, file)?;
    let elf: &'static Elf<'static> = Box::leak(Box::new(Elf::open(bytes)?));
    let index: &'static DwarfIndex<'static> =
        Box::leak(Box::new(index(&path, (bytes, elf), cache, || say(&path, bytes.len()))?));
    Ok((elf, Dwarf::open(elf, index).with_context(|| path.display().to_string())?))
}

/// The file with the DWARF of a module: one that was installed for it, of the same build, or itself.
fn debug_file(kernel: &Kernel, file: &Path) -> Result<(PathBuf, &'static [u8])> {
    let own = map(file).ok();
    let id = own.and_then(build_id);
    let mut other_build = None;
    for path in candidates(kernel, file, id.as_deref()) {
        let Ok(bytes) = map(&path) else { continue };
        if !Elf::open(bytes).is_ok_and(|elf| elf.raw_section(".debug_info").is_some()) {
            continue;
        }
        match (&id, build_id(bytes)) {
            (Some(own), Some(other)) if *own != other => other_build = Some(path),
            _ => return Ok((path, bytes)),
        }
    }
    if let Some(path) = other_build {
        bail!("{} is of another build than {}", path.display(), file.display());
    }
    bail!(
        "there is no debug information of {} here\n  help: install it (Debian: `apt-get install linux-image-{}-dbg`)",
        file.display(),
        kernel.release
    )
}

/// Where the DWARF of a module may be.
fn candidates(kernel: &Kernel, file: &Path, id: Option<&[u8]>) -> Vec<PathBuf> {
    let plain = file.with_extension(if is_packed(file) { "" } else { "ko" });
    let absolute = fs::canonicalize(file).unwrap_or_else(|_| plain.clone());
    let root = &kernel.root;
    let mut paths = Vec::new();
    for path in [root.inner(&plain), root.inner(&absolute)] {
        // Packages say /lib or /usr/lib, and mean the same.
        let inner = path.to_string_lossy().replacen("/usr/lib/modules/", "/lib/modules/", 1);
        for debug in ["/usr/lib/debug", "/usr/lib/debug/usr"] {
            paths.push(root.host(Path::new(&format!("{debug}{inner}"))));
            paths.push(root.host(Path::new(&format!("{debug}{inner}.debug"))));
        }
    }
    paths.extend(id.and_then(by_id).map(|path| root.host(&path)));
    paths.push(file.to_owned());
    let named = file.file_name().map(|name| kernel.build.join(name));
    paths.extend(named.filter(|path| path.is_file()));
    paths
}

fn is_packed(file: &Path) -> bool {
    let name = file.to_string_lossy();
    PACKED.iter().any(|end| name.ends_with(end))
}

/// The module itself, which may not be packed.
fn unpacked(file: &Path) -> Result<Elf<'static>> {
    if is_packed(file) {
        bail!(
            "{} is packed, which is not read\n  help: unpack it, and name the whole path of the .ko file",
            file.display()
        );
    }
    Elf::open(map(file)?).with_context(|| file.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_called_after_their_files() {
        assert_eq!(name_of("kernel/net/nf-nat.ko").as_deref(), Some("nf_nat"));
        assert_eq!(name_of("kernel/fs/xfs/xfs.ko.xz").as_deref(), Some("xfs"));
        assert_eq!(name_of("fs/fat/vfat.o").as_deref(), Some("vfat"));
        assert_eq!(name_of("modules.dep"), None);
    }

    #[test]
    fn a_folder_without_lists_is_said_to_have_none() {
        let error = files(Path::new("/dev/null")).unwrap_err();
        assert!(error.to_string().contains("modules.dep"), "{error}");
    }
}
