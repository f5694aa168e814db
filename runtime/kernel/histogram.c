// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * histogram.c: histograms as text.
 *
 *     value |-------------------------------------------------- count
 *         0 |                                                    0
 *         1 |@@@@@@@@@@@@                                       12
 *
 * Up to two empty buckets are shown before the first and after the last that is
 * not; a run of more than four empty ones between is cut to two on each side of
 * a "~". A histogram of positive values shows no negative ones.
 */
#include "format.h"
#include "session.h"

#define STAPC_BAR_WIDTH 50
#define STAPC_EMPTY_SHOWN 2

struct stapc_shown {
	const struct stapc_histogram *histogram;
	const s64 *buckets;
	u32 first; /* bucket */
	u32 last;
	s64 max; /* of a bucket */
	s64 scale; /* hits to an @ */
	s32 value_width;
	s32 count_width;
};

/* The smallest value of a bucket. Of the outer two of a linear one: the limits. */
static s64 stapc_bucket_value(const struct stapc_histogram *h, u32 bucket)
{
	if (h->log) {
		s32 power = (s32)bucket - STAPC_HISTOGRAM_LOG_ZERO;

		if (!power)
			return 0;
		return power > 0 ? 1ll << (power - 1) : stapc_neg(stapc_shl(1, -power - 1));
	}
	if (!bucket)
		return h->low;
	if (bucket == h->buckets - 1)
		bucket--;
	return h->low + (s64)(bucket - 1) * h->width;
}

/* The bucket's label before `end`: where it begins. */
static char *stapc_bucket_label(const struct stapc_histogram *h, u32 bucket, char *end)
{
	char *label = stapc_decimal_before(end, stapc_bucket_value(h, bucket));

	if (!h->log && !bucket)
		*--label = '<';
	else if (!h->log && bucket == h->buckets - 1)
		*--label = '>';
	return label;
}

static s32 stapc_label_width(const struct stapc_histogram *h, u32 bucket)
{
	char text[STAPC_DECIMAL_SIZE + 1];

	return text + sizeof(text) - stapc_bucket_label(h, bucket, text + sizeof(text));
}

static s32 stapc_decimal_width(s64 value)
{
	char text[STAPC_DECIMAL_SIZE];

	return text + sizeof(text) - stapc_decimal_before(text + sizeof(text), value);
}

/* Which buckets to show, or false if all are empty. */
static bool stapc_shown_range(struct stapc_shown *shown)
{
	const struct stapc_histogram *h = shown->histogram;
	u32 i;

	shown->first = h->buckets;
	shown->max = 0;
	for (i = 0; i < h->buckets; i++) {
		if (!shown->buckets[i])
			continue;
		shown->first = min(shown->first, i);
		shown->last = i;
		shown->max = max(shown->max, shown->buckets[i]);
	}
	if (shown->first == h->buckets)
		return false;
	for (i = 0; i < STAPC_EMPTY_SHOWN; i++) {
		if (shown->first > 0 && !(h->log && shown->first == STAPC_HISTOGRAM_LOG_ZERO))
			shown->first--;
		if (shown->last < h->buckets - 1)
			shown->last++;
	}
	return true;
}

static void stapc_shown_widths(struct stapc_shown *shown)
{
	u32 i;

	shown->scale = shown->max <= STAPC_BAR_WIDTH ? 1 :
						       (shown->max - 1) / STAPC_BAR_WIDTH + 1;
	shown->count_width = stapc_decimal_width(shown->max);
	shown->value_width = sizeof("value") - 1;
	for (i = shown->first; i <= shown->last; i++)
		shown->value_width = max(shown->value_width, stapc_label_width(shown->histogram, i));
}

static void stapc_shown_header(const struct stapc_shown *shown, const struct stapc_sink *sink)
{
	stapc_sink_fill(sink, ' ', shown->value_width - 5);
	stapc_sink_text(sink, "value |", 7);
	stapc_sink_fill(sink, '-', STAPC_BAR_WIDTH);
	stapc_sink_text(sink, " count\n", 7);
}

static void stapc_shown_row(const struct stapc_shown *shown, const struct stapc_sink *sink, u32 bucket)
{
	char text[STAPC_DECIMAL_SIZE + 1];
	char *end = text + sizeof(text), *label = stapc_bucket_label(shown->histogram, bucket, end);
	s64 count = shown->buckets[bucket], bar = count / shown->scale;

	stapc_sink_fill(sink, ' ', shown->value_width - (end - label));
	stapc_sink_text(sink, label, end - label);
	stapc_sink_text(sink, " |", 2);
	stapc_sink_fill(sink, '@', bar);
	label = stapc_decimal_before(end, count);
	stapc_sink_fill(sink, ' ', STAPC_BAR_WIDTH - bar + 1 + shown->count_width - (end - label));
	stapc_sink_text(sink, label, end - label);
	stapc_sink_text(sink, "\n", 1);
}

/* Empty buckets from `bucket` on, in what is shown. */
static u32 stapc_shown_empty(const struct stapc_shown *shown, u32 bucket)
{
	u32 count = 0;

	while (bucket + count <= shown->last && !shown->buckets[bucket + count])
		count++;
	return count;
}

static void stapc_shown_rows(const struct stapc_shown *shown, const struct stapc_sink *sink)
{
	u32 bucket = shown->first;

	while (bucket <= shown->last) {
		u32 empty = stapc_shown_empty(shown, bucket), i;

		if (empty > 2 * STAPC_EMPTY_SHOWN) {
			for (i = 0; i < STAPC_EMPTY_SHOWN; i++)
				stapc_shown_row(shown, sink, bucket + i);
			stapc_sink_fill(sink, ' ', shown->value_width + 1);
			stapc_sink_text(sink, "~\n", 2);
			bucket += empty - STAPC_EMPTY_SHOWN;
			empty = STAPC_EMPTY_SHOWN;
		}
		/* What is left of the run, or one that is not empty. */
		for (i = 0; i < max(empty, 1u); i++)
			stapc_shown_row(shown, sink, bucket + i);
		bucket += max(empty, 1u);
	}
}

stapc_noinline bool stapc_print_histogram(struct stapc_cpu *c, const struct stapc_histogram *histogram,
					  const s64 *buckets, u32 site)
{
	struct stapc_shown shown = { .histogram = histogram, .buckets = buckets };
	struct stapc_sink sink = { .output = c };

	if (!buckets || !stapc_shown_range(&shown)) {
		stapc_fault(c, STAPC_FAULT_EMPTY_STAT, 0, site);
		return false;
	}
	stapc_shown_widths(&shown);
	stapc_shown_header(&shown, &sink);
	stapc_shown_rows(&shown, &sink);
	return true;
}
