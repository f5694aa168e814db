// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * status.c: the session's state and counts, as lines of "key value".
 */
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "session.h"

static const char *const stapc_state_names[] = {
	[STAPC_LOADED] = "loaded",   [STAPC_STARTING] = "starting", [STAPC_RUNNING] = "running",
	[STAPC_STOPPING] = "stopping", [STAPC_STOPPED] = "stopped",
};

static int stapc_status_show(struct seq_file *file, void *unused)
{
	u64 missed = stapc_arm_missed();

	seq_printf(file, "state %s\n", stapc_state_names[stapc_session_state()]);
	seq_printf(file, "exit_requested %d\n", stapc_session_exit_requested());
	seq_printf(file, "exit_code %d\n", stapc_session_exit_code());
	seq_printf(file, "errors %llu\n", stapc_counter_sum(STAPC_ERRORS));
	seq_printf(file, "hits %llu\n", stapc_counter_sum(STAPC_HITS) + missed);
	seq_printf(file, "handled %llu\n", stapc_counter_sum(STAPC_HANDLED));
	seq_printf(file, "skipped_reentry %llu\n", stapc_counter_sum(STAPC_SKIPPED_REENTRY));
	seq_printf(file, "skipped_lock %llu\n", stapc_counter_sum(STAPC_SKIPPED_LOCK));
	seq_printf(file, "skipped_stack %llu\n", stapc_counter_sum(STAPC_SKIPPED_STACK));
	seq_printf(file, "skipped_missed %llu\n", missed);
	seq_printf(file, "lost_records %llu\n", stapc_counter_sum(STAPC_LOST_RECORDS));
	seq_printf(file, "lost_bytes %llu\n", stapc_counter_sum(STAPC_LOST_BYTES));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stapc_status);

int stapc_status_init(struct dentry *directory)
{
	return PTR_ERR_OR_ZERO(debugfs_create_file("status", 0400, directory, NULL, &stapc_status_fops));
}
