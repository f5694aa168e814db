//! What is known of the kernel, its debug information opened when the first question is asked; and of
//! programs, which are asked about here too.

use std::{
    cell::OnceCell,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, anyhow, bail};
use memmap2::Mmap;
use stapc_debuginfo::{
    Btf, Dwarf, DwarfIndex, Elf, Error, Object, Objects, Probeable, Source, Symbols, build_id,
};
use stapd::SessionArgs;

use crate::{
    cache::Cache,
    cli::{DebugInfo, Input},
    headers,
    kernel::{Kernel, hex, stamp},
    modules::Modules,
    programs::Programs,
    progress::Progress,
    report,
};

/// The kernel of a compilation and its debug information.
pub struct Knowledge<'a> {
    input: &'a Input,
    cache: &'a Cache,
    kernel: OnceCell<Result<Kernel>>,
    info: OnceCell<Result<Box<dyn Source>>>,
    modules: Modules,
    config: OnceCell<String>,
    programs: Programs<'a>,
}

impl<'a> Knowledge<'a> {
    /// Of the kernel that the command line names; not looked for yet.
    pub fn new(input: &'a Input, cache: &'a Cache) -> Self {
        let (kernel, info, config) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        let (modules, programs) = (Modules::default(), Programs::new(input.root.root(), cache));
        Self { input, cache, kernel, info, modules, config, programs }
    }

    /// Has the programs know what a session will be about.
    ///
    /// # Errors
    /// When that is a process, and the programs are another machine's.
    pub fn aim(&self, session: &SessionArgs) -> Result<()> {
        self.programs.aim(session)
    }

    /// The programs.
    pub fn known_programs(&self) -> &Programs<'a> {
        &self.programs
    }

    /// The kernel.
    ///
    /// # Errors
    /// When there is none.
    pub fn kernel(&self) -> Result<&Kernel> {
        let select =
            || Kernel::select(self.input.kernel.as_deref(), self.programs.root(), self.cache);
        self.kernel.get_or_init(select).as_ref().map_err(|error| anyhow!("{error:#}"))
    }

    /// The kernel's release. Of a kernel that nothing can be built for: the name that the command
    /// line gives it, or that of the running one.
    pub fn release(&self) -> String {
        let named = self.input.kernel.as_ref().filter(|name| !name.contains('/'));
        match (self.kernel(), named) {
            (Ok(kernel), _) => kernel.release.clone(),
            (Err(_), Some(name)) => name.clone(),
            (Err(_), None) => running(),
        }
    }

    /// The value of an option of the kernel's configuration, as its `.config` has it.
    pub fn config(&self, name: &str) -> Option<String> {
        let text = self.config.get_or_init(|| {
            let build = self.kernel().ok().map(|kernel| kernel.build.join(".config"));
            let boot = || PathBuf::from(format!("/boot/config-{}", self.release()));
            let text = build.and_then(|path| fs::read_to_string(path).ok());
            text.or_else(|| fs::read_to_string(self.programs.root().host(&boot())).ok())
                .unwrap_or_default()
        });
        option(text, name)
    }

    /// Why a question could not be answered, if one could not.
    pub fn failure(&self) -> Option<anyhow::Error> {
        match self.info.get() {
            Some(Err(error)) => Some(anyhow!("{error:#}")),
            _ => None,
        }
    }

    /// The kernel that modules are asked for of.
    fn of_modules(&self) -> Result<&Kernel, Error> {
        self.kernel().map_err(|error| Error(format!("{error:#}")))
    }

    fn info(&self) -> Result<&dyn Source, Error> {
        let info = self.info.get_or_init(|| open(self.kernel()?, self.input.debuginfo, self.cache));
        info.as_deref().map_err(|error| Error(format!("{error:#}")))
    }
}

/// The release of the running kernel.
pub(crate) fn running() -> String {
    rustix::system::uname().release().to_string_lossy().into_owned()
}

/// Whether a kernel is the one of this machine that runs.
pub(crate) fn is_running(kernel: &Kernel) -> bool {
    kernel.root.folder().is_none() && kernel.release == running()
}

/// The value of an option in the text of a configuration.
fn option(text: &str, name: &str) -> Option<String> {
    let value = |line: &str| line.strip_prefix(name)?.strip_prefix('=').map(str::to_owned);
    text.lines().find_map(value)
}

/// Opens the source of the user's choice; if there is a choice, DWARF, which knows more, where it is
/// installed.
fn open(kernel: &Kernel, choice: DebugInfo, cache: &Cache) -> Result<Box<dyn Source>> {
    let symbols = symbols(kernel);
    if choice != DebugInfo::Btf {
        match dwarf(kernel, cache) {
            Ok(dwarf) => return Ok(Box::new(Probeable::new(dwarf, symbols))),
            Err(error) if choice == DebugInfo::Dwarf => return Err(error),
            Err(_) => {}
        }
    }
    Ok(Box::new(Probeable::new(btf(kernel)?, symbols)))
}

/// The symbols of the kernel; none if its System.map is not here, and the source is believed then.
fn symbols(kernel: &Kernel) -> Symbols<'static> {
    let text = kernel.system_map.as_deref().and_then(|path| map(path).ok());
    Symbols::parse(text.and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default())
}

/// The BTF of a kernel.
pub(crate) fn btf(kernel: &Kernel) -> Result<Btf<'static>> {
    let system = Path::new("/sys/kernel/btf/vmlinux");
    let path = if is_running(kernel) && system.exists() { system } else { vmlinux(kernel)? };
    Btf::open(map(path)?).with_context(|| path.display().to_string())
}

fn dwarf(kernel: &Kernel, cache: &Cache) -> Result<Dwarf<'static>> {
    let path = vmlinux(kernel)?;
    let bytes = map(path)?;
    let elf: &'static Elf<'static> = Box::leak(Box::new(Elf::open(bytes)?));
    let index: &'static DwarfIndex<'static> =
        Box::leak(Box::new(index(path, (bytes, elf), cache, || announce(path))?));
    Dwarf::open(elf, index).with_context(|| path.display().to_string())
}

/// Says that a file is looked through, which takes a while.
pub(crate) fn announce(path: &Path) {
    report::note(&format!("indexing the debug information of {} (once) …", path.display()));
}

/// The index of the DWARF of a kernel or module: from the cache, or built now and kept there, which
/// `announce` may say.
pub(crate) fn index(
    path: &Path,
    (bytes, elf): (&[u8], &Elf<'_>),
    cache: &Cache,
    announce: impl FnOnce(),
) -> Result<DwarfIndex<'static>> {
    let key = format!("dwarf/{}.index", identity(path, bytes));
    if let Some(index) = kept(&key, cache) {
        return Ok(index);
    }
    // What has none is refused at once.
    if elf.has_dwarf() {
        announce();
    }
    let progress = Progress::begin();
    let index = DwarfIndex::build(elf, &|done, all| progress.tell(done, all));
    let index = index.with_context(|| path.display().to_string())?;
    // Without a cache the next run builds it again.
    let _ = cache.write(&key, index.as_bytes());
    Ok(index)
}

/// What tells a file with debug information from all others.
pub(crate) fn identity(path: &Path, bytes: &[u8]) -> String {
    build_id(bytes).map_or_else(|| stamp(path), |id| hex(&id))
}

/// An index that the cache has. One of another version is refused, and made anew.
pub(crate) fn kept(key: &str, cache: &Cache) -> Option<DwarfIndex<'static>> {
    DwarfIndex::from_bytes(map(&cache.path(key)).ok()?).ok()
}

fn vmlinux(kernel: &Kernel) -> Result<&Path> {
    match &kernel.vmlinux {
        Some(path) => Ok(path),
        None => bail!(
            "kernel {} has no debug information here\n  help: install it (Debian: `apt-get install linux-image-{0}-dbg`)",
            kernel.release
        ),
    }
}

/// The bytes of a file, mapped for as long as the process runs: each is opened once.
pub(crate) fn map(path: &Path) -> Result<&'static [u8]> {
    let file = fs::File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    // Files of the kernel's own (sysfs) cannot be mapped.
    if path.starts_with("/sys") {
        return Ok(Vec::leak(fs::read(path)?));
    }
    if !file.metadata().is_ok_and(|data| data.is_file()) {
        bail!("{} is no file", path.display());
    }
    // SAFETY: packages and linkers replace programs and debug information; neither is changed in place.
    let map =
        unsafe { Mmap::map(&file) }.with_context(|| format!("cannot map {}", path.display()))?;
    Ok(Box::leak(Box::new(map)))
}

impl Objects for Knowledge<'_> {
    fn open(&self, object: &Object) -> Result<&dyn Source, Error> {
        match object {
            Object::Kernel => self.info(),
            Object::Module(name) => {
                self.modules.open(self.of_modules()?, name, (self.input.debuginfo, self.cache))
            }
            Object::Program(path) => self.programs.open(path),
        }
    }

    fn modules(&self, pattern: &str) -> Result<Vec<String>, Error> {
        self.modules.matching(self.of_modules()?, pattern)
    }

    fn programs(&self, path: &str) -> Result<Vec<String>, Error> {
        self.programs.find(path)
    }

    fn program_of(&self, pid: u32) -> Result<String, Error> {
        self.programs.of_process(pid)
    }

    fn mapped(&self, pid: u32, address: u64) -> Result<(String, u64), Error> {
        self.programs.mapped(pid, address)
    }

    fn target(&self) -> Option<String> {
        self.programs.target()
    }

    fn command(&self) -> Option<String> {
        self.programs.command()
    }

    fn headers(&self, names: &str) -> Result<String, Error> {
        let compiled = match names.strip_prefix("kernel") {
            Some(names) => headers::of_kernel(names, self.of_modules()?, self.cache),
            None => headers::compiled(names, self.programs.root(), self.cache),
        };
        compiled.map_err(|error| Error(format!("{error:#}")))
    }

    fn libraries(&self, program: &str, pattern: &str) -> Result<Vec<String>, Error> {
        self.programs.libraries(program, pattern)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_have_the_values_that_the_configuration_gives_them() {
        let text = "# CONFIG_X is not set\nCONFIG_XY=y\nCONFIG_NAME=\"(none)\"\nCONFIG_M=m\n";
        assert_eq!(option(text, "CONFIG_XY").as_deref(), Some("y"));
        assert_eq!(option(text, "CONFIG_NAME").as_deref(), Some("\"(none)\""));
        assert_eq!(option(text, "CONFIG_M").as_deref(), Some("m"));
        assert_eq!(option(text, "CONFIG_X"), None);
        assert_eq!(option(text, "CONFIG"), None);
    }

    #[test]
    fn a_kernel_that_is_only_named_has_a_release() {
        let cache = Cache::at("/dev/null/cache");
        let input = Input { kernel: Some("9.8.7-none".to_owned()), ..Input::default() };
        let knowledge = Knowledge::new(&input, &cache);
        assert_eq!(knowledge.release(), "9.8.7-none");
        assert_eq!(knowledge.config("CONFIG_SMP"), None);
    }
}
