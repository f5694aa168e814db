//! Tries names, types and everything else that is checked on any text.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| stapc_gen::try_on("check", data));
