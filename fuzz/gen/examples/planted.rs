//! Plants wrong rewrites behind the passes, one at a time, and prints who finds each:
//! `cargo xtask fuzz planted` runs it, optimised.

use std::process::ExitCode;

use stapc_gen::planted::{MOST_MISSED, MOST_PROGRAMS, search};

fn main() -> ExitCode {
    let mut missed = Vec::new();
    let mut count = 0;
    println!("{:<48} {:>8}  found by", "wrong rewrite", "programs");
    for found in search() {
        count += 1;
        match found.by {
            Some(by) => println!("{:<48} {:>8}  {}", found.name, found.programs, by.name()),
            None => {
                println!("{:<48} {:>8}  nobody", found.name, MOST_PROGRAMS);
                missed.push(found.name);
            }
        }
    }
    println!("{} of {count} wrong rewrites are found", count - missed.len());
    for name in &missed {
        println!("not found: {name}");
    }
    if missed.len() <= MOST_MISSED { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
