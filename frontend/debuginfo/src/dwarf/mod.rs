//! stub
/// s
#[derive(Debug)]
pub struct Dwarf;
/// s
#[derive(Debug)]
pub struct DwarfIndex;
