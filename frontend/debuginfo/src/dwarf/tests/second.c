/* The second file of the tests: what the first one only declares, and what it has too. */
struct hidden {
	long before;
	int found;
};

struct twice {
	int one;
};

int sink(const void *pointer)
{
	return pointer != 0;
}

static __attribute__((noinline, noclone, used)) int same(int number)
{
	return number + sink(&number);
}

int second(struct hidden *hidden, struct twice *twice)
{
	return hidden->found + twice->one + same(1);
}
