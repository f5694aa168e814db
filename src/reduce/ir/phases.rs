//! What may be tried of a module's text.

use std::{collections::HashMap, ops::Range};

use super::outline::{self, Outline, Word, is_block, is_value, without};
use crate::reduce::edit::Edit;

pub fn probes(text: &str) -> Vec<Edit> {
    outline::starting(&Outline::of(text).lines, "probe")
        .map(|(range, _)| Edit::cut(range.clone()))
        .collect()
}

/// A function goes with its probes and its calls.
pub fn functions(text: &str) -> Vec<Edit> {
    let outline = Outline::of(text);
    let mut edits = Vec::new();
    for (range, lines) in outline.functions() {
        let Some((_, name)) = lines[0].1.get(1) else { continue };
        let mut edit = Edit::cut(range);
        for (range, words) in &outline.lines {
            let named = words.iter().skip(1).any(|(_, word)| word == name);
            if named && words[0].1 != "function" {
                edit.0.push(without(range, words));
            }
        }
        edits.push(edit);
    }
    edits
}

/// A global goes with what accesses it, and out of lists of locks.
pub fn globals(text: &str) -> Vec<Edit> {
    let outline = Outline::of(text);
    let mut edits = Vec::new();
    for (range, words) in outline::starting(&outline.lines, "global") {
        let Some((_, name)) = words.get(1) else { continue };
        let mut edit = Edit::cut(range.clone());
        for (range, words) in &outline.lines {
            let Some(at) = words.iter().skip(1).position(|(_, word)| word == name) else {
                continue;
            };
            let at = at + 1;
            let is_lock =
                words.get(at + 1).is_some_and(|(_, mode)| matches!(*mode, "read" | "write"));
            match words[0].1 {
                "global" => {}
                _ if is_lock => edit.0.extend(out_of_list(range, words, at)),
                _ => edit.0.push(without(range, words)),
            }
        }
        edits.push(edit);
    }
    edits
}

/// Takes the lock that begins at a word out of its list; the last one takes the list with it.
fn out_of_list(
    line: &Range<usize>,
    words: &[Word<'_>],
    at: usize,
) -> Option<(Range<usize>, String)> {
    let comma = |at: usize| words.get(at).is_some_and(|(_, word)| *word == ",");
    let start = words[at].0.start;
    let end = words[at + 1].0.end;
    let range = if comma(at + 2) {
        start..words.get(at + 3)?.0.start
    } else if comma(at - 1) {
        words[at - 1].0.start..end
    } else if words[at - 1].1 == "[" {
        // `%f requires [@n read]`
        words[at.checked_sub(3)?].0.end..words.get(at + 2)?.0.end
    } else {
        line.clone()
    };
    Some((range, String::new()))
}

/// A branch goes to one of its sides.
pub fn branches(text: &str) -> Vec<Edit> {
    let outline = Outline::of(text);
    let mut edits = Vec::new();
    for (range, words) in outline::starting(&outline.lines, "branch") {
        let blocks: Vec<usize> = (0..words.len()).filter(|&at| is_block(words[at].1)).collect();
        if let [first, second] = blocks[..] {
            let ends = [words[second - 1].0.start, words[words.len() - 1].0.end];
            for (at, end) in [first, second].into_iter().zip(ends) {
                let edge = &text[words[at].0.start..end];
                edits.push(Edit::replace(range.clone(), format!("    jump {edge}\n")));
            }
        }
    }
    edits
}

/// Instructions go altogether, or become constants.
pub fn instructions(text: &str) -> Vec<Edit> {
    let outline = Outline::of(text);
    let mut edits = Vec::new();
    for (_, lines) in outline.functions() {
        for (range, words) in &lines[1..lines.len() - 1] {
            let first = words.first().map_or("", |(_, word)| *word);
            if is_block(first) || matches!(first, "jump" | "branch" | "return" | "raise") {
                continue;
            }
            edits.push(Edit::cut(range.clone()));
            let instead = without(range, words);
            if !instead.1.is_empty() && instead.1.trim() != text[range.clone()].trim() {
                edits.push(Edit(vec![instead]));
            }
        }
    }
    edits
}

/// Operands become the first value of their type, so that others are not needed.
pub fn operands(text: &str) -> Vec<Edit> {
    let outline = Outline::of(text);
    let mut edits = Vec::new();
    for (_, lines) in outline.functions() {
        let mut types: HashMap<&str, &str> = HashMap::new();
        let mut firsts: HashMap<&str, &str> = HashMap::new();
        for (value, ty) in lines.iter().flat_map(|(_, words)| definitions(words)) {
            types.insert(value, ty);
            firsts.entry(ty).or_insert(value);
        }
        for (_, words) in lines {
            let behind = words.iter().position(|(_, word)| *word == "=").map_or(1, |at| at + 1);
            for (range, word) in words.iter().skip(behind) {
                let first = types.get(word).and_then(|ty| firsts.get(ty));
                if let Some(first) = first.filter(|first| *first != word) {
                    edits.push(Edit::replace(range.clone(), *first));
                }
            }
        }
    }
    edits
}

/// The values that a line defines, results and parameters, with their types.
fn definitions<'t>(words: &[Word<'t>]) -> Vec<(&'t str, &'t str)> {
    let mut found = Vec::new();
    for at in 1..words.len().saturating_sub(1) {
        if words[at].1 == ":" {
            let before =
                if words[at - 1].1.starts_with('"') { at.saturating_sub(2) } else { at - 1 };
            let value = words[before].1.split('.').next().unwrap_or_default();
            if is_value(value) {
                found.push((value, words[at + 1].1));
            }
        }
    }
    found
}

/// Numbers become 0, strings empty, and formats lose their operands.
pub fn immediates(text: &str) -> Vec<Edit> {
    let outline = Outline::of(text);
    let mut edits = Vec::new();
    for (line, words) in &outline.lines {
        let tail = words.iter().position(|(_, word)| matches!(*word, "near" | "at" | "slot"));
        let words = &words[..tail.unwrap_or(words.len())];
        for (range, word) in words.iter().skip(1) {
            if word.starts_with('"') && *word != "\"\"" {
                edits.push(Edit::replace(range.clone(), "\"\""));
                edits.push(Edit::replace(range.start..words[words.len() - 1].0.end, "\"\""));
                debug_assert!(range.end <= line.end);
            } else if *word != "0" && word.parse::<i64>().is_ok() {
                edits.push(Edit::replace(range.clone(), "0"));
            }
        }
    }
    edits
}

/// A block that is jumped to from the line before it becomes one with that.
pub fn rows(text: &str) -> Vec<Edit> {
    let outline = Outline::of(text);
    let mut edits = Vec::new();
    for pair in outline.lines.windows(2) {
        if let ([(_, "jump"), (_, to)], [(_, block), .., (_, ":")]) =
            (&pair[0].1[..], &pair[1].1[..])
            && to == block
        {
            edits.push(Edit::cut(pair[0].0.start..pair[1].0.end));
        }
    }
    edits
}

/// Functions return nothing, and their calls give nothing.
pub fn returns(text: &str) -> Vec<Edit> {
    let outline = Outline::of(text);
    let mut edits = Vec::new();
    for (_, lines) in outline.functions() {
        let head = &lines[0].1;
        let Some(at) = head.iter().position(|(_, word)| *word == "->") else { continue };
        let Some(ty) = head.get(at + 1) else { continue };
        let mut edit = Edit::cut(head[at - 1].0.end..ty.0.end);
        for (range, words) in outline::starting(lines, "return") {
            edit.0.push((words[0].0.end..range.end, "\n".to_owned()));
        }
        for (words, call) in outline.calls(head[1].1) {
            edit.0.push((words[0].0.start..words[call].0.start, String::new()));
        }
        edits.push(edit);
    }
    edits
}

/// Parameters of blocks go, with what edges give for them, and of functions with what calls do.
pub fn parameters(text: &str) -> Vec<Edit> {
    let outline = Outline::of(text);
    let mut edits = Vec::new();
    for (_, lines) in outline.functions() {
        let blocks = lines.iter().map(|(_, words)| words);
        let blocks = blocks.filter(|words| words.first().is_some_and(|(_, word)| is_block(word)));
        for (number, head) in blocks.enumerate() {
            let params = list(head, 0).unwrap_or_default();
            for position in 0..params.len() {
                let mut edit = Edit(Vec::new());
                for (_, words) in lines {
                    for at in (0..words.len()).filter(|&at| words[at].1 == head[0].1) {
                        let given = list(words, at).unwrap_or_default();
                        edit.0.extend(out_of(&given, position));
                    }
                }
                for (words, call) in outline.calls(lines[0].1[1].1).filter(|_| number == 0) {
                    // `call %f, v0, v1`: a comma and a value for each.
                    let (comma, value) = (call + 2 + 2 * position, call + 3 + 2 * position);
                    let given = words.get(comma).zip(words.get(value));
                    edit.0.extend(
                        given.map(|(comma, value)| (comma.0.start..value.0.end, String::new())),
                    );
                }
                edits.push(edit);
            }
        }
    }
    edits
}

/// The parts of the list in brackets behind a word, without the commas.
fn list(words: &[Word<'_>], at: usize) -> Option<Vec<Range<usize>>> {
    let open = words.get(at + 1).filter(|(_, word)| *word == "(")?;
    let mut parts = Vec::new();
    let mut start = open.0.end;
    for (range, word) in &words[at + 2..] {
        if matches!(*word, "," | ")") {
            parts.push(start..range.start);
            start = range.end;
            if *word == ")" {
                return Some(parts);
            }
        }
    }
    None
}

/// Takes a part out of a list; the only one takes the brackets with it.
fn out_of(parts: &[Range<usize>], position: usize) -> Option<(Range<usize>, String)> {
    let part = parts.get(position)?;
    let range = match (parts.len(), position) {
        (1, _) => part.start - 1..part.end + 1,
        (_, 0) => part.start..part.end + 1,
        _ => part.start - 1..part.end,
    };
    Some((range, String::new()))
}

/// What helps readers, and what may as well be the default, goes: names, places, handlers, storage.
pub fn details(text: &str) -> Vec<Edit> {
    let outline = Outline::of(text);
    let mut edits = Vec::new();
    for (_, words) in &outline.lines {
        for (at, (_, word)) in words.iter().enumerate().skip(1) {
            // Each of these has one word behind it.
            let taken = match *word {
                "near" | "catch" | "slot" | "slots" | "->" => 1,
                "at" => 5,
                "wrap" | "percpu" => 0,
                _ => continue,
            };
            if let Some((last, _)) = words.get(at + taken) {
                edits.push(Edit::cut(words[at - 1].0.end..last.end));
            }
        }
        for (range, word) in words {
            if let Some((value, name)) = word.split_once('.').filter(|(value, _)| is_value(value)) {
                edits.push(Edit::cut(range.start + value.len()..range.end));
                debug_assert!(name.len() < word.len());
            }
        }
    }
    edits
}
