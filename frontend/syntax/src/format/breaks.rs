//! Where lines end, and where long ones are broken.

use crate::{TokenKind, token::T};

use super::{
    WIDTH, comments,
    frames::{FrameId, FrameKind},
    layout::Layout,
    pieces::{Gap, Piece, UNBREAKABLE},
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

impl Layout<'_> {
    /// The piece with which the next line begins.
    pub fn line_end(&mut self, from: usize) -> usize {
        loop {
            let seen = self.look(from);
            if !seen.long {
                return seen.end;
            }
            let end = seen.best.unwrap_or_else(|| self.first_break(from, seen.end));
            if !self.explode(from..seen.end.max(end)) {
                return end;
            }
        }
    }

    /// Goes along a line until it ends or is too long.
    fn look(&self, from: usize) -> Seen {
        let mut width = self.margin(from);
        let mut best: Option<(usize, usize)> = None;
        let mut only_comments = true;
        for at in from..self.pieces.len() {
            let piece = &self.pieces[at];
            if at > from && self.breaks(at, only_comments) {
                return Seen { end: at, long: false, best: None };
            }
            if at > from && piece.cost != UNBREAKABLE && may_break(piece) {
                let cost = self.break_cost(piece, width);
                if best.is_none_or(|(least, _)| cost <= least) {
                    best = Some((cost, at));
                }
            }
            only_comments &= piece.kind == TokenKind::Comment;
            let counts = piece.kind != TokenKind::Comment
                || !(at + 1 >= self.pieces.len() || self.breaks(at + 1, only_comments));
            let text = self.text.get(piece.start as usize..piece.end as usize).unwrap_or("");
            let mut lines = text.split('\n').map(|line| line.trim_end_matches(comments::BLANK));
            width += usize::from(at > from && piece.space) + width_of(lines.next().unwrap_or(""));
            if counts && width > WIDTH {
                return Seen { end: at + 1, long: true, best: best.map(|(_, at)| at) };
            }
            if let Some(last) = lines.next_back() {
                // The lines of a comment that begins a line are set anew.
                let comment = piece.kind == TokenKind::Comment && at == from;
                width = if comment {
                    self.margin(from) + width_of(last.trim_start_matches(comments::BLANK))
                } else {
                    width_of(last)
                };
            }
        }
        Seen { end: self.pieces.len(), long: false, best: None }
    }

    /// Of a line that cannot be broken before `at`: where it ends or can be broken.
    fn first_break(&self, from: usize, at: usize) -> usize {
        let mut only_comments =
            self.pieces[from..at].iter().all(|piece| piece.kind == TokenKind::Comment);
        let mut at = at;
        while at + 1 < self.pieces.len() {
            let piece = &self.pieces[at];
            if self.breaks(at, only_comments) || (piece.cost != UNBREAKABLE && may_break(piece)) {
                break;
            }
            only_comments &= piece.kind == TokenKind::Comment;
            at += 1;
        }
        at
    }

    /// Whether a line begins with a piece; `only_comments` if there is nothing else before it on
    /// its line.
    fn breaks(&self, at: usize, only_comments: bool) -> bool {
        let piece = &self.pieces[at];
        let before = &self.pieces[at - 1];
        if before.kind == TokenKind::Comment {
            let line = self.text.as_bytes().get(before.start as usize..before.start as usize + 2);
            // What is behind a comment that begins a line may stay there.
            let stays = only_comments && piece.kind != T!["}"] && piece.kind != TokenKind::End;
            return line != Some(b"/*") || piece.newlines > 0 || (!stays && self.parts(piece));
        }
        self.parts(piece)
    }

    fn parts(&self, piece: &Piece) -> bool {
        let frame = &self.boxes[piece.frame.0 as usize];
        match piece.gap {
            Gap::Hard => true,
            Gap::Never => false,
            Gap::User | Gap::Body => piece.newlines > 0,
            Gap::Block => frame.exploded,
            Gap::Else => piece.newlines > 0 || frame.broken,
        }
    }

    /// What it costs to break the line in front of a piece, so many columns behind its beginning.
    fn break_cost(&self, piece: &Piece, width: usize) -> usize {
        let depth = usize::from(self.frames[piece.frame].depth);
        depth * DEPTH_COST + usize::from(piece.cost) * 2 + WIDTH.saturating_sub(width) * 3 / 10
    }

    /// Gives each statement a line in the blocks that begin among some pieces; whether there were any
    /// on one line.
    fn explode(&mut self, pieces: std::ops::Range<usize>) -> bool {
        let mut any = false;
        for piece in &self.pieces[pieces] {
            let block: FrameId = piece.opens;
            let frame = &self.frames[block];
            if frame.kind == FrameKind::Block && frame.one_line == Some(true) {
                any |= !std::mem::replace(&mut self.boxes[block.0 as usize].exploded, true);
            }
        }
        any
    }
}

fn may_break(piece: &Piece) -> bool {
    matches!(piece.gap, Gap::User | Gap::Body)
}

fn width_of(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}
