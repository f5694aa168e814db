static __attribute__((noinline)) int twice(int number)
{
	__asm__ volatile("");
	return 2 * number;
}

int counted;
static int several;
__attribute__((section(".data..percpu"))) int of_each;

int first(int number)
{
	several += number;
	counted += several + of_each;
	return twice(number);
}
