// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * objects.c: what addresses of processes are called, by the tables of the files that they are in.
 *
 * What is mapped where is asked of the process itself, under its lock, which is only taken if it is free. Where
 * interrupts are off, the locks that waking a waiter needs may be held by what was hit: then it is let go as soon as
 * interrupts are on.
 */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/irq_work.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/namei.h>
#include <linux/percpu.h>
#include <linux/slab.h>

#include "objects.h"

/* The file of an object, as this kernel has it. */
struct stapc_object_file {
	struct path path;
	struct inode *inode; /* NULL: there is none */
};

static struct stapc_object_file *stapc_object_files;

/* The kernel, and where it is, if there is anything about it. */
static const struct stapc_object *stapc_object_kernel;
static unsigned long stapc_object_kernel_base;

/* A lock that is let go when interrupts are on. */
struct stapc_held {
	struct irq_work work;
	struct mm_struct *mm; /* whose it is; NULL: of none */
};

static struct stapc_held __percpu *stapc_held;

static const char *stapc_objects_text(u32 offset)
{
	return (const char *)&stapc_objects + offset;
}

static void stapc_held_release(struct irq_work *work)
{
	mmap_read_unlock_non_owner(xchg(&container_of(work, struct stapc_held, work)->mm, NULL));
}

int stapc_objects_init(void)
{
	u32 i;
	int cpu;

	stapc_held = stapc_allocate_per_cpu(struct stapc_held);
	if (!stapc_held)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		per_cpu_ptr(stapc_held, cpu)->work = IRQ_WORK_INIT_HARD(stapc_held_release);
	stapc_object_files =
		stapc_allocate(array_size(size_add(stapc_objects.count, 1), sizeof(*stapc_object_files)), NUMA_NO_NODE);
	if (!stapc_object_files) {
		free_percpu(stapc_held);
		return -ENOMEM;
	}
	for (i = 0; i < stapc_objects.count; i++) {
		struct stapc_object_file *file = &stapc_object_files[i];
		const char *path = stapc_objects_text(stapc_objects.objects[i].path);

		if (!*path) {
			stapc_object_kernel = &stapc_objects.objects[i];
			stapc_object_kernel_base = stapc_symbol_find("_stext");
		}
		/* One that is not there is mapped nowhere. */
		else if (!kern_path(path, LOOKUP_FOLLOW, &file->path))
			file->inode = d_real_inode(file->path.dentry);
	}
	return 0;
}

void stapc_objects_exit(void)
{
	u32 i;
	int cpu;

	for_each_possible_cpu(cpu)
		irq_work_sync(&per_cpu_ptr(stapc_held, cpu)->work);
	for (i = 0; i < stapc_objects.count; i++)
		if (stapc_object_files[i].inode)
			path_put(&stapc_object_files[i].path);
	stapc_free(stapc_object_files);
	free_percpu(stapc_held);
}

stapc_noinline bool stapc_mappings_hold(void)
{
	struct stapc_held *held = this_cpu_ptr(stapc_held);
	struct mm_struct *mm = current->mm;

	if (!mm)
		return false;
	if (!irqs_disabled())
		return mmap_read_trylock(mm);
	if (READ_ONCE(held->mm) == mm) {
		/* Taken since interrupts are off, and let go when they are on: those who check locks were told that it was. */
		rwsem_acquire_read(&mm->mmap_lock.dep_map, 0, 1, _THIS_IP_);
		return true;
	}
	if (irq_work_is_busy(&held->work) || !mmap_read_trylock(mm))
		return false;
	WRITE_ONCE(held->mm, mm);
	irq_work_queue(&held->work);
	return true;
}

stapc_noinline void stapc_mappings_release(void)
{
	if (irqs_disabled())
		rwsem_release(&current->mm->mmap_lock.dep_map, _THIS_IP_);
	else
		mmap_read_unlock(current->mm);
}

static const struct stapc_object *stapc_object_of(const struct inode *inode)
{
	u32 i;

	for (i = 0; i < stapc_objects.count; i++)
		if (stapc_object_files[i].inode == inode)
			return &stapc_objects.objects[i];
	return NULL;
}

stapc_noinline bool stapc_place_find(u64 address, struct stapc_place *place)
{
	struct vm_area_struct *area = find_vma(current->mm, address), *of = area;

	if (!area || address < area->vm_start)
		return false;
	/* Variables that are all zeros lie behind the others of their file. */
	if (!area->vm_file)
		of = find_vma(current->mm, area->vm_start - 1);
	*place = (struct stapc_place){
		.file = area->vm_file,
		.code = area->vm_flags & VM_EXEC,
		/* Nothing else returns to where an area begins. */
		.trampoline = !area->vm_file && (area->vm_flags & VM_EXEC) && address == area->vm_start,
	};
	if (of && of->vm_file && (of == area || of->vm_end == area->vm_start)) {
		place->object = stapc_object_of(file_inode(of->vm_file));
		place->offset = ((u64)of->vm_pgoff << PAGE_SHIFT) + (address - of->vm_start);
	}
	return true;
}

/* The last row that begins at a place or before it; NULL: there is none. */
static const u32 *stapc_table_find(const struct stapc_table *table, u32 row_bytes, u64 place)
{
	const char *rows = stapc_objects_text(table->start);
	u32 low = 0, high = table->count;

	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (*(const u32 *)(rows + (size_t)middle * row_bytes) <= place)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? (const u32 *)(rows + (size_t)(low - 1) * row_bytes) : NULL;
}

#define STAPC_ROW(type, place, table, before)                                                            \
	((place) && (place)->object ?                                                                    \
		 (const type *)stapc_table_find(&(place)->object->table, sizeof(type), (place)->offset - (before)) : \
		 NULL)

const struct stapc_unwind_row *stapc_place_unwinding(const struct stapc_place *place, u32 before)
{
	return STAPC_ROW(struct stapc_unwind_row, place, unwinding, before);
}

static const struct stapc_symbol_row *stapc_place_symbol(const struct stapc_place *place, u32 before)
{
	const struct stapc_symbol_row *row = STAPC_ROW(struct stapc_symbol_row, place, symbols, before);

	return row && place->offset - before - row->start < row->size ? row : NULL;
}

static const struct stapc_line_row *stapc_place_line(const struct stapc_place *place, u32 before)
{
	const struct stapc_line_row *row = STAPC_ROW(struct stapc_line_row, place, lines, before);

	return row && row->line ? row : NULL;
}

/* The path of the file that a place is in, as far as this kernel tells it anywhere: within its file system. */
static u32 stapc_place_path(struct stapc_cpu *c, const struct stapc_place *place, char *to, u32 size)
{
	u32 start = size;

	if (place->object)
		return scnprintf(to, size, "%s", stapc_objects_text(place->object->path));
	if (!stapc_path_text(c, (u64)place->file->f_path.dentry, 0, to, &start, 0))
		c->fault = 0;
	memmove(to, to + start, size - start);
	return size - start;
}

/* What is written of an address that has no name. */
static u32 stapc_place_number(struct stapc_cpu *c, u64 address, const struct stapc_place *place, u32 parts)
{
	char *to = c->message;
	u32 size = STAPC_MESSAGE_SIZE;
	u32 len = scnprintf(to, size, "%s0x%llx", parts & STAPC_TEXT_ADDRESS ? " " : "", address);

	if (!(parts & STAPC_TEXT_FILE) || !place)
		return len;
	if (place->trampoline)
		return len + scnprintf(to + len, size - len, " [uprobes]");
	if (!place->file)
		return len;
	len += scnprintf(to + len, size - len, " [");
	/* Room for the numbers. */
	len += stapc_place_path(c, place, to + len, size - len - 48);
	len += scnprintf(to + len, size - len, "+0x%llx", place->offset);
	if (parts & STAPC_TEXT_SIZE)
		len += scnprintf(to + len, size - len, "/0x%llx", i_size_read(file_inode(place->file)));
	return len + scnprintf(to + len, size - len, "]");
}

stapc_noinline u32 stapc_place_text(struct stapc_cpu *c, u64 address, const struct stapc_place *place, u32 parts,
				    u32 before)
{
	const struct stapc_symbol_row *symbol = stapc_place_symbol(place, before);
	const struct stapc_line_row *line = parts & STAPC_TEXT_LINE ? stapc_place_line(place, before) : NULL;
	char *to = c->message;
	u32 size = STAPC_MESSAGE_SIZE, len = 0;

	if (!symbol)
		return stapc_place_number(c, address, place, parts);
	if (parts & STAPC_TEXT_ADDRESS)
		len += scnprintf(to, size, " 0x%llx : ", address);
	len += scnprintf(to + len, size - len, "%s", stapc_objects_text(symbol->name));
	if (parts & STAPC_TEXT_OFFSET)
		len += scnprintf(to + len, size - len, "+0x%llx", place->offset - symbol->start);
	if (parts & STAPC_TEXT_SIZE)
		len += scnprintf(to + len, size - len, "/0x%x", symbol->size);
	if (line)
		len += scnprintf(to + len, size - len, " at %s:%u", stapc_objects_text(line->file), line->line);
	if (parts & STAPC_TEXT_FILE)
		len += scnprintf(to + len, size - len, " [%s]", stapc_objects_text(place->object->path));
	return len;
}

/* Finds where an address of the current process is; NULL: nowhere, or that cannot be told now. */
static struct stapc_place *stapc_place_at(u64 address, struct stapc_place *place, bool held)
{
	return held && stapc_place_find(address, place) ? place : NULL;
}

bool stapc_helper__user_address_name(struct stapc_cpu *c, struct stapc_str *to, s64 address, s64 whole, u32 site)
{
	u32 parts = whole ? STAPC_TEXT_OFFSET | STAPC_TEXT_SIZE | STAPC_TEXT_FILE : 0;
	bool held = stapc_mappings_hold();
	struct stapc_place place;

	stapc_message_string(c, to, stapc_place_text(c, address, stapc_place_at(address, &place, held), parts, 0));
	if (held)
		stapc_mappings_release();
	return true;
}

/* The line, or the address if there is none: both, the file (1), the line (2). */
static void stapc_line_string(struct stapc_cpu *c, struct stapc_str *to, u64 address,
			      const struct stapc_line_row *line, s64 what)
{
	const char *file = line ? stapc_objects_text(line->file) : NULL;
	char *text = c->message;
	u32 len, size = STAPC_MESSAGE_SIZE;

	if (!line)
		len = scnprintf(text, size, "0x%llx", address);
	else if (what == 0)
		len = scnprintf(text, size, "%s:%u", file, line->line);
	else if (what == 1)
		len = scnprintf(text, size, "%s", file);
	else
		len = scnprintf(text, size, "%u", line->line);
	stapc_message_string(c, to, len);
}

bool stapc_helper__user_address_line(struct stapc_cpu *c, struct stapc_str *to, s64 address, s64 what, u32 site)
{
	bool held = stapc_mappings_hold();
	struct stapc_place place;
	const struct stapc_line_row *line = stapc_place_line(stapc_place_at(address, &place, held), 0);

	if (held)
		stapc_mappings_release();
	stapc_line_string(c, to, address, line, what);
	return true;
}

bool stapc_helper__kernel_address_line(struct stapc_cpu *c, struct stapc_str *to, s64 address, s64 what, u32 site)
{
	struct stapc_place place = { .object = stapc_object_kernel, .offset = address - stapc_object_kernel_base };

	stapc_line_string(c, to, address, stapc_object_kernel_base ? stapc_place_line(&place, 0) : NULL, what);
	return true;
}

bool stapc_helper__user_module(struct stapc_cpu *c, struct stapc_str *to, s64 address, u32 site)
{
	bool held = stapc_mappings_hold();
	struct stapc_place place;
	u32 len = 0;

	if (stapc_place_at(address, &place, held) && (place.file || stapc_place_symbol(&place, 0)))
		len = stapc_place_path(c, &place, c->message, STAPC_MESSAGE_SIZE);
	if (held)
		stapc_mappings_release();
	if (!len)
		return stapc_helper_error(c, site, "no file of the process has the address 0x%llx", address);
	stapc_message_string(c, to, len);
	return true;
}
