//! Which kernel a session is for, and where its parts are: build tree, image, debug information.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};
use stapc_vm::Root;

use crate::cache::Cache;

/// A kernel that modules can be built for.
#[derive(Debug, Clone)]
pub struct Kernel {
    /// `uname -r` of it.
    pub release: String,
    /// The build tree for external modules.
    pub build: PathBuf,
    /// A bootable image, where one is known (for a virtual machine).
    pub image: Option<PathBuf>,
    /// An ELF file with DWARF, BTF or both.
    pub vmlinux: Option<PathBuf>,
    /// Addresses and names of its symbols.
    pub system_map: Option<PathBuf>,
    /// The machine whose kernel it is.
    pub root: Root,
}

impl Kernel {
    /// The kernel of the user's choice: a release, or a directory with a kernel's parts; without
    /// one, the running kernel if modules can be built for it, else the newest installed one. A release
    /// is looked for in the root.
    pub fn select(choice: Option<&str>, root: &Root, cache: &Cache) -> Result<Self> {
        match choice {
            Some(choice) if choice.contains('/') || Path::new(choice).is_dir() => {
                Self::in_directory(Path::new(choice), root, cache)
            }
            Some(release) => Self::installed(release, root),
            None => {
                let running = rustix::system::uname().release().to_string_lossy().into_owned();
                Self::installed(&running, root).or_else(|_| Self::newest_installed(root))
            }
        }
    }

    /// The kernel installed under `release` with its headers.
    pub fn installed(release: &str, root: &Root) -> Result<Self> {
        let build = root.host(Path::new(&format!("/lib/modules/{release}/build")));
        if !build.join("Makefile").exists() {
            bail!(
                "no build tree for kernel {release} in {}\n  help: install its headers (Debian: `apt-get install linux-headers-{release}`), \
                 or name another kernel with -r RELEASE or -r DIR",
                build.display()
            );
        }
        let existing =
            |path: String| Some(root.host(Path::new(&path))).filter(|path| path.exists());
        Ok(Self {
            release: release.to_owned(),
            image: existing(format!("/boot/vmlinuz-{release}")),
            vmlinux: existing(format!("/usr/lib/debug/boot/vmlinux-{release}"))
                .or_else(|| existing(format!("/usr/lib/debug/lib/modules/{release}/vmlinux")))
                .or_else(|| existing(format!("/lib/modules/{release}/build/vmlinux"))),
            system_map: existing(format!("/usr/lib/debug/boot/System.map-{release}"))
                .or_else(|| existing(format!("/boot/System.map-{release}"))),
            build,
            root: root.clone(),
        })
    }

    /// The newest kernel with a build tree under `/lib/modules`.
    fn newest_installed(root: &Root) -> Result<Self> {
        let folder = root.host(Path::new("/lib/modules"));
        let has_build = |release: &OsStr| {
            root.exists(&Path::new("/lib/modules").join(release).join("build/Makefile"))
        };
        let mut releases: Vec<(std::time::SystemTime, String)> = fs::read_dir(&folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter(|entry| has_build(&entry.file_name()))
            .filter_map(|entry| {
                let time = entry.metadata().and_then(|data| data.modified()).ok()?;
                Some((time, entry.file_name().into_string().ok()?))
            })
            .collect();
        releases.sort();
        match releases.pop() {
            Some((_, release)) => Self::installed(&release, root),
            None => bail!(
                "no kernel with a build tree in {}\n  help: install a kernel's headers \
                 (Debian: `apt-get install linux-headers-amd64`), or name a build tree with -r DIR",
                folder.display()
            ),
        }
    }

    /// A kernel given as a directory: a build tree, or a folder with a `build/` tree or its
    /// `build.tar.zst` (unpacked into the cache), and perhaps a `bzImage`.
    pub fn in_directory(dir: &Path, root: &Root, cache: &Cache) -> Result<Self> {
        let dir = fs::canonicalize(dir)
            .with_context(|| format!("cannot open kernel directory {}", dir.display()))?;
        let build = find_build_tree(&dir, cache)?;
        let release = fs::read_to_string(build.join("include/config/kernel.release"))
            .with_context(|| format!("{} is not a configured kernel build tree", build.display()))?
            .trim()
            .to_owned();
        let first = |candidates: &[PathBuf]| candidates.iter().find(|path| path.exists()).cloned();
        Ok(Self {
            image: first(&[dir.join("bzImage"), build.join("arch/x86/boot/bzImage")]),
            vmlinux: first(&[dir.join("vmlinux"), build.join("vmlinux")]),
            system_map: first(&[dir.join("System.map"), build.join("System.map")]),
            release,
            build,
            root: root.clone(),
        })
    }

    /// What tells this kernel's build tree from any other, and from itself after a rebuild.
    pub fn identity(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.release.as_bytes());
        hash.update(self.build.as_os_str().as_encoded_bytes());
        for name in [".config", "Module.symvers", "include/generated/utsrelease.h"] {
            hash.update(stamp(&self.build.join(name)));
        }
        hex(&hash.finalize())
    }
}

/// Size and time of a file, as text: changes when the file does.
pub fn stamp(path: &Path) -> String {
    use std::os::unix::fs::MetadataExt as _;
    match fs::metadata(path) {
        Ok(data) => format!("{}:{}:{}:{}", data.len(), data.mtime(), data.mtime_nsec(), data.ino()),
        Err(_) => "absent".to_owned(),
    }
}

/// Lower-case hexadecimal digits of the first 16 bytes.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The build tree in `dir`, unpacked first where it is an archive.
fn find_build_tree(dir: &Path, cache: &Cache) -> Result<PathBuf> {
    for candidate in [dir.to_owned(), dir.join("build")] {
        if candidate.join("Makefile").exists() && candidate.join(".config").exists() {
            return Ok(candidate);
        }
    }
    let archive = dir.join("build.tar.zst");
    if !archive.exists() {
        bail!("{} holds neither a kernel build tree nor a build.tar.zst of one", dir.display());
    }
    let key = format!(
        "kernels/{}",
        hex(&Sha256::digest(format!("{}{}", dir.display(), stamp(&archive))))
    );
    let unpacked = cache.directory::<anyhow::Error>(&key, |at| {
        eprintln!("Unpacking the build tree of {} …", dir.display());
        let status = Command::new("tar")
            .args(["--zstd", "-xf"])
            .arg(&archive)
            .arg("-C")
            .arg(at)
            .status()
            .context("cannot run tar")?;
        if status.success() { Ok(()) } else { bail!("tar could not unpack {}", archive.display()) }
    })?;
    let build = unpacked.join("build");
    if build.join("Makefile").exists() {
        Ok(build)
    } else {
        bail!("{} has no build/ directory in it", archive.display())
    }
}
