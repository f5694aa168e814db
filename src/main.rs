//! The stapc tool.
fn main() {}
