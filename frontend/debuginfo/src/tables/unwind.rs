//! Where functions return to, by place: what call-frame information says, as far as it is of the few forms that
//! compilers write. What is of another form ends a walk.
//!
//! Of the registers only the stack pointer and rbp are followed; no code of System V ABI's x86-64 finds its frame by
//! another, but where it aligns its stack.

use gimli::{
    BaseAddresses, CfaRule, EndianSlice, LittleEndian, Reader as _, RegisterRule, UnwindContext,
    UnwindSection, constants as op,
};

use super::place;
use crate::{elf::Elf, info::Error};

/// A row: what holds from a place on, up to the next row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The place.
    pub start: u32,
    /// Where the caller's frame begins.
    pub frame: Frame,
    /// Where the caller's rbp is.
    pub saved: Saved,
}

/// Where the canonical frame address is: what the stack pointer is when the function has returned. The return
/// address is just below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame {
    /// Nothing is known: the code has no information.
    Unknown,
    /// There is no caller, or nothing that can be found.
    End,
    /// So many bytes behind the stack pointer.
    Stack(i32),
    /// So many bytes behind rbp.
    Base(i32),
    /// What lies so many bytes behind rbp says it.
    AtBase(i32),
    /// The kernel put all registers of what a signal interrupted at the stack pointer.
    Signal,
}

/// Where the caller's rbp is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// In rbp still.
    Same,
    /// So many bytes behind the canonical frame address.
    Frame(i16),
    /// So many bytes behind rbp.
    Base(i16),
    /// Nowhere.
    Lost,
}

impl Row {
    /// As the kernel's side reads it: where it starts; the offset of the frame, that of rbp; what each is from.
    pub fn encode(&self) -> Vec<u8> {
        let (how, frame) = match self.frame {
            Frame::Unknown => (0, 0),
            Frame::End => (1, 0),
            Frame::Stack(offset) => (2, offset),
            Frame::Base(offset) => (3, offset),
            Frame::AtBase(offset) => (4, offset),
            Frame::Signal => (5, 0),
        };
        let (from, saved) = match self.saved {
            Saved::Same => (0, 0),
            Saved::Frame(offset) => (1, offset),
            Saved::Base(offset) => (2, offset),
            Saved::Lost => (3, 0),
        };
        let mut out = self.start.to_le_bytes().to_vec();
        out.extend(frame.to_le_bytes());
        out.extend(saved.to_le_bytes());
        out.extend([how, from]);
        out
    }
}

/// How many rows a file may have; more is damage.
const MOST_ROWS: usize = 1 << 23;

/// The numbers of registers in DWARF (System V ABI for x86-64, figure 3.36).
const RBP: gimli::Register = gimli::Register(6);
const RSP: gimli::Register = gimli::Register(7);
const RETURN: gimli::Register = gimli::Register(16);

type Slice<'a> = EndianSlice<'a, LittleEndian>;

/// The rows of a file: of what it is unwound by when it throws exceptions, or else of its debug information.
pub fn of<'a>(executable: &Elf<'a>, debug: Option<&Elf<'a>>) -> Result<Vec<Row>, Error> {
    let bases = BaseAddresses::default();
    let bases = match executable.section_address(".eh_frame") {
        Some(address) => bases.set_eh_frame(address),
        None => bases,
    };
    let mut eh = gimli::EhFrame::new(executable.dwarf_section(".eh_frame")?, LittleEndian);
    eh.set_address_size(8);
    let rows = rows(executable, &eh, &bases)?;
    if !rows.is_empty() {
        return Ok(rows);
    }
    let of = debug.unwrap_or(executable);
    let mut frames = gimli::DebugFrame::new(of.dwarf_section(".debug_frame")?, LittleEndian);
    frames.set_address_size(8);
    self::rows(executable, &frames, &bases)
}

/// The rows of a section; entries behind damage are not found.
fn rows<'a, S: UnwindSection<Slice<'a>>>(
    executable: &Elf<'_>,
    section: &S,
    bases: &BaseAddresses,
) -> Result<Vec<Row>, Error> {
    let mut found: Vec<(Row, u32)> = Vec::new();
    let mut context = UnwindContext::new();
    let mut entries = section.entries(bases);
    while let Ok(Some(entry)) = entries.next() {
        let gimli::CieOrFde::Fde(partial) = entry else { continue };
        let Ok(entry) = partial.parse(S::cie_from_offset) else { continue };
        let is_signal = entry.cie().is_signal_trampoline();
        let Ok(mut table) = entry.rows(section, bases, &mut context) else { continue };
        while let Ok(Some(row)) = table.next_row() {
            let (start, end) = (row.start_address(), row.end_address());
            let Some(first) = place(executable, start) else { continue };
            let length = u32::try_from(end.saturating_sub(start)).unwrap_or(0);
            let behind = first.saturating_add(length);
            match linkage(section, row) {
                Some(slots) => found.extend(slots.rows(first, behind)),
                None => found.push((read(section, row, first, is_signal), behind)),
            }
            if found.len() > MOST_ROWS {
                return Err(Error("unwind tables without an end".to_owned()));
            }
        }
    }
    Ok(joined(found))
}

/// Rows and the places behind them, as a table without holes: what has none of them is unknown.
fn joined(mut found: Vec<(Row, u32)>) -> Vec<Row> {
    found.sort_by_key(|(row, _)| row.start);
    let mut rows: Vec<Row> = Vec::with_capacity(found.len());
    let mut end = None;
    let unknown = |start| Row { start, frame: Frame::Unknown, saved: Saved::Same };
    let mut add = |row: Row| {
        let is_same = |last: &Row| (last.frame, last.saved) == (row.frame, row.saved);
        if !rows.last().is_some_and(is_same) {
            rows.push(row);
        }
    };
    for (row, behind) in found {
        // Empty ranges, and what is described twice.
        if behind <= row.start || end.is_some_and(|end| row.start < end) {
            continue;
        }
        if let Some(end) = end.filter(|&end| end < row.start) {
            add(unknown(end));
        }
        add(row);
        end = Some(behind);
    }
    end.into_iter().for_each(|end| add(unknown(end)));
    rows
}

type TableRow = gimli::UnwindTableRow<usize>;

/// What a row of a table says.
fn read<'a, S: UnwindSection<Slice<'a>>>(
    section: &S,
    row: &TableRow,
    start: u32,
    is_signal: bool,
) -> Row {
    if is_signal {
        return Row { start, frame: Frame::Signal, saved: Saved::Lost };
    }
    let returns = matches!(row.register(RETURN), Some(RegisterRule::Offset(-8)));
    let frame = if returns { frame(section, row.cfa()) } else { None };
    Row { start, frame: frame.unwrap_or(Frame::End), saved: saved(section, row) }
}

fn frame<'a, S: UnwindSection<Slice<'a>>>(section: &S, rule: &CfaRule<usize>) -> Option<Frame> {
    match rule {
        CfaRule::RegisterAndOffset { register, offset } => {
            let offset = i32::try_from(*offset).ok()?;
            match *register {
                RSP => Some(Frame::Stack(offset)),
                RBP => Some(Frame::Base(offset)),
                _ => None,
            }
        }
        // Of code that aligns its stack: the address was saved in its frame.
        CfaRule::Expression(expression) => {
            let offset = behind_base(expression.get(section).ok()?.0, &[op::DW_OP_deref.0])?;
            i32::try_from(offset).ok().map(Frame::AtBase)
        }
    }
}

fn saved<'a, S: UnwindSection<Slice<'a>>>(section: &S, row: &TableRow) -> Saved {
    let found = match row.register(RBP) {
        None | Some(RegisterRule::Undefined | RegisterRule::SameValue) => Some(Saved::Same),
        Some(RegisterRule::Offset(offset)) => i16::try_from(offset).ok().map(Saved::Frame),
        Some(RegisterRule::Expression(expression)) => {
            let text = expression.get(section).ok().map(|expression| expression.0);
            let offset = text.and_then(|text| behind_base(text, &[]));
            offset.and_then(|offset| i16::try_from(offset).ok()).map(Saved::Base)
        }
        Some(_) => None,
    };
    found.unwrap_or(Saved::Lost)
}

/// The offset of an expression that is so many bytes behind rbp, and these operations.
fn behind_base(mut text: Slice<'_>, rest: &[u8]) -> Option<i64> {
    let begins = text.read_u8().ok()? == op::DW_OP_breg6.0;
    let offset = text.read_sleb128().ok()?;
    (begins && text.slice() == rest).then_some(offset)
}

/// A table of jumps to other objects: slots of 16 bytes, in which a push makes the frame larger from one byte on.
struct Linkage {
    /// The byte.
    pushed: u8,
    /// The frame before it.
    before: i32,
}

impl Linkage {
    /// The rows of the slots from a place on, each with the place behind it.
    fn rows(&self, start: u32, end: u32) -> Vec<(Row, u32)> {
        let row = |start, offset| Row { start, frame: Frame::Stack(offset), saved: Saved::Same };
        let mut rows = Vec::new();
        for slot in (start & !15..end).step_by(16) {
            let pushed = slot.saturating_add(self.pushed.into()).clamp(start, end);
            rows.push((row(slot.max(start), self.before), pushed));
            rows.push((row(pushed, self.before + 8), slot.saturating_add(16).min(end)));
        }
        rows
    }
}

/// The linkage table that a row is of: linkers write one expression for all of its slots.
fn linkage<'a, S: UnwindSection<Slice<'a>>>(section: &S, row: &TableRow) -> Option<Linkage> {
    let CfaRule::Expression(expression) = row.cfa() else { return None };
    let text = expression.get(section).ok()?.0;
    // rsp + BEFORE + ((rip & 15) >= PUSHED) * 8
    let &[stack, before, ip, 0, fifteen, and, pushed, ref rest @ ..] = text.slice() else {
        return None;
    };
    let begins = [stack, ip, fifteen, and]
        == [op::DW_OP_breg7, op::DW_OP_breg16, op::DW_OP_lit15, op::DW_OP_and].map(|op| op.0);
    let ends = rest == [op::DW_OP_ge, op::DW_OP_lit3, op::DW_OP_shl, op::DW_OP_plus].map(|op| op.0);
    let pushed = pushed.checked_sub(op::DW_OP_lit0.0).filter(|&byte| byte < 16)?;
    (begins && ends && before < 0x40).then_some(Linkage { pushed, before: before.into() })
}
