//! Sets the lines: which pieces stand on one, and how far in it begins.

use crate::{TokenKind, token::T};

use super::{
    DEEPEST, INDENT,
    comments::{self, Trailing},
    frames::{Frame, FrameKind, Frames, ROOT},
    pieces::{Gap, Piece, Place},
    units::Units,
};

/// The script that the pieces make up.
pub(super) fn layout(text: &str, pieces: &[Piece], frames: &Frames) -> String {
    let mut layout = Layout {
        text,
        pieces,
        frames,
        margins: frames.iter().map(Margins::of).collect(),
        conditionals: Vec::new(),
        inset: 0,
        indent: 0,
        out: String::with_capacity(text.len() + text.len() / 8),
        line: 0,
        units: Units::default(),
        trailing: Trailing::default(),
    };
    layout.run();
    let blanks = layout.units.finish(layout.line);
    let spaces = layout.trailing.finish(&blanks);
    insert(&layout.out, &blanks, &spaces)
}

/// Where a frame stands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Margins {
    /// Columns in front of what it belongs to.
    pub base: usize,
    /// Columns in front of what stands in it.
    pub content: usize,
    /// Whether what is governed by a head begins on a line of its own.
    pub broken: bool,
    /// Whether a block has a line for each of its statements.
    pub exploded: bool,
}

impl Margins {
    /// Where it stands is not known yet.
    fn of(frame: &Frame) -> Self {
        Self { exploded: frame.one_line != Some(true), ..Self::default() }
    }
}

pub(super) struct Layout<'a> {
    pub text: &'a str,
    pub pieces: &'a [Piece],
    pub frames: &'a Frames,
    pub margins: Vec<Margins>,
    /// The conditionals that are open: where each stands, and how far in what is around it does.
    conditionals: Vec<(usize, usize)>,
    /// Columns in front of all lines, for the conditionals that they stand in.
    pub inset: usize,
    /// Columns in front of the line, without those.
    pub indent: usize,
    out: String,
    line: usize,
    units: Units,
    trailing: Trailing,
}

impl Layout<'_> {
    fn run(&mut self) {
        let mut at = 0;
        // The last piece is the end of the text.
        while at + 1 < self.pieces.len() {
            self.indent = self.indent_of(at);
            self.begin_line(at);
            let end = self.line_end(at);
            self.emit(at, end);
            at = end;
        }
        if let Some(end) = self.pieces.last()
            && end.unit
        {
            self.units.end_of_file(self.line, self.out.len());
        }
        if !self.out.is_empty() {
            self.out.push('\n');
        }
    }

    /// Columns in front of a line that begins with a piece.
    fn indent_of(&self, at: usize) -> usize {
        let piece = &self.pieces[at];
        let frame = &self.margins[piece.frame.0 as usize];
        match piece.place {
            Place::Content => frame.content,
            Place::Continue => frame.content + INDENT,
            Place::Deep => frame.content + 2 * INDENT,
            Place::Base => frame.base,
            // These stand where the conditional does, not where its content does.
            Place::Conditional => self.conditionals.last().map_or(frame.content, |open| open.0),
        }
    }

    /// All columns in front of the line.
    pub fn margin(&self, at: usize) -> usize {
        let inset = match (self.pieces[at].place, self.conditionals.last()) {
            (Place::Conditional, Some(open)) => open.1,
            _ => self.inset,
        };
        (self.indent + inset).min(DEEPEST)
    }

    /// Ends the line, perhaps leaves one blank, and begins another with a piece.
    fn begin_line(&mut self, at: usize) {
        let piece = &self.pieces[at];
        if at > 0 {
            let blank = piece.newlines > 1 && self.may_be_parted(at);
            if piece.unit {
                let begins = piece.kind != TokenKind::Comment;
                self.units.between(self.line, self.out.len(), blank, begins);
            }
            self.out.push_str(if blank { "\n\n" } else { "\n" });
            self.line += if blank { 2 } else { 1 };
        } else if piece.unit && piece.kind != TokenKind::Comment {
            self.units.between(0, 0, true, true);
        }
        if piece.gap == Gap::Body && piece.starts {
            self.margins[piece.frame.0 as usize].broken = true;
        }
        let margin = self.margin(at);
        self.out.extend(std::iter::repeat_n(' ', margin));
    }

    /// Whether a blank line may stand in front of a piece.
    fn may_be_parted(&self, at: usize) -> bool {
        let [before, piece] = [&self.pieces[at - 1], &self.pieces[at]];
        let opens =
            matches!(before.kind, T!["("] | T!["["] | T!["{"] | T!["%("] | T!["%?"] | T!["%:"]);
        let closes = matches!(piece.kind, T![")"] | T!["]"] | T!["}"] | T!["%:"] | T!["%)"]);
        let apart = piece.starts && piece.place != Place::Base
            || matches!(piece.kind, TokenKind::Comment | T!["%("])
            || matches!(before.kind, TokenKind::Comment | T!["%)"]);
        !opens && !closes && apart
    }

    /// Puts out the pieces of a line.
    fn emit(&mut self, from: usize, to: usize) {
        for at in from..to {
            let piece = self.pieces[at];
            if at > from && piece.space {
                self.out.push(' ');
            }
            self.put(at, at == from, at + 1 == to);
            match piece.kind {
                T!["%("] => {
                    self.conditionals.push((self.indent, self.inset));
                    self.units.open(piece.unit && at == from);
                }
                T!["%:"] => self.units.otherwise(self.line),
                T!["%)"] => {
                    if let Some((_, inset)) = self.conditionals.pop() {
                        self.inset = inset;
                    }
                    self.units.close(self.line);
                }
                _ => {}
            }
            if piece.inset {
                self.inset += INDENT;
            }
            if piece.opens != ROOT {
                self.open(&piece, at + 1 == to);
            }
        }
    }

    /// Puts out the text of a piece.
    fn put(&mut self, at: usize, first: bool, last: bool) {
        let piece = &self.pieces[at];
        let range = piece.start as usize..piece.end as usize;
        let text = self.text.get(range).unwrap_or("");
        if piece.kind != TokenKind::Comment {
            self.out.push_str(text);
            if matches!(piece.kind, TokenKind::String | TokenKind::Embedded) {
                self.line += newlines(text);
            }
            return;
        }
        let length = self.out.len();
        let untouched = length == 0 && text.starts_with("#!");
        if untouched {
            self.out.push_str(text);
        } else {
            if last && !first {
                // Behind what does not end a line of the text, the columns of the text say nothing.
                let ends = self.pieces[at + 1].newlines > 0;
                let old = ends.then(|| comments::column(self.text, piece.start as usize));
                self.trailing.add(old, &self.out, self.line);
            }
            let columns =
                first.then(|| (comments::column(self.text, piece.start as usize), self.margin(at)));
            comments::put(&mut self.out, text, columns);
        }
        self.line += newlines(&self.out[length..]);
    }

    /// A frame is opened by the last piece; `broken` if nothing stands behind it on its line.
    fn open(&mut self, piece: &Piece, broken: bool) {
        let id = piece.opens;
        let frame = &self.frames[id];
        let outer = self.margins[frame.parent.0 as usize];
        let parent = self.frames[frame.parent].kind;
        let of_statements = self.frames.holds_statements(frame.parent);
        let (base, content) = match frame.kind {
            FrameKind::Root => return,
            FrameKind::Macro => (outer.content, outer.content),
            FrameKind::Body(_) => (self.indent, self.indent + INDENT),
            FrameKind::Block => {
                let base = match parent {
                    FrameKind::Body(_) => outer.base,
                    _ if of_statements => outer.content,
                    _ => self.indent,
                };
                (base, base + INDENT)
            }
            _ => {
                let least = match frame.kind {
                    _ if broken => 0,
                    FrameKind::Control => self.indent + 2 * INDENT,
                    _ if of_statements && frame.deep => outer.content + 2 * INDENT,
                    _ if of_statements => 0,
                    _ => outer.content,
                };
                (self.indent, least.max(self.indent + INDENT))
            }
        };
        let frame = &mut self.margins[id.0 as usize];
        (frame.base, frame.content) = (base.min(DEEPEST), content.min(DEEPEST));
    }
}

/// The text with line ends put in at some places, and spaces at others.
fn insert(text: &str, blanks: &[usize], spaces: &[(usize, usize)]) -> String {
    let blanks = blanks.iter().map(|&at| (at, 1, '\n'));
    let spaces = spaces.iter().map(|&(at, count)| (at, count, ' '));
    let mut places: Vec<_> = blanks.chain(spaces).collect();
    places.sort_unstable();
    let mut out = String::with_capacity(text.len() + places.len() * 8);
    let mut from = 0;
    for (at, count, what) in places {
        out.push_str(text.get(from..at).unwrap_or(""));
        out.extend(std::iter::repeat_n(what, count));
        from = at;
    }
    out.push_str(text.get(from..).unwrap_or(""));
    out
}

fn newlines(text: &str) -> usize {
    memchr::memchr_iter(b'\n', text.as_bytes()).count()
}
