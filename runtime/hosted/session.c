// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * session.c: begin points, then events and timers by their times, then end or error points.
 */
#include "../kernel/session.h"
#include "kernel.h"

/* Shorter intervals of timers count as this one. */
#define HOSTED_SHORTEST_TIMER_NS 50000

u32 stapc_gate = 1;

/* Here all probes are armed: handlers themselves see whether their condition holds. */
s8 stapc_verdict;
u8 stapc_stale = 1;

void stapc_reconsider_soon(void)
{
}

static bool stapc_exit_wanted, stapc_failed;

bool stapc_session_exit_requested(void)
{
	return stapc_exit_wanted;
}

void stapc_session_request_exit(bool failed)
{
	stapc_gate = 1;
	stapc_failed |= failed;
	stapc_exit_wanted = true;
}

void stapc_exit(struct stapc_cpu *c)
{
	stapc_session_request_exit(false);
}

/* What a call keeps for its return. */
struct hosted_call {
	struct hosted_call *outer;
	const struct stapc_probe *probe;
	s64 tid;
	u64 kept[]; /* the first word says whether it has kept anything */
};

static struct hosted_call *hosted_calls;

static void hosted_run(enum stapc_probe_kind kind, u64 now)
{
	u32 i;

	for (i = 0; i < stapc_program.probes_count; i++) {
		const struct stapc_probe *probe = &stapc_program.probes[i];

		if (probe->kind != kind || (kind == STAPC_BEGIN && stapc_exit_wanted))
			continue;
		hosted_enter(0, NULL, now);
		probe->entry(0, 0, NULL, NULL);
	}
}

static void hosted_call(const struct stapc_probe *probe, const struct hosted_event *event)
{
	const struct stapc_probe *before = probe - 1;
	struct hosted_call *call = calloc(1, sizeof(*call) + probe->kept_bytes);

	if (!call)
		abort();
	call->outer = hosted_calls;
	call->probe = probe;
	call->tid = event->tid;
	hosted_calls = call;
	hosted_enter(event->cpu, event, event->at);
	before->entry((unsigned long)call->kept, 0, stapc_ops(&before), hosted_registers());
}

static void hosted_return(const struct stapc_probe *probe, const struct hosted_event *event)
{
	struct hosted_call **link = &hosted_calls, *call;

	while (*link && ((*link)->probe != probe || (*link)->tid != event->tid || !(*link)->kept[0]))
		link = &(*link)->outer;
	call = *link;
	if (!call)
		return;
	*link = call->outer;
	hosted_enter(event->cpu, event, event->at);
	probe->entry((unsigned long)call->kept, 0, stapc_ops(&probe), hosted_registers());
	free(call);
}

static void hosted_happen(const struct hosted_event *event)
{
	u32 i;

	for (i = 0; i < stapc_program.probes_count && !stapc_exit_wanted; i++) {
		const struct stapc_probe *probe = &stapc_program.probes[i];
		bool wanted = probe->kind == (event->returns ? STAPC_RETURN : STAPC_FUNCTION);

		if (!probe->symbol || strcmp(probe->symbol, event->function))
			continue;
		if (probe->kind == STAPC_RETURN && probe->kept_bytes) {
			if (event->returns)
				hosted_return(probe, event);
			else
				hosted_call(probe, event);
		} else if (wanted) {
			hosted_enter(event->cpu, event, event->at);
			probe->entry(0, 0, stapc_ops(&probe), hosted_registers());
		}
	}
}

static u64 hosted_interval(const struct stapc_probe *probe)
{
	u64 interval = probe->jiffies ? probe->jiffies * 4000000 : probe->interval_ns;

	return max_t(u64, interval, HOSTED_SHORTEST_TIMER_NS);
}

/* The timer that comes next, the first of those that come at once; none: NULL. */
static const struct stapc_probe *hosted_next(const u64 *times, u64 *at)
{
	const struct stapc_probe *next = NULL;
	u32 i;

	*at = U64_MAX;
	for (i = 0; i < stapc_program.probes_count; i++) {
		if (stapc_program.probes[i].kind != STAPC_TIMER || times[i] >= *at)
			continue;
		next = &stapc_program.probes[i];
		*at = times[i];
	}
	return next;
}

static u64 hosted_live(void)
{
	u64 *times = calloc(stapc_program.probes_count + 1, sizeof(*times)), now = 0;
	const struct hosted_event *event = hosted_program.events, *end = event + hosted_program.events_count;
	u32 i;

	if (!times)
		abort();
	for (i = 0; i < stapc_program.probes_count; i++)
		times[i] = hosted_interval(&stapc_program.probes[i]);
	while (!stapc_exit_wanted) {
		u64 timer_at, event_at = event < end ? event->at : U64_MAX;
		const struct stapc_probe *timer = hosted_next(times, &timer_at);

		if (min(timer_at, event_at) > hosted_program.duration || (!timer && event == end)) {
			now = hosted_program.duration;
			break;
		}
		now = min(timer_at, event_at);
		if (event < end && event_at <= timer_at) {
			hosted_happen(event++);
			continue;
		}
		times[timer - stapc_program.probes] += hosted_interval(timer);
		hosted_enter(0, NULL, now);
		timer->entry(0, 0, NULL, NULL);
	}
	free(times);
	return now;
}

static void hosted_symbols(void)
{
	u32 i;

	for (i = 0; i < stapc_program.symbols_count; i++)
		stapc_program.symbols[i].address = 0xffffffff81000000;
}

int main(void)
{
	u64 end = 0;

	hosted_boot();
	hosted_symbols();
	if (stapc_contexts_init() || stapc_maps_init())
		return 2;
	stapc_contexts_start();
	hosted_run(STAPC_CONDITION, 0);
	hosted_run(STAPC_BEGIN, 0);
	if (!stapc_exit_wanted) {
		hosted_run(STAPC_CONDITION, 0);
		stapc_gate = 0;
		end = hosted_live();
	}
	stapc_gate = 1;
	hosted_run(stapc_failed ? STAPC_ERROR : STAPC_END, end);
	hosted_show();
	fprintf(stderr, "hits %llu, handled %llu, skipped %llu, errors %llu, status %d, exited %d\n",
		stapc_counter_sum(STAPC_HITS), stapc_counter_sum(STAPC_HANDLED), stapc_counter_sum(STAPC_SKIPPED_LOCK),
		stapc_counter_sum(STAPC_ERRORS), stapc_failed, stapc_exit_wanted);
	while (hosted_calls) {
		struct hosted_call *call = hosted_calls;

		hosted_calls = call->outer;
		free(call);
	}
	stapc_maps_exit();
	stapc_contexts_exit();
	hosted_shut();
	return 0;
}
