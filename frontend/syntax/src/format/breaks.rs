//! Where lines end, and where long ones are broken.

use crate::{TokenKind, token::T};

use super::{
    WIDTH, comments,
    frames::{FrameId, FrameKind},
    layout::Layout,
    pieces::{Gap, Piece, Place, UNBREAKABLE},
};

/// Columns for which one more bracket around a place is put up with.
const DEPTH_COST: usize = 16;

/// What has been seen of a line.
struct Seen {
    /// Behind its last piece.
    end: usize,
    /// Whether it is longer than lines should be.
    long: bool,
    /// The place where it costs least to break it.
    best: Option<usize>,
}

/// The part of a line that has been looked at.
#[derive(Clone, Copy)]
struct Line {
    /// Whether there are only comments.
    comments: bool,
    /// Whether it goes on with what the line before began.
    continues: bool,
}

impl Layout<'_> {
    /// The piece with which the next line begins.
    pub fn line_end(&mut self, from: usize) -> usize {
        let line = self.line(from);
        loop {
            let seen = self.look(from, line);
            let end = match seen.best {
                _ if !seen.long => seen.end,
                Some(best) => best,
                None => self.first_break(from, seen.end, line),
            };
            // Neither on a long line nor at the end of a head of several lines is a block easily seen.
            let block = seen.long || line.continues;
            if !(block && self.explode(from..seen.end.max(end))) {
                return end;
            }
        }
    }

    /// A line that begins with a piece.
    fn line(&self, from: usize) -> Line {
        let piece = &self.pieces[from];
        let continues = match piece.place {
            Place::Continue | Place::Deep => true,
            Place::Content => !self.frames.holds_statements(piece.frame),
            Place::Base | Place::Conditional => false,
        };
        Line { comments: true, continues }
    }

    /// Goes along a line until it ends or is too long.
    fn look(&self, from: usize, mut line: Line) -> Seen {
        let mut width = self.margin(from);
        let mut best: Option<(usize, usize)> = None;
        for (at, piece) in self.pieces.iter().enumerate().skip(from) {
            if at > from && self.breaks(at, line) {
                return Seen { end: at, long: false, best: None };
            }
            if at > from && may_break(piece) {
                let cost = self.break_cost(piece, width);
                if best.is_none_or(|(least, _)| cost <= least) {
                    best = Some((cost, at));
                }
            }
            let comment = piece.kind == TokenKind::Comment;
            line.comments &= comment;
            let ends = comment && (at + 1 >= self.pieces.len() || self.breaks(at + 1, line));
            let (first, last) = self.widths(piece, at == from);
            width += usize::from(at > from && piece.space) + first;
            if width > WIDTH && !ends {
                return Seen { end: at + 1, long: true, best: best.map(|(_, at)| at) };
            }
            width = last.unwrap_or(width);
        }
        Seen { end: self.pieces.len(), long: false, best: None }
    }

    /// Of a line that cannot be broken before `at`: where it ends or can be broken.
    fn first_break(&self, from: usize, mut at: usize, mut line: Line) -> usize {
        let comment = |piece: &Piece| piece.kind == TokenKind::Comment;
        line.comments = self.pieces[from..at].iter().all(comment);
        while at + 1 < self.pieces.len() {
            let piece = &self.pieces[at];
            if self.breaks(at, line) || may_break(piece) {
                break;
            }
            line.comments &= comment(piece);
            at += 1;
        }
        at
    }

    /// Whether a line ends in front of a piece.
    fn breaks(&self, at: usize, line: Line) -> bool {
        let [before, piece] = [&self.pieces[at - 1], &self.pieces[at]];
        if before.kind == TokenKind::Comment {
            let start = before.start as usize;
            let block = self.text.as_bytes().get(start..start + 2) == Some(b"/*");
            // What is behind a comment that begins a line may stay there.
            let stays = line.comments && !matches!(piece.kind, T!["}"] | TokenKind::End);
            return !block || piece.newlines > 0 || (!stays && self.parts(piece, line));
        }
        self.parts(piece, line)
    }

    fn parts(&self, piece: &Piece, line: Line) -> bool {
        let set = |frame: FrameId| &self.margins[frame.0 as usize];
        match piece.gap {
            Gap::Hard => true,
            Gap::Never => false,
            Gap::User => piece.newlines > 0,
            Gap::Body => {
                let before = self.frames[piece.frame].before;
                piece.newlines > 0 || line.continues || set(before).broken
            }
            Gap::Block => set(piece.frame).exploded,
            Gap::Else => piece.newlines > 0 || set(piece.frame).broken,
        }
    }

    /// How wide a piece is; if it has several lines, how wide the first is, and with what is in front
    /// of it the last.
    fn widths(&self, piece: &Piece, begins: bool) -> (usize, Option<usize>) {
        let text = self.text.get(piece.start as usize..piece.end as usize).unwrap_or("");
        let mut lines = text.split('\n').map(|line| line.trim_end_matches(comments::BLANK));
        let first = lines.next().map_or(0, width_of);
        // The lines of a comment that begins a line are set anew.
        let anew = begins && piece.kind == TokenKind::Comment;
        let content = |line: &str| {
            if anew {
                self.indent + self.inset + width_of(line.trim_start_matches(comments::BLANK))
            } else {
                width_of(line)
            }
        };
        (first, lines.next_back().map(content))
    }

    /// What it costs to break the line in front of a piece, so many columns behind its beginning.
    fn break_cost(&self, piece: &Piece, width: usize) -> usize {
        if piece.gap == Gap::Body {
            return 0;
        }
        let depth = usize::from(self.frames[piece.frame].depth);
        depth * DEPTH_COST + usize::from(piece.cost) * 2 + WIDTH.saturating_sub(width) * 3 / 10
    }

    /// Gives each statement a line in the blocks that begin among some pieces; whether there were any
    /// on one line.
    fn explode(&mut self, pieces: std::ops::Range<usize>) -> bool {
        let mut any = false;
        for piece in &self.pieces[pieces] {
            let block = piece.opens;
            let frame = &self.frames[block];
            if frame.kind == FrameKind::Block && frame.one_line == Some(true) {
                any |= !std::mem::replace(&mut self.margins[block.0 as usize].exploded, true);
            }
        }
        any
    }
}

fn may_break(piece: &Piece) -> bool {
    piece.cost != UNBREAKABLE && matches!(piece.gap, Gap::User | Gap::Body)
}

fn width_of(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}
