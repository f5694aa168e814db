// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * helpers.c: the helpers of the IR, and what they need of programs, as one unit: see hot.c.
 */
#include "helpers/event.c"
#include "helpers/error.c"
#include "helpers/escape.c"
#include "helpers/guru.c"
#include "helpers/kernel.c"
#include "helpers/memory.c"
#include "helpers/path.c"
#include "helpers/registers.c"
#include "helpers/task.c"
#include "helpers/text.c"
#include "helpers/names.c"
#include "helpers/syscall.c"
#include "objects.c"
#include "user_stack.c"
