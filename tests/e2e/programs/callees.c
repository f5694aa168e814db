/* Functions that call each other, from known places, a known number of times. */

#define KEPT __attribute__((noinline, noclone))

static volatile int sink;

KEPT static int leaf(int number)
{
	sink += number;
	return number + 1;
}

static inline __attribute__((always_inline)) int copied(int number)
{
	return leaf(number) + 1;
}

KEPT static int middle(int number)
{
	return leaf(number) * 2 + sink;
}

/* Calls the leaf twice, and by way of two others. */
KEPT static int meant(int number)
{
	int sum = leaf(number) + middle(number);

	sum += leaf(number + 1);
	return sum + copied(number + 2) + sink;
}

/* Likewise, but nobody asks for it. */
KEPT static int other(int number)
{
	return leaf(number) + middle(number) + sink;
}

int main(int argc, char **argv)
{
	int round, sum = 0;

	for (round = 0; round < 5; round++)
		sum += meant(10 * round);
	for (round = 0; round < 7; round++)
		sum += other(1000) + middle(1000);
	return sum == 0;
}
