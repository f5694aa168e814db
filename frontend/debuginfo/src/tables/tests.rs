//! Tables of a program that is written instruction by instruction, and of what lies.
#![expect(clippy::disallowed_methods, reason = "tests run compilers and read what they wrote")]

use std::{fs, path::Path, process::Command};

use super::*;

const ALL: Wanted = Wanted { symbols: true, unwinding: true, lines: true };

/// The program, linked by itself with its code from 0x401000 on; none if there is no compiler.
fn program() -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("program");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tables/tests/frames.s");
    let mut gcc = Command::new("gcc");
    gcc.args(["-g", "-nostdlib", "-static", "-Wl,-e,start,-z,noseparate-code,-Ttext,0x401000"]);
    let Ok(run) = gcc.arg(source).arg("-o").arg(&path).output() else {
        eprintln!("skipped: there is no gcc");
        return None;
    };
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    Some(fs::read(path).unwrap())
}

/// What the table says of a place so many bytes behind a symbol.
fn row(tables: &Tables, symbol: &str, offset: u32) -> (Frame, Saved) {
    let symbol = tables.symbols.iter().find(|known| known.name == symbol).unwrap();
    let behind = tables.unwinding.partition_point(|row| row.start <= symbol.start + offset);
    let row = tables.unwinding[behind - 1];
    (row.frame, row.saved)
}

#[test]
fn symbols_have_one_name_and_a_size() {
    let Some(bytes) = program() else { return };
    let tables = Tables::of(&Elf::open(&bytes).unwrap(), None, ALL).unwrap();
    let of = |name: &str| tables.symbols.iter().find(|symbol| symbol.name == name);
    let place = |name: &str| of(name).map(|symbol| symbol.start);
    assert_eq!(of("start").unwrap().size, 2);
    // Another name of it is longer, and a label in the same place has no size.
    assert_eq!((of("start_of_all"), of("label")), (None, None));
    // One without a size goes as far as the next.
    assert_eq!(of("bare").unwrap().size, place("pushed").unwrap() - place("bare").unwrap());
    // Of zeros the file has no byte.
    assert_eq!(of("zeros").unwrap().size, 4096);
    assert!(place("zeros").unwrap() as usize + 4096 > place("filled").unwrap() as usize + 8);
    assert!(tables.symbols.is_sorted_by_key(|symbol| symbol.start));
}

#[test]
fn rows_say_where_functions_return_to() {
    let Some(bytes) = program() else { return };
    let tables = Tables::of(&Elf::open(&bytes).unwrap(), None, ALL).unwrap();
    let row = |symbol, offset| row(&tables, symbol, offset);
    assert_eq!(row("start", 0), (Frame::End, Saved::Same));
    assert_eq!(row("bare", 0), (Frame::Unknown, Saved::Same));
    assert_eq!(row("pushed", 0), (Frame::Stack(8), Saved::Same));
    assert_eq!(row("pushed", 1), (Frame::Stack(16), Saved::Frame(-16)));
    assert_eq!(row("pushed", 4), (Frame::Base(16), Saved::Frame(-16)));
    assert_eq!(row("pushed", 5), (Frame::Stack(8), Saved::Same));
    assert_eq!(row("aligned", 0), (Frame::AtBase(-200), Saved::Base(0)));
    assert_eq!(row("elsewhere", 0), (Frame::End, Saved::Lost));
    assert_eq!(row("signal", 0), (Frame::Signal, Saved::Lost));
    // A slot of a linkage table: what is pushed is there behind 11 bytes.
    assert_eq!(row("linkage", 10), (Frame::Stack(8), Saved::Same));
    assert_eq!(row("linkage", 11), (Frame::Stack(16), Saved::Same));
    assert_eq!(row("linkage", 16), (Frame::Stack(8), Saved::Same));
    assert_eq!(row("behind", 0), (Frame::Unknown, Saved::Same));
}

#[test]
fn lines_are_those_of_the_source() {
    let Some(bytes) = program() else { return };
    let tables = Tables::of(&Elf::open(&bytes).unwrap(), None, ALL).unwrap();
    let first = tables.lines.first().unwrap();
    assert!(first.file.ends_with("frames.s") && first.line > 0, "{first:?}");
    assert_eq!(tables.lines.last().unwrap().line, 0);
    assert!(tables.lines.is_sorted_by_key(|line| line.start));
}

#[test]
fn bytes_have_the_layout_that_the_kernel_reads() {
    let symbol = |start, name: &str| Symbol { start, size: 3, name: name.to_owned() };
    let rows = vec![Row { start: 7, frame: Frame::Base(-2), saved: Saved::Frame(-16) }];
    let lines = vec![Line { start: 9, line: 4, file: "name".into() }];
    let symbols = vec![symbol(1, "name"), symbol(5, "other")];
    let tables = Tables { symbols, unwinding: rows, lines };
    let bytes = encode(&[("p".to_owned(), tables), (String::new(), Tables::default())]).unwrap();
    let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let text = |at: u32| bytes[at as usize..].split(|&byte| byte == 0).next().unwrap();
    assert_eq!((word(0), text(word(4))), (2, &b"p"[..]));
    let (symbols, unwinding, lines) = (word(8) as usize, word(16) as usize, word(24) as usize);
    assert_eq!((word(12), word(20), word(28)), (2, 1, 1));
    assert_eq!(
        (word(symbols + 12), word(symbols + 16), text(word(symbols + 20))),
        (5, 3, &b"other"[..])
    );
    let (start, frame) = (word(unwinding), word(unwinding + 4) as i32);
    assert_eq!((start, frame), (7, -2));
    assert_eq!(bytes[unwinding + 8..unwinding + 12], [0xf0, 0xff, 3, 1]);
    // A text stands once.
    assert_eq!((word(lines), word(lines + 4), word(lines + 8)), (9, 4, word(symbols + 8)));
    assert_eq!((text(word(32)), word(40), word(48)), (&b""[..], 0, 0));
}

#[test]
fn damaged_files_are_never_a_panic() {
    let Some(bytes) = program() else { return };
    // All bytes would take long.
    for at in (0..bytes.len()).step_by(3) {
        for value in [0, 0x7f, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[at] = value;
            let Ok(elf) = Elf::open(&changed) else { continue };
            if let Ok(tables) = Tables::of(&elf, None, ALL) {
                assert!(tables.unwinding.is_sorted_by_key(|row| row.start));
                assert!(tables.symbols.is_sorted_by_key(|symbol| symbol.start));
            }
        }
    }
}
