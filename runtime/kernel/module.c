// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * module.c: loading and unloading. Loading starts nothing.
 *
 * Unloading can only happen while no file of the session is open, since each
 * pins the module; and closing the control file stops the session. So at exit
 * nothing is armed.
 */
#include <linux/debugfs.h>
#include <linux/module.h>

#include "objects.h"

int stapc_target;
module_param_named(target, stapc_target, int, 0444);
MODULE_PARM_DESC(target, "what target() gives: a process id");

static struct dentry *stapc_directory;

static int stapc_files_init(void)
{
	int error;

	/* THIS_MODULE's name, not KBUILD_MODNAME: each session's is another. */
	stapc_directory = debugfs_create_dir(THIS_MODULE->name, NULL);
	if (IS_ERR(stapc_directory))
		return PTR_ERR(stapc_directory);
	error = stapc_output_init(stapc_directory);
	if (error)
		goto remove;
	error = stapc_status_init(stapc_directory);
	if (!error)
		error = stapc_control_init(stapc_directory);
	if (!error)
		return 0;
	stapc_output_exit();
remove:
	debugfs_remove(stapc_directory);
	return error;
}

static void stapc_files_exit(void)
{
	stapc_session_exit();
	stapc_output_exit();
	debugfs_remove(stapc_directory);
}

/* Bytes of this module in the kernel. */
static u64 __init stapc_module_bytes(void)
{
#ifdef for_each_mod_mem_type
	u64 bytes = 0;

	for_each_mod_mem_type(type)
		bytes += THIS_MODULE->mem[type].size;
	return bytes;
#else
	return THIS_MODULE->core_layout.size;
#endif
}

/* What is made when the module is loaded, in this order, and undone in the opposite one. */
static const struct {
	int (*init)(void);
	void (*exit)(void);
} stapc_stages[] = {
	{ stapc_symbols_init, NULL },
	{ stapc_signals_init, stapc_signals_exit },
	{ stapc_walks_init, stapc_walks_exit },
	{ stapc_objects_init, stapc_objects_exit },
	{ stapc_contexts_init, stapc_contexts_exit },
	{ stapc_maps_init, stapc_maps_exit },
	{ stapc_arm_init, stapc_arm_exit },
	{ stapc_conditions_init, stapc_conditions_exit },
	/* Last: from here on somebody may open the files. */
	{ stapc_files_init, stapc_files_exit },
};

static void stapc_exit_stages(u32 count)
{
	while (count-- > 0)
		if (stapc_stages[count].exit)
			stapc_stages[count].exit();
}

static int __init stapc_init_stages(void)
{
	u32 i;

	if (stapc_program.abi != STAPC_ABI)
		return -EINVAL;
	if (!stapc_memory_take(stapc_module_bytes()))
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(stapc_stages); i++) {
		int error = stapc_stages[i].init();

		if (!error)
			continue;
		stapc_exit_stages(i);
		return error;
	}
	return 0;
}

/* -ENOBUFS says that it was STP_MAXMEMORY. */
static int __init stapc_init(void)
{
	int error = stapc_init_stages();

	return error == -ENOMEM && stapc_memory_exceeded() ? -ENOBUFS : error;
}

static void __exit stapc_exit_module(void)
{
	stapc_exit_stages(ARRAY_SIZE(stapc_stages));
}

module_init(stapc_init);
module_exit(stapc_exit_module);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("stapc session");
