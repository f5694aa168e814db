//! Aggregates.

use std::collections::BTreeMap;

use stapc_ir::Histogram;

/// Buckets of a logarithmic histogram, and the one of zero.
pub const LOG_BUCKETS: i64 = 128;
pub const LOG_ZERO: i64 = 64;

/// The samples of an aggregate, as figures.
#[derive(Debug, Clone, Default)]
pub struct Stat {
    pub count: i64,
    pub sum: i64,
    pub min: i64,
    pub max: i64,
    /// The sum of their squares.
    squares: i128,
    /// How many samples each bucket has, where there are any.
    pub buckets: BTreeMap<i64, i64>,
}

impl Stat {
    /// Adds a sample.
    pub fn add(&mut self, sample: i64, histogram: Histogram) {
        self.min = if self.count == 0 { sample } else { self.min.min(sample) };
        self.max = if self.count == 0 { sample } else { self.max.max(sample) };
        self.sum = (i128::from(self.sum) + i128::from(sample)) as i64;
        self.squares = self.squares.wrapping_add(i128::from(sample).pow(2));
        self.count += 1;
        if let Some(bucket) = bucket(sample, histogram) {
            *self.buckets.entry(bucket).or_default() += 1;
        }
    }

    /// Their mean, towards zero; of none 0.
    pub fn avg(&self) -> i64 {
        if self.count == 0 { 0 } else { (i128::from(self.sum) / i128::from(self.count)) as i64 }
    }

    /// Adds the samples of another.
    pub fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        self.min = if self.count == 0 { other.min } else { self.min.min(other.min) };
        self.max = if self.count == 0 { other.max } else { self.max.max(other.max) };
        self.sum = (i128::from(self.sum) + i128::from(other.sum)) as i64;
        self.squares = self.squares.wrapping_add(other.squares);
        self.count += other.count;
        for (bucket, count) in &other.buckets {
            *self.buckets.entry(*bucket).or_default() += count;
        }
    }

    /// Their variance; of one sample 0.
    pub fn variance(&self) -> i64 {
        let (count, sum) = (i128::from(self.count), i128::from(self.sum));
        if count < 2 {
            return 0;
        }
        let spread = count.wrapping_mul(self.squares).wrapping_sub(sum * sum);
        (spread / (count * (count - 1))) as i64
    }

    /// As the dump of globals writes it.
    pub fn show(&self) -> String {
        let Self { count, sum, min, max, buckets, .. } = self;
        let mut text = format!("count {count} sum {sum} min {min} max {max}");
        if !buckets.is_empty() {
            text += &format!(" buckets {buckets:?}");
        }
        text
    }
}

/// The bucket of a sample.
fn bucket(sample: i64, histogram: Histogram) -> Option<i64> {
    match histogram {
        Histogram::None => None,
        Histogram::Log => {
            let power = 64 - i64::from(sample.unsigned_abs().leading_zeros());
            let at = if sample < 0 { LOG_ZERO - power } else { LOG_ZERO + power };
            Some(at.min(LOG_BUCKETS - 1))
        }
        Histogram::Linear { low, width, .. } if sample >= low => {
            let at = (i128::from(sample) - i128::from(low)) / i128::from(width) + 1;
            Some(at.min(i128::from(buckets(histogram) - 1)) as i64)
        }
        Histogram::Linear { .. } => Some(0),
    }
}

/// How many buckets a histogram has.
pub fn buckets(histogram: Histogram) -> i64 {
    match histogram {
        Histogram::None => 0,
        Histogram::Log => LOG_BUCKETS,
        Histogram::Linear { low, high, width } => {
            ((i128::from(high) - i128::from(low)) / i128::from(width)) as i64 + 3
        }
    }
}
