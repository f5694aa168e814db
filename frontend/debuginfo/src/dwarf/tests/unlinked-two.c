static int several;

static __attribute__((noinline)) int twice(int number)
{
	__asm__ volatile("");
	return 2 * number + 1;
}

int second(int number)
{
	several += number;
	return twice(number) + several;
}
