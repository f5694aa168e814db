//! The guest's root file system.

use std::{
    collections::{HashMap, hash_map::Entry},
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Error, Root, cpio::Archive, program};

/// The program inside the guest, static; made by build.rs.
const AGENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/agent"));

/// What busybox's init does: it starts the agent and reaps whatever is left without a parent.
/// Should the agent end, the guest does too.
const INITTAB: &str = "\
::wait:/etc/agent
::once:/bin/reboot -f
";

/// A file of the host's and its absolute path in the guest.
#[derive(Debug, Clone)]
pub struct GuestFile {
    pub host: PathBuf,
    pub guest: String,
    /// The program that it is, if its loader and shared libraries come along.
    pub program: Option<Program>,
    /// Whether it goes without its debug information.
    pub is_stripped: bool,
}

/// A program, by its path on a machine.
#[derive(Debug, Clone)]
pub struct Program {
    pub path: PathBuf,
    pub root: Root,
}

impl Program {
    /// One of this machine.
    pub fn own(path: &Path) -> Self {
        Self { path: path.to_owned(), root: Root::default() }
    }
}

/// The archive of the guest's files.
pub fn build(files: &[GuestFile]) -> Result<Vec<u8>, Error> {
    let mut archive = Archive::default();
    for path in ["/bin", "/dev", "/proc", "/root", "/sys", "/tmp", "/run", "/var/tmp", "/mnt"] {
        archive.directory(path);
    }
    archive.file("/etc/inittab", 0o644, INITTAB.as_bytes());
    archive.file(
        "/etc/passwd",
        0o644,
        b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n",
    );
    archive.file("/etc/group", 0o644, b"root:x:0:\nnogroup:x:65534:\n");
    archive.file("/etc/agent", 0o755, AGENT);
    archive.symlink("/init", "/bin/busybox");
    archive.symlink("/etc/mtab", "/proc/mounts");
    let host = busybox()?;
    let program = Some(Program::own(&host));
    let busybox = GuestFile { host, guest: "/bin/busybox".to_owned(), program, is_stripped: false };
    for name in applets(&busybox.host)? {
        archive.symlink(&format!("/bin/{name}"), "/bin/busybox");
    }
    let mut libraries = std::collections::BTreeSet::new();
    let mut added = HashMap::new();
    for file in std::iter::once(&busybox).chain(files) {
        add(&mut archive, &mut added, file)?;
        if let Some(Program { path, root }) = &file.program {
            let found = program::libraries(path, root)?;
            libraries.extend(found.into_iter().map(|path| (root.host(&path), path)));
        }
    }
    for (host, library) in libraries {
        let guest = library.to_string_lossy().into_owned();
        let library = GuestFile { host, guest, program: None, is_stripped: false };
        add(&mut archive, &mut added, &library)?;
    }
    Ok(archive.finish())
}

/// Adds a file, of which there is one in the guest as there is one in the host: by its other paths it is
/// there as a link. `added` are those that were added, with their paths in the guest.
fn add(
    archive: &mut Archive,
    added: &mut HashMap<PathBuf, String>,
    file: &GuestFile,
) -> Result<(), Error> {
    let GuestFile { host, guest, program: _, is_stripped } = file;
    let failed = |source| Error::File { path: host.clone(), source };
    match added.entry(fs::canonicalize(host).map_err(failed)?) {
        Entry::Occupied(first) => {
            if first.get() != guest {
                archive.symlink(guest, first.get());
            }
            return Ok(());
        }
        Entry::Vacant(new) => drop(new.insert(guest.clone())),
    }
    let mode = fs::metadata(host).map_err(failed)?.permissions().mode() & 0o7777;
    let mut data = fs::read(host).map_err(failed)?;
    if *is_stripped {
        data = program::stripped(&data)
            .map_err(|why| Error::Program { path: host.clone(), why: why.to_string() })?;
    }
    archive.file(guest, mode, &data);
    Ok(())
}

/// The commands that busybox can be. Links made here cost less than those made in the guest.
fn applets(busybox: &Path) -> Result<Vec<String>, Error> {
    let failed = |source| Error::File { path: busybox.to_owned(), source };
    let output = Command::new(busybox).arg("--list").output().map_err(failed)?;
    let names = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    Ok(names)
}

fn busybox() -> Result<PathBuf, Error> {
    ["/bin/busybox", "/usr/bin/busybox", "/sbin/busybox", "/usr/sbin/busybox"]
        .iter()
        .map(PathBuf::from)
        .find(|path| path.exists())
        .ok_or(Error::NoBusybox)
}
