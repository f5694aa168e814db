// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The least that a function-entry probe by ftrace can cost: an empty handler. */
#include <linux/ftrace.h>
#include <linux/module.h>

static void notrace handler(unsigned long ip, unsigned long parent, struct ftrace_ops *ops, struct ftrace_regs *regs)
{
}

static struct ftrace_ops ops = { .func = handler };

static int __init floor_init(void)
{
	int error = ftrace_set_filter(&ops, "vfs_read", 8, 1);

	return error ? error : register_ftrace_function(&ops);
}

static void __exit floor_exit(void)
{
	unregister_ftrace_function(&ops);
}

module_init(floor_init);
module_exit(floor_exit);
MODULE_LICENSE("Dual MIT/GPL");
