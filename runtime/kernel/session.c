// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * session.c: the session's life.
 *
 * Loaded, starting, running, stopping, stopped: forward only, each step taken
 * in process context under one mutex. Handlers never change the state: they
 * shut the gate and leave a request, which wakes the daemon.
 *
 * Function points are armed before the begin points run, with the gate shut, so
 * that a point which cannot be armed fails the session before it has had any
 * effect. Opening the gate is then what starts all of them at once.
 */
#include <linux/irq_work.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/wait.h>

#include "session.h"

u32 stapc_gate = 1;

static DEFINE_MUTEX(stapc_session_mutex);
static enum stapc_state stapc_state = STAPC_LOADED;
static bool stapc_exit_wanted;
static bool stapc_failed;

static DECLARE_WAIT_QUEUE_HEAD(stapc_exit_wait);

static void stapc_exit_wake(struct irq_work *work)
{
	wake_up_interruptible_all(&stapc_exit_wait);
}

/* Handlers may run where waking is not allowed; an irq_work may be queued anywhere. */
static struct irq_work stapc_exit_work = IRQ_WORK_INIT(stapc_exit_wake);

enum stapc_state stapc_session_state(void)
{
	return READ_ONCE(stapc_state);
}

bool stapc_session_exit_requested(void)
{
	return READ_ONCE(stapc_exit_wanted);
}

int stapc_session_exit_code(void)
{
	return READ_ONCE(stapc_failed) ? 1 : 0;
}

void stapc_session_poll_wait(struct file *file, struct poll_table_struct *table)
{
	poll_wait(file, &stapc_exit_wait, table);
}

stapc_noinline void stapc_session_request_exit(bool failed)
{
	WRITE_ONCE(stapc_gate, 1);
	if (failed)
		WRITE_ONCE(stapc_failed, true);
	if (READ_ONCE(stapc_exit_wanted))
		return;
	WRITE_ONCE(stapc_exit_wanted, true);
	irq_work_queue(&stapc_exit_work);
}

stapc_noinline void stapc_exit(struct stapc_cpu *c)
{
	stapc_session_request_exit(false);
}

static void stapc_session_record(enum stapc_record_kind kind, const char *format, va_list args)
{
	struct stapc_cpu *c;
	int len;

	preempt_disable_notrace();
	c = this_cpu_read(stapc_this_cpu_context);
	c->busy = 1;
	barrier();
	if (kind == STAPC_RECORD_ERROR)
		stapc_count(c, STAPC_ERRORS);
	len = vscnprintf(c->out, STAPC_OUT_SIZE, format, args);
	stapc_output_write(c, kind, len);
	barrier();
	c->busy = 0;
	preempt_enable_notrace();
}

void stapc_session_print(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	stapc_session_record(STAPC_RECORD_OUTPUT, format, args);
	va_end(args);
}

void stapc_session_report(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	stapc_session_record(STAPC_RECORD_ERROR, format, args);
	va_end(args);
}

void stapc_session_warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	stapc_session_record(STAPC_RECORD_WARNING, format, args);
	va_end(args);
}

/* Runs the points of one kind in order; begin points only until one wants to exit. */
static void stapc_run(enum stapc_probe_kind kind)
{
	u32 i;

	for (i = 0; i < stapc_program.probes_count; i++) {
		const struct stapc_probe *probe = &stapc_program.probes[i];

		if (probe->kind != kind)
			continue;
		if (kind == STAPC_BEGIN && stapc_session_exit_requested())
			return;
		probe->entry(0, 0, NULL, NULL);
	}
}

static int stapc_start_locked(void)
{
	int error;

	if (stapc_state != STAPC_LOADED)
		return -EBUSY;
	WRITE_ONCE(stapc_state, STAPC_STARTING);
	error = stapc_arm();
	if (error) {
		WRITE_ONCE(stapc_failed, true);
		WRITE_ONCE(stapc_state, STAPC_STOPPED);
		return error;
	}
	stapc_run(STAPC_BEGIN);
	stapc_contexts_start();
	WRITE_ONCE(stapc_state, STAPC_RUNNING);
	/* Only a begin point can have asked for the exit: no handler runs yet. */
	if (!stapc_session_exit_requested()) {
		stapc_conditions_settle();
		stapc_running_collect();
		WRITE_ONCE(stapc_gate, 0);
		stapc_arm_open();
		stapc_conditions_open();
		stapc_running_begin();
	}
	return 0;
}

static void stapc_stop_locked(void)
{
	WRITE_ONCE(stapc_gate, 1);
	if (stapc_state == STAPC_RUNNING) {
		WRITE_ONCE(stapc_state, STAPC_STOPPING);
		stapc_arm_shut();
		stapc_disarm();
		if (READ_ONCE(stapc_skips_unsaid))
			stapc_session_report(STAPC_SKIPS_TEXT, stapc_program.max_skipped);
		stapc_run(stapc_session_exit_code() ? STAPC_ERROR : STAPC_END);
		stapc_times_report();
	}
	WRITE_ONCE(stapc_state, STAPC_STOPPED);
	stapc_output_flush();
}

int stapc_session_start(void)
{
	int error;

	mutex_lock(&stapc_session_mutex);
	error = stapc_start_locked();
	mutex_unlock(&stapc_session_mutex);
	return error;
}

int stapc_session_stop(void)
{
	mutex_lock(&stapc_session_mutex);
	stapc_stop_locked();
	mutex_unlock(&stapc_session_mutex);
	return 0;
}

void stapc_session_exit(void)
{
	stapc_session_stop();
	irq_work_sync(&stapc_exit_work);
}
