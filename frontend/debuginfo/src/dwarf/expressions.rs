//! DWARF's location language, executed with names for what is not known before the probe is hit.

use gimli::{Expression, Operation};

use super::{
    Dwarf, Slice, Unit, callers, frames,
    terms::{MAX_TERMS, apply, binary, little_endian, optimised_out, pop, size, unknown},
    types,
};
use crate::{
    info::{Error, Type, TypeId},
    places::PlaceKind,
    variables::{Binary, Piece, Term, Unary, Where},
};

/// How many operations one place may take; more is damage.
const MAX_OPERATIONS: usize = 2000;
/// How many operations one counts as that asks for another place, and how many such places lead to each other.
const ASKING: usize = 100;
const MAX_FOLLOWED: usize = 3;
/// How deep branches and calls of other expressions may go.
const MAX_DEPTH: usize = 8;

/// What places are found for: where control is, and the function's frame.
#[derive(Clone, Copy)]
pub(super) struct Frame<'f, 'a> {
    pub dwarf: &'f Dwarf<'a>,
    pub unit: &'f Unit<'a>,
    /// The address of the instruction that control is at.
    pub address: u64,
    /// What is there.
    pub kind: &'f PlaceKind,
    /// What the function says of the start of its frame.
    pub base: Option<Expression<Slice<'a>>>,
    /// The entry of the function that control is in, if it is in one.
    pub function: Option<u64>,
    /// How many places lead here, each to the next.
    pub followed: usize,
    /// How many callers up this is.
    pub up: usize,
}

/// The place that an expression says.
pub(super) fn place<'a>(
    frame: Frame<'_, 'a>,
    expression: Expression<Slice<'a>>,
) -> Result<Where, Error> {
    let mut left = MAX_OPERATIONS;
    Run::of(frame, expression, &mut left, 0)?.finish(0, Vec::new())
}

/// The number that an expression leaves behind.
pub(super) fn number<'a>(
    frame: Frame<'_, 'a>,
    expression: Expression<Slice<'a>>,
) -> Result<Term, Error> {
    match place(frame, expression)? {
        Where::Memory(term) | Where::Value(term) => Ok(term),
        // A frame base may be a register, which stands for what it holds.
        Where::Register(number) => Ok(Term::Register(number)),
        _ => Err(unknown("a number in several places")),
    }
}

/// An expression being executed.
struct Run<'r, 'f, 'a> {
    frame: Frame<'f, 'a>,
    /// The operations, each with the offset of its first byte and of the one behind it.
    operations: Vec<(usize, Operation<Slice<'a>>, usize)>,
    left: &'r mut usize,
    depth: usize,
}

/// What one operation leads to.
enum Step {
    /// To the next.
    Next,
    /// To the operation at this offset.
    To(usize),
    /// To one of two, by a condition.
    Either(Term, usize),
}

impl<'r, 'f, 'a> Run<'r, 'f, 'a> {
    fn of(
        frame: Frame<'f, 'a>,
        expression: Expression<Slice<'a>>,
        left: &'r mut usize,
        depth: usize,
    ) -> Result<Self, Error> {
        if depth > MAX_DEPTH {
            return Err(unknown("places within places without an end"));
        }
        let mut operations = Vec::new();
        let mut next = expression.operations(frame.unit.encoding());
        let mut at = 0;
        while let Some(operation) = next.next()? {
            let behind = next.offset_from(&expression);
            operations.push((at, operation, behind));
            at = behind;
            if operations.len() > MAX_OPERATIONS {
                return Err(unknown("a place that takes too many steps"));
            }
        }
        Ok(Self { frame, operations, left, depth })
    }

    /// Goes on from an offset with what is on the stack, to the end: the place.
    fn finish(&mut self, from: usize, mut stack: Vec<Term>) -> Result<Where, Error> {
        match (self.execute(from, &mut stack)?, stack.pop()) {
            (Some(found), _) => Ok(found),
            (None, Some(address)) => Ok(Where::Memory(address)),
            (None, None) => Err(optimised_out()),
        }
    }

    /// Likewise: the place, if it is not the address on top of the stack.
    fn execute(&mut self, from: usize, stack: &mut Vec<Term>) -> Result<Option<Where>, Error> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut whole: Option<Where> = None;
        let mut index = self.index_of(from)?;
        while let Some((_, operation, behind)) = self.operations.get(index).cloned() {
            *self.left = self.left.checked_sub(1).ok_or_else(|| unknown("too many steps"))?;
            if let Operation::Piece { size_in_bits, bit_offset } = operation {
                let at = whole.take().or_else(|| stack.pop().map(Where::Memory));
                let bits = u32::try_from(size_in_bits).map_err(|_| unknown("a huge part"))?;
                let start =
                    u32::try_from(bit_offset.unwrap_or(0)).map_err(|_| unknown("a part"))?;
                pieces.push(Piece { at, bits, start });
                index += 1;
                continue;
            }
            if whole.is_some() {
                return Err(unknown("a place with something behind it"));
            }
            if let Some(found) = self.complete(&operation, stack)? {
                whole = Some(found);
                index += 1;
                continue;
            }
            match self.step(&operation, behind, stack)? {
                Step::Next => index += 1,
                Step::To(offset) => index = self.index_of(offset)?,
                Step::Either(condition, offset) => {
                    if !pieces.is_empty() {
                        return Err(unknown("parts by a condition"));
                    }
                    return self.either(condition, offset, behind, stack).map(Some);
                }
            }
            if stack.iter().map(size).sum::<usize>() > MAX_TERMS {
                return Err(unknown("a place that takes too much to find"));
            }
        }
        Ok(if pieces.is_empty() { whole } else { Some(Where::Pieces(pieces)) })
    }

    /// Both ways of a branch, which must lead to the same sort of place.
    fn either(
        &mut self,
        condition: Term,
        taken: usize,
        behind: usize,
        stack: &[Term],
    ) -> Result<Where, Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(unknown("too many branches"));
        }
        let then = self.finish(taken, stack.to_vec())?;
        let otherwise = self.finish(behind, stack.to_vec())?;
        self.depth -= 1;
        let select = |then, otherwise| {
            Term::Select(Box::new(condition), Box::new(then), Box::new(otherwise))
        };
        match (then, otherwise) {
            (Where::Memory(then), Where::Memory(otherwise)) => {
                Ok(Where::Memory(select(then, otherwise)))
            }
            (Where::Value(then), Where::Value(otherwise)) => {
                Ok(Where::Value(select(then, otherwise)))
            }
            _ => Err(unknown("a place of one sort or another by a condition")),
        }
    }

    fn index_of(&self, offset: usize) -> Result<usize, Error> {
        let end = self.operations.last().map_or(0, |&(.., behind)| behind);
        if offset == end {
            return Ok(self.operations.len());
        }
        let found = self.operations.iter().position(|&(start, ..)| start == offset);
        found.ok_or_else(|| unknown("a branch into an operation"))
    }

    /// What an operation completes, if it does.
    fn complete(
        &mut self,
        operation: &Operation<Slice<'a>>,
        stack: &mut Vec<Term>,
    ) -> Result<Option<Where>, Error> {
        Ok(Some(match *operation {
            Operation::Register { register } => Where::Register(register.0),
            Operation::StackValue => Where::Value(pop(stack)?),
            Operation::ImplicitValue { data } => Where::Bytes(data.slice().to_vec()),
            Operation::ImplicitPointer { value, byte_offset } => {
                let die = self.frame.dwarf.die(value.0 as u64)?;
                self.ask(ASKING)?;
                let frame = Frame { followed: self.frame.followed + 1, ..self.frame };
                let at = super::scopes::location(frame, &die)?;
                Where::Pointer(Box::new(at), byte_offset)
            }
            _ => return Ok(None),
        }))
    }

    fn step(
        &mut self,
        operation: &Operation<Slice<'a>>,
        behind: usize,
        stack: &mut Vec<Term>,
    ) -> Result<Step, Error> {
        let target = |distance: i16| {
            behind.checked_add_signed(distance.into()).ok_or_else(|| unknown("a branch to nowhere"))
        };
        match *operation {
            Operation::Nop => {}
            Operation::Skip { target: distance } => return Ok(Step::To(target(distance)?)),
            Operation::Bra { target: distance } => {
                return Ok(Step::Either(pop(stack)?, target(distance)?));
            }
            Operation::Drop => drop(pop(stack)?),
            Operation::Pick { index } => {
                let at = stack.len().checked_sub(1 + usize::from(index));
                let value = at.and_then(|at| stack.get(at)).cloned();
                stack.push(value.ok_or_else(|| unknown("a value that is not there"))?);
            }
            Operation::Swap => {
                let (second, first) = (pop(stack)?, pop(stack)?);
                stack.extend([second, first]);
            }
            Operation::Rot => {
                let (third, second, first) = (pop(stack)?, pop(stack)?, pop(stack)?);
                stack.extend([third, first, second]);
            }
            _ => return self.calculate(operation, stack).map(|()| Step::Next),
        }
        Ok(Step::Next)
    }

    fn calculate(
        &mut self,
        operation: &Operation<Slice<'a>>,
        stack: &mut Vec<Term>,
    ) -> Result<(), Error> {
        if let Some(op) = binary(operation) {
            let (right, left) = (pop(stack)?, pop(stack)?);
            stack.push(apply(op, left, right));
            return Ok(());
        }
        let value = match *operation {
            Operation::Deref { size, space: false, .. } if matches!(size, 1 | 2 | 4 | 8) => {
                Term::Load(Box::new(pop(stack)?), size.into(), false)
            }
            Operation::Neg => Term::Unary(Unary::Neg, Box::new(pop(stack)?)),
            Operation::Not => Term::Unary(Unary::Not, Box::new(pop(stack)?)),
            Operation::Abs => {
                let value = pop(stack)?;
                let negative = apply(Binary::Lt, value.clone(), Term::Const(0));
                let opposite = Term::Unary(Unary::Neg, Box::new(value.clone()));
                Term::Select(Box::new(negative), Box::new(opposite), Box::new(value))
            }
            Operation::PlusConstant { value } => {
                apply(Binary::Add, pop(stack)?, Term::Const(value as i64))
            }
            Operation::UnsignedConstant { value } => Term::Const(value as i64),
            Operation::SignedConstant { value } => Term::Const(value),
            Operation::RegisterOffset { register, offset, base_type } => {
                let held = apply(Binary::Add, Term::Register(register.0), Term::Const(offset));
                self.converted(held, base_type)?
            }
            Operation::FrameOffset { offset } => {
                apply(Binary::Add, self.frame_base()?, Term::Const(offset))
            }
            Operation::CallFrameCFA => frames::cfa(self.frame)?,
            Operation::Call { offset } => return self.call(offset, stack),
            Operation::EntryValue { expression } => self.at_entry(Expression(expression))?,
            Operation::Address { address } => Term::Address(address),
            Operation::AddressIndex { index } => {
                Term::Address(self.frame.dwarf.sections.address(self.frame.unit, index)?)
            }
            Operation::ConstantIndex { index } => {
                Term::Const(self.frame.dwarf.sections.address(self.frame.unit, index)? as i64)
            }
            Operation::TypedLiteral { value, .. } => match little_endian(value.slice()) {
                Some(value) => Term::Const(value),
                None => return Err(unknown("a constant of more than 8 bytes")),
            },
            Operation::Convert { base_type } | Operation::Reinterpret { base_type } => {
                let value = pop(stack)?;
                self.converted(value, base_type)?
            }
            Operation::TLS => Term::ThreadLocal(Box::new(pop(stack)?)),
            Operation::Uninitialized => return Ok(()),
            _ => return Err(unknown("a step that is not known")),
        };
        stack.push(value);
        Ok(())
    }

    fn frame_base(&mut self) -> Result<Term, Error> {
        let Some(base) = self.frame.base else {
            return Err(unknown("a frame that nothing is said of"));
        };
        let frame = Frame { base: None, ..self.frame };
        match Run::of(frame, base, self.left, self.depth + 1)?.finish(0, Vec::new())? {
            Where::Memory(term) | Where::Value(term) => Ok(term),
            Where::Register(number) if *self.frame.kind == PlaceKind::Entry => {
                frames::settled(self.frame, number)
            }
            Where::Register(number) => Ok(Term::Register(number)),
            _ => Err(unknown("a frame in several places")),
        }
    }

    /// Notes that another place is asked for.
    fn ask(&mut self, cost: usize) -> Result<(), Error> {
        *self.left = self.left.checked_sub(cost).ok_or_else(|| unknown("too many steps"))?;
        if self.frame.followed + self.frame.up >= MAX_FOLLOWED {
            return Err(unknown("places that lead to places without an end"));
        }
        Ok(())
    }

    /// What an expression of registers meant when the function was entered.
    fn at_entry(&mut self, expression: Expression<Slice<'a>>) -> Result<Term, Error> {
        let run = Run::of(self.frame, expression, self.left, self.depth + 1)?.finish(0, Vec::new());
        match (run?, self.frame.kind) {
            (Where::Register(number), PlaceKind::Entry) => Ok(Term::Register(number)),
            (Where::Memory(term) | Where::Value(term), PlaceKind::Entry) => Ok(term),
            (Where::Register(number), _) => {
                // Each caller is asked.
                self.ask(4 * ASKING)?;
                callers::entered_with(self.frame, number)
            }
            _ => Err(unknown("a calculation of when the function was entered")),
        }
    }

    /// Executes the expression of another entry, on the same stack.
    fn call(
        &mut self,
        offset: gimli::DieReference<usize>,
        stack: &mut Vec<Term>,
    ) -> Result<(), Error> {
        let offset = match offset {
            gimli::DieReference::UnitRef(offset) => {
                offset.to_debug_info_offset(&self.frame.unit.header).map(|offset| offset.0)
            }
            gimli::DieReference::DebugInfoRef(offset) => Some(offset.0),
        };
        let die = self.frame.dwarf.die(offset.unwrap_or(usize::MAX) as u64)?;
        let Some(gimli::AttributeValue::Exprloc(expression)) = die.value(gimli::DW_AT_location)
        else {
            return Err(unknown("an expression that is not there"));
        };
        match Run::of(self.frame, expression, self.left, self.depth + 1)?.execute(0, stack)? {
            None => Ok(()),
            Some(_) => Err(unknown("an expression of no number")),
        }
    }

    /// A value as one of a base type; of the generic type, as it is.
    fn converted(&self, value: Term, base_type: gimli::UnitOffset<usize>) -> Result<Term, Error> {
        if base_type.0 == 0 {
            return Ok(value);
        }
        let offset = base_type.to_debug_info_offset(&self.frame.unit.header);
        let ty = TypeId(offset.map_or(u64::MAX, |offset| offset.0 as u64));
        match types::ty(self.frame.dwarf, ty)? {
            Type::Int { bytes: 8, .. } => Ok(value),
            Type::Int { bytes: bytes @ (1 | 2 | 4), signed } => {
                Ok(Term::Unary(Unary::Extend(bytes * 8, signed), Box::new(value)))
            }
            _ => Err(unknown("a conversion to what is no integer")),
        }
    }
}
