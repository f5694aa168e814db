//! Debian's package manager: what to ask it for, and following what it does.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    time::Instant,
};

use anyhow::{Context as _, Error, Result, anyhow, bail};

use super::kernel::{META, Part, State};
use crate::root::target;

/// apt-get, with a file for what it says.
pub struct Apt {
    log: PathBuf,
}

/// A shell's script for a log and a command. The status comes by its own pipe: apt hides the one that
/// it gets from the programs that it runs, and those want an output.
const WITH_STATUS_APART: &str = r#"log=$1; shift; exec "$@" 3>&1 >>"$log" 2>&1"#;

/// How many of its lines are shown where it fails.
const SHOWN_LINES: usize = 40;

/// A package and what it is for.
pub type Wanted = (String, String);

impl Apt {
    /// Whether this machine has it.
    pub fn is_here() -> bool {
        Path::new("/usr/bin/apt-get").exists()
    }

    /// Starts a new log.
    pub fn new() -> Result<Self> {
        let dir = target().join("xtask");
        fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
        let log = dir.join("apt.log");
        File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        Ok(Self { log })
    }

    /// Reads the package lists anew.
    pub fn update(&self) -> Result<()> {
        let start = Instant::now();
        self.apt_get(&["update".to_owned()], |_| ())?;
        println!("setup: the package lists are read ({:.0} s)", start.elapsed().as_secs_f64());
        Ok(())
    }

    /// The packages that make a kernel complete: for the installed release if there are such, else
    /// for the newest.
    pub fn kernel_packages(&self, state: &State) -> Result<Vec<Wanted>> {
        if let State::Installed { release, lacks } = state {
            let packages = packages(release, lacks);
            if packages.iter().all(|(package, _)| Self::has(package)) {
                return Ok(packages);
            }
        }
        match Self::candidate() {
            Some(release) => Ok(of_release(&release)),
            None => bail!(
                "apt has no {META} here: setup knows Debian (12 and later) on x86-64\n\
                 What is missing is a kernel {state}"
            ),
        }
    }

    /// Like [`Apt::kernel_packages`], by the package lists as they are, for a user to type: under
    /// the names that stand for the newest where they tell no release.
    pub fn kernel_packages_as_listed(state: &State) -> Vec<Wanted> {
        match (state, Self::candidate()) {
            (State::Installed { release, lacks }, _) => packages(release, lacks),
            (State::Absent, Some(release)) => of_release(&release),
            (State::Absent, None) => of_release("cloud-amd64"),
        }
    }

    /// Installs packages, with a line for each.
    pub fn install(&self, wanted: &[Wanted]) -> Result<()> {
        let width = wanted.iter().map(|(package, _)| package.len()).max().unwrap_or(0);
        for (package, why) in wanted {
            println!("setup:   {package:<width$}  {why}");
        }
        let mut progress = Progress::default();
        let packages: Vec<&str> = wanted.iter().map(|(package, _)| package.as_str()).collect();
        let arguments: Vec<String> = ["install", "-y", "--no-install-recommends"]
            .iter()
            .chain(&packages)
            .map(|&word| word.to_owned())
            .collect();
        self.apt_get(&arguments, |status| {
            if let Some(line) = progress.line(status, &packages) {
                println!("setup: {line}");
            }
        })
    }

    /// The release that the newest kernel for virtual machines has.
    fn candidate() -> Option<String> {
        let text = apt_cache(&["depends", META]);
        text.lines()
            .find_map(|line| Some(line.trim().strip_prefix("Depends: linux-image-")?.to_owned()))
    }

    /// Whether a package can be installed.
    fn has(package: &str) -> bool {
        let policy = apt_cache(&["policy", package]);
        policy.lines().any(|line| line.contains("Candidate:") && !line.contains("(none)"))
    }

    /// Runs apt-get; hands each line of its machine-readable status to `status`, what it says to
    /// the log, whose end is shown where it fails.
    fn apt_get(&self, arguments: &[String], mut status: impl FnMut(&str)) -> Result<()> {
        let mut apt_get: Vec<String> = ["apt-get", "-qq"].map(str::to_owned).into();
        // A pseudo-terminal for dpkg is not to be had in every container.
        let settings = ["DPkg::Lock::Timeout=300", "Dpkg::Use-Pty=0", "APT::Status-Fd=3"];
        apt_get.extend(settings.map(|setting| format!("-o{setting}")));
        apt_get.extend_from_slice(arguments);
        let mut child = Command::new("sh")
            .args(["-c", WITH_STATUS_APART, "sh"])
            .arg(&self.log)
            .args(&apt_get)
            .envs([("DEBIAN_FRONTEND", "noninteractive"), ("LC_ALL", "C")])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot run apt-get")?;
        let pipe = child.stdout.take().map(BufReader::new);
        for line in pipe.into_iter().flat_map(|pipe| pipe.split(b'\n')) {
            status(&String::from_utf8_lossy(&line.context("cannot read apt-get's status")?));
        }
        let result = child.wait()?;
        if result.success() { Ok(()) } else { Err(self.failure(&apt_get.join(" "), result)) }
    }

    fn failure(&self, command: &str, result: ExitStatus) -> Error {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let end = lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n");
        anyhow!(
            "{command} failed: {result}\n{end}\n(all that it said is in {})",
            self.log.display()
        )
    }
}

/// What the package lists say; nothing where they do not know what is asked.
fn apt_cache(arguments: &[&str]) -> String {
    let output = Command::new("apt-cache").args(arguments).env("LC_ALL", "C").output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}

/// How far apt-get has come.
#[derive(Default)]
struct Progress {
    quarters: u32,
}

impl Progress {
    /// What to tell the user at a line of apt-get's status: that a quarter is downloaded, or that
    /// one of `packages` is installed.
    fn line(&mut self, status: &str, packages: &[&str]) -> Option<String> {
        let (kind, rest) = status.split_once(':')?;
        let (subject, rest) = rest.split_once(':')?;
        match kind {
            "dlstatus" => {
                let percent: f64 = rest.split(':').next()?.parse().ok()?;
                let quarters = (percent / 25.0) as u32;
                let is_news = quarters > self.quarters;
                self.quarters = self.quarters.max(quarters);
                is_news.then(|| format!("{:>3} % downloaded", quarters * 25))
            }
            "pmstatus" if packages.contains(&subject) && rest.contains(":Installed ") => {
                Some(format!("{subject} is installed"))
            }
            _ => None,
        }
    }
}

/// The packages with these parts of a kernel.
fn packages(release: &str, parts: &[Part]) -> Vec<Wanted> {
    let why = |part: &Part| format!("the {} of the virtual machine's kernel", part.name());
    parts.iter().map(|part| (part.package(release), why(part))).collect()
}

/// The packages of a whole kernel; the one with its modules has its image.
fn of_release(release: &str) -> Vec<Wanted> {
    packages(release, &[Part::Modules, Part::Headers, Part::DebugInformation])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_tells_quarters_once_and_asked_for_packages_when_installed() {
        let mut progress = Progress::default();
        let lines = [
            "dlstatus:1:0.0000:Retrieving file 1 of 2",
            "dlstatus:1:26.5:Retrieving file 1 of 2 (1min 3s remaining)",
            "dlstatus:2:27:Retrieving file 2 of 2",
            "dlstatus:2:100.0000:Retrieving file 2 of 2",
            "pmstatus:dpkg-exec:0.0000:Running dpkg",
            "pmstatus:gcc:11.1111:Unpacking gcc (amd64)",
            "pmstatus:gcc-12-base:60:Installed gcc-12-base (amd64)",
            "pmstatus:gcc:88.8889:Installed gcc (amd64)",
        ];
        let told: Vec<String> =
            lines.iter().filter_map(|line| progress.line(line, &["gcc"])).collect();
        assert_eq!(told, [" 25 % downloaded", "100 % downloaded", "gcc is installed"]);
    }
}
