//! The programs `stap` and `stapc` as their users see them: what they print, and how they end.
#![expect(clippy::disallowed_methods, reason = "tests run the tools and write scripts")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod browser;
mod commands;
mod fmt;
mod html;
mod interp;
mod library;
mod list;
mod opt;
mod programs;
mod reduce;
mod stap;
mod sysroot;

use std::{
    fs,
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
};

use tempfile::TempDir;

/// A folder of its own for each test, where the programs run.
struct Bench {
    folder: TempDir,
    /// Whether the programs keep their cache there too.
    own_cache: bool,
}

impl Bench {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), own_cache: true }
    }

    /// With the user's cache, which has the compiled runtime in it; none if modules cannot be built
    /// here, which is said.
    fn for_modules() -> Option<Self> {
        let cache = stapc::cache::Cache::user();
        if stapc::kernel::Kernel::select(None, &stapc_vm::Root::default(), &cache).is_err() {
            eprintln!("skipped: no kernel to build for; run `cargo xtask setup`");
            return None;
        }
        Some(Self { own_cache: false, ..Self::new() })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, and the folders that it is in.
    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn stap(&self, arguments: &[&str]) -> String {
        self.run(env!("CARGO_BIN_EXE_stap"), arguments, "")
    }

    fn stapc(&self, arguments: &[&str]) -> String {
        self.run(env!("CARGO_BIN_EXE_stapc"), arguments, "")
    }

    /// What a program prints: the standard output, the standard error behind `!`, and the exit
    /// status if it is not 0.
    fn run(&self, program: &str, arguments: &[&str], input: &str) -> String {
        let mut child = self
            .command(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that does not read it is no matter.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        for line in String::from_utf8_lossy(&output.stderr).lines() {
            text += &if line.is_empty() { "!\n".to_owned() } else { format!("! {line}\n") };
        }
        if !output.status.success() {
            text += &format!("status {}\n", output.status.code().unwrap());
        }
        text.replace(&*self.folder.path().to_string_lossy(), "/FOLDER")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.folder.path())
            .env("SYSTEMTAP_DIR", self.path("systemtap"))
            .env_remove("SYSTEMTAP_RELEASE");
        if self.own_cache {
            command.env("STAPC_CACHE", self.path("cache"));
        }
        command
    }
}

/// The words of a command line none of which holds a space.
fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}
