//! The peer's tapset, and our parser with it.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, Result};
use stapc_diagnostics::{Diagnostic, Severity, SourceMap, bytes};
use stapc_syntax::{Environment, Kind, Session, ast::Tree, declared};

/// The architecture for which scripts are read.
const ARCH: &str = "x86_64";

/// The installed tapset.
pub struct Tapset {
    /// Every script and every file of macros: path and text.
    pub files: Vec<(PathBuf, Arc<str>)>,
    /// The files of macros: path, text and what they define.
    macros: Vec<(PathBuf, Arc<str>, Vec<String>)>,
    /// The folder that holds them.
    pub root: PathBuf,
    /// The release of the kernel that scripts are read for.
    pub release: String,
    /// The options of that kernel's configuration.
    config: HashMap<String, String>,
}

/// What scripts of one folder of the tapset may ask: macros come from there and from the folders
/// above.
pub struct Corner<'a> {
    tapset: &'a Tapset,
    arguments: &'a [String],
    macros: HashMap<String, (String, Arc<str>)>,
}

/// A script that was parsed.
pub struct Parsed {
    /// Its text and that of the macros that it uses.
    pub sources: SourceMap,
    /// What it says.
    pub tree: Tree,
    /// What is wrong with it.
    pub errors: Vec<Diagnostic>,
    /// The macros that it defines.
    pub macros: Vec<String>,
}

impl Tapset {
    /// Reads the tapset in a folder, and the configuration of a kernel.
    pub fn read(root: &Path, release: &str) -> Result<Self> {
        let mut files = Vec::new();
        for path in scripts(root) {
            let text = text(&path)?;
            files.push((path, text));
        }
        let of_macros = files.iter().filter(|(path, _)| is_macros(path));
        let macros = of_macros.map(|(path, text)| {
            let declared = declared(text).into_iter().filter(|name| name.kind == Kind::Macro);
            (path.clone(), Arc::clone(text), declared.map(|name| name.name).collect())
        });
        let macros = macros.collect();
        let config = fs::read_to_string(format!("/boot/config-{release}")).unwrap_or_default();
        let options = config.lines().filter_map(|line| line.split_once('='));
        let config = options.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Ok(Self { files, macros, root: root.to_owned(), release: release.to_owned(), config })
    }

    /// What a script in `folder` may ask; none means a user's script.
    pub fn corner<'a>(&'a self, folder: Option<&Path>, arguments: &'a [String]) -> Corner<'a> {
        let users = self.root.join("linux");
        let folder = folder.unwrap_or(&users);
        let sees = |path: &Path| {
            let parent = path.parent().unwrap_or(path);
            folder.starts_with(parent) || parent == folder.join(ARCH) || parent == users
        };
        let mut macros = HashMap::new();
        for (path, text, names) in self.macros.iter().filter(|(path, ..)| sees(path)) {
            for name in names {
                let place = (path.display().to_string(), Arc::clone(text));
                // Folders come before what is in them, and what is in them counts more; but what is
                // not on the way to a script's own folder counts least.
                if folder.starts_with(path.parent().unwrap_or(path)) {
                    macros.insert(name.clone(), place);
                } else {
                    macros.entry(name.clone()).or_insert(place);
                }
            }
        }
        Corner { tapset: self, arguments, macros }
    }
}

impl Corner<'_> {
    /// Parses a script.
    pub fn parse(&self, name: &str, text: &Arc<str>) -> Parsed {
        let mut sources = SourceMap::new();
        let mut tree = Tree::default();
        let file = sources.add(name, Arc::clone(text));
        let mut session = Session::new(&mut sources, self);
        let mut errors = stapc_syntax::parse(&mut session, &mut tree, file);
        errors.retain(|found| found.severity == Severity::Error);
        let macros = session.macro_names().map(str::to_owned).collect();
        Parsed { sources, tree, errors, macros }
    }
}

impl Environment for Corner<'_> {
    fn kernel_release(&self) -> String {
        self.tapset.release.clone()
    }

    fn arch(&self) -> String {
        ARCH.to_owned()
    }

    fn config(&self, name: &str) -> Option<String> {
        self.tapset.config.get(name).cloned()
    }

    fn arguments(&self) -> &[String] {
        self.arguments
    }

    fn guru(&self) -> bool {
        true
    }

    fn privilege(&self) -> &str {
        "stapdev"
    }

    fn compatible(&self) -> &str {
        "4.8"
    }

    fn runtime(&self) -> &str {
        "kernel"
    }

    fn macro_file(&self, name: &str) -> Option<(String, Arc<str>)> {
        self.macros.get(name).cloned()
    }
}

/// Whether a file has only macros.
pub fn is_macros(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "stpm")
}

/// A file's text.
pub fn text(path: &Path) -> Result<Arc<str>> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(bytes::decode(&bytes).into())
}

/// Every script and every file of macros in a folder and those in it, by path.
pub fn scripts(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(scripts(&path));
        } else if path.extension().is_some_and(|name| name == "stp" || name == "stpm") {
            found.push(path);
        }
    }
    found.sort();
    found
}
