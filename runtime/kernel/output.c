// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * output.c: records on their way to the daemon.
 *
 * The relay channel gives memory and a file for each CPU. The protocol over it
 * is our own, a ring of bytes with one writer (the CPU's busy handler) and one
 * reader (under a mutex): relay's counts of sub-buffers cannot be read on
 * another CPU while they are advanced, and readers then see stale data.
 *
 * Records of different CPUs are put in order by their sequence number, which is
 * taken when the room for the record is certain: so there are no gaps.
 */
#include <linux/debugfs.h>
#include <linux/irq_work.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/relay.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "session.h"

/* What comes before a record's payload. */
struct stapc_record {
	u64 sequence;
	u32 len; /* bytes of payload, without padding */
	u32 kind; /* enum stapc_record_kind */
};

/* Byte counts since the start; their remainders by the ring's size are offsets. */
struct stapc_ring {
	u64 head; /* written so far, by this CPU */
	u64 offset; /* of head */
	bool hurried; /* the reader has been told of a half-full ring */
	u64 tail ____cacheline_aligned_in_smp; /* read so far */
	struct mutex reading;
	struct irq_work hurry;
};

static int stapc_buffer_kb = 1024;
module_param_named(buffer_kb, stapc_buffer_kb, int, 0444);
MODULE_PARM_DESC(buffer_kb, "output buffer of each CPU, in KiB");

static struct rchan *stapc_channel;
static u64 stapc_ring_size;
static struct stapc_ring __percpu *stapc_rings;
static atomic64_t stapc_sequence = ATOMIC64_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(stapc_readers);

/* How long a record may lie in a ring before a waiting reader is told. */
#define STAPC_READ_DELAY (HZ / 50 ? HZ / 50 : 1)

static void stapc_output_tell(struct work_struct *work);
static DECLARE_DELAYED_WORK(stapc_tell_work, stapc_output_tell);

static u64 stapc_ring_used(const struct stapc_ring *ring)
{
	return smp_load_acquire(&ring->head) - READ_ONCE(ring->tail);
}

static bool stapc_output_waiting(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		if (stapc_ring_used(per_cpu_ptr(stapc_rings, cpu)))
			return true;
	return false;
}

/* Wakes the readers now and then, so that a handler need not. */
static void stapc_output_tell(struct work_struct *work)
{
	if (stapc_output_waiting())
		wake_up_interruptible_all(&stapc_readers);
	schedule_delayed_work(&stapc_tell_work, STAPC_READ_DELAY);
}

static void stapc_output_hurry(struct irq_work *work)
{
	wake_up_interruptible_all(&stapc_readers);
}

/* Everything in the ring is whole words, so none wraps. */
static __always_inline u64 stapc_ring_put(char *base, u64 offset, u64 word)
{
	*(u64 *)(base + offset) = word;
	offset += sizeof(word);
	return offset == stapc_ring_size ? 0 : offset;
}

/* The payload: whole words, then the rest with zeros for padding. */
static void stapc_ring_put_text(char *base, u64 offset, const stapc_word *text, u32 len)
{
	for (; len >= sizeof(*text); len -= sizeof(*text))
		offset = stapc_ring_put(base, offset, *text++);
	if (len)
		stapc_ring_put(base, offset, *text & ((1ull << len * 8) - 1));
}

/*
 * A quarter is kept for the end points, whose output matters most: the daemon
 * may not be reading while it waits for them.
 */
static u64 stapc_ring_limit(void)
{
	return READ_ONCE(stapc_gate) ? stapc_ring_size : stapc_ring_size / 4 * 3;
}

stapc_noinline void stapc_output_write(struct stapc_cpu *c, enum stapc_record_kind kind, u32 len)
{
	struct stapc_ring *ring = this_cpu_ptr(stapc_rings);
	struct rchan_buf *buffer = *this_cpu_ptr(stapc_channel->buf);
	u64 size = sizeof(struct stapc_record) + ALIGN(len, sizeof(u64));
	u64 head = ring->head, used = head - smp_load_acquire(&ring->tail), offset;

	if (unlikely(!buffer || used + size > stapc_ring_limit())) {
		stapc_count(c, STAPC_LOST_RECORDS);
		stapc_count_add(c, STAPC_LOST_BYTES, len);
		return;
	}
	offset = ring->offset;
	offset = stapc_ring_put(buffer->start, offset, atomic64_fetch_inc(&stapc_sequence));
	offset = stapc_ring_put(buffer->start, offset, (u64)kind << 32 | len);
	stapc_ring_put_text(buffer->start, offset, (const stapc_word *)c->out, len);
	ring->offset += size;
	if (ring->offset >= stapc_ring_size)
		ring->offset -= stapc_ring_size;
	smp_store_release(&ring->head, head + size);
	if (unlikely(used + size > stapc_ring_size / 2 && !READ_ONCE(ring->hurried))) {
		WRITE_ONCE(ring->hurried, true);
		irq_work_queue(&ring->hurry);
	}
}

/* Copies from the ring to the user: the bytes copied or an error. */
static ssize_t stapc_ring_get(struct stapc_ring *ring, const char *base, char __user *to, size_t size)
{
	u64 tail = ring->tail, offset = tail % stapc_ring_size;
	size_t count = min_t(u64, size, stapc_ring_used(ring));
	size_t first = min_t(u64, count, stapc_ring_size - offset);

	if (copy_to_user(to, base + offset, first) || copy_to_user(to + first, base, count - first))
		return -EFAULT;
	smp_store_release(&ring->tail, tail + count);
	WRITE_ONCE(ring->hurried, false);
	return count;
}

static ssize_t stapc_trace_read(struct file *file, char __user *to, size_t size, loff_t *offset)
{
	struct rchan_buf *buffer = file->private_data;
	struct stapc_ring *ring = per_cpu_ptr(stapc_rings, buffer->cpu);
	ssize_t count;

	if (mutex_lock_interruptible(&ring->reading))
		return -EINTR;
	count = stapc_ring_get(ring, buffer->start, to, size);
	mutex_unlock(&ring->reading);
	return count;
}

static __poll_t stapc_trace_poll(struct file *file, struct poll_table_struct *table)
{
	struct rchan_buf *buffer = file->private_data;

	poll_wait(file, &stapc_readers, table);
	return stapc_ring_used(per_cpu_ptr(stapc_rings, buffer->cpu)) ? EPOLLIN | EPOLLRDNORM : 0;
}

static const struct file_operations stapc_trace_operations = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = stapc_trace_read,
	.poll = stapc_trace_poll,
};

static struct dentry *stapc_trace_create(const char *name, struct dentry *parent, umode_t mode,
					 struct rchan_buf *buffer, int *is_global)
{
	return debugfs_create_file(name, mode, parent, buffer, &stapc_trace_operations);
}

static int stapc_trace_remove(struct dentry *dentry)
{
	debugfs_remove(dentry);
	return 0;
}

static const struct rchan_callbacks stapc_channel_callbacks = {
	.create_buf_file = stapc_trace_create,
	.remove_buf_file = stapc_trace_remove,
};

static void stapc_ring_init(struct stapc_ring *ring)
{
	mutex_init(&ring->reading);
	init_irq_work(&ring->hurry, stapc_output_hurry);
}

int stapc_output_init(struct dentry *directory)
{
	int cpu;

	stapc_rings = stapc_allocate_per_cpu(struct stapc_ring);
	if (!stapc_rings)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		stapc_ring_init(per_cpu_ptr(stapc_rings, cpu));
	/* Room for a few of the longest records at least; whole pages. */
	stapc_ring_size = PAGE_ALIGN((u64)clamp(stapc_buffer_kb, 64, 1 << 20) * 1024);
	if (stapc_memory_take(num_online_cpus() * stapc_ring_size))
		stapc_channel =
			relay_open("trace", directory, stapc_ring_size / 2, 2, &stapc_channel_callbacks, NULL);
	if (!stapc_channel) {
		free_percpu(stapc_rings);
		return -ENOMEM;
	}
	schedule_delayed_work(&stapc_tell_work, STAPC_READ_DELAY);
	return 0;
}

void stapc_output_flush(void)
{
	wake_up_interruptible_all(&stapc_readers);
}

void stapc_output_exit(void)
{
	int cpu;

	cancel_delayed_work_sync(&stapc_tell_work);
	for_each_possible_cpu(cpu)
		irq_work_sync(&per_cpu_ptr(stapc_rings, cpu)->hurry);
	relay_close(stapc_channel);
	free_percpu(stapc_rings);
}
