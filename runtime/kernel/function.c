// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * function.c: places in the kernel's functions, by ftrace, kprobes and kretprobes.
 */
#include <linux/slab.h>

#include "arm.h"

/*
 * Calls of a function with a return point that may be under way at once. The kernel allocates for each, and frees
 * them all in one go: so many return points get fewer each.
 */
#define STAPC_RETURNS_ACTIVE 1024
#define STAPC_RETURNS_ACTIVE_LEAST 64
#define STAPC_RETURNS_ACTIVE_ALL (16 * STAPC_RETURNS_ACTIVE)

static int stapc_kprobe_hit(struct kprobe *kprobe, struct pt_regs *regs)
{
	struct stapc_attachment *a = container_of(kprobe, struct stapc_attachment, kprobe);

	a->probe->entry((unsigned long)kprobe->addr, 0, stapc_ops(&a->probe), stapc_fregs(regs));
	return 0;
}

/* The values that a call keeps lie in its instance's data; where `ip` is otherwise. */
static int stapc_kretprobe_call(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct stapc_attachment *a =
		container_of(get_kretprobe(instance), struct stapc_attachment, kretprobe);
	const struct stapc_probe *call = a->probe - 1;
	s64 *kept = (s64 *)instance->data;

	*kept = 0;
	call->entry((unsigned long)kept, (unsigned long)a->kretprobe.kp.addr, stapc_ops(&call), stapc_fregs(regs));
	/* Of a call that was not handled the return is not either. */
	return *kept ? 0 : 1;
}

static int stapc_kretprobe_hit(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct stapc_attachment *a =
		container_of(get_kretprobe(instance), struct stapc_attachment, kretprobe);

	a->probe->entry((unsigned long)instance->data, (unsigned long)a->kretprobe.kp.addr, stapc_ops(&a->probe),
			stapc_fregs(regs));
	return 0;
}

#ifdef CONFIG_DYNAMIC_FTRACE_WITH_ARGS
static int stapc_arm_ftrace(struct stapc_attachment *a)
{
	struct ftrace_ops *ops = &a->ops;
	char *name;
	int error;

	/* Attachments may be reused after a failed attempt. */
	memset(ops, 0, sizeof(*ops));
	name = kstrdup(a->probe->symbol, GFP_KERNEL);
	if (!name)
		return -ENOMEM;
	ops->func = a->probe->entry;
	error = ftrace_set_filter(ops, name, strlen(name), 1);
	kfree(name);
	if (!error && !a->resting)
		error = register_ftrace_function(ops);
	if (error) {
		ftrace_free_filter(ops);
		return error;
	}
	a->how = STAPC_BY_FTRACE;
	return 0;
}

void stapc_ftrace_rest(struct stapc_attachment *a)
{
	unregister_ftrace_function(&a->ops);
}

int stapc_ftrace_wake(struct stapc_attachment *a)
{
	return register_ftrace_function(&a->ops);
}

void stapc_disarm_ftrace(struct stapc_attachment *a)
{
	if (!a->resting)
		unregister_ftrace_function(&a->ops);
	ftrace_free_filter(&a->ops);
}
#else
static int stapc_arm_ftrace(struct stapc_attachment *a)
{
	return -ENODEV;
}

void stapc_ftrace_rest(struct stapc_attachment *a)
{
}

int stapc_ftrace_wake(struct stapc_attachment *a)
{
	return 0;
}

void stapc_disarm_ftrace(struct stapc_attachment *a)
{
}
#endif

int stapc_arm_kprobe(struct stapc_attachment *a)
{
	int error;

	memset(&a->kprobe, 0, sizeof(a->kprobe));
	error = stapc_place(&a->kprobe, a->probe);
	if (error)
		return error;
	a->kprobe.pre_handler = stapc_kprobe_hit;
	a->kprobe.flags = stapc_kprobe_flags(a);
	error = register_kprobe(&a->kprobe);
	if (error)
		return error;
	a->how = STAPC_BY_KPROBE;
	return stapc_check_place(a, &a->kprobe);
}

/*
 * Where the return is probed too the function has a kprobe already. A second is
 * cheap there, while a second user of ftrace makes the kernel walk a list of
 * both; and what the one misses the other misses as well.
 */
int stapc_arm_entry(struct stapc_attachment *a)
{
	int error;

	/* Only a kprobe has all registers, or can be where the symbol is of something else or of a module. */
	if (a->probe->all_registers || a->probe->offset || stapc_in_module(a->probe->symbol))
		return stapc_arm_kprobe(a);
	if (a->probe->with_return && !stapc_arm_kprobe(a))
		return 0;
	/* To look for a name the kernel looks at all that ftrace knows. */
	error = a->untraced ? -ENOENT : stapc_arm_ftrace(a);
	if (error && error != -ENOMEM)
		error = stapc_arm_kprobe(a);
	return error;
}

static u32 stapc_returns_active(void)
{
	static u32 active;
	u32 i, returns = 0;

	if (active)
		return active;
	for (i = 0; i < stapc_program.probes_count; i++)
		returns += stapc_program.probes[i].kind == STAPC_RETURN && !stapc_program.probes[i].path;
	active = clamp_t(u32, STAPC_RETURNS_ACTIVE_ALL / max(returns, 1u),
			 max_t(u32, STAPC_RETURNS_ACTIVE_LEAST, 2 * num_possible_cpus()), STAPC_RETURNS_ACTIVE);
	return active;
}

int stapc_arm_return(struct stapc_attachment *a)
{
	int error;

	memset(&a->kretprobe, 0, sizeof(a->kretprobe));
	error = stapc_place(&a->kretprobe.kp, a->probe);
	if (error)
		return error;
	a->kretprobe.handler = stapc_kretprobe_hit;
	a->kretprobe.kp.flags = stapc_kprobe_flags(a);
	if (a->probe->kept_bytes)
		a->kretprobe.entry_handler = stapc_kretprobe_call;
	a->kretprobe.data_size = a->probe->kept_bytes;
	a->kretprobe.maxactive = a->probe->active ? a->probe->active : stapc_returns_active();
	error = register_kretprobe(&a->kretprobe);
	if (error)
		return error;
	a->how = STAPC_BY_KRETPROBE;
	return stapc_check_place(a, &a->kretprobe.kp);
}
