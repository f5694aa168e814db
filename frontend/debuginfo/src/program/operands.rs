//! The arguments of marks: operands of the assembler, as GNU as writes them for x86-64, each behind its
//! size: `-4@%edi 8@-24(%rbp) 4@$5 8@table+8(,%rax,8)`.

use crate::{
    info::Error,
    variables::{Binary, Term, Unary},
};

/// How many arguments are read; `sys/sdt.h` makes 12 at most.
const MOST: usize = 64;

/// The general registers by their numbers in DWARF, with the names of their lowest 64, 32, 16 and 8 bits.
/// (The second bytes of the first four have names too.)
const REGISTERS: [[&str; 4]; 16] = [
    ["rax", "eax", "ax", "al"],
    ["rdx", "edx", "dx", "dl"],
    ["rcx", "ecx", "cx", "cl"],
    ["rbx", "ebx", "bx", "bl"],
    ["rsi", "esi", "si", "sil"],
    ["rdi", "edi", "di", "dil"],
    ["rbp", "ebp", "bp", "bpl"],
    ["rsp", "esp", "sp", "spl"],
    ["r8", "r8d", "r8w", "r8b"],
    ["r9", "r9d", "r9w", "r9b"],
    ["r10", "r10d", "r10w", "r10b"],
    ["r11", "r11d", "r11w", "r11b"],
    ["r12", "r12d", "r12w", "r12b"],
    ["r13", "r13d", "r13w", "r13b"],
    ["r14", "r14d", "r14w", "r14b"],
    ["r15", "r15d", "r15w", "r15b"],
];
const SECOND_BYTES: [&str; 4] = ["ah", "dh", "ch", "bh"];

/// Finds the address of a symbol.
pub(super) type Lookup<'l> = &'l dyn Fn(&str) -> Result<u64, Error>;

/// The values of all arguments, in order.
pub(super) fn all(text: &str, lookup: Lookup<'_>) -> Vec<Result<Term, Error>> {
    let mut args = Vec::new();
    let (mut start, mut depth) = (0, 0_usize);
    // A space within parentheses is part of an operand.
    for (at, character) in text.char_indices().chain([(text.len(), ' ')]) {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ' ' if depth == 0 || at == text.len() => {
                let arg = text[start..at].trim();
                if !arg.is_empty() && args.len() < MOST {
                    args.push(one(arg, lookup));
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    args
}

/// The bytes and the sign of an argument.
#[derive(Clone, Copy)]
struct Size {
    bytes: u32,
    signed: bool,
}

fn one(arg: &str, lookup: Lookup<'_>) -> Result<Term, Error> {
    let is_size = |head: &str| {
        let digits = head.strip_prefix('-').unwrap_or(head);
        let digits = digits.strip_suffix('f').unwrap_or(digits);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let (size, operand) = match arg.split_once('@') {
        Some((head, _)) if is_size(head) && head.ends_with('f') => {
            return Err(Error(format!("`{arg}` is a floating-point number")));
        }
        Some((head, operand)) if is_size(head) => {
            let bytes = head.trim_start_matches('-').parse().unwrap_or(0);
            (Size { bytes, signed: head.starts_with('-') }, operand)
        }
        _ => (Size { bytes: 8, signed: true }, arg),
    };
    if !matches!(size.bytes, 1 | 2 | 4 | 8) {
        return Err(Error(format!("`{arg}` has a size that no integer has")));
    }
    let found = operand_value(operand, size, lookup);
    found.map_err(|why| Error(format!("`{arg}` {why}")))
}

/// The value of an operand, or what it is instead of one that can be read.
fn operand_value(operand: &str, size: Size, lookup: Lookup<'_>) -> Result<Term, String> {
    if let Some(number) = operand.strip_prefix('$') {
        return Ok(match sum(number)? {
            (None, number) => Term::Const(extended(number, size)),
            (Some(symbol), more) => address_of(symbol, more, lookup)?,
        });
    }
    if let Some(name) = operand.strip_prefix('%') {
        if let Some((segment, _)) = name.split_once(':') {
            return Err(format!("is in the segment %{segment}, which handlers cannot read"));
        }
        return register_value(name, size);
    }
    let address = address(operand, lookup)?;
    Ok(Term::Load(Box::new(address), size.bytes, size.signed))
}

/// A number, cut to a size.
fn extended(number: i64, size: Size) -> i64 {
    let shift = 64 - size.bytes * 8;
    let shifted = number.wrapping_shl(shift);
    if size.signed { shifted >> shift } else { (shifted as u64 >> shift) as i64 }
}

fn register_value(name: &str, size: Size) -> Result<Term, String> {
    if let Some(number) = SECOND_BYTES.iter().position(|&second| second == name) {
        let whole = Term::Register(number as u16);
        let second = Term::Binary(Binary::Shr, Box::new(whole), Box::new(Term::Const(8)));
        return Ok(Term::Unary(Unary::Extend(8, size.signed && size.bytes == 1), Box::new(second)));
    }
    let Some((number, bits)) = register(name) else {
        return Err(format!("is in %{name}, which is no general register"));
    };
    let whole = Term::Register(number);
    let extend =
        |bits, signed| Ok(Term::Unary(Unary::Extend(bits, signed), Box::new(whole.clone())));
    match size.bytes * 8 {
        64 if bits == 64 => Ok(whole),
        // What is named is all that there is of it.
        wanted if wanted > bits => extend(bits, false),
        wanted => extend(wanted, size.signed),
    }
}

/// The number of a register, and how many of its bits a name stands for.
fn register(name: &str) -> Option<(u16, u32)> {
    REGISTERS.iter().zip(0..).find_map(|(names, number)| {
        let width = names.iter().position(|&known| known == name)?;
        Some((number, [64, 32, 16, 8][width]))
    })
}

/// The address of an operand in memory: `-24(%rbp)`, `8(%rax,%rbx,4)`, `symbol+8(%rip)`, `symbol`.
fn address(operand: &str, lookup: Lookup<'_>) -> Result<Term, String> {
    let (displacement, inner) = match operand.split_once('(') {
        Some((displacement, rest)) => {
            let inner = rest.strip_suffix(')').ok_or_else(|| "has no end".to_owned())?;
            (displacement.trim(), Some(inner))
        }
        None => (operand, None),
    };
    let (symbol, more) = if displacement.is_empty() { (None, 0) } else { sum(displacement)? };
    let Some(inner) = inner else {
        return match symbol {
            Some(symbol) => address_of(symbol, more, lookup),
            None if displacement.is_empty() => Err("is no operand".to_owned()),
            None => Ok(Term::Const(more)),
        };
    };
    let parts: Vec<&str> = inner.split(',').map(str::trim).collect();
    let (base, index, scale) = match parts[..] {
        [base] => (base, "", "1"),
        [base, index] => (base, index, "1"),
        [base, index, scale] => (base, index, scale),
        _ => return Err("is no operand".to_owned()),
    };
    if base == "%rip" {
        let symbol = symbol.ok_or_else(|| "is counted from the next instruction".to_owned())?;
        return if index.is_empty() {
            address_of(symbol, more, lookup)
        } else {
            Err("is no operand".to_owned())
        };
    }
    let start = match symbol {
        Some(symbol) => Some(address_of(symbol, more, lookup)?),
        None => None,
    };
    let mut terms: Vec<Term> = Vec::new();
    if !base.is_empty() {
        terms.push(whole_register(base)?);
    }
    if !index.is_empty() {
        let index = whole_register(index)?;
        terms.push(match scale {
            "" | "1" => index,
            "2" | "4" | "8" => {
                let times = scale.parse().unwrap_or(1);
                Term::Binary(Binary::Mul, Box::new(index), Box::new(Term::Const(times)))
            }
            _ => return Err("is no operand".to_owned()),
        });
    }
    terms.extend(start.or((more != 0 || terms.is_empty()).then_some(Term::Const(more))));
    let add = |left, right| Term::Binary(Binary::Add, Box::new(left), Box::new(right));
    terms.into_iter().reduce(add).ok_or_else(|| "is no operand".to_owned())
}

/// A register that addresses are made of.
fn whole_register(name: &str) -> Result<Term, String> {
    let known = name.strip_prefix('%').and_then(register).filter(|&(_, bits)| bits == 64);
    known
        .map(|(number, _)| Term::Register(number))
        .ok_or_else(|| format!("is in memory by {name}, which is no register of 64 bits"))
}

fn address_of(symbol: &str, more: i64, lookup: Lookup<'_>) -> Result<Term, String> {
    if let Some((_, relocation)) = symbol.split_once('@') {
        return Err(format!("is found by the relocation {relocation}, which is not known"));
    }
    let address = lookup(symbol).map_err(|error| format!("is not found: {}", error.0))?;
    Ok(Term::Address(address.wrapping_add_signed(more)))
}

/// The symbol of a sum, if there is one, and what its numbers come to.
fn sum(text: &str) -> Result<(Option<&str>, i64), String> {
    let strange = || format!("has `{text}` in it, which is no sum of a symbol and numbers");
    let (mut symbol, mut total) = (None, 0_i64);
    let mut rest = text.trim();
    loop {
        let negative = rest.starts_with('-');
        rest = rest.strip_prefix(['-', '+']).unwrap_or(rest);
        let end = rest.find(['+', '-']).unwrap_or(rest.len());
        let (term, behind) = rest.split_at(end);
        let term = term.trim();
        match number(term) {
            Some(number) if negative => total = total.wrapping_sub(number),
            Some(number) => total = total.wrapping_add(number),
            None if !negative && symbol.is_none() && is_symbol(term) => symbol = Some(term),
            None => return Err(strange()),
        }
        if behind.is_empty() {
            return Ok((symbol, total));
        }
        rest = behind;
    }
}

fn number(text: &str) -> Option<i64> {
    let wide = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    wide.ok().map(|number| number as i64)
}

fn is_symbol(text: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || "_.$@".contains(character);
    !text.is_empty()
        && !text.starts_with(|first: char| first.is_ascii_digit())
        && text.chars().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(name: &str) -> Result<u64, Error> {
        match name {
            "table" => Ok(0x4000),
            name => Err(Error(format!("there is no symbol `{name}`"))),
        }
    }

    /// A term in short.
    fn short(term: &Term) -> String {
        match term {
            Term::Const(number) => number.to_string(),
            Term::Address(address) => format!("@{address:x}"),
            Term::Register(number) => format!("r{number}"),
            Term::Load(of, bytes, signed) => {
                format!("{}{bytes}[{}]", if *signed { "s" } else { "u" }, short(of))
            }
            Term::Unary(Unary::Extend(bits, signed), of) => {
                format!("{}{bits}({})", if *signed { "s" } else { "u" }, short(of))
            }
            Term::Binary(Binary::Add, left, right) => {
                format!("{}+{}", short(left), short(right))
            }
            Term::Binary(Binary::Mul, left, right) => {
                format!("{}*{}", short(left), short(right))
            }
            Term::Binary(Binary::Shr, left, right) => {
                format!("{}>>{}", short(left), short(right))
            }
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn operands_are_what_the_assembler_makes_of_them() {
        for (text, expected) in [
            ("8@%rdi", "r5"),
            ("-4@%edi", "s32(r5)"),
            ("4@%edi", "u32(r5)"),
            ("-8@%eax", "u32(r0)"),
            ("4@%rax", "u32(r0)"),
            ("1@%al", "u8(r0)"),
            ("-1@%sil", "s8(r4)"),
            ("1@%ah", "u8(r0>>8)"),
            ("-1@%bh", "s8(r3>>8)"),
            ("-2@%r8w", "s16(r8)"),
            ("%r15", "r15"),
            ("4@$5", "5"),
            ("-4@$-1", "-1"),
            ("4@$-1", "4294967295"),
            ("1@$0x1ff", "255"),
            ("8@$-9223372036854775808", "-9223372036854775808"),
            ("8@$table+8", "@4008"),
            ("8@-24(%rbp)", "u8[r6+-24]"),
            ("-2@(%rsp)", "s2[r7]"),
            ("8@8(%rax,%rbx,4)", "u8[r0+r3*4+8]"),
            ("8@8(%rax, %rbx, 4)", "u8[r0+r3*4+8]"),
            ("1@(%rax,%rbx)", "u1[r0+r3]"),
            ("4@table(,%rcx,8)", "u4[r2*8+@4000]"),
            ("4@table(%rip)", "u4[@4000]"),
            ("4@table+8(%rip)", "u4[@4008]"),
            ("4@-8+table(%rip)", "u4[@3ff8]"),
            ("4@table", "u4[@4000]"),
            ("4@0x1000", "u4[4096]"),
        ] {
            let found = all(text, &lookup);
            let found: Vec<String> = found.iter().map(|arg| short(arg.as_ref().unwrap())).collect();
            assert_eq!(found, [expected], "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        for (text, expected) in [
            ("8@%fs:16(%rax)", "segment %fs"),
            ("8@%fs:table@tpoff", "segment %fs"),
            ("8f@%xmm0", "floating-point"),
            ("8@%xmm0", "no general register"),
            ("16@%rax", "size"),
            ("0@%rax", "size"),
            ("4@(%eax)", "no register of 64 bits"),
            ("4@8(%rip)", "next instruction"),
            ("4@nothing(%rip)", "no symbol `nothing`"),
            ("8@table@GOTPCREL(%rip)", "relocation GOTPCREL"),
            ("4@table-other(%rip)", "no sum"),
            ("4@(%rax", "no end"),
            ("4@(%rax,%rbx,3)", "no operand"),
            ("4@(%rax,%rbx,4,5)", "no operand"),
            ("4@", "no operand"),
            ("4@-", "no sum"),
            ("99999999999999999999@%rax", "size"),
        ] {
            let found = all(text, &lookup);
            let error = found[0].as_ref().unwrap_err();
            assert!(error.0.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn arguments_are_counted() {
        assert!(all("", &lookup).is_empty());
        assert_eq!(all("8@%rax  -4@8(%rax, %rbx) 4@$1 ", &lookup).len(), 3);
        assert_eq!(all(&"8@%rax ".repeat(1000), &lookup).len(), MOST);
    }
}
