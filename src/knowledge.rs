//! What is known of the kernel: its debug information, opened when the first question is asked.

use std::{cell::OnceCell, fs, path::Path};

use anyhow::{Context as _, Result, anyhow, bail};
use memmap2::Mmap;
use stapc_debuginfo::{Btf, Error, Function, KernelInfo, Member, Type, TypeId};

use crate::{
    cache::Cache,
    cli::{DebugInfo, Input},
    kernel::Kernel,
};

/// The kernel of a compilation and its debug information.
pub struct Knowledge {
    kernel: Result<Kernel>,
    choice: DebugInfo,
    info: OnceCell<Result<Box<dyn KernelInfo>>>,
}

impl Knowledge {
    /// Of the kernel that the command line names.
    pub fn new(input: &Input, cache: &Cache) -> Self {
        Self { kernel: Kernel::select(input.kernel.as_deref(), cache), choice: input.debuginfo, info: OnceCell::new() }
    }

    /// The kernel.
    ///
    /// # Errors
    /// When there is none.
    pub fn kernel(&self) -> Result<&Kernel> {
        self.kernel.as_ref().map_err(|error| anyhow!("{error:#}"))
    }

    /// Ticks of the kernel in a second; a usual figure where that is not known.
    pub fn hz(&self) -> u64 {
        let config = self.kernel.as_ref().ok().and_then(|kernel| fs::read_to_string(kernel.build.join(".config")).ok());
        let line = |text: &String| text.lines().find_map(|line| line.strip_prefix("CONFIG_HZ=")?.parse().ok());
        config.as_ref().and_then(line).unwrap_or(250)
    }

    /// Why a question could not be answered, if one could not.
    pub fn failure(&self) -> Option<anyhow::Error> {
        match self.info.get() {
            Some(Err(error)) => Some(anyhow!("{error:#}")),
            _ => None,
        }
    }

    fn info(&self) -> Result<&dyn KernelInfo, Error> {
        let info = self.info.get_or_init(|| open(self.kernel()?, self.choice));
        info.as_deref().map_err(|error| Error(format!("{error:#}")))
    }
}

fn open(kernel: &Kernel, choice: DebugInfo) -> Result<Box<dyn KernelInfo>> {
    if choice == DebugInfo::Dwarf {
        bail!("unsupported: --debuginfo=dwarf");
    }
    let running = kernel.release == rustix::system::uname().release().to_string_lossy();
    let system = Path::new("/sys/kernel/btf/vmlinux");
    let path = match &kernel.vmlinux {
        _ if running && system.exists() => system,
        Some(path) => path,
        None => bail!(
            "kernel {} has no debug information here\n  help: install it (Debian: `apt-get install linux-image-{0}-dbg`)",
            kernel.release
        ),
    };
    let btf = Btf::open(map(path)?).with_context(|| format!("{}", path.display()))?;
    Ok(Box::new(btf))
}

/// The bytes of a file, mapped for as long as the process runs: debug information is opened once.
fn map(path: &Path) -> Result<&'static [u8]> {
    let file = fs::File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    // Files of the kernel's own (sysfs) cannot be mapped.
    if path.starts_with("/sys") {
        return Ok(Vec::leak(fs::read(path)?));
    }
    // SAFETY: installed debug information is not changed in place; packages replace files.
    let map = unsafe { Mmap::map(&file) }.with_context(|| format!("cannot map {}", path.display()))?;
    Ok(Box::leak(Box::new(map)))
}

impl KernelInfo for Knowledge {
    fn source(&self) -> &str {
        self.info().map_or("nothing", |info| info.source())
    }

    fn function(&self, name: &str) -> Result<Option<Function>, Error> {
        self.info()?.function(name)
    }

    fn functions_like(&self, name: &str) -> Vec<String> {
        self.info().map(|info| info.functions_like(name)).unwrap_or_default()
    }

    fn ty(&self, ty: TypeId) -> Result<Type, Error> {
        self.info()?.ty(ty)
    }

    fn member(&self, ty: TypeId, name: &str) -> Result<Option<Member>, Error> {
        self.info()?.member(ty, name)
    }

    fn members(&self, ty: TypeId) -> Result<Vec<String>, Error> {
        self.info()?.members(ty)
    }
}
