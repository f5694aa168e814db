// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * kernel.c: what remains of a kernel: processors, tasks, memory, time, records of output.
 */
#include <sys/syscall.h>
#include <unistd.h>

#include "../kernel/session.h"
#include "kernel.h"

/* As profile.h has it. */
struct hosted_cred {
	u32 uid, euid, gid, egid;
};

struct hosted_task {
	s32 pid, tgid;
	const struct hosted_task *real_parent;
	const struct hosted_cred *cred;
	char comm[16];
};

static const struct hosted_cred hosted_root;
static const struct hosted_task hosted_nobody = { .cred = &hosted_root };
static struct hosted_task hosted_task = { .real_parent = &hosted_nobody, .cred = &hosted_root };

DEFINE_PER_CPU(struct hosted_task *, hosted_current);
DEFINE_PER_CPU(u32, hosted_preempt_count);
extern char __start_hosted_per_cpu[], __stop_hosted_per_cpu[];
u64 hosted_offsets[HOSTED_CPUS];
int hosted_cpu;
int stapc_target;

static const struct hosted_event *hosted_event;
static u64 hosted_now, hosted_asked, hosted_waited;
static u64 hosted_regs[17];

/* What handlers have stored, until the hit ends. */
static struct {
	u64 address;
	int user;
	u8 byte;
} hosted_stored[4096];
static u32 hosted_stores;

void *stapc_allocate(size_t size, int node)
{
	return calloc(1, size);
}

void stapc_free(const void *memory)
{
	free((void *)memory);
}

void hosted_boot(void)
{
	size_t size = __stop_hosted_per_cpu - __start_hosted_per_cpu;
	int cpu;

	for_each_possible_cpu(cpu) {
		char *copy = calloc(1, size);

		if (!copy)
			abort();
		hosted_offsets[cpu] = copy - __start_hosted_per_cpu;
		per_cpu(hosted_current, cpu) = &hosted_task;
		per_cpu(hosted_preempt_count, cpu) = 1; /* never wants to be scheduled */
	}
	stapc_target = hosted_program.target;
}

void hosted_shut(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		free(__start_hosted_per_cpu + hosted_offsets[cpu]);
}

void hosted_enter(int cpu, const struct hosted_event *event, u64 now)
{
	const int set_gs = 0x1001; /* ARCH_SET_GS */

	hosted_cpu = cpu;
	hosted_event = event;
	hosted_now = now;
	hosted_asked = hosted_stores = 0;
	hosted_task.tgid = event ? event->pid : 1;
	hosted_task.pid = event ? event->tid : 1;
	memset(hosted_task.comm, 0, sizeof(hosted_task.comm));
	strncpy(hosted_task.comm, event ? event->execname : "swapper/0", sizeof(hosted_task.comm) - 1);
	memset(hosted_regs, 0, sizeof(hosted_regs));
	if (event)
		memcpy(hosted_regs, event->registers, sizeof(event->registers));
	syscall(SYS_arch_prctl, set_gs, hosted_offsets[cpu]);
}

struct ftrace_regs *hosted_registers(void)
{
	return (struct ftrace_regs *)hosted_regs;
}

static u64 hosted_elapsed(void)
{
	return hosted_now + hosted_program.tick * ++hosted_asked;
}

u64 ktime_get_real_fast_ns(void)
{
	return hosted_program.epoch + hosted_elapsed();
}

/* Handlers take no time, unless they wait. */
u64 stapc_tsc(void)
{
	return hosted_waited;
}

void cpu_relax(void)
{
	hosted_waited += 1 << 20;
}

s64 stapc_cycles(void)
{
	return 3 * hosted_elapsed();
}

/* The byte at an address, or -1. */
static int hosted_byte(u64 address, int user)
{
	u32 i;

	for (i = hosted_stores; i-- > 0;)
		if (hosted_stored[i].address == address && hosted_stored[i].user == user)
			return hosted_stored[i].byte;
	for (i = 0; hosted_event && i < hosted_event->memory_count; i++) {
		const struct hosted_memory *memory = &hosted_event->memory[i];

		if (memory->user == user && address - memory->address < memory->count)
			return memory->bytes[address - memory->address];
	}
	return -1;
}

static bool hosted_read(void *to, u64 address, size_t size, int user)
{
	size_t i;

	for (i = 0; i < size; i++) {
		int byte = hosted_byte(address + i, user);

		if (byte < 0)
			return false;
		((u8 *)to)[i] = byte;
	}
	return true;
}

static bool hosted_write(u64 address, const void *from, size_t size, int user)
{
	u8 old[8];
	size_t i;

	if (!hosted_read(old, address, size, user) || hosted_stores + size > ARRAY_SIZE(hosted_stored))
		return false;
	for (i = 0; i < size; i++, hosted_stores++) {
		hosted_stored[hosted_stores].address = address + i;
		hosted_stored[hosted_stores].user = user;
		hosted_stored[hosted_stores].byte = ((const u8 *)from)[i];
	}
	return true;
}

long copy_from_user_nofault(void *to, const void *from, size_t size)
{
	return hosted_read(to, (u64)from, size, 1) ? 0 : -EFAULT;
}

long copy_to_user_nofault(void *to, const void *from, size_t size)
{
	return hosted_write((u64)to, from, size, 1) ? 0 : -EFAULT;
}

#define HOSTED_LOAD(name, type)                                                                   \
	bool stapc_load_##name(struct stapc_cpu *c, u64 address, s64 *result, u32 site)           \
	{                                                                                         \
		type value;                                                                       \
                                                                                                  \
		if (!hosted_read(&value, address, sizeof(value), 0)) {                            \
			stapc_fault(c, STAPC_FAULT_READ, address, site);                          \
			return false;                                                             \
		}                                                                                 \
		*result = (s64)value;                                                             \
		return true;                                                                      \
	}

HOSTED_LOAD(u8, u8)
HOSTED_LOAD(s8, s8)
HOSTED_LOAD(u16, u16)
HOSTED_LOAD(s16, s16)
HOSTED_LOAD(u32, u32)
HOSTED_LOAD(s32, s32)
HOSTED_LOAD(u64, u64)

#define HOSTED_STORE(name, type)                                                                  \
	bool stapc_store_##name(struct stapc_cpu *c, u64 address, s64 value, u32 site)            \
	{                                                                                         \
		type part = (type)value;                                                          \
                                                                                                  \
		if (!hosted_write(address, &part, sizeof(part), 0)) {                             \
			stapc_fault(c, STAPC_FAULT_WRITE, address, site);                         \
			return false;                                                             \
		}                                                                                 \
		return true;                                                                      \
	}

HOSTED_STORE(8, u8)
HOSTED_STORE(16, u16)
HOSTED_STORE(32, u32)
HOSTED_STORE(64, u64)

/* No process is stood in for, and no thread has memory of its own. */
struct task_struct *stapc_walker, *stapc_walked;

u64 x86_fsbase_read_cpu(void)
{
	return 0;
}

s64 stapc_helper_stack_size(void)
{
	return 16384;
}

/* There are no stacks, and no symbols. */
s64 stapc_stack(struct stapc_cpu *c, s64 depth)
{
	return 0;
}

void stapc_backtrace(struct stapc_cpu *c, struct stapc_str *to)
{
	stapc_str_clear(to);
}

void stapc_ubacktrace(struct stapc_cpu *c, struct stapc_str *to)
{
	stapc_str_clear(to);
}

void stapc_print_backtrace(struct stapc_cpu *c)
{
}

void stapc_symname(struct stapc_cpu *c, struct stapc_str *to, s64 address)
{
	stapc_str_end(to, scnprintf(to->text, stapc_program.string_max + 1, "0x%llx", address));
}

void stapc_symdata(struct stapc_cpu *c, struct stapc_str *to, s64 address)
{
	stapc_symname(c, to, address);
}

/* What was written: output as it is, messages a line each. */
static FILE *hosted_output, *hosted_messages;
static char *hosted_texts[2];
static size_t hosted_sizes[2];

void stapc_output_write(struct stapc_cpu *c, enum stapc_record_kind kind, u32 len)
{
	if (!hosted_output) {
		hosted_output = open_memstream(&hosted_texts[0], &hosted_sizes[0]);
		hosted_messages = open_memstream(&hosted_texts[1], &hosted_sizes[1]);
	}
	fwrite(c->out, 1, len, kind == STAPC_RECORD_OUTPUT ? hosted_output : hosted_messages);
	if (kind != STAPC_RECORD_OUTPUT)
		fputc('\n', hosted_messages);
}

void hosted_show(void)
{
	if (!hosted_output)
		return;
	fclose(hosted_output);
	fclose(hosted_messages);
	fwrite(hosted_texts[0], 1, hosted_sizes[0], stdout);
	fwrite(hosted_texts[1], 1, hosted_sizes[1], stderr);
	free(hosted_texts[0]);
	free(hosted_texts[1]);
}
