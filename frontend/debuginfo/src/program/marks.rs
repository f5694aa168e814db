//! The marks of `sys/sdt.h`: notes in the section `.note.stapsdt`, each with the place, where the section
//! `.stapsdt.base` was then, the counter of who watches, and three texts: provider, name, arguments.

use object::{
    LittleEndian, Object as _, ObjectSection as _, elf::FileHeader64, read::elf::NoteIterator,
};

use super::{Program, operands};
use crate::{elf::Elf, glob, info::Error, marks::Mark};

const SECTION: &str = ".note.stapsdt";
const BASE: &str = ".stapsdt.base";
const OWNER: &[u8] = b"stapsdt";
/// The notes' type.
const TYPE: u32 = 3;
/// The bytes of the three addresses in front of the texts.
const ADDRESSES: usize = 24;
/// How many marks a file may have; more is damage.
const MOST: usize = 1 << 20;

/// A note as it is in the file.
struct Note<'n> {
    address: u64,
    /// Where the base was when the note was written; 0 if it was not known.
    base: u64,
    semaphore: u64,
    provider: &'n str,
    name: &'n str,
    args: &'n str,
}

pub(super) fn find(program: &Program<'_>, provider: &str, name: &str) -> Result<Vec<Mark>, Error> {
    let executable = program.executable;
    let Some(notes) = executable.file().section_by_name(SECTION) else { return Ok(Vec::new()) };
    let damaged = |error: object::Error| Error(format!("damaged marks: {error}"));
    let bytes = notes.data().map_err(damaged)?;
    let mut notes: NoteIterator<'_, FileHeader64<LittleEndian>> =
        NoteIterator::new(LittleEndian, 4, bytes).map_err(damaged)?;
    let base = base(executable);
    let lookup = |symbol: &str| program.data_address(symbol);
    let mut marks = Vec::new();
    while let Some(note) = notes.next().map_err(damaged)? {
        if note.name() != OWNER || note.n_type(LittleEndian).0 != TYPE {
            continue;
        }
        let note =
            read(note.desc()).ok_or_else(|| Error("damaged marks: one is cut".to_owned()))?;
        if !glob::matches(provider, note.provider) || !glob::matches(name, note.name) {
            continue;
        }
        // The file may have been moved since (`prelink`).
        let moved = match base {
            Some(base) if note.base != 0 => base.wrapping_sub(note.base),
            _ => 0,
        };
        let at = |address: u64| address.wrapping_add(moved);
        let semaphore = match note.semaphore {
            0 => None,
            semaphore => Some(executable.file_offset(at(semaphore)).ok_or_else(|| {
                let Note { provider, name, .. } = note;
                Error(format!("the counter of the mark {provider}:{name} is nowhere in the file"))
            })?),
        };
        marks.push(Mark {
            provider: note.provider.to_owned(),
            name: note.name.to_owned(),
            address: at(note.address),
            semaphore,
            args: operands::all(note.args, &lookup),
        });
        if marks.len() > MOST {
            return Err(Error(format!("more than {MOST} marks")));
        }
    }
    marks.sort_by_key(|mark| mark.address);
    Ok(marks)
}

/// Where the section is that addresses are counted from.
fn base(elf: &Elf<'_>) -> Option<u64> {
    elf.section_address(BASE)
}

fn read(bytes: &[u8]) -> Option<Note<'_>> {
    let (addresses, texts) = bytes.split_at_checked(ADDRESSES)?;
    let address = |at: usize| Some(u64::from_le_bytes(*addresses.get(at * 8..)?.first_chunk()?));
    let mut texts = texts.splitn(4, |&byte| byte == 0);
    let mut text = || std::str::from_utf8(texts.next()?).ok();
    let (provider, name, args) = (text()?, text()?, text()?);
    let (address, base, semaphore) = (address(0)?, address(1)?, address(2)?);
    Some(Note { address, base, semaphore, provider, name, args })
}
