// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * hit.c: the contexts, and the parts of entering and leaving a handler that
 * most hits do not need.
 */
#include <linux/irqflags.h>
#include <linux/preempt.h>
#include <linux/overflow.h>

#include "session.h"

DEFINE_PER_CPU(struct stapc_cpu *, stapc_this_cpu_context);

stapc_noinline void stapc_count_add(struct stapc_cpu *c, enum stapc_counter counter, u64 amount)
{
	asm volatile("addq %1, %0" : "+m"(c->counters[counter]) : "er"(amount) : "cc");
}

u64 stapc_counter_sum(enum stapc_counter counter)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(stapc_this_cpu_context, cpu)->counters[counter]);
	return sum;
}

stapc_noinline u64 stapc_interrupts_off(void)
{
	unsigned long flags;

	raw_local_irq_save(flags);
	return flags;
}

stapc_noinline void stapc_interrupts_restore(u64 flags)
{
	raw_local_irq_restore(flags);
}

/* Whether the session has to end because hits were skipped. */
static bool stapc_skips_too_many(void)
{
	u64 skips = stapc_counter_sum(STAPC_SKIPPED_LOCK) + stapc_counter_sum(STAPC_SKIPPED_STACK);

	if (stapc_program.limits.reentry_counts)
		skips += stapc_counter_sum(STAPC_SKIPPED_REENTRY);
	return skips > stapc_program.max_skipped && !stapc_session_exit_requested();
}

bool stapc_skips_unsaid;

static noinline void stapc_refuse_live(struct stapc_cpu *c)
{
	bool again = c->busy;

	stapc_count(c, again ? STAPC_SKIPPED_REENTRY : STAPC_SKIPPED_STACK);
	if (again && !stapc_program.limits.reentry_counts)
		return;
	if (stapc_skips_too_many()) {
		WRITE_ONCE(stapc_skips_unsaid, true);
		stapc_session_request_exit(true);
	}
}

stapc_noinline void stapc_refuse(struct stapc_cpu *c)
{
	if (READ_ONCE(stapc_gate))
		stapc_count_add(c, STAPC_HITS, -1);
	else
		stapc_refuse_live(c);
	preempt_enable_notrace();
}

stapc_noinline void stapc_resched(void)
{
	/* Preemption is on: this finds the pending request and serves it. */
	preempt_disable_notrace();
	preempt_enable_notrace();
}

/* The hit was counted as handled, and was skipped instead. */
static noinline void stapc_attend_skip(struct stapc_cpu *c)
{
	stapc_count_add(c, STAPC_HANDLED, -1);
	stapc_count(c, c->skip);
	if (stapc_skips_too_many()) {
		u32 len = scnprintf(c->out, STAPC_OUT_SIZE, STAPC_SKIPS_TEXT, stapc_program.max_skipped);

		stapc_count(c, STAPC_ERRORS);
		stapc_output_write(c, STAPC_RECORD_ERROR, len);
		stapc_session_request_exit(true);
	}
}

static noinline void stapc_attend_fault(struct stapc_cpu *c)
{
	u32 len = scnprintf(c->out, STAPC_OUT_SIZE, "ERROR: ");

	len += stapc_fault_message(c, c->out + len, STAPC_OUT_SIZE - len);
	stapc_count(c, STAPC_ERRORS);
	stapc_output_write(c, STAPC_RECORD_ERROR, len);
	if (stapc_counter_sum(STAPC_ERRORS) > stapc_program.max_errors)
		stapc_session_request_exit(true);
}

stapc_noinline void stapc_attend(struct stapc_cpu *c)
{
	stapc_output_commit(c);
	if (unlikely(c->skip))
		stapc_attend_skip(c);
	if (unlikely(c->fault) && c->fault != STAPC_FAULT_ABORT)
		stapc_attend_fault(c);
	c->attention = 0;
}

stapc_noinline void stapc_attend_condition(struct stapc_cpu *c)
{
	if (c->skip) {
		stapc_verdict = STAPC_UNASKED;
		stapc_count(c, STAPC_HITS);
		stapc_count(c, STAPC_HANDLED);
	}
	stapc_attend(c);
}

/*
 * A virtual CPU may lose its processor for a long time in the middle of a
 * handler, which is not the script's doing. It seldom happens to two hits of a
 * few: so a lone long hit counts for little, and more of them for what they took.
 */
stapc_noinline u32 stapc_long_hit(struct stapc_cpu *c, u32 spent)
{
	u64 hits = c->counters[STAPC_HITS];
	bool lone = hits - c->long_hit > 8;

	c->long_hit = hits;
	return lone ? STAPC_LONG_HIT : spent;
}

stapc_noinline void stapc_overload_check(struct stapc_cpu *c)
{
	u64 now = stapc_tsc(), cycles = c->cycles;
	u64 elapsed = now - c->overload_since_full;
	const struct stapc_limits *limits = &stapc_program.limits;

	if (elapsed < limits->overload_interval)
		return; /* the low halves wrapped, or another CPU's counter is ahead */
	c->overload_since_full = now;
	c->overload_since = (u32)now;
	c->cycles = 0;
	if ((unsigned __int128)cycles * limits->overload_interval >
		    (unsigned __int128)elapsed * limits->overload_threshold &&
	    !stapc_session_exit_requested()) {
		u32 len = scnprintf(c->out, STAPC_OUT_SIZE,
				    "ERROR: probe overhead exceeded threshold: %llu of %llu cycles", cycles, elapsed);

		stapc_count(c, STAPC_ERRORS);
		stapc_output_write(c, STAPC_RECORD_ERROR, len);
		stapc_session_request_exit(true);
	}
}

void stapc_contexts_start(void)
{
	u64 now = stapc_tsc();
	int cpu;

	for_each_possible_cpu(cpu) {
		struct stapc_cpu *c = per_cpu(stapc_this_cpu_context, cpu);

		c->cycles = 0;
		c->overload_since_full = now;
		c->overload_since = (u32)now;
	}
}

static void stapc_context_free(struct stapc_cpu *c)
{
	if (!c)
		return;
	stapc_free(c->frames);
	stapc_free(c->out);
	stapc_free(c->iterate);
	stapc_free(c->message);
	stapc_free(c->times);
	stapc_free(c);
}

static struct stapc_cpu *stapc_context_new(int cpu)
{
	int node = cpu_to_node(cpu);
	struct stapc_cpu *c = stapc_allocate(size_add(sizeof(*c), stapc_program.parts_bytes), node);

	if (!c)
		return NULL;
	c->cpu = cpu;
	c->iterate_size = stapc_program.iterate_elements;
	c->frames = stapc_allocate(size_add(stapc_program.frame_bytes, 1), node);
	c->out = stapc_allocate(STAPC_OUT_SIZE + STAPC_OUT_SLACK, node);
	c->iterate = stapc_allocate(array_size(size_add(c->iterate_size, 1), sizeof(*c->iterate)), node);
	c->message = stapc_allocate(STAPC_MESSAGE_SIZE, node);
	if (stapc_program.limits.timing)
		c->times = stapc_allocate(array_size(stapc_program.probes_count, sizeof(*c->times)), node);
	if (c->frames && c->out && c->iterate && c->message && !c->times == !stapc_program.limits.timing)
		return c;
	stapc_context_free(c);
	return NULL;
}

/* What begin, end and error points iterate with, one at a time, instead of their CPU's own. */
static struct stapc_element **stapc_session_elements;
static u32 stapc_session_elements_size;

static int stapc_session_elements_init(void)
{
	if (check_mul_overflow(stapc_program.session_iterate_per_cpu, (u32)num_possible_cpus(),
			       &stapc_session_elements_size) ||
	    check_add_overflow(stapc_session_elements_size, stapc_program.session_iterate_elements,
			       &stapc_session_elements_size))
		return -ENOMEM;
	stapc_session_elements = stapc_allocate(
		array_size(size_add(stapc_session_elements_size, 1), sizeof(*stapc_session_elements)), NUMA_NO_NODE);
	return stapc_session_elements ? 0 : -ENOMEM;
}

void stapc_session_swap(struct stapc_cpu *c)
{
	swap(c->iterate, stapc_session_elements);
	swap(c->iterate_size, stapc_session_elements_size);
}

int stapc_contexts_init(void)
{
	int cpu, error = stapc_session_elements_init();

	if (error)
		return error;

	for_each_possible_cpu(cpu) {
		struct stapc_cpu *c = stapc_context_new(cpu);

		if (!c) {
			stapc_contexts_exit();
			return -ENOMEM;
		}
		per_cpu(stapc_this_cpu_context, cpu) = c;
	}
	return 0;
}

void stapc_contexts_exit(void)
{
	int cpu;

	stapc_free(stapc_session_elements);
	stapc_session_elements = NULL;

	for_each_possible_cpu(cpu) {
		stapc_context_free(per_cpu(stapc_this_cpu_context, cpu));
		per_cpu(stapc_this_cpu_context, cpu) = NULL;
	}
}
