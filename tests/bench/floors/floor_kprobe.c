// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The least that a kprobe can cost: an empty handler. */
#include <linux/kprobes.h>
#include <linux/module.h>

static int handler(struct kprobe *probe, struct pt_regs *regs)
{
	return 0;
}

static struct kprobe probe = { .symbol_name = "vfs_read", .pre_handler = handler };

static int __init floor_init(void)
{
	return register_kprobe(&probe);
}

static void __exit floor_exit(void)
{
	unregister_kprobe(&probe);
}

module_init(floor_init);
module_exit(floor_exit);
MODULE_LICENSE("Dual MIT/GPL");
