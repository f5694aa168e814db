//! Anonymous files that QEMU gets: they vanish with their last user.

use std::{io, os::fd::OwnedFd, sync::atomic::AtomicU64};

use rustix::{
    fs::{MemfdFlags, SealFlags, ftruncate, memfd_create},
    io::write,
    mm::{MapFlags, ProtFlags, mmap, munmap},
};

/// A file in memory with these contents.
pub fn file(name: &str, contents: &[u8]) -> io::Result<OwnedFd> {
    let file = memfd_create(name, MemfdFlags::CLOEXEC)?;
    let mut rest = contents;
    while !rest.is_empty() {
        rest = &rest[write(&file, rest)?..];
    }
    Ok(file)
}

/// Memory that this process shares with another, as words.
#[derive(Debug)]
pub struct Shared {
    base: *mut AtomicU64,
    bytes: usize,
}

// SAFETY: the memory belongs to no thread, and is only ever seen as atomic words.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Shared {
    /// New memory, all zero, and the file that it is. `bytes` is a multiple of a page.
    pub fn new(name: &str, bytes: usize) -> io::Result<(Self, OwnedFd)> {
        let file = memfd_create(name, MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
        ftruncate(&file, bytes as u64)?;
        // Were the file to shrink, touching the memory would end this process.
        rustix::fs::fcntl_add_seals(&file, SealFlags::SHRINK)?;
        // SAFETY: a new mapping at an address of the kernel's choice touches no memory in use.
        let base = unsafe {
            mmap(
                std::ptr::null_mut(),
                bytes,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::SHARED,
                &file,
                0,
            )?
        };
        Ok((Self { base: base.cast(), bytes }, file))
    }

    /// Its words.
    pub fn words(&self) -> &[AtomicU64] {
        // SAFETY: mapped for as long as self lives, aligned to a page, of that size (sealed), and
        // zero or what atomic stores left there.
        unsafe { std::slice::from_raw_parts(self.base, self.bytes / 8) }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // SAFETY: made by mmap with this size; references into it have ended with self.
        let result = unsafe { munmap(self.base.cast(), self.bytes) };
        debug_assert!(result.is_ok());
    }
}
