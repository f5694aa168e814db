void link_keep(const char *text);
int link_call(void (*function)(int), int argument);
