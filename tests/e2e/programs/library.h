/* The shared library of the program. */
struct pair {
	int left, right;
};

int scale(struct pair pair, int factor);
