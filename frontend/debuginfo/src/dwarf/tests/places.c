/* Compiled by the tests: a function of which only a piece has code, blocks in functions and copies. */
#define KEPT __attribute__((noinline, noclone, used))

struct list {
	struct list *next;
	long numbers[8];
};

volatile long seen;

/* GCC puts the test into the callers, and the rest into split.part.0. */
static long split(struct list *list)
{
	long sum = 0;

	if (!list)
		return 0;
	for (; list; list = list->next)
		for (int i = 0; i < 8; i++)
			sum = sum * 31 + list->numbers[i] / (seen + 1);
	seen = sum;
	return sum % 1000 + sum / 7 + sum * sum;
}

KEPT long first_caller(struct list *list)
{
	return split(list) + 1;
}

KEPT long second_caller(struct list *list)
{
	return split(list->next) * 2;
}

long another_name(struct list *list) __attribute__((alias("second_caller")));

static inline __attribute__((always_inline)) long copied(long number)
{
	long outermost = number + seen;
	{
		long within = outermost * 3;
		seen = within;
	}
	return outermost;
}

KEPT long blocks(long number)
{
	long outer;
	{
		long inner = number * 5;
		seen = inner;
		outer = inner + seen;
	}
	return outer;
}

KEPT long calls_copied(long number)
{
	return copied(number) + 1;
}

KEPT long spelt(int (*call)(void), __builtin_va_list args, int numbers[3])
{
	return call() + __builtin_va_arg(args, int) + numbers[1];
}

/* No DWARF describes it, and it may not be probed. */
asm(".section .kprobes.text, \"ax\"\n.globl kept_out\n.type kept_out, @function\nkept_out:\nret\n.previous\n");

void _start(void)
{
}
