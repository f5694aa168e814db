/*
 * main.c: text of the runtime, as a program. Reads lines
 *
 *     i CONVERSION FLAGS WIDTH PRECISION VALUE    an integer
 *     s FLAGS WIDTH PRECISION TEXT                a string
 *     b FLAGS WIDTH PRECISION TEXT                likewise, into a string
 *     l COUNT SAMPLE...                           a histogram, logarithmic
 *     h LOW HIGH WIDTH COUNT SAMPLE...            linear
 *
 * and prints each, and a line end.
 */
#include "format.c"
#include "print.c"
#include "histogram.c"

const struct stapc_program stapc_program = { .string_max = STAPC_STR_MAX };
static char out[STAPC_OUT_SIZE + STAPC_OUT_SLACK];
static struct stapc_cpu cpu = { .out = out };

void stapc_output_write(struct stapc_cpu *c, enum stapc_record_kind kind, u32 len)
{
	fwrite(c->out, 1, len, stdout);
}

static void print_string(bool build, int flags, int width, int precision, const char *text)
{
	static struct { u64 len; char text[256]; } from, to;
	struct stapc_format format = { 's', flags, width, precision };
	struct stapc_builder b;

	from.len = strlen(text);
	strcpy(from.text, text);
	if (!build) {
		stapc_print_padded(&cpu, (struct stapc_str *)&from, format);
		return;
	}
	stapc_build_begin(&b, (struct stapc_str *)&to);
	stapc_build_padded(&b, (struct stapc_str *)&from, format);
	stapc_build_end(&b);
	stapc_print_str(&cpu, (struct stapc_str *)&to);
}

static void draw(struct stapc_histogram *h, int count)
{
	static s64 buckets[1 << 17];
	s64 sample;

	memset(buckets, 0, sizeof(buckets));
	while (count-- > 0 && scanf("%lld", &sample) == 1)
		if (h->log)
			stapc_histogram_log_add(buckets, sample);
		else
			stapc_histogram_linear_add(buckets, sample, h->low, h->high, h->width);
	if (!stapc_print_histogram(&cpu, h, buckets, 0))
		stapc_print_literal(&cpu, "empty", 5);
}

int main(void)
{
	struct stapc_histogram h;
	int flags, width, precision, count;
	char what, conversion, text[256];
	s64 value;

	while (scanf(" %c", &what) == 1) {
		if (what == 'i' && scanf(" %c %d %d %d %lld", &conversion, &flags, &width, &precision, &value) == 5) {
			stapc_print_integer(&cpu, value, (struct stapc_format){ conversion, flags, width, precision });
		} else if (what == 's' || what == 'b') {
			if (scanf("%d %d %d %255s", &flags, &width, &precision, text) == 4)
				print_string(what == 'b', flags, width, precision, text);
		} else if (what == 'l' && scanf("%d", &count) == 1) {
			h = (struct stapc_histogram)STAPC_HISTOGRAM_LOG;
			draw(&h, count);
		} else if (scanf("%lld %lld %lld %d", &h.low, &h.high, &h.width, &count) == 4) {
			h.log = false;
			h.buckets = STAPC_HISTOGRAM_LINEAR_BUCKETS(h.low, h.high, h.width);
			draw(&h, count);
		}
		stapc_print_literal(&cpu, "\n", 1);
	}
	stapc_output_commit(&cpu);
	return 0;
}
