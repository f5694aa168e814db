// Talks to itself: by a pair of terminals, by a pair of sockets, and by signals.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static void taken(int number) { (void)number; }

static void terminals(void) {
	char text[32];
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	if (master < 0 || grantpt(master) || unlockpt(master)) exit(2);
	int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	if (slave < 0) exit(3);
	if (write(slave, "said\n", 5) != 5) exit(4);
	if (write(master, "heard\n", 6) != 6) exit(5);
	if (read(slave, text, 20) != 6) exit(6);
}

static void sockets(void) {
	int pair[2];
	char first[4], second[8];
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) exit(7);
	struct iovec out[] = {{"abc", 3}, {"defgh", 5}};
	struct iovec in[] = {{first, 3}, {second, 8}};
	if (writev(pair[0], out, 2) != 8) exit(8);
	if (readv(pair[1], in, 2) != 8) exit(9);
	if (write(pair[0], "one", 3) != 3) exit(10);
	if (read(pair[1], second, 8) != 3) exit(11);
}

static void signals(void) {
	struct sigaction action = {.sa_handler = taken};
	sigset_t held;
	sigemptyset(&held);
	sigaddset(&held, SIGUSR2);
	sigaction(SIGUSR1, &action, 0);
	sigprocmask(SIG_BLOCK, &held, 0);
	if (syscall(SYS_tgkill, getpid(), gettid(), SIGUSR1)) exit(12);
	if (syscall(SYS_tkill, gettid(), SIGUSR1)) exit(13);
	// No thread has this number.
	if (syscall(SYS_tgkill, getpid(), 4194303, SIGUSR1) != -1) exit(14);
}

int main(void) {
	terminals();
	sockets();
	signals();
	return 0;
}
