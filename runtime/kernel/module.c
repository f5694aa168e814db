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

static int __init stapc_files_init(void)
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

static int __init stapc_init_parts(void)
{
	int error;

	if (stapc_program.abi != STAPC_ABI)
		return -EINVAL;
	if (!stapc_memory_take(stapc_module_bytes()))
		return -ENOMEM;
	error = stapc_symbols_init();
	if (error)
		return error;
	error = stapc_signals_init();
	if (error)
		return error;
	error = stapc_walks_init();
	if (error)
		goto signals;
	error = stapc_objects_init();
	if (error)
		goto walks;
	error = stapc_contexts_init();
	if (error)
		goto objects;
	error = stapc_maps_init();
	if (error)
		goto contexts;
	error = stapc_arm_init();
	if (error)
		goto maps;
	error = stapc_conditions_init();
	if (error)
		goto arm;
	/* Last: from here on somebody may open the files. */
	error = stapc_files_init();
	if (error)
		goto conditions;
	return 0;
conditions:
	stapc_session_exit();
	stapc_conditions_exit();
arm:
	stapc_arm_exit();
maps:
	stapc_maps_exit();
contexts:
	stapc_contexts_exit();
objects:
	stapc_objects_exit();
walks:
	stapc_walks_exit();
signals:
	stapc_signals_exit();
	return error;
}

/* -ENOBUFS says that it was STP_MAXMEMORY. */
static int __init stapc_init(void)
{
	int error = stapc_init_parts();

	return error == -ENOMEM && stapc_memory_exceeded() ? -ENOBUFS : error;
}

static void __exit stapc_exit_module(void)
{
	stapc_session_exit();
	stapc_output_exit();
	debugfs_remove(stapc_directory);
	stapc_conditions_exit();
	stapc_arm_exit();
	stapc_maps_exit();
	stapc_contexts_exit();
	stapc_objects_exit();
	stapc_walks_exit();
	stapc_signals_exit();
}

module_init(stapc_init);
module_exit(stapc_exit_module);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("stapc session");
