//! The emulator: its command line, and its life.

use std::{
    ffi::OsString,
    io::{self, Read as _, Seek as _, Write as _},
    os::{
        fd::{AsRawFd as _, OwnedFd, RawFd},
        unix::{net::UnixStream, process::CommandExt as _},
    },
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, mpsc},
    thread,
};

use crate::{Error, console::Console, memory, memory::Shared, wire};

const QEMU: &str = "qemu-system-x86_64";

/// What the kernel is told. A panic ends the machine (with `-no-reboot`), an oops is a panic. The
/// console shows all that `/dev/kmsg` is given. A busy host makes the timer's self-test fail. A program that is
/// at the same addresses each time is translated once, not at each start.
const KERNEL_ARGS: &str = "console=ttyS0 rdinit=/init panic=-1 oops=panic loglevel=7 printk.time=1 \
                           printk.devkmsg=on no_timer_check norandmaps";

/// How the machine is made.
#[derive(Debug, Clone)]
pub struct Settings {
    pub cpus: u32,
    pub memory_mb: u32,
    pub icount: bool,
    pub takes_turns: bool,
    pub kernel_args: Vec<String>,
}

/// A running emulator. It ends when this is dropped, or when this process ends.
#[derive(Debug)]
pub struct Machine {
    child: Child,
    doorbell: UnixStream,
    stderr: std::fs::File,
    pub console: Arc<Console>,
    pub memory: Shared,
}

/// The emulator's ends of what it shares with us. Each becomes an inherited descriptor.
struct Ends {
    console: UnixStream,
    doorbell: UnixStream,
    memory: OwnedFd,
    initramfs: OwnedFd,
}

impl Machine {
    /// Starts the emulator on a kernel and an initramfs.
    pub fn start(kernel: &Path, initramfs: &[u8], settings: &Settings) -> Result<Self, Error> {
        let host = |what| move |source| Error::Host { what, source };
        let pair = || UnixStream::pair().map_err(host("make a socket pair"));
        let file = |name, data| memory::file(name, data).map_err(host("make a file in memory"));
        let (console_here, console_there) = pair()?;
        let (doorbell, doorbell_there) = pair()?;
        doorbell.set_nonblocking(true).map_err(host("set up a socket"))?;
        let (shared, memory) = Shared::new("stapc-vm-shared", wire::SHARED_BYTES)
            .map_err(host("make a file in memory"))?;
        let ends = Ends {
            console: console_there,
            doorbell: doorbell_there,
            memory,
            initramfs: file("stapc-vm-initramfs", initramfs)?,
        };
        let stderr = std::fs::File::from(file("stapc-vm-stderr", &[])?);
        let mut command = Command::new(QEMU);
        command
            .args(arguments(kernel, settings, &ends))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(stderr.try_clone().map_err(host("duplicate a descriptor"))?)
            .process_group(0); // Ctrl-C at a terminal is for us to pass on.
        let console = Arc::new(Console::default());
        let child = spawn(command, ends, console_here, Arc::clone(&console))?;
        Ok(Self { child, doorbell, stderr, console, memory: shared })
    }

    /// Wakes the agent. A doorbell that is rung already need not be rung again.
    pub fn ring(&self) {
        let _ = (&self.doorbell).write(b"!");
    }

    /// Ends the emulator now.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// What the emulator itself said.
    pub fn stderr(&mut self) -> String {
        let mut text = Vec::new();
        let read = self.stderr.rewind().and_then(|()| self.stderr.read_to_end(&mut text));
        read.map_or_else(|error| error.to_string(), |_| String::from_utf8_lossy(&text).into_owned())
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Starts the emulator from the thread that then reads its console. The kernel ends the emulator
/// with the *thread* that started it, and this one lives exactly as long as it should.
fn spawn(
    mut command: Command,
    ends: Ends,
    console_here: UnixStream,
    console: Arc<Console>,
) -> Result<Child, Error> {
    let inherited = [&ends.console, &ends.doorbell]
        .map(|end| end.as_raw_fd())
        .into_iter()
        .chain([&ends.memory, &ends.initramfs].map(|end| end.as_raw_fd()))
        .collect::<Vec<_>>();
    let parent = std::process::id();
    // SAFETY: the closure only makes system calls, and allocates nothing.
    unsafe { command.pre_exec(move || prepare_child(parent, &inherited)) };
    let (sender, receiver) = mpsc::channel();
    let run = move || {
        let child = command.spawn();
        // The emulator's ends must not stay open here: their closing tells of its end.
        drop(ends);
        if sender.send(child).is_ok() {
            console.fill(console_here);
        }
    };
    let started = thread::Builder::new().name("vm-console".to_owned()).spawn(run);
    started.map_err(|source| Error::Host { what: "start a thread", source })?;
    match receiver.recv() {
        Ok(Ok(child)) => Ok(child),
        Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => Err(Error::NoQemu),
        Ok(Err(source)) => Err(Error::Host { what: "start qemu-system-x86_64", source }),
        Err(_) => Err(Error::Ended("the console's thread ended".to_owned())),
    }
}

/// What the child does before it becomes the emulator.
fn prepare_child(parent: u32, inherited: &[RawFd]) -> io::Result<()> {
    // SAFETY: a system call on integers.
    if unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: a system call without arguments.
    if unsafe { libc::getppid() } != parent as libc::pid_t {
        return Err(io::ErrorKind::BrokenPipe.into()); // The parent had ended before.
    }
    for &descriptor in inherited {
        // SAFETY: a system call on integers; takes the mark "close on exec" away.
        if unsafe { libc::fcntl(descriptor, libc::F_SETFD, 0) } != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

fn arguments(kernel: &Path, settings: &Settings, ends: &Ends) -> Vec<OsString> {
    let Settings { cpus, memory_mb, icount, takes_turns, kernel_args } = settings;
    // One thread for each processor, where there are several, gives real races.
    let thread = if *cpus > 1 && !takes_turns { "multi" } else { "single" };
    let socket = |name: &str, end: &UnixStream| format!("socket,id={name},fd={}", end.as_raw_fd());
    let path = |end: &OwnedFd| format!("/proc/self/fd/{}", end.as_raw_fd());
    let mut words = Vec::new();
    words.extend(
        ["-machine", "q35", "-cpu", "max", "-nodefaults", "-no-user-config"].map(str::to_owned),
    );
    words.extend(["-display", "none", "-no-reboot"].map(str::to_owned));
    // An interpreter of slots that nothing is plugged into takes a checking kernel a third of its start.
    let slots = "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off";
    words.extend(["-global", slots].map(str::to_owned));
    let mut option = |name: &str, value: String| words.extend([name.to_owned(), value]);
    option("-accel", format!("tcg,thread={thread}"));
    option("-smp", cpus.to_string());
    option("-m", memory_mb.to_string());
    if *icount {
        option("-icount", "shift=0,sleep=off".to_owned());
        option("-rtc", "base=2024-01-01,clock=vm".to_owned());
        option("-seed", "1".to_owned());
    }
    for (name, end) in [("console", &ends.console), ("doorbell", &ends.doorbell)] {
        option("-chardev", socket(name, end));
        option("-serial", format!("chardev:{name}"));
    }
    let size = wire::SHARED_BYTES;
    let shared = path(&ends.memory);
    option(
        "-object",
        format!("memory-backend-file,id=shared,share=on,size={size},mem-path={shared}"),
    );
    option("-device", "ivshmem-plain,memdev=shared".to_owned());
    option("-initrd", path(&ends.initramfs));
    option("-append", format!("{KERNEL_ARGS} {}", kernel_args.join(" ")).trim_end().to_owned());
    let mut words: Vec<OsString> = words.into_iter().map(OsString::from).collect();
    words.extend([OsString::from("-kernel"), kernel.as_os_str().to_owned()]);
    words
}
