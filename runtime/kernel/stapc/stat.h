/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * stat.h: aggregates (`s <<< value`).
 *
 * A program's aggregate is a struct stapc_stat, followed by its histogram's
 * buckets if it has one:
 *
 *     static const struct stapc_histogram latency_histogram = STAPC_HISTOGRAM_LOG;
 *     static struct {
 *             struct stapc_stat stat;
 *             s64 buckets[STAPC_HISTOGRAM_LOG_BUCKETS];
 *     } latency;
 *     ...
 *     stapc_stat_add(&latency.stat, value, STAPC_STAT_COUNT | STAPC_STAT_SUM);
 *     stapc_histogram_log_add(latency.buckets, value);
 *
 * Zeroed memory is an empty aggregate. Which figures are kept is a constant of
 * each aggregate: what the script never reads is not computed. The count is
 * always kept, since it says whether there is a minimum at all.
 */
#ifndef STAPC_STAT_H
#define STAPC_STAT_H

#define STAPC_STAT_SUM 1
#define STAPC_STAT_MIN 2
#define STAPC_STAT_MAX 4
#define STAPC_STAT_SQUARES 8

struct stapc_stat {
	s64 count;
	s64 sum;
	s64 min;
	s64 max;
	u64 squares[2]; /* the sum of the samples' squares, 128 bits, the lower half first */
};

/* Buckets of @hist_log: below them 0, then powers of two on both sides. */
#define STAPC_HISTOGRAM_LOG_BUCKETS 128
#define STAPC_HISTOGRAM_LOG_ZERO 64

struct stapc_histogram {
	bool log;
	s64 low; /* linear: where the first bucket begins */
	s64 high; /* linear: in the last bucket */
	s64 width; /* linear: of one bucket; > 0 */
	u32 buckets;
};

#define STAPC_HISTOGRAM_LOG { .log = true, .buckets = STAPC_HISTOGRAM_LOG_BUCKETS }

/*
 * Buckets of @hist_linear(low, high, width): one for each width that begins in
 * [low, high], and one each for what is below (the first) and above (the last).
 */
#define STAPC_HISTOGRAM_LINEAR_BUCKETS(low, high, width) (((high) - (low)) / (width) + 3)
#define STAPC_HISTOGRAM_LINEAR(low_, high_, width_)                                               \
	{                                                                                         \
		.low = (low_), .high = (high_), .width = (width_),                                \
		.buckets = STAPC_HISTOGRAM_LINEAR_BUCKETS(low_, high_, width_)                    \
	}

static __always_inline void stapc_stat_add_squares(struct stapc_stat *stat, unsigned __int128 squares)
{
	squares += (unsigned __int128)stat->squares[1] << 64 | stat->squares[0];
	stat->squares[0] = (u64)squares;
	stat->squares[1] = (u64)(squares >> 64);
}

/* `keep` is a constant set of STAPC_STAT_*. */
static __always_inline void stapc_stat_add(struct stapc_stat *stat, s64 value, u32 keep)
{
	if (keep & (STAPC_STAT_MIN | STAPC_STAT_MAX)) {
		if (unlikely(!stat->count)) {
			stat->min = value;
			stat->max = value;
		} else {
			if ((keep & STAPC_STAT_MIN) && value < stat->min)
				stat->min = value;
			if ((keep & STAPC_STAT_MAX) && value > stat->max)
				stat->max = value;
		}
	}
	if (keep & STAPC_STAT_SUM)
		stat->sum = stapc_add(stat->sum, value);
	if (keep & STAPC_STAT_SQUARES)
		stapc_stat_add_squares(stat, (__int128)value * value);
	stat->count++;
}

static __always_inline void stapc_histogram_log_add(s64 *buckets, s64 value)
{
	s64 index = STAPC_HISTOGRAM_LOG_ZERO;

	if (value > 0)
		index += 64 - __builtin_clzll((u64)value);
	else if (value < 0)
		index -= 64 - __builtin_clzll(0 - (u64)value);
	/* The smallest integers share the first bucket, the largest the last. */
	if (index > STAPC_HISTOGRAM_LOG_BUCKETS - 1)
		index = STAPC_HISTOGRAM_LOG_BUCKETS - 1;
	buckets[index]++;
}

/* low, high and width are constants, low <= high, width > 0. */
static __always_inline void stapc_histogram_linear_add(s64 *buckets, s64 value, s64 low, s64 high,
						       s64 width)
{
	const u64 last = (u64)STAPC_HISTOGRAM_LINEAR_BUCKETS(low, high, width) - 1;
	u64 index = 0;

	if (value >= low) {
		index = ((u64)value - (u64)low) / (u64)width + 1;
		if (index > last)
			index = last;
	}
	buckets[index]++;
}

static __always_inline s64 stapc_stat_count(const struct stapc_stat *stat)
{
	return stat ? stat->count : 0;
}

static __always_inline s64 stapc_stat_sum(const struct stapc_stat *stat)
{
	return stat ? stat->sum : 0;
}

/* The other figures of nothing are a fault. A null `stat` is an absent map element. */
static __always_inline bool __must_check stapc_stat_any(struct stapc_cpu *c, const struct stapc_stat *stat,
							u32 site)
{
	if (unlikely(!stat || !stat->count)) {
		stapc_fault(c, STAPC_FAULT_EMPTY_STAT, 0, site);
		return false;
	}
	return true;
}

static __always_inline bool __must_check stapc_stat_min(struct stapc_cpu *c, const struct stapc_stat *stat,
							s64 *result, u32 site)
{
	if (!stapc_stat_any(c, stat, site))
		return false;
	*result = stat->min;
	return true;
}

static __always_inline bool __must_check stapc_stat_max(struct stapc_cpu *c, const struct stapc_stat *stat,
							s64 *result, u32 site)
{
	if (!stapc_stat_any(c, stat, site))
		return false;
	*result = stat->max;
	return true;
}

static __always_inline bool __must_check stapc_stat_avg(struct stapc_cpu *c, const struct stapc_stat *stat,
							s64 *result, u32 site)
{
	if (!stapc_stat_any(c, stat, site))
		return false;
	*result = stat->sum / stat->count;
	return true;
}

s64 stapc_stat_variance_of(const struct stapc_stat *stat);

static __always_inline bool __must_check stapc_stat_variance(struct stapc_cpu *c,
							     const struct stapc_stat *stat,
							     s64 *result, u32 site)
{
	if (!stapc_stat_any(c, stat, site))
		return false;
	*result = stapc_stat_variance_of(stat);
	return true;
}

/* `buckets` may be NULL (an absent element): there is nothing in any bucket then. */
static __always_inline s64 stapc_histogram_bucket(const struct stapc_histogram *histogram,
						  const s64 *buckets, s64 index)
{
	return buckets && index >= 0 && index < histogram->buckets ? buckets[index] : 0;
}

static __always_inline void stapc_stat_clear(struct stapc_stat *stat)
{
	*stat = (struct stapc_stat){ 0 };
}

static __always_inline void stapc_histogram_clear(s64 *buckets, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		buckets[i] = 0;
}

/*
 * Prints a histogram. `buckets` may be NULL (an absent element): an empty one,
 * which is a fault as the other figures of nothing are.
 */
bool __must_check stapc_print_histogram(struct stapc_cpu *c, const struct stapc_histogram *histogram,
					const s64 *buckets, u32 site);

#endif /* STAPC_STAT_H */
