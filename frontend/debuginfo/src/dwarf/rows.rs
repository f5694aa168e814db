//! Tables of rows of one width in bytes, read where they lie.

use std::marker::PhantomData;

/// A row. All its numbers are little-endian.
pub trait Row: Sized {
    /// How many bytes it has.
    const BYTES: usize;

    /// What bytes say, as many as it has.
    fn read(bytes: &mut Reader<'_>) -> Self;

    /// As bytes.
    fn write(&self, out: &mut Vec<u8>);
}

/// What is left of a row to be read; 0 behind its end.
#[derive(Debug)]
pub struct Reader<'b>(pub &'b [u8]);

impl Reader<'_> {
    pub fn u32(&mut self) -> u32 {
        let Some((first, rest)) = self.0.split_first_chunk() else { return 0 };
        self.0 = rest;
        u32::from_le_bytes(*first)
    }

    pub fn u64(&mut self) -> u64 {
        let Some((first, rest)) = self.0.split_first_chunk() else { return 0 };
        self.0 = rest;
        u64::from_le_bytes(*first)
    }
}

impl Row for u32 {
    const BYTES: usize = 4;

    fn read(bytes: &mut Reader<'_>) -> Self {
        bytes.u32()
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.to_le_bytes());
    }
}

impl Row for u64 {
    const BYTES: usize = 8;

    fn read(bytes: &mut Reader<'_>) -> Self {
        bytes.u64()
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.to_le_bytes());
    }
}

/// A table.
#[derive(Debug)]
pub struct Rows<'b, R> {
    bytes: &'b [u8],
    rows: PhantomData<R>,
}

impl<R> Clone for Rows<'_, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Rows<'_, R> {}

impl<'b, R: Row> Rows<'b, R> {
    pub fn of(bytes: &'b [u8]) -> Self {
        Self { bytes, rows: PhantomData }
    }

    pub fn len(self) -> usize {
        self.bytes.len() / R::BYTES
    }

    pub fn get(self, at: usize) -> Option<R> {
        let start = at.checked_mul(R::BYTES)?;
        let bytes = self.bytes.get(start..start.checked_add(R::BYTES)?)?;
        Some(R::read(&mut Reader(bytes)))
    }

    pub fn iter(self) -> impl Iterator<Item = R> + use<'b, R> {
        self.bytes.chunks_exact(R::BYTES).map(|bytes| R::read(&mut Reader(bytes)))
    }

    /// The rows of a range, as far as they are there.
    pub fn range(self, start: usize, count: usize) -> Self {
        let from = start.saturating_mul(R::BYTES).min(self.bytes.len());
        let to = from.saturating_add(count.saturating_mul(R::BYTES)).min(self.bytes.len());
        Self::of(&self.bytes[from..to])
    }

    /// How many rows at the start are before something, in a table where these are all together.
    pub fn partition_point(self, before: impl Fn(&R) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.get(middle) {
                Some(row) if before(&row) => low = middle + 1,
                _ => high = middle,
            }
        }
        low
    }

    /// The rows whose key is this one, in a table that is sorted by it.
    pub fn with_key<K: Ord>(self, key: &K, of: impl Fn(&R) -> K) -> Self {
        let start = self.partition_point(|row| of(row) < *key);
        let end = self.partition_point(|row| of(row) <= *key);
        self.range(start, end.saturating_sub(start))
    }
}

/// The rows as bytes.
pub fn bytes_of<R: Row>(rows: &[R]) -> Vec<u8> {
    let mut out = Vec::with_capacity(rows.len() * R::BYTES);
    rows.iter().for_each(|row| row.write(&mut out));
    out
}
