//! Where the instructions of a hit are: by function of the guest's kernel and of the modules.
//!
//! The emulator logs each instruction's address while the workload runs, one instruction at a time.
//! The shortest way from one call of `vfs_read` to the next is one read, undisturbed.

use std::{
    collections::BTreeMap,
    env,
    fs::{self, File, Permissions},
    io::{BufRead as _, BufReader, Read as _, Write as _},
    os::unix::{fs::PermissionsExt as _, net::UnixStream},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use stapc_vm::Vm;

const EMULATOR: &str = "qemu-system-x86_64";

/// Where a read begins.
const FUNCTION: &str = "vfs_read";

/// The workload's arguments: it reads several times as often, which is enough; and waits before it.
const ARGUMENTS: &str = "2 wait";

/// Reads of a round when several processors do them at once.
const READS: u32 = 60;

/// Where the guest keeps the names of its functions.
const SYMBOLS: &str = "/tmp/symbols";

/// Instructions of one read, by the function that they are in.
pub type Profile = BTreeMap<String, i64>;

/// The emulator's monitor and log, for a machine that is booted after this is made.
pub struct Profiler {
    socket: PathBuf,
    log: PathBuf,
}

impl Profiler {
    /// Puts an emulator with a monitor before the one that is installed.
    pub fn new(scratch: &Path) -> Result<Self> {
        let folder = scratch.join("emulator");
        let socket = folder.join("monitor");
        let path = env::var_os("PATH").unwrap_or_default();
        let installed = env::split_paths(&path)
            .map(|dir| dir.join(EMULATOR))
            .find(|file| file.exists())
            .with_context(|| format!("{EMULATOR} is not installed"))?;
        fs::create_dir(&folder)?;
        let script = format!(
            "#!/bin/sh\nexec {} \"$@\" -monitor unix:{},server=on,wait=off\n",
            installed.display(),
            socket.display()
        );
        fs::write(folder.join(EMULATOR), script)?;
        fs::set_permissions(folder.join(EMULATOR), Permissions::from_mode(0o755))?;
        let path = env::join_paths(std::iter::once(folder.clone()).chain(env::split_paths(&path)))?;
        // SAFETY: this process has one thread until the machine is booted.
        unsafe { env::set_var("PATH", path) };
        Ok(Self { socket, log: folder.join("log") })
    }

    /// The profile of one read in `workload`, run by a shell; `session` is a command that runs it
    /// in a session, and gets its words as its last argument.
    pub fn measure(&self, vm: &mut Vm, workload: &str, session: Option<&str>) -> Result<Profile> {
        let (symbols, log) = self.log(vm, format!("{workload} {ARGUMENTS}"), session)?;
        symbols.profile(log.filter_map(|line| address(&line)))
    }

    /// Instructions of a handler, and of what brings control to it, for each read of `workload` on `cpus`
    /// processors at once in a session.
    pub fn hit(&self, vm: &mut Vm, workload: &str, session: &str, cpus: u32) -> Result<f64> {
        let workload = format!("{workload} {READS} wait {cpus}");
        let (symbols, log) = self.log(vm, workload, Some(session))?;
        let entry = symbols.entry()?;
        let (mut reads, mut instructions) = (0_u32, 0_u32);
        for address in log.filter_map(|line| address(&line)) {
            reads += u32::from(address == entry);
            instructions += u32::from(is_of_a_hit(symbols.name(address)));
        }
        if reads < READS * cpus {
            bail!("the log has {reads} reads in it");
        }
        Ok(f64::from(instructions) / f64::from(reads))
    }

    /// The log of what is executed while `workload` does its reads, and the functions that there are.
    fn log(
        &self,
        vm: &mut Vm,
        workload: String,
        session: Option<&str>,
    ) -> Result<(Symbols, impl Iterator<Item = String> + use<>)> {
        // A module's functions have names while it is there.
        let script = format!("cat /proc/kallsyms >{SYMBOLS}; {workload}");
        let command = session.map_or(script.clone(), |session| format!("{session} '{script}'"));
        let (reader, mut writer) = std::io::pipe()?;
        let mut monitor = Monitor::connect(&self.socket)?;
        let mut text = Vec::new();
        let mut lines = 0;
        let mut result = Ok(());
        let task = vm.command(["sh", "-c", &command]).stdin_from(reader);
        let status = task.stream(|_, bytes| {
            text.extend_from_slice(bytes);
            let before =
                std::mem::replace(&mut lines, text.iter().filter(|&&byte| byte == b'\n').count());
            // The first line says that it waits, the second that it has done its reads.
            if before == 0 && lines > 0 {
                result = monitor.start(&self.log).and_then(|()| Ok(writer.write_all(b"\n")?));
            }
            if before < 2 && lines >= 2 && result.is_ok() {
                result = monitor.stop();
            }
        })?;
        result?;
        if !status.success() || lines < 2 {
            bail!(
                "`{command}` in the virtual machine: {status}\n{}",
                String::from_utf8_lossy(&text)
            );
        }
        let symbols = Symbols::parse(&vm.run(["cat", SYMBOLS])?.stdout_text());
        let log = File::open(&self.log).context("the emulator wrote no log")?;
        fs::remove_file(&self.log)?;
        Ok((symbols, BufReader::new(log).lines().map_while(Result::ok)))
    }
}

/// The emulator's monitor.
struct Monitor(UnixStream);

impl Monitor {
    fn connect(socket: &Path) -> Result<Self> {
        let stream = UnixStream::connect(socket).context("the emulator has no monitor")?;
        let mut monitor = Self(stream);
        monitor.await_prompt()?;
        Ok(monitor)
    }

    /// Logs each instruction from now on. Newer emulators have another name for the steps; each
    /// takes its own and refuses the other.
    fn start(&mut self, log: &Path) -> Result<()> {
        let log = format!("logfile {}", log.display());
        ["singlestep on", "one-insn-per-tb on", &log, "log exec,nochain"]
            .iter()
            .try_for_each(|line| self.tell(line))
    }

    fn stop(&mut self) -> Result<()> {
        ["log none", "singlestep off", "one-insn-per-tb off"]
            .iter()
            .try_for_each(|line| self.tell(line))
    }

    fn tell(&mut self, line: &str) -> Result<()> {
        self.0.write_all(format!("{line}\n").as_bytes())?;
        self.await_prompt()
    }

    fn await_prompt(&mut self) -> Result<()> {
        let mut text = Vec::new();
        while !text.ends_with(b"(qemu) ") {
            let mut byte = [0];
            self.0.read_exact(&mut byte).context("the emulator's monitor has closed")?;
            text.push(byte[0]);
        }
        Ok(())
    }
}

/// The instruction's address in a line of the log: `Trace 0: HOST [CS_BASE/ADDRESS/…] …`.
fn address(line: &str) -> Option<u64> {
    let fields = line.strip_prefix("Trace ")?.split_once('[')?.1;
    u64::from_str_radix(fields.split('/').nth(1)?, 16).ok()
}

/// The guest's functions, by address.
struct Symbols {
    by_address: BTreeMap<u64, String>,
}

impl Symbols {
    /// Reads `/proc/kallsyms`.
    fn parse(text: &str) -> Self {
        let symbol = |line: &str| {
            let mut words = line.split_whitespace();
            let address = u64::from_str_radix(words.next()?, 16).ok()?;
            let (kind, name) = (words.next()?, words.next()?);
            // Each session's module has its own name; the profile is to be the same each time.
            let module = words.next().unwrap_or_default();
            let module = if module.starts_with("[stapc_") { "[session]" } else { module };
            "tTwW".contains(kind).then(|| (address, format!("{name} {module}").trim().to_owned()))
        };
        Self { by_address: text.lines().filter_map(symbol).collect() }
    }

    /// The function that an address is in.
    fn name(&self, address: u64) -> &str {
        self.by_address.range(..=address).next_back().map_or("(unknown)", |(_, name)| name)
    }

    /// Where a read begins.
    fn entry(&self) -> Result<u64> {
        let entry = self.by_address.iter().find(|(_, name)| *name == FUNCTION);
        entry.map(|(address, _)| *address).with_context(|| format!("the guest has no {FUNCTION}"))
    }

    /// The profile of the shortest read among executed instructions.
    fn profile(&self, addresses: impl Iterator<Item = u64>) -> Result<Profile> {
        let entry = self.entry()?;
        let addresses: Vec<u64> = addresses.collect();
        let starts: Vec<usize> = addresses
            .iter()
            .enumerate()
            .filter(|(_, address)| **address == entry)
            .map(|(index, _)| index)
            .collect();
        let reads = starts.windows(2).map(|pair| &addresses[pair[0]..pair[1]]);
        let shortest = reads.min_by_key(|read| read.len()).context("the log has no read in it")?;
        let mut profile = Profile::new();
        for &address in shortest {
            *profile.entry(self.name(address).to_owned()).or_default() += 1;
        }
        Ok(profile)
    }
}

/// Whether a function is a session's, or what the kernel enters its handlers by.
fn is_of_a_hit(name: &str) -> bool {
    name.ends_with("[session]") || name.starts_with("ftrace_trampoline")
}

/// Prints what `probed` has beyond `unprobed`, the most first.
pub fn print(probed: &Profile, unprobed: &Profile) {
    for (name, count) in difference(probed, unprobed) {
        println!("    {count:>6}  {name}");
    }
}

fn difference(probed: &Profile, unprobed: &Profile) -> Vec<(String, i64)> {
    let mut counts = probed.clone();
    for (name, count) in unprobed {
        *counts.entry(name.clone()).or_default() -= count;
    }
    let mut counts: Vec<(String, i64)> =
        counts.into_iter().filter(|(_, count)| *count != 0).collect();
    counts.sort_by_key(|(_, count)| -count);
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    const KALLSYMS: &str = "ffffffff81000000 T vfs_read\nffffffff81000100 t other\nffffffff81000110 d data\n\
                            ffffffffc0000000 t handler\t[stapc_1]\n";

    fn profile(counts: &[(&str, i64)]) -> Profile {
        counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    }

    #[test]
    fn an_address_is_read_from_the_emulators_log() {
        let line = "Trace 0: 0x7f3408000100 [0000000000000000/ffffffff81000104/00000000/ff000201] vfs_read";
        assert_eq!(address(line), Some(0xffff_ffff_8100_0104));
        assert_eq!(address("Stopped execution of TB chain"), None);
    }

    #[test]
    fn the_shortest_read_is_counted_by_function() {
        let base = 0xffff_ffff_8100_0000;
        let log = [
            base + 0x111,
            base,
            base + 4,
            base + 0x104,
            base + 0x111,
            base,
            0xffff_ffff_c000_0008,
            base + 0x111,
            base,
        ];
        let found = Symbols::parse(KALLSYMS).profile(log.into_iter()).unwrap();
        assert_eq!(found, profile(&[("vfs_read", 1), ("handler [session]", 1), ("other", 1)]));
    }

    #[test]
    fn a_log_without_a_whole_read_is_an_error() {
        assert!(Symbols::parse(KALLSYMS).profile([0xffff_ffff_8100_0000].into_iter()).is_err());
    }

    #[test]
    fn the_difference_is_what_the_probe_adds() {
        let probed = profile(&[("vfs_read", 10), ("handler", 5), ("trampoline", 20)]);
        let expected = [("trampoline".to_owned(), 20), ("handler".to_owned(), 5)];
        assert_eq!(difference(&probed, &profile(&[("vfs_read", 10)])), expected);
    }
}
