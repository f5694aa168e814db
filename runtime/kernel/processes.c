// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * processes.c: in which processes a probe is hit. Asked at each hit, of the process that it is in.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/namei.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "process.h"

/* Ancestors that are asked whether they are the session's target. */
#define STAPC_GENERATIONS 256

struct task_struct *stapc_walker, *stapc_walked;
struct pt_regs stapc_no_regs;

int stapc_processes_init(struct stapc_processes *processes, const struct stapc_probe *probe)
{
	int error;

	processes->pid = probe->pid;
	if (!probe->executing)
		return 0;
	error = kern_path(probe->executing, LOOKUP_FOLLOW, &processes->path);
	if (!error)
		processes->inode = d_backing_inode(processes->path.dentry);
	return error;
}

void stapc_processes_exit(struct stapc_processes *processes)
{
	if (processes->inode)
		path_put(&processes->path);
}

bool stapc_executes(const struct mm_struct *mm, const struct inode *inode)
{
	const struct file *file;
	bool yes;

	rcu_read_lock();
	file = rcu_dereference(mm->exe_file);
	yes = file && READ_ONCE(file->f_inode) == inode;
	rcu_read_unlock();
	return yes;
}

/* Whether the process is the session's target or descends from it; all are where there is none. */
static bool stapc_descends(struct task_struct *task)
{
	u32 generation;
	bool found = false;

	if (!stapc_target)
		return true;
	rcu_read_lock();
	task = READ_ONCE(task->group_leader);
	for (generation = 0; generation < STAPC_GENERATIONS && task->tgid > 1; generation++) {
		found = task->tgid == stapc_target;
		if (found)
			break;
		task = rcu_dereference(task->real_parent);
	}
	rcu_read_unlock();
	return found;
}

bool stapc_processes_have(const struct stapc_processes *processes, struct task_struct *task, const struct mm_struct *mm)
{
	if (processes->pid && task->tgid != processes->pid)
		return false;
	if (processes->inode && !(mm && stapc_executes(mm, processes->inode)))
		return false;
	return stapc_descends(task);
}

bool stapc_processes_count(const struct stapc_processes *processes)
{
	return stapc_processes_have(processes, stapc_current(), current->mm);
}
