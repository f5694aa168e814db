// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * hot.c: what handlers call often, as one unit: the kernel's headers are read
 * once for all of it, which is most of the work of compiling it.
 */
#include "format.c"
#include "map.c"
#include "match.c"
#include "memory.c"
#include "output.c"
#include "print.c"
#include "string.c"
