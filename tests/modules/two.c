// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include <linux/module.h>

#include "probed.h"

static noinline int probed_twice(int number)
{
	barrier();
	return 2 * number + 1;
}

noinline int probed_other(int number)
{
	return probed_twice(number) + 1;
}
