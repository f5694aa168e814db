//! Writing output and messages, in their order, on a thread of its own.
//!
//! Whoever takes the output may be slow, or stop taking it: then this thread waits, and the one that
//! rules the session does not. What waits to be written is bounded by [`Writer::is_full`].

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Write},
    mem,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

use crate::{priority::Precedence, wake::Wake};

/// Bytes waiting to be written from which on no more should be brought.
const FULL: usize = 4 << 20;

/// Where bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// The script's output.
    Output,
    /// Warnings and errors.
    Messages,
    /// No bytes: from here on output goes to the next file.
    Switch,
}

/// What takes the script's output.
pub trait Sink: Write + Send {
    /// Goes on with the next file, if it is one of several.
    ///
    /// # Errors
    /// When that cannot be made.
    fn switch(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for File {}

impl Sink for Box<dyn Write + Send> {}

/// Bytes for both streams, in the order in which they are to be written.
#[derive(Debug, Default)]
pub struct Batch(VecDeque<(Stream, Vec<u8>)>);

impl Batch {
    /// Adds to the end.
    pub fn add(&mut self, stream: Stream, bytes: &[u8]) {
        match self.0.back_mut() {
            Some((last, chunk)) if *last == stream => chunk.extend_from_slice(bytes),
            _ => self.0.push_back((stream, bytes.to_vec())),
        }
    }

    /// Adds a line for the standard error.
    pub fn add_message(&mut self, line: &[u8]) {
        self.add(Stream::Messages, line);
        if !line.ends_with(b"\n") {
            self.add(Stream::Messages, b"\n");
        }
    }

    /// Has what is added behind it go to the next file.
    pub fn add_switch(&mut self) {
        self.add(Stream::Switch, b"");
    }

    fn bytes(&self) -> usize {
        self.0.iter().map(|(_, chunk)| chunk.len()).sum()
    }
}

/// The two ends of a session's text.
pub struct Sinks {
    /// Takes the script's output.
    pub output: Box<dyn Sink>,
    /// Takes warnings and errors.
    pub messages: Box<dyn Write + Send>,
}

/// The writing thread. Dropped without [`Writer::is_done`], it is left alone with what it has.
#[derive(Debug)]
pub struct Writer(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    /// Rung when there is room again, when output failed, and at the end.
    wake: Wake,
}

#[derive(Debug, Default)]
struct State {
    batch: Batch,
    /// Bytes in `batch` and in what is being written.
    bytes: usize,
    closed: bool,
    done: bool,
    failed: bool,
    failure: Option<io::Error>,
}

impl Writer {
    /// Starts the thread.
    pub fn start(sinks: Sinks, wake: Wake) -> io::Result<Self> {
        let shared = Arc::new(Shared { state: Mutex::default(), changed: Condvar::new(), wake });
        let theirs = Arc::clone(&shared);
        thread::Builder::new()
            .name("stapd-writer".to_owned())
            .spawn(move || theirs.write(sinks))?;
        Ok(Self(shared))
    }

    /// Hands over what is to be written next.
    pub fn push(&self, batch: Batch) {
        let mut state = self.0.lock();
        state.bytes += batch.bytes();
        for (stream, chunk) in batch.0 {
            state.batch.add(stream, &chunk);
        }
        self.0.changed.notify_one();
    }

    /// Whether more should wait until it is rung.
    pub fn is_full(&self) -> bool {
        self.0.lock().bytes >= FULL
    }

    /// Whether the output can no longer be written.
    pub fn has_failed(&self) -> bool {
        self.0.lock().failed
    }

    /// Why, once: `None` if all was written, and if the reader of a pipe went away, as `head` does.
    pub fn take_failure(&self) -> Option<io::Error> {
        let failure = self.0.lock().failure.take();
        failure.filter(|failure| failure.kind() != io::ErrorKind::BrokenPipe)
    }

    /// Nothing more will come.
    pub fn close(&self) {
        self.0.lock().closed = true;
        self.0.changed.notify_one();
    }

    /// Whether everything is written, after [`Writer::close`].
    pub fn is_done(&self) -> bool {
        self.0.lock().done
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, mut sinks: Sinks) {
        let _precedence = Precedence::take();
        while let Some(batch) = self.next() {
            for (stream, chunk) in &batch.0 {
                self.write_chunk(&mut sinks, *stream, chunk);
            }
        }
        let flushed = sinks.output.flush();
        let _ = sinks.messages.flush();
        self.note(flushed);
        self.lock().done = true;
        self.wake.ring();
    }

    /// Waits for something to write; `None` at the end.
    fn next(&self) -> Option<Batch> {
        let mut state = self.lock();
        loop {
            let batch = mem::take(&mut state.batch);
            if !batch.0.is_empty() {
                return Some(batch);
            }
            if state.closed {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn write_chunk(&self, sinks: &mut Sinks, stream: Stream, chunk: &[u8]) {
        match stream {
            // Nobody could be told that nobody can be told.
            Stream::Messages => drop(sinks.messages.write_all(chunk)),
            Stream::Output | Stream::Switch if self.lock().failed => {}
            Stream::Switch => self.note(sinks.output.switch()),
            Stream::Output => self.note(sinks.output.write_all(chunk)),
        }
        let mut state = self.lock();
        let before = state.bytes;
        state.bytes -= chunk.len();
        if before >= FULL && state.bytes < FULL {
            self.wake.ring();
        }
    }

    fn note(&self, written: io::Result<()>) {
        if let Err(failure) = written {
            let mut state = self.lock();
            state.failed = true;
            state.failure.get_or_insert(failure);
            self.wake.ring();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::fake::Failing;

    /// Writes each chunk with the stream's letter before it.
    struct Tagged(char, Arc<Mutex<String>>);

    impl Write for Tagged {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let text = format!("{}:{} ", self.0, String::from_utf8_lossy(bytes));
            self.1.lock().unwrap().push_str(&text);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Sink for Tagged {
        fn switch(&mut self) -> io::Result<()> {
            self.1.lock().unwrap().push_str("next ");
            Ok(())
        }
    }

    impl Sink for Failing {}

    fn finish(writer: &Writer) {
        writer.close();
        let end = Instant::now() + Duration::from_secs(10);
        while !writer.is_done() {
            assert!(Instant::now() < end, "the writer does not end");
            thread::yield_now();
        }
    }

    #[test]
    fn streams_keep_their_order_and_neighbours_are_one_write() {
        let text = Arc::new(Mutex::new(String::new()));
        let sinks = Sinks {
            output: Box::new(Tagged('o', Arc::clone(&text))),
            messages: Box::new(Tagged('m', Arc::clone(&text))),
        };
        let writer = Writer::start(sinks, Wake::new().unwrap()).unwrap();
        let mut batch = Batch::default();
        batch.add(Stream::Output, b"a");
        batch.add(Stream::Output, b"b");
        batch.add_message(b"c");
        batch.add_message(b"d\n");
        batch.add(Stream::Output, b"e");
        batch.add_switch();
        batch.add(Stream::Output, b"f");
        writer.push(batch);
        finish(&writer);
        assert_eq!(*text.lock().unwrap(), "o:ab m:c\nd\n o:e next o:f ");
        assert!(!writer.has_failed());
    }

    #[test]
    fn a_failure_is_told_once_and_a_closed_pipe_is_none() {
        for (kind, told) in [(io::ErrorKind::StorageFull, true), (io::ErrorKind::BrokenPipe, false)]
        {
            let text = Arc::new(Mutex::new(String::new()));
            let messages = Box::new(Tagged('m', Arc::clone(&text)));
            let sinks = Sinks { output: Box::new(Failing(kind)), messages };
            let writer = Writer::start(sinks, Wake::new().unwrap()).unwrap();
            let mut batch = Batch::default();
            batch.add(Stream::Output, b"lost");
            batch.add_message(b"kept");
            writer.push(batch);
            finish(&writer);
            assert!(writer.has_failed());
            assert_eq!(writer.take_failure().is_some(), told);
            assert_eq!(*text.lock().unwrap(), "m:kept\n ");
        }
    }
}
