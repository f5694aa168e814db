//! Programs that find out which part of a string matches, and what its groups match: all ways to match
//! are followed at once, a byte at a time.

use regex_syntax::hir::{Class, Hir, HirKind, Look};

use crate::regex::{self, RegexError};

/// The most steps of a program.
pub const MOST_STEPS: usize = 256;
/// The most groups, the whole match among them.
pub const MOST_GROUPS: usize = 16;

/// A program. A thread of it begins at the first step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchProgram {
    /// Its steps.
    pub steps: Vec<Step>,
    /// The sets of bytes that steps name, a bit for each byte.
    pub sets: Vec<[u64; 4]>,
    /// How many groups there are, the whole match among them.
    pub groups: usize,
}

/// What a thread does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Takes a byte of a set, or ends.
    Byte(usize),
    /// Goes on at both steps, sooner at the first.
    Split(usize, usize),
    /// Goes on there.
    Jump(usize),
    /// Notes the position: of the start (even) or the end of a group.
    Save(usize),
    /// Goes on only at the start of the string.
    Start,
    /// Goes on only at its end.
    End,
    /// Has matched.
    Match,
}

/// Where groups start and end, at twice their numbers and behind that.
pub type Slots = [Option<usize>; 2 * MOST_GROUPS];

impl SearchProgram {
    /// Of a regular expression.
    ///
    /// # Errors
    /// When it is none, or too large.
    pub fn of(pattern: &[u8]) -> Result<Self, RegexError> {
        let hir = regex::parse(pattern)?;
        let groups = hir.properties().explicit_captures_len() + 1;
        let wrong = |message: String| RegexError { at: 0, message };
        if groups > MOST_GROUPS {
            return Err(wrong(format!("more than {} groups", MOST_GROUPS - 1)));
        }
        let mut program = Self { steps: Vec::new(), sets: Vec::new(), groups };
        match program.whole(&hir) {
            Some(()) => Ok(program),
            None => Err(wrong("too long to find out what its groups match".to_owned())),
        }
    }

    fn whole(&mut self, hir: &Hir) -> Option<()> {
        self.add(Step::Save(0))?;
        self.compile(hir)?;
        self.add(Step::Save(1))?;
        self.add(Step::Match).map(drop)
    }

    /// The new step's number; none if there is no room.
    fn add(&mut self, step: Step) -> Option<usize> {
        self.steps.push(step);
        (self.steps.len() <= MOST_STEPS).then(|| self.steps.len() - 1)
    }

    fn compile(&mut self, hir: &Hir) -> Option<()> {
        match hir.kind() {
            HirKind::Empty => {}
            HirKind::Literal(literal) => {
                for &byte in &literal.0 {
                    self.set(std::iter::once((byte, byte)))?;
                }
            }
            HirKind::Class(Class::Bytes(class)) => {
                self.set(class.iter().map(|range| (range.start(), range.end())))?;
            }
            HirKind::Class(Class::Unicode(class)) => {
                let byte = |bound: char| u8::try_from(bound).unwrap_or(u8::MAX);
                self.set(class.iter().map(|range| (byte(range.start()), byte(range.end()))))?;
            }
            HirKind::Look(Look::Start) => drop(self.add(Step::Start)?),
            HirKind::Look(_) => drop(self.add(Step::End)?),
            HirKind::Capture(capture) => {
                self.add(Step::Save(2 * capture.index as usize))?;
                self.compile(&capture.sub)?;
                self.add(Step::Save(2 * capture.index as usize + 1))?;
            }
            HirKind::Concat(parts) => parts.iter().try_for_each(|part| self.compile(part))?,
            HirKind::Alternation(parts) => self.alternatives(parts)?,
            HirKind::Repetition(repetition) => {
                for _ in 0..repetition.min {
                    self.compile(&repetition.sub)?;
                }
                match repetition.max {
                    None => {
                        let split = self.add(Step::Match)?;
                        self.compile(&repetition.sub)?;
                        self.add(Step::Jump(split))?;
                        self.steps[split] = Step::Split(split + 1, self.steps.len());
                    }
                    Some(max) => {
                        let mut splits = Vec::new();
                        for _ in repetition.min..max {
                            splits.push(self.add(Step::Match)?);
                            self.compile(&repetition.sub)?;
                        }
                        for split in splits {
                            self.steps[split] = Step::Split(split + 1, self.steps.len());
                        }
                    }
                }
            }
        }
        Some(())
    }

    fn alternatives(&mut self, parts: &[Hir]) -> Option<()> {
        let mut ends = Vec::new();
        for (number, part) in parts.iter().enumerate() {
            if number + 1 == parts.len() {
                self.compile(part)?;
                continue;
            }
            let split = self.add(Step::Match)?;
            self.compile(part)?;
            ends.push(self.add(Step::Match)?);
            self.steps[split] = Step::Split(split + 1, self.steps.len());
        }
        for end in ends {
            self.steps[end] = Step::Jump(self.steps.len());
        }
        Some(())
    }

    fn set(&mut self, ranges: impl Iterator<Item = (u8, u8)>) -> Option<()> {
        let mut set = [0u64; 4];
        for byte in ranges.flat_map(|(first, last)| first..=last) {
            set[usize::from(byte) / 64] |= 1 << (byte % 64);
        }
        let known = self.sets.iter().position(|known| *known == set);
        let number = known.unwrap_or_else(|| {
            self.sets.push(set);
            self.sets.len() - 1
        });
        self.add(Step::Byte(number)).map(drop)
    }

    /// The longest of the matches that start first, and its groups as repetitions that take as much as
    /// they can leave them.
    pub fn search(&self, text: &[u8]) -> Option<Slots> {
        let mut best: Option<Slots> = None;
        let (mut now, mut next) = (Threads::default(), Threads::default());
        for position in 0..=text.len() {
            if best.is_none() {
                now.start(self, 0, position, text.len(), [None; 2 * MOST_GROUPS]);
            }
            for (step, slots) in std::mem::take(&mut now).list {
                match self.steps[step] {
                    Step::Byte(set) => {
                        let takes = text.get(position).is_some_and(|&byte| {
                            self.sets[set][usize::from(byte) / 64] & 1 << (byte % 64) != 0
                        });
                        if takes {
                            next.start(self, step + 1, position + 1, text.len(), slots);
                        }
                    }
                    // Threads that began later, or are less wanted, come later.
                    _ => {
                        let longer = best.is_none_or(|best| {
                            slots[0] < best[0] || (slots[0] == best[0] && slots[1] > best[1])
                        });
                        if longer {
                            best = Some(slots);
                        }
                    }
                }
            }
            now = std::mem::take(&mut next);
            if now.list.is_empty() && best.is_some() {
                break;
            }
        }
        best
    }
}

/// The threads at a position, the most wanted first.
#[derive(Default)]
struct Threads {
    list: Vec<(usize, Slots)>,
    seen: Vec<bool>,
}

impl Threads {
    /// Adds a thread, as far as it goes without a byte.
    fn start(
        &mut self,
        program: &SearchProgram,
        step: usize,
        position: usize,
        length: usize,
        slots: Slots,
    ) {
        self.seen.resize(program.steps.len(), false);
        let mut work = vec![(step, slots)];
        while let Some((step, mut slots)) = work.pop() {
            if std::mem::replace(&mut self.seen[step], true) {
                continue;
            }
            match program.steps[step] {
                Step::Byte(_) | Step::Match => self.list.push((step, slots)),
                Step::Split(first, second) => {
                    work.push((second, slots));
                    work.push((first, slots));
                }
                Step::Jump(to) => work.push((to, slots)),
                Step::Save(slot) => {
                    slots[slot] = Some(position);
                    work.push((step + 1, slots));
                }
                Step::Start if position == 0 => work.push((step + 1, slots)),
                Step::End if position == length => work.push((step + 1, slots)),
                Step::Start | Step::End => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Automaton;

    fn groups(pattern: &str, text: &str) -> Option<Vec<Option<String>>> {
        let program = SearchProgram::of(pattern.as_bytes()).unwrap();
        let found = program.search(text.as_bytes());
        let any = Automaton::of(pattern.as_bytes()).unwrap().finds(text.as_bytes());
        assert_eq!(found.is_some(), any, "{pattern} in {text}");
        let slots = found?;
        let group = |at: usize| Some(text[slots[2 * at]?..slots[2 * at + 1]?].to_owned());
        Some((0..program.groups).map(group).collect())
    }

    #[test]
    fn groups_are_found() {
        type Groups = Option<&'static [Option<&'static str>]>;
        let cases: [(&str, &str, Groups); 11] = [
            ("str(ing)", "an example string", Some(&[Some("string"), Some("ing")])),
            ("a|ab", "xab", Some(&[Some("ab")])),
            ("(a*)(b*)", "aabb", Some(&[Some("aabb"), Some("aa"), Some("bb")])),
            ("(x)|(y)", "zy", Some(&[Some("y"), None, Some("y")])),
            ("^([a-z]+)\\.(c|h)$", "main.c", Some(&[Some("main.c"), Some("main"), Some("c")])),
            ("(a+|b)+c", "aabbac", Some(&[Some("aabbac"), Some("a")])),
            ("b*", "aab", Some(&[Some("")])),
            ("(ab){2,3}", "ababababx", Some(&[Some("ababab"), Some("ab")])),
            ("(a*)*", "aa", Some(&[Some("aa"), Some("aa")])),
            ("x$", "xax", Some(&[Some("x")])),
            ("q", "aa", None),
        ];
        for (pattern, text, expected) in cases {
            let expected = expected
                .map(|groups| groups.iter().map(|group| group.map(str::to_owned)).collect());
            assert_eq!(groups(pattern, text), expected, "{pattern} in {text}");
        }
    }

    #[test]
    fn what_is_too_large_is_an_error() {
        assert!(SearchProgram::of(b"a{300}").is_err());
        assert!(SearchProgram::of("(a)".repeat(16).as_bytes()).is_err());
    }
}
