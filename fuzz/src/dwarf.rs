//! Tries what is asked of DWARF on any ELF file.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use stapc_gen::objects::{mutate_object_or, try_object};

/// How many mutants in as many are made without knowing what an object is.
const BLIND: u32 = 16;

fuzz_target!(|data: &[u8]| try_object("dwarf", data));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate_object_or(fuzzer_mutate, BLIND, data, (size, max_size), seed)
});
