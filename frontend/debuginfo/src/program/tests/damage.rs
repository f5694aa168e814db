//! Files that lie.

use super::*;
use crate::info::Source as _;

/// Numbers that are as random as they need be.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }
}

/// Asks everything that needs no DWARF; answers do not matter, ending does.
fn ask(bytes: &[u8]) {
    let Ok(executable) = Elf::open(bytes) else { return };
    let program = Program::new(&executable, None, Err(Error("none".to_owned())));
    let _ = (program.marks("*", "*"), program.linkage("*"), program.functions_like("twice"));
    for place in places(&program, "*", CODE).unwrap_or_default() {
        let _ = (program.file_offset(place.address), program.variables(&place));
    }
    let _ = (executable.debug_link(), executable.has_dwarf(), executable.is_linked());
}

#[test]
fn damaged_programs_are_never_a_panic() {
    let folder = Folder::new();
    let Some(bytes) = folder.compile("gcc", "marked.c", &["-O1"]) else { return };
    let ranges: Vec<(usize, usize)> = {
        use object::{Object as _, ObjectSection as _};
        let file = object::File::parse(&*bytes).unwrap();
        let wanted = [".note.stapsdt", ".plt", ".rela.plt", ".dynsym", ".dynamic", ".symtab"];
        let sections = wanted.iter().filter_map(|name| file.section_by_name(name)?.file_range());
        let sections = sections.map(|(start, size)| (start as usize, size as usize));
        // The headers of the file, of segments and of sections.
        let tables = bytes.len() - 64 * 40;
        sections.chain([(0, 64 + 56 * 13), (tables, 64 * 40)]).collect()
    };
    let mut random = Random(1);
    for _ in 0..20_000 {
        let mut changed = bytes.clone();
        for _ in 0..=random.below(4) {
            let (start, size) = ranges[random.below(ranges.len())];
            let at = (start + random.below(size)).min(changed.len() - 1);
            changed[at] = [0, 0xff, 0x7f, 0x80, random.below(256) as u8][random.below(5)];
        }
        if random.below(8) == 0 {
            let end = random.below(changed.len());
            changed.truncate(end);
        }
        ask(&changed);
    }
}

#[test]
fn a_mark_that_is_cut_is_an_error() {
    let folder = Folder::new();
    let Some(bytes) = folder.compile("gcc", "marked.c", &["-O1"]) else { return };
    let at = bytes.windows(7).position(|window| window == b"stapsdt").unwrap();
    // The size of its content, in front of the name.
    let mut short = bytes.clone();
    short[at - 8..at - 4].copy_from_slice(&20_u32.to_le_bytes());
    let cut = with(&short, None, |program| program.marks("*", "*"));
    assert!(cut.unwrap_err().0.contains("damaged marks"));
    let mut long = bytes.clone();
    long[at - 8..at - 4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(with(&long, None, |program| program.marks("*", "*")).is_err());
}

#[test]
fn arguments_of_marks_may_be_anything() {
    let mut random = Random(7);
    let parts =
        ["-", "4", "@", "%", "rax", "(", ")", ",", "$", "+", "0x", " ", "table", ":", "é", "f"];
    let lookup = |_: &str| Ok(0x4000);
    for _ in 0..200_000 {
        let text: String =
            (0..random.below(12)).map(|_| parts[random.below(parts.len())]).collect();
        let _ = operands::all(&text, &lookup);
    }
}
