/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Makes system calls whose arguments are known, most of which fail: nothing of the system changes. From the
 * first to the last it is called `known`.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <netinet/in.h>
#include <time.h>
#include <unistd.h>

#define CALL(...) syscall(SYS_##__VA_ARGS__)

/* Nothing is mapped there. */
#define NOWHERE ((void *)16)

static const char gone[] = "/nowhere/gone", other[] = "/nowhere/other";
static const char long_name[] = "0123456789012345678901234567890123456789012345678901234567890123456789"
				"012345678901234567890123456789012345678901234567890123456789/\t\"end";

static void files(void)
{
	CALL(open, gone, O_RDONLY | O_CLOEXEC);
	CALL(open, gone, O_WRONLY | O_CREAT | O_SYNC, 0640);
	CALL(open, long_name, O_RDONLY);
	CALL(openat, AT_FDCWD, "a\tb\"c\\d\n\001", O_RDWR | O_NOFOLLOW);
	CALL(openat, 77, gone, O_CREAT | O_EXCL, 0600);
	CALL(creat, gone, 0644);
	CALL(close, 999);
	CALL(close_range, 990, 999, 0);
	CALL(dup, 999);
	CALL(dup2, 998, 999);
	CALL(dup3, 998, 999, O_CLOEXEC);
	CALL(read, 999, NOWHERE, 12);
	CALL(readv, 999, NOWHERE, 2);
	CALL(write, 999, "hello\n", 6);
	CALL(write, 999, long_name, sizeof(long_name));
	CALL(pread64, 999, NOWHERE, 12, 34L);
	CALL(pwrite64, 999, "a\0b", 3, 1L << 40);
	CALL(preadv, 999, NOWHERE, 1, 5, 0);
	CALL(lseek, 999, -5L, SEEK_CUR);
	CALL(ioctl, 999, 0x5401, NOWHERE);
	CALL(fcntl, 999, F_SETFD, FD_CLOEXEC);
	CALL(flock, 999, 2 | 4);
	CALL(fsync, 999);
	CALL(ftruncate, 999, 4096L);
	CALL(truncate, gone, 10L);
	CALL(fallocate, 999, 3, 0L, 100L);
	CALL(fadvise64, 999, 0L, 100L, 2);
	CALL(splice, 999, NOWHERE, 998, NOWHERE, 4096L, 3);
	CALL(sendfile, 999, 998, NOWHERE, 10L);
	CALL(copy_file_range, 999, NOWHERE, 998, NOWHERE, 8L, 0);
}

static void paths(void)
{
	CALL(stat, gone, NOWHERE);
	CALL(lstat, gone, NOWHERE);
	CALL(fstat, 999, NOWHERE);
	CALL(newfstatat, AT_FDCWD, gone, NOWHERE, AT_SYMLINK_NOFOLLOW);
	CALL(statx, AT_FDCWD, gone, 0, 0x7, NOWHERE);
	CALL(statfs, gone, NOWHERE);
	CALL(access, gone, R_OK | X_OK);
	CALL(faccessat, AT_FDCWD, gone, F_OK);
	CALL(chmod, gone, 0755);
	CALL(fchmod, 999, 04711);
	CALL(fchmodat, AT_FDCWD, gone, 0);
	CALL(chown, gone, 1000, -1);
	CALL(fchownat, AT_FDCWD, gone, 1, 2, AT_SYMLINK_NOFOLLOW);
	CALL(umask, 022);
	CALL(chdir, gone);
	CALL(fchdir, 999);
	CALL(chroot, gone);
	CALL(mkdir, gone, 0700);
	CALL(mkdirat, AT_FDCWD, gone, 0711);
	CALL(mknod, gone, 0010644, 0);
	CALL(rmdir, gone);
	CALL(getdents64, 999, NOWHERE, 512);
	CALL(link, gone, other);
	CALL(linkat, AT_FDCWD, gone, AT_FDCWD, other, AT_SYMLINK_FOLLOW);
	CALL(symlink, "target", other);
	CALL(symlinkat, "target", AT_FDCWD, other);
	CALL(unlink, gone);
	CALL(unlinkat, AT_FDCWD, gone, AT_REMOVEDIR);
	CALL(rename, gone, other);
	CALL(renameat2, AT_FDCWD, gone, AT_FDCWD, other, 1);
	CALL(readlink, gone, NOWHERE, 64);
	CALL(readlinkat, AT_FDCWD, gone, NOWHERE, 64);
	CALL(utimensat, AT_FDCWD, gone, (struct timespec[]){ { 1, 2 }, { 0, UTIME_OMIT } }, 0);
	CALL(utimes, gone, (struct timeval[]){ { 3, 4 }, { 5, 6 } });
	CALL(getxattr, gone, "user.name", NOWHERE, 10L);
	CALL(setxattr, gone, "user.name", "value", 5L, 1);
	CALL(mount, "none", gone, "tmpfs", 5L, "size=1");
	CALL(umount2, gone, 2);
}

static void memory(void)
{
	CALL(mmap, 0L, 4097L, PROT_READ | PROT_WRITE, 0, 999, 0L);
	CALL(mmap, 4096L, 4096L, PROT_NONE, MAP_PRIVATE, 999, 8192L);
	CALL(munmap, 4097L, 4096L);
	CALL(mprotect, 4097L, 4096L, PROT_READ | PROT_EXEC);
	CALL(mremap, 4097L, 4096L, 8192L, 1, 0L);
	CALL(madvise, 4097L, 4096L, 4);
	CALL(msync, 4097L, 4096L, 4);
	CALL(mincore, 4097L, 4096L, NOWHERE);
	CALL(munlock, 4096L, 4096L);
	CALL(memfd_create, NOWHERE, 3);
	CALL(futex, NOWHERE, 129, 1, 0L, 0L, 0);
	CALL(futex, NOWHERE, 0, 7, (struct timespec[]){ { 1, 5 } }, 0L, 0);
	CALL(shmget, 0, 0L, 0600 | 01000);
	CALL(semget, 5, -1, 01000 | 0644);
	CALL(msgget, 77, 0);
	CALL(semctl, -1, 2, 16, 3L);
}

static void network(void)
{
	struct sockaddr_in in = { AF_INET, htons(80), { htonl(INADDR_LOOPBACK) } };
	struct sockaddr_in6 in6 = { AF_INET6, htons(443), 0, IN6ADDR_LOOPBACK_INIT, 0 };
	struct sockaddr_un un = { AF_UNIX, "/nowhere/socket" };

	CALL(socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 99);
	CALL(socket, AF_UNIX, SOCK_DGRAM, 99);
	CALL(socketpair, 999, SOCK_STREAM, 6, NOWHERE);
	CALL(connect, 999, &in, sizeof(in));
	CALL(connect, 999, &in6, sizeof(in6));
	CALL(bind, 999, &un, sizeof(un));
	CALL(bind, 999, 0L, 4);
	CALL(listen, 999, 5);
	CALL(accept, 999, 0L, 0L);
	CALL(accept4, 999, 0L, 0L, SOCK_NONBLOCK);
	CALL(sendto, 999, "hi", 2L, MSG_DONTWAIT | MSG_NOSIGNAL, &in, sizeof(in));
	CALL(recvfrom, 999, NOWHERE, 10L, MSG_PEEK, 0L, 0L);
	CALL(sendmsg, 999, NOWHERE, 0);
	CALL(recvmsg, 999, NOWHERE, MSG_TRUNC);
	CALL(shutdown, 999, 2);
	CALL(getsockname, 999, 0L, 0L);
	CALL(setsockopt, 999, SOL_SOCKET, SO_REUSEADDR, NOWHERE, 4);
	CALL(getsockopt, 999, 6, 1, NOWHERE, 0L);
}

static void processes(void)
{
	CALL(kill, 999999, 0);
	CALL(tgkill, 999999, 999999, SIGTERM);
	CALL(wait4, -1, 0L, WNOHANG, 0L);
	CALL(waitid, P_PID, 999999, 0L, WEXITED | WNOHANG, 0L);
	CALL(execve, gone, (char *[]){ "one", "two words", NULL }, (char *[]){ "A=1", NULL });
	CALL(unshare, 0x12345L);
	CALL(setns, 999, 0x20000000);
	CALL(ptrace, 16L, 999999, 0L, 0L);
	CALL(prctl, 4, 7L, 0L, 0L, 0L);
	CALL(setpriority, 7, 1, 2);
	CALL(sched_setscheduler, 999999, 1, NOWHERE);
	CALL(setrlimit, 99, (struct rlimit[]){ { 1, 2 } });
	CALL(prlimit64, 999999, 7, 0L, 0L);
	CALL(getrusage, 99, NOWHERE);
	CALL(setuid, -1);
	CALL(setresuid, -1, -1, -1);
	CALL(setpgid, 999999, -1);
	CALL(rt_sigprocmask, 9, (long[]){ 0x4002 }, NOWHERE, 8L);
	CALL(rt_sigaction, 99, NOWHERE, 0L, 8L);
	CALL(rt_sigaction, SIGKILL, (long[]){ 1, 0, 0, 0 }, 0L, 8L);
	CALL(sigaltstack, 0L, 0L);
	CALL(nanosleep, (struct timespec[]){ { 0, -1 } }, 0L);
	CALL(clock_gettime, 99, NOWHERE);
	CALL(clock_nanosleep, 1, 1, (struct timespec[]){ { 1, 0 } }, 0L);
	CALL(setitimer, 99, (struct itimerval[]){ { { 1, 2 }, { 3, 4 } } }, 0L);
	CALL(timerfd_create, 99, 02000000);
	CALL(alarm, 0);
	CALL(poll, NOWHERE, 1, 0);
	CALL(select, -1, 0L, 0L, 0L, (struct timeval[]){ { 1, 2 } });
	CALL(epoll_create1, 02000000);
	CALL(epoll_ctl, 999, 1, 998, NOWHERE);
	CALL(eventfd2, 5, 999);
	CALL(pipe2, NOWHERE, 04000);
	CALL(delete_module, gone, 04000);
	CALL(reboot, 1, 2, 3, 0L);
	CALL(bpf, 99, NOWHERE, 1);
	CALL(sysinfo, NOWHERE);
	CALL(uname, NOWHERE);
	CALL(sethostname, NOWHERE, -1);
}

int main(void)
{
	prctl(PR_SET_NAME, "known");
	files();
	paths();
	memory();
	network();
	processes();
	CALL(exit_group, 0);
}
