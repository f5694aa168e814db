// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * control.c: the file through which the session's daemon rules it. Whoever has
 * it open is the daemon; closing it, by dying too, stops the session.
 */
#include <linux/atomic.h>
#include <linux/cred.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/pid_namespace.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "session.h"

static atomic_t stapc_control_opened = ATOMIC_INIT(0);

struct stapc_daemon stapc_daemon;

/* Its namespaces live as long as the daemon, which closes the file before it is gone. */
static void stapc_daemon_note(void)
{
	stapc_daemon.pid = current->tgid;
	stapc_daemon.uid = from_kuid(&init_user_ns, current_uid());
	stapc_daemon.pids = task_active_pid_ns(current);
	stapc_daemon.users = current_user_ns();
}

static int stapc_control_open(struct inode *inode, struct file *file)
{
	if (atomic_cmpxchg(&stapc_control_opened, 0, 1))
		return -EBUSY;
	stapc_daemon_note();
	return nonseekable_open(inode, file);
}

static int stapc_control_release(struct inode *inode, struct file *file)
{
	stapc_session_stop();
	atomic_set(&stapc_control_opened, 0);
	return 0;
}

static ssize_t stapc_control_write(struct file *file, const char __user *from, size_t size, loff_t *offset)
{
	char command[16];
	int error;

	if (size >= sizeof(command))
		return -EINVAL;
	if (copy_from_user(command, from, size))
		return -EFAULT;
	command[size] = '\0';
	if (sysfs_streq(command, "start"))
		error = stapc_session_start();
	else if (sysfs_streq(command, "stop"))
		error = stapc_session_stop();
	else
		return -EINVAL;
	return error ? error : size;
}

static ssize_t stapc_control_read(struct file *file, char __user *to, size_t size, loff_t *offset)
{
	return 0;
}

static __poll_t stapc_control_poll(struct file *file, struct poll_table_struct *table)
{
	stapc_session_poll_wait(file, table);
	return stapc_session_exit_requested() ? EPOLLIN | EPOLLRDNORM : 0;
}

static const struct file_operations stapc_control_operations = {
	.owner = THIS_MODULE,
	.open = stapc_control_open,
	.release = stapc_control_release,
	.read = stapc_control_read,
	.write = stapc_control_write,
	.poll = stapc_control_poll,
};

int stapc_control_init(struct dentry *directory)
{
	return PTR_ERR_OR_ZERO(debugfs_create_file("control", 0600, directory, NULL, &stapc_control_operations));
}
