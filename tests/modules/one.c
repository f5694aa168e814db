// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * one.c: a module to be probed: a write to its parameter `go` calls its functions so often.
 */
#include <linux/module.h>
#include <linux/percpu.h>

#include "probed.h"

static int total = 40;
static DEFINE_PER_CPU(int, calls_here) = 100;
static volatile int total_of_results;
static struct probed_inner inner = { .number = 7, .text = "seven" };

/* two.c has one of the same name. */
static noinline int probed_twice(int number)
{
	this_cpu_add(calls_here, number);
	barrier();
	return 2 * number;
}

static noinline int probed_step(struct probed_outer *outer, int add)
{
	int sum = outer->inner->number + add;

	WRITE_ONCE(total, READ_ONCE(total) + add);
	barrier();
	return sum + outer->bits;
}

/* Each call but the outermost is missed by a probe of returns for one call at a time. */
static noinline int probed_deep(int depth)
{
	int below = depth > 1 ? probed_deep(depth - 1) : 0;

	barrier();
	return below + 1;
}

static int probed_go(const char *value, const struct kernel_param *param)
{
	struct probed_outer outer = { .inner = &inner, .bits = 5 };
	int i, times;

	if (kstrtoint(value, 0, &times))
		return -EINVAL;
	for (i = 1; i <= times; i++) {
		total_of_results += probed_step(&outer, i);
		total_of_results += probed_twice(i);
		total_of_results += probed_other(i);
		total_of_results += probed_deep(4);
	}
	return 0;
}

static const struct kernel_param_ops probed_ops = { .set = probed_go };
module_param_cb(go, &probed_ops, NULL, 0200);

static int __init probed_init(void)
{
	total += 2;
	return 0;
}

static void __exit probed_exit(void)
{
	WRITE_ONCE(total, 0);
}

module_init(probed_init);
module_exit(probed_exit);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("to be probed");
