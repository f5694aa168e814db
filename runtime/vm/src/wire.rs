//! What host and guest say to each other, over a memory that both see.
//!
//! The memory is an array of 64-bit words in two halves, one ring for each direction. A ring's
//! first word counts the words written since the start, word 8 those read (another cache line);
//! from word 16 on are the data. A frame is one header word, `length << 32 | id << 8 | kind`, one
//! word for each 8 bytes of payload begun, zeros for padding. A frame is published whole.

use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes of the shared memory: a power of two, as PCI wants it.
pub const SHARED_BYTES: usize = 16 << 20;

/// The most payload in one frame, in bytes.
pub const PAYLOAD_MAX: usize = 64 << 10;

const WRITTEN: usize = 0;
const READ: usize = 8;
const DATA: usize = 16;

/// What a frame is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Guest: the agent serves.
    Ready = 1,
    /// Guest: a command's standard output.
    Stdout,
    /// Guest: a command's standard error.
    Stderr,
    /// Guest: a command has ended; payload: its wait status, `i32`, little endian.
    Exit,
    /// Host: start a command; payload: its arguments, each ended by a NUL.
    Run,
    /// Host: data for a command's standard input.
    Stdin,
    /// Host: the end of a command's standard input.
    StdinEnd,
    /// Host: send a signal to a command's process group; payload: its number, `i32`, little endian.
    Signal,
}

/// One message about one command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// What it is for.
    pub kind: Kind,
    /// Which command: below 2^24.
    pub id: u32,
    /// What it carries.
    pub payload: Vec<u8>,
}

/// One direction of the shared memory. One thread at a time may write, one may read.
#[derive(Debug, Clone, Copy)]
pub struct Ring<'m> {
    words: &'m [AtomicU64],
}

/// The two rings in a shared memory: host to guest, guest to host.
pub fn rings(memory: &[AtomicU64]) -> (Ring<'_>, Ring<'_>) {
    // Most of what is said is said by the guest.
    let (to_guest, to_host) = memory.split_at(memory.len() / 8);
    (Ring { words: to_guest }, Ring { words: to_host })
}

impl Kind {
    fn from_number(number: u8) -> Option<Self> {
        use Kind::*;
        [Ready, Stdout, Stderr, Exit, Run, Stdin, StdinEnd, Signal]
            .into_iter()
            .find(|kind| *kind as u8 == number)
    }
}

impl Ring<'_> {
    /// Writes a frame, unless there is no room for it now. The payload is at most `PAYLOAD_MAX`.
    #[must_use]
    pub fn try_write(&self, kind: Kind, id: u32, payload: &[u8]) -> bool {
        let written = self.words[WRITTEN].load(Ordering::Relaxed);
        if !self.has_room(payload.len()) {
            return false;
        }
        let header = (payload.len() as u64) << 32 | u64::from(id) << 8 | kind as u64;
        self.slot(written).store(header, Ordering::Relaxed);
        for (position, chunk) in (written + 1..).zip(payload.chunks(8)) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.slot(position).store(u64::from_le_bytes(word), Ordering::Relaxed);
        }
        self.words[WRITTEN].store(written + Self::size(payload.len()), Ordering::Release);
        true
    }

    /// Takes the next frame, if there is one. `Err` when what is there is not one: the other side
    /// is broken.
    pub fn try_read(&self) -> Result<Option<Frame>, String> {
        let read = self.words[READ].load(Ordering::Relaxed);
        let there = self.words[WRITTEN].load(Ordering::Acquire).wrapping_sub(read);
        if there == 0 {
            return Ok(None);
        }
        let header = self.slot(read).load(Ordering::Relaxed);
        let length = (header >> 32) as usize;
        let kind = Kind::from_number(header as u8);
        let size = Self::size(length);
        let (Some(kind), true) = (kind, length <= PAYLOAD_MAX && size <= there) else {
            return Err(format!("a broken message, header {header:#x}"));
        };
        let mut payload = Vec::with_capacity(length + 8);
        for position in read + 1..read + size {
            let word = self.slot(position).load(Ordering::Relaxed);
            payload.extend_from_slice(&word.to_le_bytes());
        }
        payload.truncate(length);
        self.words[READ].store(read + size, Ordering::Release);
        Ok(Some(Frame { kind, id: (header >> 8) as u32 & 0xff_ffff, payload }))
    }

    /// Whether there is something that the reader has not taken yet.
    pub fn holds_any(&self) -> bool {
        let written = self.words[WRITTEN].load(Ordering::Relaxed);
        written != self.words[READ].load(Ordering::Relaxed)
    }

    /// Whether a frame with so much payload can be written now.
    pub fn has_room(&self, payload: usize) -> bool {
        let written = self.words[WRITTEN].load(Ordering::Relaxed);
        let used = written - self.words[READ].load(Ordering::Acquire);
        used + Self::size(payload) <= self.capacity()
    }

    /// The words of a frame.
    fn size(payload: usize) -> u64 {
        1 + payload.div_ceil(8) as u64
    }

    fn capacity(&self) -> u64 {
        (self.words.len() - DATA) as u64
    }

    fn slot(&self, position: u64) -> &AtomicU64 {
        &self.words[DATA + (position % self.capacity()) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(words: usize) -> Vec<AtomicU64> {
        (0..words).map(|_| AtomicU64::new(0)).collect()
    }

    #[test]
    fn frames_come_out_as_they_went_in_across_the_wrap() {
        let memory = memory(2 * 64 * 8);
        let (_, ring) = rings(&memory);
        for length in (0..200).chain(0..200) {
            let payload: Vec<u8> = (0..length).map(|byte| byte as u8).collect();
            assert!(ring.try_write(Kind::Stdout, length, &payload));
            let frame = Frame { kind: Kind::Stdout, id: length, payload };
            assert_eq!(ring.try_read(), Ok(Some(frame)));
        }
        assert_eq!(ring.try_read(), Ok(None));
    }

    #[test]
    fn a_full_ring_takes_no_more_and_loses_nothing() {
        let memory = memory(2 * 64 * 8);
        let (_, ring) = rings(&memory);
        let count =
            (0..).take_while(|&id| ring.try_write(Kind::Stdout, id, b"twelve bytes")).count();
        assert!(count > 100);
        for id in 0..count as u32 {
            assert_eq!(ring.try_read().map(|frame| frame.map(|frame| frame.id)), Ok(Some(id)));
        }
        assert_eq!(ring.try_read(), Ok(None));
    }

    #[test]
    fn what_is_no_frame_is_an_error() {
        let memory = memory(2 * 64 * 8);
        let (_, ring) = rings(&memory);
        assert!(ring.try_write(Kind::Exit, 1, &[]));
        ring.slot(0).store(u64::MAX, Ordering::Relaxed);
        assert!(ring.try_read().is_err());
    }
}
