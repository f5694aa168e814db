//! What the compiler may ask of a kernel or program: BTF, DWARF, symbols.
