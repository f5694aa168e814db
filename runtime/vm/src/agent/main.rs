//! The program inside the guest: runs what the host asks for, and reports what comes of it.
//!
//! It hears of new messages by a byte on the second serial port; the messages themselves, and all
//! output, go through the memory that it shares with the host (an `ivshmem-plain` PCI device,
//! mapped through sysfs: no driver is needed for either, so any kernel will do).
#![expect(clippy::disallowed_methods, reason = "this program is all files and processes")]

#[path = "../wire.rs"]
mod wire;

use std::{
    collections::HashMap,
    ffi::OsStr,
    fs,
    io::{self, Read, Write},
    os::unix::{
        ffi::OsStrExt,
        process::{CommandExt, ExitStatusExt},
    },
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use wire::{Frame, Kind, PAYLOAD_MAX, Ring, SHARED_BYTES, rings};

/// Where the doorbell is.
const DOORBELL: &str = "/dev/ttyS1";

/// How long a command's output may be silent, once it has ended, before it counts as complete
/// although something that it left behind still holds its pipes open.
const SILENCE: Duration = Duration::from_millis(300);

/// The way to the host; one writer at a time.
#[derive(Clone, Copy)]
struct Host(&'static Mutex<Ring<'static>>);

/// A command that runs.
struct Running {
    group: u32,
    stdin: Option<mpsc::Sender<Vec<u8>>>,
}

/// The output of one command: bytes sent so far, pipes still open.
#[derive(Default)]
struct Progress {
    sent: AtomicU64,
    open: AtomicU64,
}

fn main() -> io::Result<()> {
    let memory = map_shared_memory()?;
    let (from_host, to_host) = rings(memory);
    let host = Host(Box::leak(Box::new(Mutex::new(to_host))));
    let mut doorbell = fs::File::open(DOORBELL)?;
    let mut running = HashMap::new();
    host.send(Kind::Ready, 0, &[]);
    loop {
        while let Some(frame) = from_host.try_read().map_err(io::Error::other)? {
            obey(frame, &mut running, host);
        }
        if doorbell.read(&mut [0; 64])? == 0 {
            return Err(io::Error::other("the doorbell is closed"));
        }
    }
}

impl Host {
    /// Sends a message, waiting for room.
    fn send(self, kind: Kind, id: u32, payload: &[u8]) {
        let ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while !ring.try_write(kind, id, payload) {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Does what one message asks for.
fn obey(frame: Frame, running: &mut HashMap<u32, Running>, host: Host) {
    let Frame { kind, id, payload } = frame;
    match kind {
        Kind::Run => match start(&payload) {
            Ok(mut child) => {
                let stdin = child.stdin.take().map(feed);
                running.insert(id, Running { group: child.id(), stdin });
                thread::spawn(move || attend(child, id, host));
            }
            Err(error) => {
                let text = format!("{}: {error}\n", String::from_utf8_lossy(first_word(&payload)));
                host.send(Kind::Stderr, id, text.as_bytes());
                host.send(Kind::Exit, id, &(127_u32 << 8).to_le_bytes());
            }
        },
        Kind::Stdin => {
            if let Some(stdin) = running.get(&id).and_then(|command| command.stdin.as_ref()) {
                // It may have closed its input: its affair.
                let _ = stdin.send(payload);
            }
        }
        Kind::StdinEnd => {
            running.entry(id).and_modify(|command| command.stdin = None);
        }
        Kind::Signal => {
            if let (Some(command), Ok(number)) = (running.get(&id), payload.try_into()) {
                signal(command.group, u32::from_le_bytes(number));
            }
        }
        Kind::Ready | Kind::Stdout | Kind::Stderr | Kind::Exit => {}
    }
}

/// Starts a command, in a process group of its own.
fn start(arguments: &[u8]) -> io::Result<Child> {
    let mut words = arguments.split(|byte| *byte == 0).map(OsStr::from_bytes);
    let program = words.next().unwrap_or_default();
    let rest: Vec<&OsStr> = words.collect();
    // What follows the last argument's NUL is not an argument.
    let rest = rest.split_last().map_or(&[][..], |(_, rest)| rest);
    Command::new(program)
        .args(rest)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
}

/// A thread that writes to a command's standard input, so that a command which does not read does
/// not hold up others.
fn feed(mut stdin: ChildStdin) -> mpsc::Sender<Vec<u8>> {
    let (sender, receiver) = mpsc::channel::<Vec<u8>>();
    thread::spawn(move || {
        for data in receiver {
            if stdin.write_all(&data).is_err() {
                return;
            }
        }
    });
    sender
}

fn first_word(arguments: &[u8]) -> &[u8] {
    arguments.split(|byte| *byte == 0).next().unwrap_or_default()
}

fn signal(group: u32, number: u32) {
    let target = format!("-{group}");
    // A group that is gone by now is no error.
    let _ = Command::new("kill")
        .args([&format!("-{number}"), "--", &target])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

/// Sends on what a command writes, and its status when it has ended.
fn attend(mut child: Child, id: u32, host: Host) {
    let progress = Arc::new(Progress::default());
    forward(child.stdout.take(), Kind::Stdout, id, host, &progress);
    forward(child.stderr.take(), Kind::Stderr, id, host, &progress);
    let status = child.wait().map_or(255 << 8, |status| status.into_raw());
    let mut sent = progress.sent.load(Ordering::Acquire);
    let mut silent = Duration::ZERO;
    let step = Duration::from_millis(1);
    while progress.open.load(Ordering::Acquire) > 0 && silent < SILENCE {
        thread::sleep(step);
        let now = progress.sent.load(Ordering::Acquire);
        silent = if now == sent { silent + step } else { Duration::ZERO };
        sent = now;
    }
    mark_console(id);
    host.send(Kind::Exit, id, &(status as u32).to_le_bytes());
}

/// A thread that sends on what comes from a pipe, to its end.
fn forward(
    pipe: Option<impl Read + Send + 'static>,
    kind: Kind,
    id: u32,
    host: Host,
    progress: &Arc<Progress>,
) {
    let Some(mut pipe) = pipe else { return };
    let progress = Arc::clone(progress);
    progress.open.fetch_add(1, Ordering::AcqRel);
    thread::spawn(move || {
        let mut buffer = vec![0; PAYLOAD_MAX];
        while let Ok(length @ 1..) = pipe.read(&mut buffer) {
            progress.sent.fetch_add(1, Ordering::AcqRel);
            host.send(kind, id, &buffer[..length]);
            progress.sent.fetch_add(1, Ordering::AcqRel);
        }
        progress.open.fetch_sub(1, Ordering::AcqRel);
    });
}

/// Says on the console that a command has ended. The console keeps its order, so the host knows
/// then that it has seen all that the kernel said before.
fn mark_console(id: u32) {
    if let Ok(mut log) = fs::OpenOptions::new().write(true).open("/dev/kmsg") {
        let _ = log.write_all(format!("<1>stapc-vm: command {id} has ended\n").as_bytes());
    }
}

/// The memory shared with the host, found by its PCI identity.
fn map_shared_memory() -> io::Result<&'static [AtomicU64]> {
    let device = fs::read_dir("/sys/bus/pci/devices")?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| {
            let is = |name, value: &str| {
                fs::read_to_string(path.join(name)).is_ok_and(|text| text.trim() == value)
            };
            is("vendor", "0x1af4") && is("device", "0x1110")
        })
        .ok_or_else(|| io::Error::other("there is no ivshmem device"))?;
    fs::write(device.join("enable"), "1")?;
    let file = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(device.join("resource2"))?;
    map(&file)
}

fn map(file: &fs::File) -> io::Result<&'static [AtomicU64]> {
    use std::{
        ffi::{c_int, c_long, c_void},
        os::fd::AsRawFd,
        ptr,
    };
    // The agent is built without crates; see build.rs.
    unsafe extern "C" {
        fn mmap(at: *mut c_void, size: usize, prot: c_int, flags: c_int, fd: c_int, from: c_long) -> *mut c_void;
    }
    const READ_WRITE: c_int = 3;
    const SHARED: c_int = 1;
    // SAFETY: a new mapping at an address of the kernel's choice touches no memory in use.
    let base = unsafe { mmap(ptr::null_mut(), SHARED_BYTES, READ_WRITE, SHARED, file.as_raw_fd(), 0) };
    if base.addr() == usize::MAX {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the mapping is SHARED_BYTES long, aligned to a page, zero at first, and never undone;
    // whoever else writes to it, the host, does so by atomic words as well.
    Ok(unsafe { std::slice::from_raw_parts(base.cast(), SHARED_BYTES / 8) })
}
