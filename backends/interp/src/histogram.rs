//! Histograms as text.
//!
//! Up to two empty buckets are shown before the first and behind the last that is not; of a run of
//! more than four empty ones two are shown at each end, and `~` between. A logarithmic histogram
//! without negative samples begins at 0.

use std::fmt::Write as _;

use stapc_ir::Histogram;

use crate::stat::{LOG_ZERO, Stat, buckets};

const BAR: i64 = 50;
const EMPTY_SHOWN: i64 = 2;

/// The drawing of an aggregate that has samples.
pub fn draw(stat: &Stat, histogram: Histogram) -> Option<String> {
    let first = *stat.buckets.keys().next()?;
    let last = *stat.buckets.keys().next_back()?;
    let largest = *stat.buckets.values().max()?;
    let lowest = if histogram == Histogram::Log && first >= LOG_ZERO { LOG_ZERO } else { 0 };
    let first = (first - EMPTY_SHOWN).max(lowest);
    let last = (last + EMPTY_SHOWN).min(buckets(histogram) - 1);
    let widest = (first..=last).map(|bucket| label(histogram, bucket).len()).max()?;
    let drawing = Drawing {
        stat,
        histogram,
        scale: (largest - 1) / BAR + 1,
        label_width: widest.max("value".len()),
        count_width: largest.to_string().len(),
    };
    Some(drawing.text(first, last))
}

struct Drawing<'a> {
    stat: &'a Stat,
    histogram: Histogram,
    /// Samples to a sign.
    scale: i64,
    label_width: usize,
    count_width: usize,
}

impl Drawing<'_> {
    fn text(&self, first: i64, last: i64) -> String {
        let width = self.label_width;
        let mut text = format!("{:>width$} |{} count\n", "value", "-".repeat(BAR as usize));
        let mut bucket = first;
        while bucket <= last {
            let empty =
                (bucket..=last).take_while(|bucket| self.count(*bucket) == 0).count() as i64;
            if empty > 2 * EMPTY_SHOWN {
                (bucket..bucket + EMPTY_SHOWN).for_each(|bucket| self.row(bucket, &mut text));
                let _ = writeln!(text, "{:width$} ~", "");
                bucket += empty - EMPTY_SHOWN;
                (bucket..bucket + EMPTY_SHOWN).for_each(|bucket| self.row(bucket, &mut text));
                bucket += EMPTY_SHOWN;
            } else {
                self.row(bucket, &mut text);
                bucket += 1;
            }
        }
        text
    }

    fn count(&self, bucket: i64) -> i64 {
        self.stat.buckets.get(&bucket).copied().unwrap_or(0)
    }

    fn row(&self, bucket: i64, text: &mut String) {
        let count = self.count(bucket);
        let bar = "@".repeat((count / self.scale) as usize);
        let label = label(self.histogram, bucket);
        let (label_width, bar_width) = (self.label_width, BAR as usize + 1);
        let count_width = self.count_width;
        let _ = writeln!(text, "{label:>label_width$} |{bar:bar_width$}{count:>count_width$}");
    }
}

/// What a bucket is called: its smallest value, or the limit that is passed.
fn label(histogram: Histogram, bucket: i64) -> String {
    let Histogram::Linear { low, width, .. } = histogram else { return log_label(bucket) };
    let start = |bucket: i64| low.wrapping_add((bucket - 1).wrapping_mul(width));
    match bucket {
        0 => format!("<{low}"),
        _ if bucket == buckets(histogram) - 1 => format!(">{}", start(bucket - 1)),
        _ => start(bucket).to_string(),
    }
}

fn log_label(bucket: i64) -> String {
    match bucket - LOG_ZERO {
        0 => "0".to_owned(),
        power @ 1.. => (1_i128 << (power - 1)).to_string(),
        power => (-(1_i128 << (-power - 1))).to_string(),
    }
}
