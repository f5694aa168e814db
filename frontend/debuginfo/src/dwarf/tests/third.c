/* The third file of the tests: another structure of a name that the second one has. */
struct twice {
	long other, one;
};

int third(struct twice *twice)
{
	return twice->one;
}

void _start(void)
{
}
