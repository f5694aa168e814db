// Names of C++: in namespaces and classes, of what is virtual, static, cold and within functions.
#include <cstdio>

namespace space {
struct Base {
    int first;
    virtual ~Base() {}
};

class Derived : public Base {
  public:
    int second;
    __attribute__((noinline)) int method(int factor);
    static int shared;
};

int Derived::shared = 4;
int number = 5;

int Derived::method(int factor)
{
    return first + second * factor;
}

__attribute__((noinline)) int thrower(Derived &derived, int times)
{
    if (times > 3)
        throw times;
    return derived.method(times);
}
} // namespace space

int main(int count, char **words)
{
    (void)words;
    space::Derived derived;
    derived.first = count;
    derived.second = 3;
    auto closure = [&](int by) __attribute__((noinline)) { return std::printf("%d\n", by + derived.second); };
    closure(count);
    try {
        return space::thrower(derived, derived.method(count));
    } catch (int times) {
        return space::number + space::Derived::shared + times;
    }
}
