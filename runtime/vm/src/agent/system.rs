//! The system calls that the standard library lacks. The agent is built without crates (see
//! build.rs), so they are declared here, for x86-64 Linux.

use std::{
    ffi::{CString, c_char, c_int, c_long, c_short, c_ulong, c_void},
    fs::File,
    io,
    net::UdpSocket,
    os::fd::{AsRawFd, FromRawFd as _, RawFd},
    ptr,
    sync::atomic::AtomicU64,
};

/// Open a terminal without making it this process's own.
pub const O_NOCTTY: c_int = 0o400;
/// There is something to read, or an end.
pub const POLLIN: c_short = 1;
/// There is room to write.
pub const POLLOUT: c_short = 4;

/// What is waited for on a descriptor, and what of it is there.
#[repr(C)]
pub struct PollFd {
    pub fd: RawFd,
    pub events: c_short,
    pub revents: c_short,
}

/// `struct ifreq` with flags in it.
#[repr(C)]
struct InterfaceFlags {
    name: [u8; 16],
    flags: u16,
    rest: [u8; 22],
}

/// More than a `struct termios`.
type Termios = [u64; 16];

unsafe extern "C" {
    fn cfmakeraw(termios: *mut Termios);
    fn fcntl(fd: c_int, command: c_int, ...) -> c_int;
    fn ioctl(fd: c_int, request: c_ulong, ...) -> c_int;
    fn kill(pid: c_int, signal: c_int) -> c_int;
    fn mmap(
        at: *mut c_void,
        size: usize,
        prot: c_int,
        flags: c_int,
        fd: c_int,
        from: c_long,
    ) -> *mut c_void;
    fn mount(
        from: *const c_char,
        on: *const c_char,
        kind: *const c_char,
        flags: c_ulong,
        data: *const c_void,
    ) -> c_int;
    fn poll(fds: *mut PollFd, count: c_ulong, milliseconds: c_int) -> c_int;
    fn syscall(number: c_long, ...) -> c_long;
    fn tcgetattr(fd: c_int, termios: *mut Termios) -> c_int;
    fn tcsetattr(fd: c_int, when: c_int, termios: *const Termios) -> c_int;
}

fn checked(result: c_int) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Mounts a file system of this kind, making the directory.
pub fn mount_new(kind: &str, on: &str) -> io::Result<()> {
    std::fs::create_dir_all(on)?;
    let (kind, on) = (CString::new(kind)?, CString::new(on)?);
    // SAFETY: the strings end with NUL and live through the call; null is "no options".
    checked(unsafe { mount(kind.as_ptr(), on.as_ptr(), kind.as_ptr(), 0, ptr::null()) })
}

/// Sends a signal to a process group.
pub fn signal_group(group: u32, number: i32) -> io::Result<()> {
    // SAFETY: a system call on integers.
    checked(unsafe { kill(-(group as c_int), number) })
}

/// Makes a terminal hand on bytes as they are.
pub fn make_raw(terminal: &File) -> io::Result<()> {
    const NOW: c_int = 0;
    let mut termios: Termios = [0; 16];
    // SAFETY: the buffer is larger than a termios, and any bytes are one.
    unsafe {
        checked(tcgetattr(terminal.as_raw_fd(), &mut termios))?;
        cfmakeraw(&mut termios);
        checked(tcsetattr(terminal.as_raw_fd(), NOW, &termios))
    }
}

/// Makes reads and writes fail with `WouldBlock` rather than wait.
pub fn set_nonblocking(file: &impl AsRawFd) -> io::Result<()> {
    const F_SETFL: c_int = 4;
    const O_NONBLOCK: c_int = 0o4000;
    // SAFETY: a system call on integers. A pipe's end has no other flags of use.
    checked(unsafe { fcntl(file.as_raw_fd(), F_SETFL, O_NONBLOCK) })
}

/// A descriptor that can be read once this process has ended. Kernels before 5.3 have none.
pub fn process_end(pid: u32) -> io::Result<File> {
    const PIDFD_OPEN: c_long = 434;
    // SAFETY: a system call on integers.
    let fd = unsafe { syscall(PIDFD_OPEN, pid as c_long, 0_i64) };
    checked(fd as c_int)?;
    // SAFETY: the descriptor was just made, and nobody else has it.
    Ok(unsafe { File::from_raw_fd(fd as c_int) })
}

/// Waits for any of these, at most so long; for ever if negative.
pub fn wait_for(fds: &mut [PollFd], milliseconds: c_int) -> io::Result<()> {
    // SAFETY: the structures are poll's own, as many as it is told.
    match checked(unsafe { poll(fds.as_mut_ptr(), fds.len() as c_ulong, milliseconds) }) {
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
        result => result,
    }
}

/// Switches the loopback interface on.
pub fn loopback_up() -> io::Result<()> {
    const SIOCSIFFLAGS: c_ulong = 0x8914;
    const UP_RUNNING: u16 = 0x41;
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    let mut request = InterfaceFlags { name: [0; 16], flags: UP_RUNNING, rest: [0; 22] };
    request.name[..2].copy_from_slice(b"lo");
    // SAFETY: the request is an ifreq, as this ioctl wants it, and lives through the call.
    checked(unsafe { ioctl(socket.as_raw_fd(), SIOCSIFFLAGS, &request) })
}

/// Maps a file that is shared with somebody else, for ever.
pub fn map_shared(file: &File, bytes: usize) -> io::Result<&'static [AtomicU64]> {
    const READ_WRITE: c_int = 3;
    const SHARED: c_int = 1;
    // SAFETY: a new mapping at an address of the kernel's choice touches no memory in use.
    let base = unsafe { mmap(ptr::null_mut(), bytes, READ_WRITE, SHARED, file.as_raw_fd(), 0) };
    if base.addr() == usize::MAX {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the mapping is that long, aligned to a page, zero at first, and never undone;
    // whoever else writes to it does so by atomic words as well.
    Ok(unsafe { std::slice::from_raw_parts(base.cast(), bytes / 8) })
}
