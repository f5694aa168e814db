//! Programs that scripts probe, compiled from `tests/e2e/programs`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::support::folder;

/// A compiled program and the shared library that it is linked with.
#[derive(Debug, Clone)]
pub struct Program {
    pub path: PathBuf,
    pub library: Option<PathBuf>,
}

impl Program {
    /// Compiles a program, and its library if it names one, at a level of optimisation.
    pub fn compile(name: &str, library: Option<&str>, level: u8) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("programs-O{level}"));
        fs::create_dir_all(&folder).unwrap();
        let source = |name: &str| self::folder().join(format!("programs/{name}.c"));
        let library = library.map(|name| {
            let path = folder.join(format!("lib{name}.so"));
            gcc(level, &[&source(name)], &["-fPIC", "-shared"], &path);
            path
        });
        let path = folder.join(name);
        let sources: Vec<PathBuf> =
            std::iter::once(source(name)).chain(library.iter().cloned()).collect();
        let sources: Vec<&Path> = sources.iter().map(PathBuf::as_path).collect();
        gcc(level, &sources, &[&format!("-Wl,-rpath,{}", folder.display())], &path);
        Self { path, library }
    }

    /// The files, as scripts get them for arguments.
    pub fn arguments(&self) -> Vec<String> {
        let paths = std::iter::once(&self.path).chain(&self.library);
        paths.map(|path| path.to_str().unwrap().to_owned()).collect()
    }
}

/// Compiles to a file that other tests may be making too: it appears whole.
fn gcc(level: u8, sources: &[&Path], flags: &[&str], to: &Path) {
    let made = to.with_extension(format!("{:?}", std::thread::current().id()));
    let output = Command::new("gcc")
        .args(["-g", &format!("-O{level}")])
        .args(sources)
        .args(flags)
        .arg("-o")
        .arg(&made)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "gcc (run `cargo xtask setup`): {said}");
    fs::rename(&made, to).unwrap();
}
