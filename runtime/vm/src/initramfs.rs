//! The guest's root file system.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use crate::{Error, cpio::Archive, program};

/// The program inside the guest, static; made by build.rs.
const AGENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/agent"));

/// What busybox's init does. It also reaps whatever is left without a parent.
const INITTAB: &str = "\
::sysinit:/etc/prepare
::once:/etc/serve
";

const PREPARE: &str = "\
#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs devtmpfs /dev
/bin/busybox mount -t debugfs debugfs /sys/kernel/debug
/bin/busybox mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null
/bin/busybox mkdir -p /dev/pts /dev/shm
/bin/busybox mount -t devpts devpts /dev/pts 2>/dev/null
/bin/busybox --install -s /bin
/bin/busybox ip link set lo up 2>/dev/null
/bin/busybox stty -F /dev/ttyS1 raw -echo
echo 7 >/proc/sys/kernel/printk
";

const SERVE: &str = "\
#!/bin/busybox sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb
cd /root
/etc/agent
echo \"stapc-vm: the agent ended with status $?\"
poweroff -f
";

/// A file of the host's and its absolute path in the guest.
#[derive(Debug, Clone)]
pub struct GuestFile {
    pub host: PathBuf,
    pub guest: String,
    /// Whether its loader and shared libraries come along.
    pub program: bool,
}

/// The archive of the guest's files.
pub fn build(files: &[GuestFile]) -> Result<Vec<u8>, Error> {
    let mut archive = Archive::default();
    for path in ["/bin", "/dev", "/proc", "/root", "/sys", "/tmp", "/run", "/var/tmp", "/mnt"] {
        archive.directory(path);
    }
    archive.file("/etc/inittab", 0o644, INITTAB.as_bytes());
    archive.file("/etc/prepare", 0o755, PREPARE.as_bytes());
    archive.file("/etc/serve", 0o755, SERVE.as_bytes());
    archive.file("/etc/passwd", 0o644, b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n");
    archive.file("/etc/group", 0o644, b"root:x:0:\nnogroup:x:65534:\n");
    archive.file("/etc/agent", 0o755, AGENT);
    archive.symlink("/init", "/bin/busybox");
    archive.symlink("/bin/sh", "/bin/busybox");
    archive.symlink("/etc/mtab", "/proc/mounts");
    let busybox = GuestFile { host: busybox()?, guest: "/bin/busybox".to_owned(), program: true };
    let mut libraries = std::collections::BTreeSet::new();
    for file in std::iter::once(&busybox).chain(files) {
        add(&mut archive, &file.host, &file.guest)?;
        if file.program {
            libraries.extend(program::libraries(&file.host)?);
        }
    }
    for library in libraries {
        add(&mut archive, &library, &library.to_string_lossy())?;
    }
    Ok(archive.finish())
}

fn add(archive: &mut Archive, host: &Path, guest: &str) -> Result<(), Error> {
    let failed = |source| Error::File { path: host.to_owned(), source };
    let mode = fs::metadata(host).map_err(failed)?.permissions().mode() & 0o7777;
    archive.file(guest, mode, &fs::read(host).map_err(failed)?);
    Ok(())
}

fn busybox() -> Result<PathBuf, Error> {
    ["/bin/busybox", "/usr/bin/busybox", "/sbin/busybox", "/usr/sbin/busybox"]
        .iter()
        .map(PathBuf::from)
        .find(|path| path.exists())
        .ok_or(Error::NoBusybox)
}
