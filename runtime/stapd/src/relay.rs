//! From the rings to the writer.

use crate::{
    Error,
    door::Rings,
    merge::{Corrupt, Kind, Merger},
    system,
    writer::{Batch, Stream, Writer},
};

/// Bytes asked for in one read.
const READ: usize = 256 << 10;

/// Bytes of a ring taken in one turn: the others want theirs.
const TURN: usize = 4 << 20;

/// Bytes of a ring that may wait here for a record of another ring. After that they wait in the ring.
const HELD: usize = 16 << 20;

/// Reads rings, and hands their records over in order.
pub struct Relay {
    rings: Box<dyn Rings>,
    merger: Merger,
    scratch: Vec<u8>,
}

impl Relay {
    /// A relay that has read nothing yet.
    pub fn new(rings: Box<dyn Rings>) -> Self {
        Self { rings, merger: Merger::default(), scratch: vec![0; READ] }
    }

    /// The rings.
    pub fn rings(&self) -> &dyn Rings {
        &*self.rings
    }

    /// Takes what is in the rings now, and hands over what is in order: the bytes taken.
    pub fn pass(&mut self, writer: &Writer) -> Result<usize, Error> {
        let mut taken = 0;
        for ring in 0..self.rings.count() {
            taken += self.take(ring)?;
        }
        let mut batch = Batch::default();
        self.merger.drain(|kind, text| add(&mut batch, kind, text))?;
        writer.push(batch);
        Ok(taken)
    }

    /// Looks for rings of CPUs that have appeared, if there may be any.
    pub fn grow(&mut self) -> Result<(), Error> {
        if self.rings.may_grow() || self.merger.is_waiting() {
            self.rings.grow().map_err(Error::system("look for new trace files"))?;
        }
        Ok(())
    }

    /// Hands over what is left when nothing more will come: how many records are missing.
    pub fn finish(&mut self, writer: &Writer) -> Result<u64, Error> {
        let mut batch = Batch::default();
        let missing = self.merger.drain_with_gaps(|kind, text| add(&mut batch, kind, text))?;
        writer.push(batch);
        Ok(missing)
    }

    fn take(&mut self, ring: usize) -> Result<usize, Error> {
        let mut taken = 0;
        while taken < TURN && self.merger.held(ring) < HELD {
            let count = self.rings.read(ring, &mut self.scratch);
            let count = count.map_err(Error::system("read a trace file"))?;
            self.merger.feed(ring, &self.scratch[..count])?;
            taken += count;
            if count < self.scratch.len() {
                break;
            }
        }
        Ok(taken)
    }
}

impl From<Corrupt> for Error {
    fn from(_: Corrupt) -> Self {
        Self::Corrupt
    }
}

fn add(batch: &mut Batch, kind: Kind, text: &[u8]) {
    match kind {
        Kind::Output => batch.add(Stream::Output, text),
        Kind::Warning | Kind::Error => batch.add_message(text),
        Kind::Command => {
            if let Err(error) = system::run(text) {
                batch.add_message(format!("WARNING: cannot run a command: {error}").as_bytes());
            }
        }
    }
}
