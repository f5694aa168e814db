//! Which file a script means by the path of a program.

use std::{
    collections::BTreeSet,
    env, fs,
    io::Read as _,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use stapc_debuginfo::{Error, glob};
use stapc_vm::Root;

/// How long the line is, at most, that says what runs a script.
const LINE: u64 = 256;
/// How many files a pattern may mean.
const MOST: usize = 1 << 16;

/// The programs of a machine that a path means.
pub fn find(root: &Root, path: &str) -> Result<Vec<String>, Error> {
    if path.is_empty() {
        return Err(Error("a program without a name".to_owned()));
    }
    if glob::is_pattern(path) && !root.exists(Path::new(path)) {
        return expand(root, path);
    }
    let file = if path.contains('/') { here(root, path)? } else { in_path(root, path)? };
    let file = match interpreter(&root.host(&file)) {
        None => file,
        Some(words) => interpreted(root, &file, &words)?,
    };
    text(&real(root, &file)?).map(|path| vec![path])
}

/// The file that a process runs.
pub fn of_process(pid: u32) -> Result<String, Error> {
    let link = PathBuf::from(format!("/proc/{pid}/exe"));
    let path = fs::read_link(&link).map_err(|error| {
        let exists = Path::new(&format!("/proc/{pid}")).exists();
        match exists {
            false => Error(format!("there is no process {pid}")),
            true => Error(format!("what process {pid} runs is not known: {error}")),
        }
    })?;
    let identity = |path: &Path| fs::metadata(path).ok().map(|data| (data.dev(), data.ino()));
    // It may have been replaced since, or be where only that process sees it.
    if identity(&path) != identity(&link) {
        return Err(Error(format!(
            "process {pid} runs {}, which is no longer the file of that name, or not here",
            path.display()
        )));
    }
    text(&path)
}

/// The file that a process has mapped as code at an address, and where in the file that is.
pub fn mapped(pid: u32, address: u64) -> Result<(String, u64), Error> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps"))
        .map_err(|error| Error(format!("what process {pid} has mapped is not known: {error}")))?;
    mapped_by(&maps, address)
        .ok_or_else(|| Error(format!("process {pid} has no code of a file at {address:#x}")))
}

/// Likewise, by the lines of its map: `START-END r-xp OFFSET DEVICE INODE PATH`.
pub(super) fn mapped_by(maps: &str, address: u64) -> Option<(String, u64)> {
    let number = |text: &str| u64::from_str_radix(text, 16).ok();
    let file = |line: &str| {
        let mut words = line.splitn(6, ' ');
        let (start, end) = words.next()?.split_once('-')?;
        let (start, end) = (number(start)?, number(end)?);
        let is_code = words.next()?.contains('x') && (start..end).contains(&address);
        let offset = number(words.next()?)?;
        let path = words.nth(2)?.trim_start();
        (is_code && path.starts_with('/')).then(|| (path.to_owned(), offset + (address - start)))
    };
    maps.lines().find_map(file)
}

fn here(root: &Root, path: &str) -> Result<PathBuf, Error> {
    let found = root.absolute(Path::new(path));
    let host = root.host(&found);
    if host.is_file() {
        return Ok(found);
    }
    let what = if host.exists() { "is no file" } else { "does not exist" };
    let folder = match root.folder() {
        Some(folder) => Some(folder.to_owned()),
        None if found.is_absolute() => None,
        None => Some(env::current_dir().unwrap_or_default()),
    };
    let place = folder.map(|folder| format!(" in {}", folder.display())).unwrap_or_default();
    Err(Error(format!("there is no program `{path}`: it {what}{place}")))
}

/// The program that a shell would run for a name without folders.
///
/// # Errors
/// When there is none: where it was looked for.
pub fn in_path(root: &Root, name: &str) -> Result<PathBuf, Error> {
    let mut paths = root.folders("PATH").into_iter().map(|folder| folder.join(name));
    let found = paths.find(|path| is_run(&root.host(path)));
    found.ok_or_else(|| {
        let all = root.variable("PATH").unwrap_or_default();
        let place = root.folder().map(|folder| format!(" of {}", folder.display()));
        let (all, place) = (all.to_string_lossy(), place.unwrap_or_default());
        Error(format!("there is no program `{name}` in {all}{place}"))
    })
}

/// Whether a file can be run, as far as its mode says.
fn is_run(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

/// The words behind `#!` of a script.
fn interpreter(path: &Path) -> Option<Vec<String>> {
    let mut line = Vec::new();
    fs::File::open(path).ok()?.take(LINE).read_to_end(&mut line).ok()?;
    let line = line.strip_prefix(b"#!")?;
    let line = line.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    Some(line.split_whitespace().map(str::to_owned).collect())
}

/// The program that runs a script with these words behind `#!`.
fn interpreted(root: &Root, script: &Path, words: &[String]) -> Result<PathBuf, Error> {
    let nothing = || Error(format!("the script {} does not say what runs it", script.display()));
    let first = words.first().ok_or_else(nothing)?;
    let is_env = Path::new(first).file_name().is_some_and(|name| name == "env");
    let found = if is_env {
        let is_name = |word: &&String| !word.starts_with('-') && !word.contains('=');
        let name = words[1..].iter().find(is_name).ok_or_else(nothing)?;
        if name.contains('/') { here(root, name) } else { in_path(root, name) }
    } else {
        here(root, first)
    };
    found.map_err(|error| Error(format!("of the script {}: {}", script.display(), error.0)))
}

fn real(root: &Root, path: &Path) -> Result<PathBuf, Error> {
    root.real(path).map_err(|error| Error(format!("{}: {error}", path.display())))
}

fn text(path: &Path) -> Result<String, Error> {
    let path = path.to_str();
    path.map(str::to_owned).ok_or_else(|| Error("a path that is not UTF-8".to_owned()))
}

/// The programs and libraries that a pattern means, sorted. Scripts are none: who means their interpreter
/// does not say so with a pattern.
fn expand(root: &Root, pattern: &str) -> Result<Vec<String>, Error> {
    let start = root.absolute(Path::new(if pattern.starts_with('/') { "/" } else { "" }));
    let mut open = vec![start];
    for step in pattern.split('/').filter(|step| !step.is_empty()) {
        let mut next = Vec::new();
        for folder in open {
            if !glob::is_pattern(step) {
                next.push(folder.join(step));
                continue;
            }
            let list = if folder.as_os_str().is_empty() { Path::new(".") } else { &folder };
            for entry in fs::read_dir(root.host(list)).into_iter().flatten().flatten() {
                let name = entry.file_name();
                let Some(name) = name.to_str() else { continue };
                let is_hidden = name.starts_with('.') && !step.starts_with('.');
                if !is_hidden && glob::matches(step, name) {
                    next.push(folder.join(name));
                }
            }
            if next.len() > MOST {
                return Err(Error(format!("`{pattern}` means more than {MOST} files")));
            }
        }
        open = next;
    }
    let files = open.iter().filter(|path| is_elf(&root.host(path)));
    let found: BTreeSet<String> =
        files.filter_map(|path| text(&real(root, path).ok()?).ok()).collect();
    if found.is_empty() {
        let folder = match root.folder() {
            Some(folder) => Some(folder.to_owned()),
            None if pattern.starts_with('/') => None,
            None => Some(env::current_dir().unwrap_or_default()),
        };
        let from = folder.map(|folder| format!(", from {} on", folder.display()));
        let from = from.unwrap_or_default();
        return Err(Error(format!("no program is called `{pattern}`{from}")));
    }
    Ok(found.into_iter().collect())
}

fn is_elf(path: &Path) -> bool {
    let mut start = [0; 4];
    path.is_file()
        && fs::File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok()
        && start == *b"\x7fELF"
}
