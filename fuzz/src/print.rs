//! Tries printing and parsing again on any text.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| stapc_gen::try_on("print", data));
