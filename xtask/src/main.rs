//! Project tasks: setup, run, ci, tidy, bless, bench, vm.
fn main() {}
