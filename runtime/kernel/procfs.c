// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * procfs.c: files of the session, /proc/systemtap/MODULE/NAME, whose readers and writers are handled. Each
 * opened file has its own content, so that nobody waits for another; all handlers of a file see it in turn.
 *
 * The folder of all sessions stays once it is there: no session knows whether it is the last.
 */
#include <linux/moduleparam.h>
#include <linux/namei.h>
#include <linux/proc_fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "arm.h"

#define STAPC_FOLDER "systemtap"

#ifdef CONFIG_PROC_FS
/* A file that is open. */
struct stapc_opened {
	const char *name;
	struct mutex mutex;
	bool filled; /* by the handlers of reading, since the file was at its start */
	struct stapc_content content;
};

static struct proc_dir_entry *stapc_folder;
static u32 stapc_folder_files;

static bool stapc_of_file(const struct stapc_probe *probe, const char *name)
{
	return probe->kind == STAPC_FILE && !strcmp(probe->file.name, name);
}

/* The most bytes that a file's content can have. */
static u32 stapc_file_size(const char *name)
{
	u32 i, size = max(stapc_program.limits.file_bytes, stapc_program.string_max);

	for (i = 0; i < stapc_program.probes_count; i++)
		if (stapc_of_file(&stapc_program.probes[i], name))
			size = max(size, stapc_program.probes[i].file.most);
	return size;
}

static void stapc_file_handle(struct stapc_opened *opened, bool written)
{
	u32 i;

	for (i = 0; i < stapc_program.probes_count; i++) {
		const struct stapc_probe *probe = &stapc_program.probes[i];

		if (stapc_of_file(probe, opened->name) && probe->file.written == written)
			probe->entry((unsigned long)&opened->content, 0, NULL, NULL);
	}
}

static int stapc_file_open(struct inode *inode, struct file *file)
{
	const struct stapc_probe *probe = pde_data(inode);
	u32 size = stapc_file_size(probe->file.name);
	struct stapc_opened *opened = kvzalloc(sizeof(*opened) + size, GFP_KERNEL);

	if (!opened)
		return -ENOMEM;
	opened->name = probe->file.name;
	opened->content.size = size;
	mutex_init(&opened->mutex);
	file->private_data = opened;
	return 0;
}

static int stapc_file_release(struct inode *inode, struct file *file)
{
	kvfree(file->private_data);
	return 0;
}

static ssize_t stapc_file_read(struct file *file, char __user *to, size_t size, loff_t *offset)
{
	struct stapc_opened *opened = file->private_data;
	ssize_t read;

	mutex_lock(&opened->mutex);
	if (!*offset || !opened->filled) {
		opened->content.len = 0;
		stapc_file_handle(opened, false);
		opened->filled = true;
	}
	read = simple_read_from_buffer(to, size, offset, opened->content.text, opened->content.len);
	mutex_unlock(&opened->mutex);
	return read;
}

/* What is longer than a string comes in parts: who writes is told how much was taken. */
static ssize_t stapc_file_write(struct file *file, const char __user *from, size_t size, loff_t *offset)
{
	struct stapc_opened *opened = file->private_data;
	u32 len = min_t(size_t, size, stapc_program.string_max);

	mutex_lock(&opened->mutex);
	if (copy_from_user(opened->content.text, from, len)) {
		mutex_unlock(&opened->mutex);
		return -EFAULT;
	}
	opened->content.len = len;
	opened->filled = false;
	stapc_file_handle(opened, true);
	mutex_unlock(&opened->mutex);
	*offset += len;
	return len;
}

static const struct proc_ops stapc_file_operations = {
	.proc_open = stapc_file_open,
	.proc_release = stapc_file_release,
	.proc_read = stapc_file_read,
	.proc_write = stapc_file_write,
	.proc_lseek = default_llseek,
};

/*
 * The lock of the kernel's own parameters keeps two sessions from making the folder at once, which the
 * kernel would complain of.
 */
static int stapc_folder_make(void)
{
	char name[sizeof(STAPC_FOLDER) + MODULE_NAME_LEN + 1];
	struct path path;

	kernel_param_lock(NULL);
	if (!kern_path("/proc/" STAPC_FOLDER, 0, &path))
		path_put(&path);
	else
		proc_mkdir(STAPC_FOLDER, NULL);
	kernel_param_unlock(NULL);
	scnprintf(name, sizeof(name), STAPC_FOLDER "/%s", THIS_MODULE->name);
	stapc_folder = proc_mkdir(name, NULL);
	return stapc_folder ? 0 : -ENOMEM;
}

static umode_t stapc_file_mode(const char *name)
{
	umode_t mode = 0;
	u32 i;

	for (i = 0; i < stapc_program.probes_count; i++) {
		const struct stapc_probe *probe = &stapc_program.probes[i];

		if (stapc_of_file(probe, name))
			mode |= (probe->file.written ? 0222 : 0444) & ~probe->file.umask;
	}
	return mode;
}

int stapc_arm_file(struct stapc_attachment *a)
{
	struct stapc_attachment *other;
	const char *name = a->probe->file.name;

	a->file = NULL;
	for (other = stapc_attachments; other < a; other++)
		if (other->how == STAPC_BY_FILE && stapc_of_file(other->probe, name))
			break;
	/* Another point has made the file. */
	if (other == a) {
		if (!stapc_folder && stapc_folder_make())
			return -ENOMEM;
		a->file = proc_create_data(name, stapc_file_mode(name), stapc_folder, &stapc_file_operations,
					   (void *)a->probe);
		if (!a->file && !stapc_folder_files) {
			proc_remove(stapc_folder);
			stapc_folder = NULL;
		}
		if (!a->file)
			return -EINVAL;
	}
	stapc_folder_files++;
	a->how = STAPC_BY_FILE;
	return 0;
}

/* Waits for those who are reading and writing. */
void stapc_disarm_file(struct stapc_attachment *a)
{
	if (a->file)
		proc_remove(a->file);
	if (--stapc_folder_files)
		return;
	proc_remove(stapc_folder);
	stapc_folder = NULL;
}
#else
int stapc_arm_file(struct stapc_attachment *a)
{
	return -EOPNOTSUPP;
}

void stapc_disarm_file(struct stapc_attachment *a)
{
}
#endif
