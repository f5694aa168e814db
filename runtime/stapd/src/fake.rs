//! A kernel in memory, for tests: a door to sessions whose probes are closures.

use std::{
    collections::VecDeque,
    io,
    os::fd::{AsFd as _, BorrowedFd},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
};

use crate::{
    Cleaned, Error,
    door::{Control, Door, Rings, Session},
    wake::Wake,
};

type Handler = Box<dyn Fn(&Machine) + Send + Sync>;
type CpuHandler = Box<dyn Fn(&Machine, usize) + Send + Sync>;

/// What a script would do.
#[derive(Default)]
pub struct Script {
    pub begin: Option<Handler>,
    /// Runs on a thread of its own for each CPU, with its number, until the gate is shut.
    pub probe: Option<CpuHandler>,
    pub end: Option<Handler>,
    /// What `start` gives when the begin probes have run.
    pub start_error: Option<i32>,
}

/// The kernel's side of a session.
pub struct Machine {
    script: Script,
    rings: Vec<Ring>,
    ring_size: usize,
    sequence: AtomicU64,
    /// Texts of all records by number.
    pub written: Mutex<Vec<(u64, String)>>,
    pub hits: AtomicU64,
    pub lost: AtomicU64,
    pub errors: AtomicU64,
    pub stopped: AtomicBool,
    gate_shut: AtomicBool,
    workers: Mutex<Vec<JoinHandle<()>>>,
    wants_end: Wake,
    /// Rings that have appeared.
    pub online: AtomicUsize,
    /// Handles to the session's files.
    open: Arc<()>,
    pub parameters: Mutex<String>,
}

struct Ring {
    bytes: Mutex<VecDeque<u8>>,
    readable: Wake,
}

impl Machine {
    /// A machine with CPUs whose rings are that large.
    pub fn new(script: Script, cpus: usize, ring_size: usize) -> Arc<Self> {
        let ring = || Ring { bytes: Mutex::default(), readable: Wake::new().unwrap() };
        Arc::new(Self {
            script,
            rings: (0..cpus).map(|_| ring()).collect(),
            ring_size,
            sequence: AtomicU64::new(0),
            written: Mutex::default(),
            hits: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            errors: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
            gate_shut: AtomicBool::new(false),
            workers: Mutex::default(),
            wants_end: Wake::new().unwrap(),
            online: AtomicUsize::new(cpus),
            open: Arc::new(()),
            parameters: Mutex::default(),
        })
    }

    /// A hit that writes a record, if there is room for it.
    pub fn print(&self, cpu: usize, kind: u32, text: &str) {
        self.hits.fetch_add(1, Ordering::Relaxed);
        let mut bytes = self.rings[cpu].bytes.lock().unwrap();
        let size = 16 + text.len().next_multiple_of(8);
        if bytes.len() + size > self.ring_size {
            self.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let sequence = self.sequence.fetch_add(1, Ordering::Relaxed);
        if sequence.is_multiple_of(7) {
            // Others may be ahead of this one now.
            thread::yield_now();
        }
        bytes.extend(sequence.to_ne_bytes());
        bytes.extend((text.len() as u32).to_ne_bytes());
        bytes.extend(kind.to_ne_bytes());
        bytes.extend(text.bytes());
        bytes.extend(vec![0; text.len().next_multiple_of(8) - text.len()]);
        self.rings[cpu].readable.ring();
        self.written.lock().unwrap().push((sequence, text.to_owned()));
    }

    /// exit()
    pub fn exit(&self) {
        self.gate_shut.store(true, Ordering::SeqCst);
        self.wants_end.ring();
    }

    /// Whether handlers should stop.
    pub fn is_shut(&self) -> bool {
        self.gate_shut.load(Ordering::SeqCst)
    }

    /// What should have come out, in order.
    pub fn expected(&self) -> String {
        let mut written = self.written.lock().unwrap().clone();
        written.sort();
        written.into_iter().map(|(_, text)| text).collect()
    }

    /// Whether all files are closed.
    pub fn is_closed(&self) -> bool {
        Arc::strong_count(&self.open) == 1
    }
}

impl Door for Arc<Machine> {
    fn load(&self, _: &[u8], parameters: &str) -> Result<Session, Error> {
        *self.parameters.lock().unwrap() = parameters.to_owned();
        let control = Files { machine: Arc::clone(self), _open: Arc::clone(&self.open) };
        let rings = Traces {
            machine: Arc::clone(self),
            count: self.online.load(Ordering::SeqCst),
            _open: Arc::clone(&self.open),
        };
        Ok(Session { control: Arc::new(control), rings: Box::new(rings) })
    }

    fn unload(&self, _: &str) -> io::Result<()> {
        if self.is_closed() { Ok(()) } else { Err(io::Error::from_raw_os_error(libc::EAGAIN)) }
    }

    fn unload_stale(&self) -> Result<Cleaned, Error> {
        Ok(Cleaned::default())
    }
}

struct Files {
    machine: Arc<Machine>,
    _open: Arc<()>,
}

impl Control for Files {
    fn start(&self) -> io::Result<()> {
        let script = &self.machine.script;
        script.begin.iter().for_each(|begin| begin(&self.machine));
        if let Some(error) = script.start_error {
            return Err(io::Error::from_raw_os_error(error));
        }
        if script.probe.is_some() && !self.machine.is_shut() {
            let mut workers = self.machine.workers.lock().unwrap();
            for cpu in 0..self.machine.rings.len() {
                let machine = Arc::clone(&self.machine);
                workers.push(thread::spawn(move || {
                    machine.script.probe.iter().for_each(|probe| probe(&machine, cpu));
                }));
            }
        }
        Ok(())
    }

    fn stop(&self) -> io::Result<()> {
        self.machine.gate_shut.store(true, Ordering::SeqCst);
        for worker in self.machine.workers.lock().unwrap().drain(..) {
            worker.join().unwrap();
        }
        self.machine.script.end.iter().for_each(|end| end(&self.machine));
        self.machine.stopped.store(true, Ordering::SeqCst);
        Ok(())
    }

    fn status(&self) -> io::Result<String> {
        let load = |count: &AtomicU64| count.load(Ordering::SeqCst);
        let (hits, lost, errors) =
            (load(&self.machine.hits), load(&self.machine.lost), load(&self.machine.errors));
        let exit_code = u64::from(errors > 0);
        Ok(format!(
            "hits {hits}\nhandled {hits}\nlost_records {lost}\nerrors {errors}\nexit_code {exit_code}\n"
        ))
    }

    fn input(&self) -> Option<std::fs::File> {
        None
    }

    fn wants_end(&self) -> BorrowedFd<'_> {
        self.machine.wants_end.as_fd()
    }
}

struct Traces {
    machine: Arc<Machine>,
    count: usize,
    _open: Arc<()>,
}

impl Rings for Traces {
    fn count(&self) -> usize {
        self.count
    }

    fn readable(&self, ring: usize) -> BorrowedFd<'_> {
        self.machine.rings[ring].readable.as_fd()
    }

    fn read(&self, ring: usize, into: &mut [u8]) -> io::Result<usize> {
        let ring = &self.machine.rings[ring];
        let mut bytes = ring.bytes.lock().unwrap();
        let count = io::Read::read(&mut *bytes, into)?;
        if bytes.is_empty() {
            ring.readable.clear();
        }
        Ok(count)
    }

    fn may_grow(&self) -> bool {
        self.count < self.machine.rings.len()
    }

    fn grow(&mut self) -> io::Result<()> {
        self.count = self.machine.online.load(Ordering::SeqCst);
        Ok(())
    }
}

/// Takes no output, for this reason.
pub struct Failing(pub io::ErrorKind);

impl io::Write for Failing {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
