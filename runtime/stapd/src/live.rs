//! The real door: system calls, `/proc`, debugfs.

use std::{
    ffi::CString,
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::fd::{AsFd as _, BorrowedFd},
    path::{Path, PathBuf},
    sync::Arc,
};

use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
    system::{delete_module, init_module},
};

use crate::{
    Cleaned, Error, debugfs,
    door::{Control, Door, Rings, Session},
    module,
};

/// Where sessions have files of their own, and what one is called that takes the standard input.
const FOLDER: &str = "/proc/systemtap";
const INPUT: &str = "__stdin";

/// What says of which CPUs there may ever be.
const POSSIBLE: &str = "/sys/devices/system/cpu/possible";

/// The running kernel.
pub struct Live {
    debugfs: PathBuf,
}

/// Whether sessions can be run here.
pub fn check() -> Result<(), Error> {
    Live::new().map(drop)
}

impl Live {
    /// The running kernel, if this process may load modules into it.
    pub fn new() -> Result<Self, Error> {
        if !rustix::process::geteuid().is_root() {
            return Err(Error::NotRoot);
        }
        if !Path::new("/proc/modules").exists() {
            return Err(Error::NoModules);
        }
        if trimmed("/proc/sys/kernel/modules_disabled").as_deref() == Some("1") {
            return Err(Error::ModulesDisabled);
        }
        if !may_load_modules() {
            return Err(Error::NotAllowed);
        }
        Ok(Self { debugfs: debugfs::find()? })
    }

    /// Until the file is dropped, no other daemon is between loading a module and opening its
    /// files, or looks for modules left behind. The lock is on debugfs itself: it is
    /// the same one for every daemon of this kernel, whatever else of the file system they share.
    fn lock(&self) -> Result<File, Error> {
        let directory = File::open(&self.debugfs).map_err(Error::system("open debugfs"))?;
        flock(&directory, FlockOperation::LockExclusive).map_err(Error::system("lock debugfs"))?;
        Ok(directory)
    }
}

impl Door for Live {
    fn load(&self, image: &[u8], parameters: &str) -> Result<Session, Error> {
        let info = module::info(image)?;
        let parameters = CString::new(parameters).unwrap_or_default();
        let _lock = self.lock()?;
        init_module(image, &parameters).map_err(|error| refused(error, &info))?;
        let directory = self.debugfs.join(&info.name);
        open(&directory).map_err(|(what, source)| {
            // Its files are closed again, and nobody else can have opened them.
            let _ = self.unload(&info.name);
            Error::Session { what, name: info.name, source }
        })
    }

    fn unload(&self, name: &str) -> io::Result<()> {
        Ok(delete_module(&CString::new(name)?, libc::O_NONBLOCK)?)
    }

    fn unload_stale(&self) -> Result<Cleaned, Error> {
        let _lock = self.lock()?;
        let modules =
            fs::read_to_string("/proc/modules").map_err(Error::system("read /proc/modules"))?;
        // The kernel refuses while somebody has one of the session's files open.
        let (removed, in_use) =
            sessions(&modules).map(str::to_owned).partition(|name| self.unload(name).is_ok());
        Ok(Cleaned { removed, in_use })
    }
}

/// Whether this process has the capability CAP_SYS_MODULE.
fn may_load_modules() -> bool {
    const CAP_SYS_MODULE: u32 = 16;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let effective = effective.and_then(|set| u64::from_str_radix(set.trim(), 16).ok());
    effective.is_none_or(|set| set >> CAP_SYS_MODULE & 1 == 1)
}

fn trimmed(path: &str) -> Option<String> {
    Some(fs::read_to_string(path).ok()?.trim().to_owned())
}

/// What an errno of init_module() means.
fn refused(errno: Errno, info: &module::Info) -> Error {
    let running = rustix::system::uname().release().to_string_lossy().into_owned();
    let built_for = info.vermagic.split(' ').next().unwrap_or_default();
    match errno {
        Errno::NOEXEC if built_for != running => {
            Error::OtherKernel { module: built_for.to_owned(), running }
        }
        Errno::KEYREJECTED | Errno::NOKEY | Errno::BADMSG => {
            Error::Unsigned { lockdown: lockdown() }
        }
        Errno::PERM => match lockdown() {
            Some(lockdown) => Error::Unsigned { lockdown: Some(lockdown) },
            None => Error::NotAllowed,
        },
        Errno::NOSYS => Error::NoModules,
        Errno::EXIST => Error::Loaded(info.name.clone()),
        Errno::NOMEM => Error::Memory,
        // What the module itself says: see allocate.c.
        Errno::NOBUFS => Error::MaxMemory,
        _ => Error::Refused { name: info.name.clone(), source: errno.into() },
    }
}

/// The kernel's lockdown in words, if it is on.
fn lockdown() -> Option<String> {
    let text = trimmed("/sys/kernel/security/lockdown")?;
    let level = text.split('[').nth(1)?.split(']').next()?;
    (level != "none").then(|| format!(" (its lockdown is on: {level})"))
}

/// The sessions in the text of `/proc/modules`.
fn sessions(modules: &str) -> impl Iterator<Item = &str> {
    modules
        .lines()
        .filter_map(|line| line.split(' ').next().filter(|name| module::is_session(name)))
}

/// Opens a session's files: else what could not be opened, and why.
fn open(directory: &Path) -> Result<Session, (&'static str, io::Error)> {
    let control = OpenOptions::new().read(true).write(true).open(directory.join("control"));
    let control = control.map_err(|error| ("open the control file", error))?;
    let status =
        File::open(directory.join("status")).map_err(|error| ("open the status file", error))?;
    let possible = trimmed(POSSIBLE).and_then(|list| count_cpus(&list));
    let mut rings = Traces { directory: directory.to_owned(), possible, files: Vec::new() };
    rings.grow().map_err(|error| ("open the trace files", error))?;
    let input = Path::new(FOLDER).join(directory.file_name().unwrap_or_default()).join(INPUT);
    Ok(Session { control: Arc::new(Files { control, status, input }), rings: Box::new(rings) })
}

/// How many CPUs a list such as `0-3,8` has.
fn count_cpus(list: &str) -> Option<usize> {
    let count = |range: &str| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        Some(last.parse::<usize>().ok()?.checked_sub(first.parse().ok()?)? + 1)
    };
    list.split(',').map(count).sum()
}

struct Files {
    control: File,
    status: File,
    input: PathBuf,
}

impl Control for Files {
    fn start(&self) -> io::Result<()> {
        (&self.control).write_all(b"start")
    }

    fn stop(&self) -> io::Result<()> {
        (&self.control).write_all(b"stop")
    }

    fn status(&self) -> io::Result<String> {
        let mut bytes = [0; 4096];
        let count = rustix::io::pread(&self.status, &mut bytes, 0)?;
        Ok(String::from_utf8_lossy(&bytes[..count]).into_owned())
    }

    fn input(&self) -> Option<File> {
        OpenOptions::new().write(true).open(&self.input).ok()
    }

    fn wants_end(&self) -> BorrowedFd<'_> {
        self.control.as_fd()
    }
}

struct Traces {
    directory: PathBuf,
    /// CPUs that there may ever be, where that is known.
    possible: Option<usize>,
    files: Vec<(String, File)>,
}

impl Rings for Traces {
    fn count(&self) -> usize {
        self.files.len()
    }

    fn readable(&self, ring: usize) -> BorrowedFd<'_> {
        self.files[ring].1.as_fd()
    }

    fn read(&self, ring: usize, into: &mut [u8]) -> io::Result<usize> {
        loop {
            match (&self.files[ring].1).read(into) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    fn may_grow(&self) -> bool {
        self.possible.is_none_or(|possible| self.files.len() < possible)
    }

    fn grow(&mut self) -> io::Result<()> {
        for entry in fs::read_dir(&self.directory)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.starts_with("trace") && self.files.iter().all(|(open, _)| *open != name) {
                let file = File::open(self.directory.join(&name))?;
                self.files.push((name, file));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_known_by_their_names() {
        let modules = "stapc_0000000000000001 45056 0 - Live 0x0 (OE)\n\
                       stapc_probe 45056 0 - Live 0x0\nloop 40960 1 stapc_0000000000000001, Live 0x0\n";
        assert_eq!(sessions(modules).collect::<Vec<_>>(), ["stapc_0000000000000001"]);
    }

    #[test]
    fn lists_of_cpus_are_counted() {
        assert_eq!(count_cpus("0"), Some(1));
        assert_eq!(count_cpus("0-3,8"), Some(5));
        assert_eq!(count_cpus("3-1"), None);
        assert_eq!(count_cpus(""), None);
    }

    #[test]
    fn what_the_kernel_says_has_a_meaning() {
        let info = |vermagic: &str| module::Info {
            name: "stapc_0".to_owned(),
            vermagic: vermagic.to_owned(),
        };
        assert!(
            matches!(refused(Errno::NOEXEC, &info("1.2.3 SMP")), Error::OtherKernel { module, .. } if module == "1.2.3")
        );
        let here = rustix::system::uname().release().to_string_lossy().into_owned();
        assert!(matches!(refused(Errno::NOEXEC, &info(&here)), Error::Refused { .. }));
        assert!(matches!(refused(Errno::KEYREJECTED, &info("")), Error::Unsigned { .. }));
        assert!(matches!(refused(Errno::NOSYS, &info("")), Error::NoModules));
    }
}
