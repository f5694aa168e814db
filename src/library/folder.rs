//! Which files of a library folder count, and what tells whether they have changed.
//!
//! As with SystemTap: of a kernel `6.1.0-56-amd64`, beside the folder itself, the folders in it that
//! are named for the kernel's version (`6.1.0-56-amd64`, `6.1.0`, `6.1`), for the architecture, or
//! for the latter within one of the former; and the same within `linux`, which are the ones that need
//! this runtime. The more special come first.

use std::{
    fs::{self, DirEntry},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

/// What a file of the library holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Script: `.stp`
    Script,
    /// Macros for everybody: `.stpm`
    Macros,
}

impl Sort {
    /// What a file of this name holds; none if it is not of the library.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "stp" => Some(Self::Script),
            "stpm" => Some(Self::Macros),
            _ => None,
        }
    }
}

/// A file of a library folder.
#[derive(Debug)]
pub struct File {
    /// Where it is.
    pub path: PathBuf,
    /// What it holds.
    pub sort: Sort,
    /// Size, and time of the last change in seconds and nanoseconds; none if it cannot be told.
    stamp: Option<(u64, i64, i64)>,
}

/// The files that count of a folder, for an architecture as Rust names it and a kernel whose release
/// is asked for only if there are folders for particular versions.
///
/// # Errors
/// When the folder cannot be read.
pub fn files(root: &Path, arch: &str, release: impl Fn() -> String) -> io::Result<Vec<File>> {
    let top = Listing::of(root)?;
    let below =
        |name: &str| top.folders.iter().any(|folder| folder == name).then(|| root.join(name));
    let linux = below("linux").and_then(|path| Some((Listing::of(&path).ok()?, path)));
    let mut found = Vec::new();
    if let Some((listing, path)) = linux {
        found.extend(special(&path, &listing, arch, &release));
        found.extend(listing.files);
    }
    found.extend(special(root, &top, arch, &release));
    found.extend(top.files);
    Ok(found)
}

/// What tells the present state of a folder's files from any other.
pub fn state(root: &Path, files: &[File]) -> String {
    let mut hash = DefaultHasher::new();
    let root = root.as_os_str().len();
    for File { path, stamp, .. } in files {
        path.as_os_str().as_encoded_bytes().get(root..).hash(&mut hash);
        stamp.hash(&mut hash);
    }
    format!("{:016x}", hash.finish())
}

/// The files in the folders for particular kernels and architectures.
fn special(root: &Path, listing: &Listing, arch: &str, release: &dyn Fn() -> String) -> Vec<File> {
    let arch = kernel_arch(arch);
    let mut folders = Vec::new();
    let numbered = |name: &String| name.starts_with(|c: char| c.is_ascii_digit());
    if listing.folders.iter().any(numbered) {
        for version in versions(&release()).filter(|version| listing.folders.contains(version)) {
            folders.push(format!("{version}/{arch}"));
            folders.push(version);
        }
    }
    folders.push(arch.to_owned());
    let there = |name: &String| name.contains('/') || listing.folders.contains(name);
    let listings =
        folders.iter().filter(|name| there(name)).map(|name| Listing::of(&root.join(name)));
    listings.flatten().flat_map(|listing| listing.files).collect()
}

/// A kernel's release and the shorter and shorter beginnings that folders may be named for.
fn versions(release: &str) -> impl Iterator<Item = String> + use<> {
    let base = release.split('-').next().unwrap_or_default();
    let shorter = std::iter::successors(Some(base), |version| {
        version.rsplit_once('.').map(|(shorter, _)| shorter)
    });
    let whole = (base != release).then_some(release);
    let versions = whole.into_iter().chain(shorter.filter(|version| version.contains('.')));
    versions.map(str::to_owned).collect::<Vec<_>>().into_iter()
}

/// An architecture as the kernel's build, and so the library, names it.
pub fn kernel_arch(arch: &str) -> &str {
    match arch {
        "x86" => "i386",
        "aarch64" => "arm64",
        "powerpc64" => "powerpc",
        "riscv32" | "riscv64" => "riscv",
        "s390x" => "s390",
        "mips64" => "mips",
        arch => arch,
    }
}

/// What is in a folder.
struct Listing {
    /// The files of the library, by name.
    files: Vec<File>,
    /// The names of the folders.
    folders: Vec<String>,
}

impl Listing {
    fn of(folder: &Path) -> io::Result<Self> {
        let mut listing = Self { files: Vec::new(), folders: Vec::new() };
        for entry in fs::read_dir(folder)?.flatten() {
            let path = entry.path();
            match Sort::of(&path) {
                Some(_) if entry.file_name().as_encoded_bytes().starts_with(b".") => {}
                Some(sort) => listing.files.push(File { sort, stamp: stamp(&entry, &path), path }),
                None if entry.file_type().is_ok_and(|sort| !sort.is_file()) => {
                    listing.folders.extend(entry.file_name().into_string());
                }
                None => {}
            }
        }
        // As bytes: to compare paths by their components takes longer than all the rest.
        listing.files.sort_by(|left, right| left.path.as_os_str().cmp(right.path.as_os_str()));
        Ok(listing)
    }
}

fn stamp(entry: &DirEntry, path: &Path) -> Option<(u64, i64, i64)> {
    // What a link points to may change while the link does not.
    let link = entry.file_type().is_ok_and(|sort| sort.is_symlink());
    let data = if link { fs::metadata(path) } else { entry.metadata() }.ok()?;
    Some((data.len(), data.mtime(), data.mtime_nsec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_grow_shorter() {
        let of = |release: &str| versions(release).collect::<Vec<_>>();
        assert_eq!(of("6.1.0-56-cloud-amd64"), ["6.1.0-56-cloud-amd64", "6.1.0", "6.1"]);
        assert_eq!(of("6.12"), ["6.12"]);
        assert_eq!(of(""), [""; 0]);
    }

    #[test]
    fn the_more_special_folders_come_first() {
        let root = tempfile::tempdir().unwrap();
        let folders = [
            "",
            "6.1.0-9-x",
            "6.1.0-9",
            "6.1.0",
            "6.1.0/x86_64",
            "6.1",
            "6",
            "x86_64",
            "i386",
            "other",
            "linux",
            "linux/x86_64",
            "linux/6.1",
            "linux/other",
        ];
        for folder in folders {
            fs::create_dir_all(root.path().join(folder)).unwrap();
            fs::write(root.path().join(folder).join("f.stp"), "").unwrap();
        }
        let found = files(root.path(), "x86_64", || "6.1.0-9-x".to_owned()).unwrap();
        let found: Vec<&str> = found
            .iter()
            .map(|file| {
                file.path.parent().unwrap().strip_prefix(root.path()).unwrap().to_str().unwrap()
            })
            .collect();
        assert_eq!(
            found,
            [
                "linux/6.1",
                "linux/x86_64",
                "linux",
                "6.1.0-9-x",
                "6.1.0/x86_64",
                "6.1.0",
                "6.1",
                "x86_64",
                ""
            ]
        );
    }

    #[test]
    fn the_kernel_is_asked_for_only_where_it_matters() {
        let root = tempfile::tempdir().unwrap();
        for name in ["b.stp", "a.stpm", ".hidden.stp", "README", "c.stp~"] {
            fs::write(root.path().join(name), "").unwrap();
        }
        let found = files(root.path(), "x86_64", || panic!("not needed")).unwrap();
        let names: Vec<_> = found.iter().map(|file| file.path.file_name().unwrap()).collect();
        assert_eq!(names, ["a.stpm", "b.stp"]);
    }

    #[test]
    fn a_change_of_a_file_is_a_change_of_state() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a.stp");
        let now = || state(root.path(), &files(root.path(), "x86_64", String::new).unwrap());
        fs::write(&path, "one").unwrap();
        let before = now();
        assert_eq!(now(), before);
        fs::write(&path, "other").unwrap();
        assert_ne!(now(), before);
    }
}
