//! Blank lines around declarations of more than one line.

/// Declarations as their lines are set.
#[derive(Debug, Default)]
pub(super) struct Units {
    here: Level,
    /// Around the conditionals that are open; some if a conditional is a declaration itself.
    around: Vec<Option<Level>>,
    /// Where a blank line is missing.
    missing: Vec<usize>,
}

/// The declarations of the file or of a branch.
#[derive(Debug, Default)]
struct Level {
    current: Option<Unit>,
    /// What is between the last declaration and the next.
    gap: Option<Space>,
}

#[derive(Debug, Clone, Copy)]
struct Unit {
    /// Its first line.
    line: usize,
    /// What is in front of it, if there is another one; and whether that has several lines.
    before: Option<(Space, bool)>,
}

#[derive(Debug, Clone, Copy)]
struct Space {
    /// The end of the last declaration's last line, and the number of that line.
    at: usize,
    line: usize,
    /// Whether there is a blank line.
    blank: bool,
}

impl Units {
    /// A line, `blank` if behind a blank one, begins with a comment in front of a declaration, or
    /// `begins` one. The text behind which it comes has `at` bytes and ends in line `line`.
    pub fn between(&mut self, line: usize, at: usize, blank: bool, begins: bool) {
        let space = self.here.gap.get_or_insert(Space { at, line, blank });
        space.blank |= blank;
        let space = *space;
        if begins {
            self.here.gap = None;
            let several = self.end(space.line);
            let before = several.map(|several| (space, several));
            let line = line + if blank { 2 } else { 1 };
            self.here.current = Some(Unit { line, before });
        }
    }

    /// The last line has been set: comments behind the last declaration are like another one.
    pub fn end_of_file(&mut self, line: usize, at: usize) {
        if self.here.gap.is_some() {
            self.between(line, at, false, true);
        }
    }

    /// A declaration, if there was one, has ended in a line; whether it has several.
    fn end(&mut self, line: usize) -> Option<bool> {
        let unit = self.here.current.take()?;
        let several = line > unit.line;
        match unit.before {
            Some((space, before)) if !space.blank && (several || before) => {
                self.missing.push(space.at);
            }
            _ => {}
        }
        Some(several)
    }

    /// A conditional is opened; `is_unit` if it is a declaration of its own.
    pub fn open(&mut self, is_unit: bool) {
        let around = is_unit.then(|| std::mem::take(&mut self.here));
        self.around.push(around);
    }

    /// Its other branch begins.
    pub fn otherwise(&mut self, line: usize) {
        if let Some(Some(_)) = self.around.last() {
            self.end(line);
            self.here = Level::default();
        }
    }

    /// It is closed.
    pub fn close(&mut self, line: usize) {
        if let Some(Some(level)) = self.around.pop() {
            self.end(line);
            self.here = level;
        }
    }

    /// Where a blank line is missing, in order; the text ends in a line.
    pub fn finish(&mut self, line: usize) -> Vec<usize> {
        self.end(line);
        self.missing.sort_unstable();
        std::mem::take(&mut self.missing)
    }
}
