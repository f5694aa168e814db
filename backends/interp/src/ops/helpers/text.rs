//! Helpers that look at strings and make new ones.

use crate::{
    code::{Inst, Op},
    error::Done,
    machine::Machine,
};

/// What a helper of this name does.
pub fn meaning(name: &str) -> Option<Op> {
    let op: Op = match name {
        "_escaped" => |m, i| {
            let (text, most, quoted) = (m.string(i, 0)?, m.int(i, 1)?, m.int(i, 2)?);
            let room = m.module.limits.string_max as usize - 1;
            let most = usize::try_from(most).ok().filter(|most| (1..room).contains(most));
            let escaped = escaped(&text, most.unwrap_or(room), quoted != 0);
            m.give_text(i, escaped)
        },
        "_number_bytes" => |m, i| {
            let (number, count) = (m.int(i, 0)?, m.int(i, 1)?.clamp(0, 8) as usize);
            m.give_text(i, &number.to_le_bytes()[..count])
        },
        "_token_end" => |m, i| {
            let (text, from, delimiters) = (m.string(i, 0)?, m.int(i, 1)?, m.string(i, 2)?);
            let from = usize::try_from(from).unwrap_or(usize::MAX);
            let end = (from..text.len()).find(|&at| delimiters.contains(&text[at]));
            m.give_int(i, end.unwrap_or(from.max(text.len())) as i64)
        },
        "_token_start" => |m, i| {
            let (text, delimiters) = (m.string(i, 0)?, m.string(i, 1)?);
            let start = text.iter().position(|byte| !delimiters.contains(byte));
            m.give_int(i, start.unwrap_or(text.len()) as i64)
        },
        "_word" => |m, i| {
            let (words, n) = (m.string(i, 0)?, m.int(i, 1)?);
            let n = usize::try_from(n).unwrap_or(usize::MAX);
            let word = words.split(|&byte| byte == b' ').nth(n).unwrap_or_default().to_vec();
            m.give_text(i, word)
        },
        "_word_index" => |m, i| {
            let (words, word) = (m.string(i, 0)?, m.string(i, 1)?);
            let found = words.split(|&byte| byte == b' ').position(|one| *one == *word);
            m.give_int(i, found.filter(|_| !words.is_empty()).map_or(-1, |at| at as i64))
        },
        "isinstr" => |m, i| {
            let found = find(&m.string(i, 0)?, &m.string(i, 1)?);
            m.give_int(i, found.is_some().into())
        },
        "str_replace" => str_replace,
        "stringat" => |m, i| {
            let (text, at) = (m.string(i, 0)?, m.int(i, 1)?);
            let byte = usize::try_from(at).ok().and_then(|at| text.get(at).copied());
            m.give_int(i, byte.map_or(0, i64::from))
        },
        "strpos" => |m, i| {
            let found = find(&m.string(i, 0)?, &m.string(i, 1)?);
            m.give_int(i, found.map_or(-1, |at| at as i64))
        },
        "strtol" => |m, i| {
            let (text, base) = (m.string(i, 0)?, m.int(i, 1)?);
            m.give_int(i, number(&text, base))
        },
        _ => return None,
    };
    Some(op)
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    if part.is_empty() {
        return Some(0);
    }
    text.windows(part.len()).position(|at| at == part)
}

fn str_replace<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let [text, old, new] =
        [machine.string(inst, 0)?, machine.string(inst, 1)?, machine.string(inst, 2)?];
    if old.is_empty() {
        return machine.give_text(inst, text);
    }
    let mut replaced = Vec::new();
    let mut rest = &text[..];
    while let [first, behind @ ..] = rest {
        rest = match rest.strip_prefix(&old[..]) {
            Some(behind) => {
                replaced.extend_from_slice(&new);
                behind
            }
            None => {
                replaced.push(*first);
                behind
            }
        };
    }
    machine.give_text(inst, replaced)
}

/// The number that a text begins with.
fn number(text: &[u8], base: i64) -> i64 {
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let hex = match text {
        [b'0', b'x' | b'X', rest @ ..] if rest.first().is_some_and(u8::is_ascii_hexdigit) => {
            Some(rest)
        }
        _ => None,
    };
    let (base, digits) = match (base, hex) {
        (0 | 16, Some(rest)) => (16, rest),
        (0, None) if text.first() == Some(&b'0') => (8, text),
        (0, None) => (10, text),
        _ => (u32::try_from(base).ok().filter(|base| *base <= 36).unwrap_or(0), text),
    };
    let digits = digits
        .iter()
        .map_while(|&byte| char::from(byte).to_digit(36).filter(|&digit| digit < base));
    let value = digits
        .fold(0_i64, |value, digit| value.wrapping_mul(base.into()).wrapping_add(digit.into()));
    if negative { value.wrapping_neg() } else { value }
}

/// A text made printable, of at most so many bytes.
fn escaped(text: &[u8], most: usize, quoted: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let most = if quoted { most.max(5) - 1 } else { most };
    out.extend(quoted.then_some(b'"'));
    let mut safe = out.len();
    let mut cut = false;
    for chunk in text.utf8_chunks() {
        let characters = chunk.valid().chars().map(character);
        let others = chunk.invalid().iter().map(|byte| format!("\\{byte:03o}"));
        for piece in characters.chain(others) {
            cut = cut || out.len() + piece.len() > most;
            if !cut {
                out.extend(piece.bytes());
                safe = if out.len() + 3 <= most { out.len() } else { safe };
            }
        }
    }
    if quoted {
        out.truncate(if cut { safe } else { out.len() });
        out.extend(if cut { &b"\"..."[..] } else { b"\"" });
    }
    out
}

fn character(character: char) -> String {
    let name = match character {
        '\x07' => 'a',
        '\x08' => 'b',
        '\x0c' => 'f',
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        '\x0b' => 'v',
        '"' | '\\' => character,
        ' '..='~' => return character.to_string(),
        '\u{80}'..='\u{ffff}' => return format!("\\u{:04x}", u32::from(character)),
        '\u{10000}'.. => return format!("\\U{:08x}", u32::from(character)),
        _ => return format!("\\{:03o}", u32::from(character)),
    };
    format!("\\{name}")
}
