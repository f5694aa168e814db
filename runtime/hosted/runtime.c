// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * runtime.c: what handlers run of the runtime, as one unit.
 */
#include "../kernel/format.c"
#include "../kernel/map.c"
#include "../kernel/match.c"
#include "../kernel/memory.c"
#include "../kernel/print.c"
#include "../kernel/string.c"
#include "../kernel/hit.c"
#include "../kernel/lock.c"
#include "../kernel/fault.c"
#include "../kernel/iterate.c"
#include "../kernel/histogram.c"
#include "../kernel/stat.c"
#include "../kernel/part.c"
#include "../kernel/helpers/text.c"
