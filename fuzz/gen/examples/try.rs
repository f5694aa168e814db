//! Tries properties on files, as fuzz targets are given them: `cargo run -p stapc-gen --example try
//! -- FILE…` says which hold, and shows the scripts.
#![expect(clippy::disallowed_methods, reason = "it reads files")]

use std::{env, fs, panic::catch_unwind};

use stapc_gen::{input, properties};

fn main() -> std::io::Result<()> {
    for path in env::args().skip(1) {
        let data = fs::read(&path)?;
        let text = input::text(&data);
        println!("=== {path}\n{text}");
        for (name, property) in properties::ALL {
            match catch_unwind(|| property(&text)) {
                Ok(Ok(())) => println!("=== {name} holds"),
                Ok(Err(finding)) => println!("=== {name}: {finding}"),
                Err(_) => println!("=== {name} panicked"),
            }
        }
    }
    Ok(())
}
