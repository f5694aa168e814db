//! The cache directory: entries appear whole or not at all, whoever else writes at the same time.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// A directory of entries named by what they were made from.
#[derive(Debug, Clone)]
pub struct Cache {
    root: PathBuf,
}

impl Cache {
    /// The user's cache: `$STAPC_CACHE`, else `$XDG_CACHE_HOME/stapc`, else `~/.cache/stapc`, else
    /// a directory under the system's temporary one.
    pub fn user() -> Self {
        let from = |name: &str| {
            std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
        };
        let root = from("STAPC_CACHE")
            .or_else(|| from("XDG_CACHE_HOME").map(|dir| dir.join("stapc")))
            .or_else(|| from("HOME").map(|dir| dir.join(".cache/stapc")))
            .unwrap_or_else(|| std::env::temp_dir().join("stapc-cache"));
        Self { root }
    }

    /// A cache in a directory of the caller's choice.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Where entry `key` is or would be.
    pub fn path(&self, key: &str) -> PathBuf {
        self.root.join(key)
    }

    /// Whether a path is of an entry.
    pub fn holds(&self, path: &Path) -> bool {
        path.starts_with(&self.root)
    }

    /// A scratch directory on the cache's file system, removed when dropped.
    pub fn scratch(&self) -> io::Result<tempfile::TempDir> {
        fs::create_dir_all(&self.root)?;
        tempfile::Builder::new().prefix(".making-").tempdir_in(&self.root)
    }

    /// The directory of entry `key`, made by `make` in a scratch directory if it is not there.
    ///
    /// Two writers may make the same entry at once: the first to finish wins, the other's work is
    /// thrown away. A crash half-way leaves only a scratch directory, which no reader looks at.
    pub fn directory<E: From<io::Error>>(
        &self,
        key: &str,
        make: impl FnOnce(&Path) -> Result<(), E>,
    ) -> Result<PathBuf, E> {
        let entry = self.path(key);
        if entry.is_dir() {
            return Ok(entry);
        }
        let scratch = self.scratch()?;
        let making = scratch.path().join("entry");
        fs::create_dir(&making)?;
        make(&making)?;
        if let Some(parent) = entry.parent() {
            fs::create_dir_all(parent)?;
        }
        match fs::rename(&making, &entry) {
            Ok(()) => Ok(entry),
            Err(_) if entry.is_dir() => Ok(entry),
            Err(error) => Err(error.into()),
        }
    }

    /// The bytes of file entry `key`, if it is there.
    pub fn read(&self, key: &str) -> Option<Vec<u8>> {
        fs::read(self.path(key)).ok()
    }

    /// Writes file entry `key` so that readers see all of it or none.
    pub fn write(&self, key: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(key);
        let directory = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(directory)?;
        write_atomically(&path, bytes)
    }
}

/// Writes a whole file by way of a temporary one beside it, so that `path` is never half-written. What is
/// there and no file, such as a device, is written to as it is: it must not become a file.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::io::Write as _;
    if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
        return fs::OpenOptions::new().write(true).open(path)?.write_all(bytes);
    }
    write_by_way(path, bytes, set_usual_mode)
}

/// Like [`write_atomically`], for a file that is there: it keeps its mode, and a link to it stays one.
pub fn rewrite_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let mode = fs::metadata(&path)?.permissions();
    write_by_way(&path, bytes, |file| file.set_permissions(mode))
}

fn write_by_way(
    path: &Path,
    bytes: &[u8],
    prepare: impl FnOnce(&fs::File) -> io::Result<()>,
) -> io::Result<()> {
    use std::io::Write as _;
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut file = tempfile::Builder::new().prefix(".making-").tempfile_in(directory)?;
    file.write_all(bytes)?;
    prepare(file.as_file())?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Gives a temporary file the mode that a plain `open` would have given it.
fn set_usual_mode(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mask = rustix::process::umask(rustix::fs::Mode::empty());
    rustix::process::umask(mask);
    file.set_permissions(fs::Permissions::from_mode(0o666 & !mask.bits()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_writers_leave_one_whole_entry() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::at(dir.path());
        let make = |text: &'static str| {
            let cache = cache.clone();
            move |at: &Path| -> io::Result<()> {
                if text == "outer" {
                    // Another writer finishes first.
                    cache
                        .directory::<io::Error>("k/entry", |at| fs::write(at.join("f"), "inner"))?;
                }
                fs::write(at.join("f"), text)
            }
        };
        let entry = cache.directory("k/entry", make("outer")).unwrap();
        assert_eq!(fs::read_to_string(entry.join("f")).unwrap(), "inner");
        let left: Vec<_> =
            fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, ["k"]);
    }

    #[test]
    fn a_failed_making_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::at(dir.path());
        let failed = cache.directory("entry", |at| -> io::Result<()> {
            fs::write(at.join("half"), "x")?;
            Err(io::Error::other("crash"))
        });
        assert!(failed.is_err());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_rewritten_file_keeps_its_mode_and_its_links() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        fs::write(&file, "one").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        std::os::unix::fs::symlink("file", &link).unwrap();
        rewrite_atomically(&link, b"two").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "two");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o755);
        assert!(rewrite_atomically(&dir.path().join("none"), b"").is_err());
    }

    #[test]
    fn what_is_no_file_is_written_to_and_stays_what_it_is() {
        use std::os::unix::fs::FileTypeExt as _;
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || fs::read(pipe).unwrap()
        });
        write_atomically(&pipe, b"all of it").unwrap();
        assert_eq!(reader.join().unwrap(), b"all of it");
        assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
        assert!(write_atomically(dir.path(), b"").is_err());
    }

    #[test]
    fn written_files_replace_older_ones() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::at(dir.path());
        cache.write("a/b", b"one").unwrap();
        cache.write("a/b", b"two").unwrap();
        assert_eq!(cache.read("a/b").unwrap(), b"two");
    }
}
