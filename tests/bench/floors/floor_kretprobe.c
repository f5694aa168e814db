// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The least that a return probe can cost: an empty handler. */
#include <linux/kprobes.h>
#include <linux/module.h>

static int handler(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	return 0;
}

static struct kretprobe probe = { .kp.symbol_name = "vfs_read", .handler = handler, .maxactive = 32 };

static int __init floor_init(void)
{
	return register_kretprobe(&probe);
}

static void __exit floor_exit(void)
{
	unregister_kretprobe(&probe);
}

module_init(floor_init);
module_exit(floor_exit);
MODULE_LICENSE("Dual MIT/GPL");
