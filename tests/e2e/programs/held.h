struct pair {
	int left, right;
};

void hold(int number);
