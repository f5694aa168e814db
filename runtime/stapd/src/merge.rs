//! The one order of a session's records, from the rings of all CPUs.
//!
//! Within a ring sequence numbers rise, and over all rings there is no gap: so the next record is
//! the one whose number is next, and if no ring has it yet, it is on its way. Nothing is guessed by
//! time.

use std::{cmp::Reverse, collections::BinaryHeap};

/// Bytes of a record before its payload: `u64` sequence, `u32` length, `u32` kind.
const HEADER: usize = 16;

/// No record is longer, by far: what says so is no record.
const LONGEST: usize = 1 << 20;

/// What a record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Output of the script.
    Output,
    /// A line for the standard error, "WARNING: " in it already.
    Warning,
    /// A line for the standard error, "ERROR: " in it already.
    Error,
    /// A command for the shell.
    Command,
}

/// The bytes are no records: the module and this program do not agree, or memory was overwritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Corrupt;

/// Puts records in order. Rings are known by their index, from 0.
#[derive(Debug, Default)]
pub struct Merger {
    rings: Vec<Ring>,
    /// The rings with a whole record in front, by its number.
    fronts: BinaryHeap<Reverse<(u64, usize)>>,
    next: u64,
}

/// What was read of one ring and is not out yet.
#[derive(Debug, Default)]
struct Ring {
    bytes: Vec<u8>,
    at: usize,
    in_fronts: bool,
}

/// A whole record at the front of a ring.
struct Front {
    sequence: u64,
    kind: Kind,
    len: usize,
}

impl Merger {
    /// Takes what was read of a ring, cut anywhere.
    pub fn feed(&mut self, ring: usize, bytes: &[u8]) -> Result<(), Corrupt> {
        if ring >= self.rings.len() {
            self.rings.resize_with(ring + 1, Ring::default);
        }
        self.rings[ring].bytes.extend_from_slice(bytes);
        self.list(ring)
    }

    /// Gives out every record whose turn it is.
    pub fn drain(&mut self, mut emit: impl FnMut(Kind, &[u8])) -> Result<(), Corrupt> {
        while let Some(&Reverse((sequence, ring))) = self.fronts.peek() {
            if sequence > self.next {
                break;
            }
            if sequence < self.next {
                return Err(Corrupt);
            }
            self.take_front(ring, &mut emit)?;
        }
        self.rings.iter_mut().for_each(Ring::compact);
        Ok(())
    }

    /// Gives out what is left although records before it are missing: how many those are.
    pub fn drain_with_gaps(&mut self, mut emit: impl FnMut(Kind, &[u8])) -> Result<u64, Corrupt> {
        let mut missing = 0;
        loop {
            self.drain(&mut emit)?;
            let Some(&Reverse((sequence, _))) = self.fronts.peek() else { return Ok(missing) };
            missing += sequence - self.next;
            self.next = sequence;
        }
    }

    /// Bytes of a ring that wait for a record of another one.
    pub fn held(&self, ring: usize) -> usize {
        self.rings.get(ring).map_or(0, |ring| ring.bytes.len() - ring.at)
    }

    /// Whether a record is waited for.
    pub fn is_waiting(&self) -> bool {
        !self.fronts.is_empty()
    }

    /// Gives out the front record of a ring, and those of the same ring that come right behind it.
    fn take_front(
        &mut self,
        index: usize,
        emit: &mut impl FnMut(Kind, &[u8]),
    ) -> Result<(), Corrupt> {
        self.fronts.pop();
        let ring = &mut self.rings[index];
        ring.in_fronts = false;
        while let Some(front) = ring.front()?
            && front.sequence == self.next
        {
            let start = ring.at + HEADER;
            emit(front.kind, &ring.bytes[start..start + front.len]);
            ring.at = start + front.len.next_multiple_of(8);
            self.next += 1;
        }
        self.list(index)
    }

    fn list(&mut self, index: usize) -> Result<(), Corrupt> {
        let ring = &mut self.rings[index];
        if !ring.in_fronts
            && let Some(front) = ring.front()?
        {
            ring.in_fronts = true;
            self.fronts.push(Reverse((front.sequence, index)));
        }
        Ok(())
    }
}

impl Ring {
    /// The record in front, if all of it is there.
    fn front(&self) -> Result<Option<Front>, Corrupt> {
        let Some((header, rest)) = self.bytes[self.at..].split_first_chunk::<HEADER>() else {
            return Ok(None);
        };
        let [s0, s1, s2, s3, s4, s5, s6, s7, l0, l1, l2, l3, k0, k1, k2, k3] = *header;
        let len = u32::from_ne_bytes([l0, l1, l2, l3]) as usize;
        let kind = match u32::from_ne_bytes([k0, k1, k2, k3]) {
            0 => Kind::Output,
            1 => Kind::Warning,
            2 => Kind::Error,
            3 => Kind::Command,
            _ => return Err(Corrupt),
        };
        if len > LONGEST {
            return Err(Corrupt);
        }
        let sequence = u64::from_ne_bytes([s0, s1, s2, s3, s4, s5, s6, s7]);
        let whole = rest.len() >= len.next_multiple_of(8);
        Ok(whole.then_some(Front { sequence, kind, len }))
    }

    /// Forgets what is out, when that is most of it.
    fn compact(&mut self) {
        if self.at > self.bytes.len() / 2 {
            self.bytes.drain(..self.at);
            self.at = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record(sequence: u64, kind: u32, text: &[u8]) -> Vec<u8> {
        let mut bytes = sequence.to_ne_bytes().to_vec();
        bytes.extend((text.len() as u32).to_ne_bytes());
        bytes.extend(kind.to_ne_bytes());
        bytes.extend(text);
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        bytes
    }

    fn drained(merger: &mut Merger) -> String {
        let mut out = Vec::new();
        merger.drain(|_, text| out.extend_from_slice(text)).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_record_waits_for_the_one_before_it() {
        let mut merger = Merger::default();
        merger.feed(1, &record(1, 0, b"b")).unwrap();
        merger.feed(1, &record(3, 0, b"d")).unwrap();
        assert_eq!(drained(&mut merger), "");
        assert!(merger.is_waiting());
        merger.feed(0, &record(0, 0, b"a")).unwrap();
        assert_eq!(drained(&mut merger), "ab");
        merger.feed(0, &record(2, 0, b"c")).unwrap();
        assert_eq!(drained(&mut merger), "cd");
        assert!(!merger.is_waiting());
        assert_eq!((merger.held(0), merger.held(1), merger.held(7)), (0, 0, 0));
    }

    #[test]
    fn kinds_and_empty_records_are_kept() {
        let mut merger = Merger::default();
        merger
            .feed(0, &[record(0, 2, b"x"), record(1, 0, b""), record(2, 1, b"yz")].concat())
            .unwrap();
        let mut seen = Vec::new();
        merger.drain(|kind, text| seen.push((kind, text.to_vec()))).unwrap();
        let expected = [(Kind::Error, &b"x"[..]), (Kind::Output, b""), (Kind::Warning, b"yz")];
        assert_eq!(seen, expected.map(|(kind, text)| (kind, text.to_vec())));
    }

    #[test]
    fn what_is_missing_for_good_is_counted() {
        let mut merger = Merger::default();
        merger.feed(0, &record(2, 0, b"c")).unwrap();
        merger.feed(1, &record(5, 0, b"f")).unwrap();
        let mut out = Vec::new();
        assert_eq!(merger.drain_with_gaps(|_, text| out.extend_from_slice(text)), Ok(4));
        assert_eq!(out, b"cf");
    }

    #[test]
    fn nonsense_is_corrupt() {
        assert_eq!(Merger::default().feed(0, &[0xff; 16]), Err(Corrupt));
        assert_eq!(Merger::default().feed(0, &record(0, 4, b"")), Err(Corrupt));
        let mut merger = Merger::default();
        merger.feed(0, &[record(0, 0, b"a"), record(0, 0, b"a")].concat()).unwrap();
        assert_eq!(merger.drain(|_, _| ()), Err(Corrupt));
    }

    proptest! {
        /// Records dealt to rings and read in pieces of any size come out complete and in order.
        #[test]
        fn any_dealing_and_cutting_gives_the_same_text(
            deal in prop::collection::vec((0..5usize, prop::collection::vec(any::<u8>(), 0..40)), 0..200),
            cuts in prop::collection::vec((0..5usize, 1..60usize), 0..400),
        ) {
            let mut rings = vec![Vec::new(); 5];
            let mut expected = Vec::new();
            for (sequence, (ring, text)) in deal.iter().enumerate() {
                rings[*ring].extend(record(sequence as u64, 0, text));
                expected.extend_from_slice(text);
            }
            let mut merger = Merger::default();
            let mut out = Vec::new();
            let all = (0..5).map(|ring| (ring, usize::MAX));
            for (ring, count) in cuts.into_iter().chain(all) {
                let cut = count.min(rings[ring].len());
                let rest = rings[ring].split_off(cut);
                merger.feed(ring, &rings[ring]).unwrap();
                rings[ring] = rest;
                merger.drain(|_, text| out.extend_from_slice(text)).unwrap();
            }
            prop_assert_eq!(out, expected);
            prop_assert!(!merger.is_waiting());
        }
    }
}
