// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * helpers/task.c: tasks, and how they are numbered for others. Lists are read under RCU alone: preemption is off in a
 * handler, so that none of them is freed meanwhile.
 */
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>

#include "../session.h"

static struct task_struct *stapc_task_numbered(s64 number)
{
	struct task_struct *task;

	if (number <= 0 || number > INT_MAX)
		return NULL;
	rcu_read_lock();
	task = pid_task(find_pid_ns(number, &init_pid_ns), PIDTYPE_PID);
	rcu_read_unlock();
	return task;
}

bool stapc_helper_pid2task(struct stapc_cpu *c, s64 number, s64 *to, u32 site)
{
	*to = (s64)stapc_task_numbered(number);
	return true;
}

/* Whether there is a task at the address. It is then, and its stack, until the handler ends: preemption is off. */
static bool stapc_task_lives(struct task_struct *task)
{
	pid_t number;

	return !copy_from_kernel_nofault(&number, &task->pid, sizeof(number)) && stapc_task_numbered(number) == task;
}

bool stapc_helper_task_backtrace(struct stapc_cpu *c, struct stapc_str *to, s64 address, u32 site)
{
	struct task_struct *task = (struct task_struct *)address;
	unsigned long stack[STAPC_STACK_DEPTH];

	if (task == current) {
		stapc_backtrace(c, to);
		return true;
	}
	if (!stapc_task_lives(task))
		return stapc_helper_error(c, site, "there is no task at 0x%llx", address);
	/* Of a task that runs elsewhere there is nothing to unwind. */
	stapc_stack_string(to, stack, stapc_stack_unwind(task, NULL, stack, stapc_stack_most()));
	return true;
}

/* Where the kernel shares out the processor's counters, one may get none. */
bool stapc_helper__counter(struct stapc_cpu *c, s64 number, s64 *to, u32 site)
{
	return stapc_counter_read(number, to) || stapc_helper_error(c, site, "the processor had no room for this counter");
}

/* The daemon's, from when it opened the control file to when it closes it. */
s64 stapc_helper_stp_pid(struct stapc_cpu *c)
{
	return READ_ONCE(stapc_daemon.pid);
}

s64 stapc_helper__session_uid(struct stapc_cpu *c)
{
	return READ_ONCE(stapc_daemon.uid);
}

s64 stapc_helper__pid_namespace(struct stapc_cpu *c)
{
	return (s64)READ_ONCE(stapc_daemon.pids);
}

bool stapc_helper__uid_seen(struct stapc_cpu *c, s64 id, s64 *to, u32 site)
{
	struct user_namespace *users = READ_ONCE(stapc_daemon.users);

	*to = users ? from_kuid_munged(users, KUIDT_INIT(id)) : id;
	return true;
}

bool stapc_helper__gid_seen(struct stapc_cpu *c, s64 id, s64 *to, u32 site)
{
	struct user_namespace *users = READ_ONCE(stapc_daemon.users);

	*to = users ? from_kgid_munged(users, KGIDT_INIT(id)) : id;
	return true;
}
