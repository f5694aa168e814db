// Serves a folder by NFS 3 and uses it, with nothing of the programs that usually help: who asks where services are is told yes, and the folder is mounted by its handle.
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/nfs_mount.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void put(const char *path, const char *text) {
	int file = open(path, O_WRONLY | O_CREAT, 0644);
	if (file < 0 || write(file, text, strlen(text)) < 0) perror(path);
	close(file);
}

static struct sockaddr_in here(int port) {
	return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int whole(int from, void *to, size_t size) {
	for (size_t got = 0; got < size;) {
		ssize_t more = read(from, (char *)to + got, size - got);
		if (more <= 0) return 0;
		got += more;
	}
	return 1;
}

// Tells each kernel that registers a service that it is registered.
static void answer(int listener) {
	for (;;) {
		int peer = accept(listener, 0, 0);
		if (fork()) {
			close(peer);
			continue;
		}
		unsigned size, call[1024];
		while (whole(peer, &size, 4) && (size = ntohl(size) & 0x7fffffff) <= sizeof call && whole(peer, call, size)) {
			unsigned reply[] = {htonl(0x80000000 | 28), call[0], htonl(1), 0, 0, 0, 0, htonl(1)};
			if (write(peer, reply, sizeof reply) < 0) break;
		}
		_exit(0);
	}
}

static void serve(void) {
	mkdir("/shared", 0755);
	mkdir("/used", 0755);
	mkdir("/proc/fs/nfsd", 0755);
	if (mount("none", "/shared", "tmpfs", 0, 0) || mount("none", "/proc/fs/nfsd", "nfsd", 0, 0)) perror("mount");
	put("/proc/net/rpc/auth.unix.ip/channel", "nfsd 127.0.0.1 2147483647 all\n");
	put("/proc/net/rpc/nfsd.export/channel", "all /shared 2147483647 9218 65534 65534 7\n");
	put("/proc/net/rpc/nfsd.fh/channel", "all 1 \\x07000000 2147483647 /shared\n");
	put("/proc/fs/nfsd/versions", "+3 -4\n");
	put("/proc/fs/nfsd/portlist", "tcp 2049\n");
	put("/proc/fs/nfsd/threads", "1\n");
}

static void attach(void) {
	// Version 1, by number, the root: the export's number, which is in the order of this machine.
	static const unsigned char handle[] = {1, 0, 1, 0, 7, 0, 0, 0};
	struct nfs_mount_data data = {.version = NFS_MOUNT_VERSION, .flags = NFS_MOUNT_VER3 | NFS_MOUNT_TCP | NFS_MOUNT_NONLM, .addr = here(2049), .namlen = 255, .pseudoflavor = 1, .timeo = 600, .retrans = 2};
	strcpy(data.hostname, "localhost");
	data.root.size = sizeof handle;
	memcpy(data.root.data, handle, sizeof handle);
	if (mount("localhost:/shared", "/used", "nfs", 0, &data)) perror("mount by NFS 3");
}

static void use(void) {
	char text[16];
	put("/used/third", "version three\n");
	umount("/used");
	attach();
	int file = open("/used/third", O_RDONLY);
	if (file < 0 || read(file, text, sizeof text) != 14) perror("read");
	close(file);
	mkdir("/used/folder", 0700);
	if (rename("/used/third", "/used/fourth") || unlink("/used/fourth")) perror("rename");
}

int main(void) {
	if (system("ip link set lo up")) return 1;
	int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
	struct sockaddr_in place = here(111);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (bind(listener, (struct sockaddr *)&place, sizeof place) || listen(listener, 9)) return 2;
	pid_t helper = fork();
	if (!helper) {
		setpgid(0, 0);
		answer(listener);
	}
	setpgid(helper, helper);
	serve();
	attach();
	use();
	umount("/used");
	put("/proc/fs/nfsd/threads", "0\n");
	umount2("/proc/fs/nfsd", MNT_DETACH);
	umount2("/shared", MNT_DETACH);
	kill(-helper, 9);
	while (wait(0) > 0) {}
	return 0;
}
