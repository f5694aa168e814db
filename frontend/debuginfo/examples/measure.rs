//! Measures how long a kernel's debug information takes to open and to ask.
//!
//! `cargo run --release -p stapc-debuginfo --example measure -- FILE [FUNCTION …]`, where FILE is
//! `/sys/kernel/btf/vmlinux` or an ELF vmlinux.
#![expect(clippy::disallowed_methods, reason = "a tool for measuring reads the files it is given")]

use std::time::Instant;

use stapc_debuginfo::{
    Btf, Dwarf, DwarfIndex, Elf, Lines, Probeable, Query, Source, Symbols, What, build_id,
};

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let value = work();
    println!("{:9.3} ms  {what}", start.elapsed().as_secs_f64() * 1e3);
    value
}

fn ask(info: &dyn Source, functions: &[String]) {
    for name in functions {
        let found = timed(&format!("{} of {name}", info.source()), || info.function(name));
        match found {
            Ok(Some(function)) => {
                for param in &function.params {
                    println!(
                        "{:14}{}: {:?} {:?}",
                        "",
                        param.name,
                        info.ty(param.ty),
                        param.location
                    );
                }
                println!(
                    "{:14}returns {:?} {:?}",
                    "",
                    function.returns.map(|ty| info.ty(ty)),
                    function.notes
                );
            }
            other => println!("{:14}{other:?}", ""),
        }
    }
    let like = timed("functions like vfs_raed", || info.functions_like("vfs_raed"));
    println!("{:14}{like:?}", "");
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("which file?")?;
    let functions: Vec<String> = arguments.collect();
    let file = std::fs::File::open(&path)?;
    // SAFETY: nobody writes to a kernel's debug information while it is measured.
    let mapped = unsafe { memmap2::Mmap::map(&file) };
    // What the kernel itself offers may not be mappable.
    let read = if mapped.is_err() { std::fs::read(&path)? } else { Vec::new() };
    let data = mapped.as_deref().unwrap_or(&read);
    let map = std::fs::read_to_string(path.replace("vmlinux", "System.map")).unwrap_or_default();
    let symbols = Symbols::parse(&map);
    match timed("open BTF", || Btf::open(data)) {
        Ok(btf) => ask(&Probeable::new(btf, symbols), &functions),
        Err(error) => println!("{error}"),
    }
    println!("build id {:02x?}", timed("build id", || build_id(data)));
    let Ok(elf) = Elf::open(data) else { return Ok(()) };
    let index = timed("build the index", || DwarfIndex::build(&elf, &|_, _| ()))?;
    let bytes = index.as_bytes();
    println!("{:14}{} bytes", "", bytes.len());
    let index = timed("index from bytes", || DwarfIndex::from_bytes(bytes))?;
    let dwarf = timed("open DWARF", || Dwarf::open(&elf, &index))?;
    ask(&dwarf, &functions);
    for pattern in ["vfs_read", "vfs_*", "get_current", "*@fs/read_write.c", "*"] {
        let (function, file) = match pattern.split_once('@') {
            Some((function, file)) => (function.to_owned(), Some(file.to_owned())),
            None => (pattern.to_owned(), None),
        };
        let what = What::Functions { code: true, inlined: true, exported: false };
        let query = Query { function, file, lines: Lines::Unwritten, what };
        let found = timed(&format!("places of {pattern}"), || dwarf.places(&query));
        match found {
            Ok(found) => println!("{:14}{} places", "", found.len()),
            Err(error) => println!("{:14}{error}", ""),
        }
    }
    for name in &functions {
        let what = What::Functions { code: true, inlined: true, exported: false };
        let function = name.clone();
        let query = Query { function, file: None, lines: Lines::Unwritten, what };
        for place in dwarf.places(&query)?.into_iter().take(20) {
            println!(
                "{}@{}:{} {:#x} {:?}",
                place.function, place.file, place.line, place.address, place.kind
            );
            for variable in dwarf.variables(&place)? {
                let ty = variable.ty.map(|ty| dwarf.type_name(ty));
                println!("    {}: {ty:?} {:?}", variable.name, variable.location);
            }
        }
    }
    println!("beside System.map:");
    ask(&Probeable::new(dwarf, symbols), &functions);
    Ok(())
}
