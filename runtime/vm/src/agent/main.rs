//! The program inside the guest: runs what the host asks for, and reports what comes of it.
//!
//! It hears of new messages by a byte on the second serial port; the messages themselves, and all
//! output, go through the memory that it shares with the host (an `ivshmem-plain` PCI device,
//! mapped through sysfs: no driver is needed for either, so any kernel will do). It is one thread
//! around one `poll`, so that it disturbs what is measured in the guest as little as can be.
#![expect(clippy::disallowed_methods, reason = "this program is all files and processes")]

mod command;
mod system;
#[path = "../wire.rs"]
#[expect(dead_code, reason = "the host uses the rest")]
mod wire;

use std::{
    fs::{self, File},
    io::{self, Read as _},
    os::{fd::AsRawFd as _, unix::fs::OpenOptionsExt as _},
    sync::atomic::AtomicU64,
    time::Duration,
};

use command::{Command, send};
use system::{POLLIN, PollFd};
use wire::{Frame, Kind, PAYLOAD_MAX, Ring, SHARED_BYTES, rings};

/// Where the doorbell is.
const DOORBELL: &str = "/dev/ttyS1";

/// How long is waited for the host to make room.
const NO_ROOM_PAUSE: Duration = Duration::from_millis(1);

/// The guest's file systems. What a kernel does not have is missing then.
const MOUNTS: [(&str, &str); 6] = [
    ("proc", "/proc"),
    ("sysfs", "/sys"),
    ("devtmpfs", "/dev"),
    ("debugfs", "/sys/kernel/debug"),
    ("tracefs", "/sys/kernel/tracing"),
    ("devpts", "/dev/pts"),
];

const ENVIRONMENT: [(&str, &str); 3] = [
    ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
    ("HOME", "/root"),
    ("TERM", "dumb"),
];

fn main() -> io::Result<()> {
    prepare();
    let (from_host, to_host) = rings(map_shared_memory()?);
    let doorbell = File::options().read(true).custom_flags(system::O_NOCTTY).open(DOORBELL)?;
    system::make_raw(&doorbell)?;
    send(to_host, Kind::Ready, 0, &[]);
    serve(from_host, to_host, doorbell)
}

/// Makes the guest habitable.
fn prepare() {
    for (kind, on) in MOUNTS {
        let _ = system::mount_new(kind, on);
    }
    for (name, value) in ENVIRONMENT {
        // SAFETY: there is only this thread.
        unsafe { std::env::set_var(name, value) };
    }
    let _ = fs::create_dir_all("/dev/shm");
    let _ = std::env::set_current_dir("/root");
    let _ = system::loopback_up();
}

fn serve(from_host: Ring<'_>, to_host: Ring<'_>, mut doorbell: File) -> io::Result<()> {
    let mut commands: Vec<Command> = Vec::new();
    let mut buffer = vec![0; PAYLOAD_MAX];
    loop {
        // Read after the doorbell: what comes later rings again.
        while let Some(frame) = from_host.try_read().map_err(io::Error::other)? {
            obey(frame, &mut commands, to_host);
        }
        commands.retain_mut(|command| !command.advance(to_host, &mut buffer));
        let room = to_host.has_room(PAYLOAD_MAX);
        let mut fds = vec![PollFd { fd: doorbell.as_raw_fd(), events: POLLIN, revents: 0 }];
        let wait = commands
            .iter()
            .filter_map(|command| command.wants(room, &mut fds))
            .chain((!room && !commands.is_empty()).then_some(NO_ROOM_PAUSE))
            .min();
        // Rounded up: waking early would be waking for nothing.
        let milliseconds = wait.map_or(-1, |wait| wait.as_micros().div_ceil(1000) as i32);
        system::wait_for(&mut fds, milliseconds)?;
        if fds[0].revents != 0 && doorbell.read(&mut [0; 64])? == 0 {
            return Err(io::Error::other("the doorbell is closed"));
        }
    }
}

/// Does what one message asks for.
fn obey(frame: Frame, commands: &mut Vec<Command>, host: Ring<'_>) {
    let Frame { kind, id, payload } = frame;
    if kind == Kind::Run {
        match Command::start(id, &payload) {
            Ok(command) => commands.push(command),
            Err(error) => refuse(id, &payload, &error, host),
        }
        return;
    }
    let Some(command) = commands.iter_mut().find(|command| command.id == id) else { return };
    match kind {
        Kind::Stdin => command.feed(&payload),
        Kind::StdinEnd => command.end_input(),
        Kind::Signal => {
            if let Ok(number) = payload.try_into() {
                command.signal(i32::from_le_bytes(number));
            }
        }
        Kind::Run | Kind::Ready | Kind::Stdout | Kind::Stderr | Kind::Exit => {}
    }
}

/// A command that cannot be started has the status that a shell gives it.
fn refuse(id: u32, words: &[u8], error: &io::Error, host: Ring<'_>) {
    let name = words.split(|byte| *byte == 0).next().unwrap_or_default();
    let code: u32 = if error.kind() == io::ErrorKind::NotFound { 127 } else { 126 };
    let text = format!("{}: {error}\n", String::from_utf8_lossy(name));
    send(host, Kind::Stderr, id, text.as_bytes());
    command::mark_console(id);
    send(host, Kind::Exit, id, &(code << 8).to_le_bytes());
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
    let file = File::options().read(true).write(true).open(device.join("resource2"))?;
    system::map_shared(&file, SHARED_BYTES)
}
