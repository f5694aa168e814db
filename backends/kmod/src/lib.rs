//! The primary backend: IR to the C of a kernel module, and its build.
