//! A file system in a folder: that of another machine, or this machine's own.

use std::{
    env,
    ffi::{OsStr, OsString},
    fs, io,
    path::{Component, Path, PathBuf},
};

/// How many symbolic links are followed at most, as in the kernel.
const LINKS: usize = 40;

/// Where the files of a machine lie, and the values that variables of the environment have there. Its paths
/// are those that its programs see; [`Root::host`] says where each is on this machine.
#[derive(Debug, Clone, Default)]
pub struct Root {
    /// None for this machine's own.
    folder: Option<PathBuf>,
    variables: Vec<(String, String)>,
}

impl Root {
    /// The file system in a folder.
    ///
    /// # Errors
    /// When there is no such folder.
    pub fn at(folder: &Path) -> io::Result<Self> {
        let folder = folder.canonicalize()?;
        if !folder.is_dir() {
            return Err(io::Error::from(io::ErrorKind::NotADirectory));
        }
        // `/` is this machine's own.
        let folder = Some(folder).filter(|folder| folder.parent().is_some());
        Ok(Self { folder, variables: Vec::new() })
    }

    /// Likewise, with these values of variables; the last one of a variable counts.
    #[must_use]
    pub fn with(self, variables: Vec<(String, String)>) -> Self {
        Self { variables, ..self }
    }

    /// The folder of another machine's files.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// The values of variables that differ from those of this process.
    pub fn variables(&self) -> &[(String, String)] {
        &self.variables
    }

    /// The value of a variable of the environment.
    pub fn variable(&self, name: &str) -> Option<OsString> {
        let own = self.variables.iter().rev().find(|(own, _)| own == name);
        own.map(|(_, value)| value.into()).or_else(|| env::var_os(name))
    }

    /// The folders that a variable of paths names (`PATH`, `LD_LIBRARY_PATH`), as [`Root::absolute`] has them.
    pub fn folders(&self, name: &str) -> Vec<PathBuf> {
        let value = self.variable(name).filter(|value| !value.is_empty());
        let folders = value.iter().flat_map(env::split_paths);
        folders.map(|folder| self.absolute(&folder)).collect()
    }

    /// A path as it is from the root on, if it is another machine's: there is no current folder there.
    pub fn absolute(&self, path: &Path) -> PathBuf {
        match self.folder {
            Some(_) => Path::new("/").join(path),
            None => path.to_owned(),
        }
    }

    /// Where on this machine the file of a path is. Symbolic links lead where they do on the other machine.
    pub fn host(&self, path: &Path) -> PathBuf {
        match &self.folder {
            Some(folder) => resolve(folder, path),
            None => path.to_owned(),
        }
    }

    /// The path that a file of this machine has in the root; its own if it lies elsewhere.
    pub fn inner(&self, host: &Path) -> PathBuf {
        let inner = self.folder.as_ref().and_then(|folder| host.strip_prefix(folder).ok());
        inner.map_or_else(|| host.to_owned(), |inner| Path::new("/").join(inner))
    }

    /// The path of a file with all links followed.
    ///
    /// # Errors
    /// When there is no such file.
    pub fn real(&self, path: &Path) -> io::Result<PathBuf> {
        if self.folder.is_none() {
            return path.canonicalize();
        }
        let host = self.host(path);
        fs::symlink_metadata(&host)?;
        Ok(self.inner(&host))
    }

    /// Whether a path is of a file or folder.
    pub fn exists(&self, path: &Path) -> bool {
        self.host(path).exists()
    }
}

/// Where a path leads whose root is a folder. What is not there is taken as it is written.
fn resolve(folder: &Path, path: &Path) -> PathBuf {
    let steps = |path: &Path| -> Vec<OsString> {
        let written = path.components().rev().filter_map(|step| match step {
            Component::Normal(name) => Some(name.to_owned()),
            Component::ParentDir => Some("..".into()),
            _ => None,
        });
        written.collect()
    };
    let mut open = steps(path);
    let mut at = folder.to_owned();
    let mut links = 0;
    while let Some(step) = open.pop() {
        if step == OsStr::new("..") {
            if at != folder {
                at.pop();
            }
            continue;
        }
        at.push(step);
        if links == LINKS {
            continue;
        }
        let Ok(target) = fs::read_link(&at) else { continue };
        links += 1;
        at.pop();
        if target.is_absolute() {
            at = folder.to_owned();
        }
        open.extend(steps(&target));
    }
    at
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_stay_in_the_root() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().canonicalize().unwrap();
        fs::create_dir_all(folder.join("usr/bin")).unwrap();
        fs::write(folder.join("usr/bin/x"), "").unwrap();
        for (target, link) in [
            ("/usr/bin", "bin"),
            ("x", "usr/bin/beside"),
            ("../../../../usr/bin/x", "usr/bin/up"),
            ("/etc/passwd", "usr/bin/elsewhere"),
            ("loop", "loop"),
        ] {
            symlink(target, folder.join(link)).unwrap();
        }
        let root = Root::at(&folder).unwrap();
        for path in ["/bin/x", "bin/beside", "/bin/up", "/../bin/./../bin/x"] {
            assert_eq!(root.host(Path::new(path)), folder.join("usr/bin/x"), "{path}");
            assert_eq!(root.real(Path::new(path)).unwrap(), Path::new("/usr/bin/x"), "{path}");
        }
        assert_eq!(root.host(Path::new("/bin/elsewhere")), folder.join("etc/passwd"));
        for path in ["/bin/elsewhere", "/none", "/loop"] {
            assert!(!root.exists(Path::new(path)), "{path}");
        }
    }

    #[test]
    fn the_own_root_changes_nothing() {
        for root in [Root::default(), Root::at(Path::new("/")).unwrap()] {
            let path = Path::new("some/../path");
            assert_eq!(root.folder(), None);
            assert_eq!(root.host(path), path);
            assert_eq!(root.absolute(path), path);
            assert_eq!(root.inner(Path::new("/bin")), Path::new("/bin"));
        }
        assert!(Root::at(Path::new("/dev/null")).is_err());
    }

    #[test]
    fn the_last_value_of_a_variable_counts() {
        let values = ["/a", "/b"].map(|value| ("PATH".to_owned(), value.to_owned()));
        let root = Root::default().with(values.to_vec());
        assert_eq!(root.variable("PATH"), Some("/b".into()));
        assert_eq!(Root::default().variable("PATH"), env::var_os("PATH"));
    }

    #[test]
    fn folders_begin_at_the_root() {
        let folder = tempfile::tempdir().unwrap();
        let variable = |value: &str| vec![("PATH".to_owned(), value.to_owned())];
        let root = Root::at(folder.path()).unwrap();
        let folders = |value: &str| root.clone().with(variable(value)).folders("PATH");
        assert_eq!(folders("bin:/sbin"), ["/bin", "/sbin"].map(PathBuf::from));
        assert_eq!(folders(""), Vec::<PathBuf>::new());
        assert_eq!(Root::default().with(variable("bin")).folders("PATH"), [PathBuf::from("bin")]);
    }
}
