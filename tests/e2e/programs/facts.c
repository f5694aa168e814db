/* What the library's functions read of a process, known beforehand: its memory, arguments, limits and signals. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <uchar.h>

#define NOINLINE __attribute__((noinline, noclone))

struct facts {
	uint8_t bytes[8];
	char text[16];
	char16_t wide[8];
	char32_t wider[8];
	uint64_t word;
};

static struct facts facts = {
	{ 0xf8, 0xf7, 0xf6, 0xf5, 0xf4, 0xf3, 0xf2, 0xf1 }, "a \"text\"\n", u"h\u00e9\u20ac", U"h\u00e9\U0001d11e", 42,
};

/* Reads and changes are of what its argument points to. */
NOINLINE uint64_t look(struct facts *at)
{
	asm volatile("" : : "r"(at) : "memory");
	return at->word;
}

NOINLINE long seven(long a, long b, long c, long d, long e, long f, long g)
{
	asm volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f), "+r"(g));
	return a + 10 * b + 100 * c + 1000 * d + 10000 * e + 100000 * f + 1000000 * g;
}

/* Each limit is another number. */
static void limit(void)
{
	for (int what = 0; what < RLIM_NLIMITS; what++) {
		rlim_t most = what == RLIMIT_NOFILE ? 1007 : (1 << 30) + (rlim_t)what;
		struct rlimit limit = { most, most };

		setrlimit(what, &limit);
	}
}

int main(void)
{
	struct sigaction action = { .sa_handler = SIG_IGN, .sa_flags = SA_NODEFER };
	sigset_t held;

	limit();
	sigemptyset(&held);
	sigaddset(&held, SIGUSR2);
	sigprocmask(SIG_BLOCK, &held, NULL);
	sigaddset(&action.sa_mask, SIGINT);
	sigaction(SIGUSR1, &action, NULL);
	printf("%ld\n", (long)look(&facts));
	printf("%s|%#x|%s\n", facts.text, facts.bytes[0], (char *)facts.wide);
	for (int times = 0; times < 11; times++)
		printf("%ld\n", seven(1, 2, 3, 4, 5, 6, 7));
	return 0;
}
