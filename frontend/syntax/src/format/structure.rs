//! What each token is to those around it: where statements begin, what brackets belong together,
//! what stands close to what.
//!
//! It is one pass with a state for each place of the text. The language needs no `;`, so a statement
//! ends where what comes next cannot belong to it, which is what the parser does as well. Macros and
//! conditionals may stand for anything: next to them the author's line breaks decide.

use std::ops::Range;

use crate::{Token, TokenKind, token::T};

use super::{
    conditionals::{self, Conditional},
    expressions::is_assignment,
    frames::{FrameId, FrameKind, Frames, Mode, ROOT},
    is_operator,
    pieces::{Gap, Piece, Place, UNBREAKABLE},
    shapes::{Here, Shape, State},
    text_of,
};

/// The pieces that a script consists of and the frames that they stand in.
pub(super) fn structure(text: &str, tokens: &[Token]) -> (Vec<Piece>, Frames) {
    let significant: Vec<u32> = (0u32..)
        .zip(tokens)
        .filter(|(_, token)| token.kind != TokenKind::Comment)
        .map(|(at, _)| at)
        .collect();
    let kinds: Vec<_> = significant.iter().map(|&at| tokens[at as usize].kind).collect();
    let mut structure = Structure {
        text,
        tokens,
        leads: conditionals::leads(&kinds),
        frames: Frames::new(),
        pieces: Vec::with_capacity(tokens.len()),
        state: State::default(),
        conditionals: Vec::new(),
        lines: 0,
        texts: ["", ""],
    };
    let mut next = 0;
    for (position, &at) in significant.iter().enumerate() {
        structure.significant(position, next, at as usize);
        next = at as usize + 1;
    }
    (structure.pieces, structure.frames)
}

pub(super) struct Structure<'a> {
    text: &'a str,
    tokens: &'a [Token],
    leads: Vec<TokenKind>,
    pub frames: Frames,
    pub pieces: Vec<Piece>,
    pub state: State,
    pub conditionals: Vec<Conditional>,
    /// Line breaks of the text so far.
    pub lines: u32,
    /// The last token's text, and this one's.
    pub texts: [&'a str; 2],
}

impl<'a> Structure<'a> {
    /// Places a token and the comments in front of it, which begin at `first`.
    fn significant(&mut self, position: usize, first: usize, at: usize) {
        let token = self.tokens[at];
        let text = text_of(self.text, &token);
        let lead = self.leads[position];
        let here = Here {
            kind: token.kind,
            text,
            lead,
            next: self.leads.get(position + 1).copied().unwrap_or(TokenKind::End),
            newline: (first..=at).any(|at| self.newlines(at) > 0)
                || self.tokens[first..at].iter().any(|token| self.has_newline(token)),
            comments: first < at,
            adjacent: first == at && at > 0 && self.tokens[at - 1].span.end == token.span.start,
        };
        self.lines += u32::from(here.newline);
        self.texts = [self.texts[1], text];
        let before = self.state;
        self.boundary(&here);
        let end = self.state;
        let shape = self.shape(&here);
        self.comments(first..at, &before, &end, &shape);
        let space = if first < at {
            !shape.left
        } else {
            !(before.tight || shape.left) || joins(self.texts[0], text)
        };
        let mut newlines = self.newlines(at);
        if let [.., before, last] = self.pieces.as_slice()
            && before.kind != TokenKind::Comment
            && here.kind != T!["%("]
            && last.gap == Gap::Never
            && (last.kind == T![","] || is_assignment(last.kind))
        {
            // The author's line break in front of it goes behind it.
            newlines = newlines.max(last.newlines.min(1));
        }
        self.push(&token, newlines, space, &shape);
        self.lines += u32::from(self.has_newline(&token));
        self.state.tight = shape.right;
        if !matches!(token.kind, T!["%("] | T!["%?"] | T!["%:"] | T!["%)"]) {
            self.state.preprocessor = false;
            self.state.last = token.kind;
        }
    }

    /// Line breaks in front of a token.
    fn newlines(&self, at: usize) -> u8 {
        let from = at.checked_sub(1).map_or(0, |before| self.tokens[before].span.end as usize);
        let blank = self.text.get(from..self.tokens[at].span.start as usize).unwrap_or("");
        blank.bytes().filter(|&byte| byte == b'\n').take(2).count() as u8
    }

    fn has_newline(&self, token: &Token) -> bool {
        use TokenKind::{Comment, Embedded, String};
        matches!(token.kind, Comment | Embedded | String)
            && text_of(self.text, token).contains('\n')
    }

    fn push(&mut self, token: &Token, newlines: u8, space: bool, shape: &Shape) {
        self.pieces.push(Piece {
            kind: token.kind,
            start: token.span.start,
            end: token.span.end,
            newlines,
            gap: shape.gap,
            space,
            place: shape.place,
            frame: shape.frame,
            opens: shape.opens,
            cost: shape.cost,
            starts: shape.starts,
            unit: shape.unit,
            inset: shape.inset,
        });
    }

    /// Comments stand where the token behind them does; in front of a closing bracket, with what is
    /// in it.
    fn comments(&mut self, comments: Range<usize>, before: &State, end: &State, shape: &Shape) {
        let closes = !shape.starts && matches!(shape.place, Place::Base | Place::Conditional);
        let (place, frame) = match shape.place {
            Place::Conditional => (self.place_in(end), end.frame),
            Place::Base if closes && self.frames[shape.frame].kind != FrameKind::Root => {
                (Place::Content, shape.frame)
            }
            place => (place, shape.frame),
        };
        for at in comments.clone() {
            let opener =
                at == comments.start && matches!(before.last, T!["("] | T!["["]) && before.tight;
            let shape = Shape {
                gap: Gap::User,
                place,
                frame,
                left: false,
                right: false,
                opens: ROOT,
                cost: UNBREAKABLE,
                starts: false,
                inset: false,
                unit: shape.unit,
            };
            let token = self.tokens[at];
            self.push(&token, self.newlines(at), !opener, &shape);
        }
    }

    /// Ends a statement that the token cannot belong to.
    fn boundary(&mut self, here: &Here<'_>) {
        let between = self.state.mode == Mode::Start
            || matches!(here.kind, T!["%?"] | T!["%:"] | T!["%)"] | TokenKind::End);
        if !between && self.frames.holds_statements(self.state.frame) && self.begins(here) {
            self.end_statement(here.lead);
        }
    }

    /// A statement has been read, and `next` is what follows: what governs it is at its end too,
    /// but for what an `else` or `catch` belongs to.
    pub fn end_statement(&mut self, next: TokenKind) {
        let frame = &self.frames[self.state.frame];
        let waiting = match next {
            T!["else"] => frame.open_if,
            T!["catch"] => frame.open_try,
            _ => ROOT,
        };
        self.state.frame = if waiting == ROOT { frame.statements } else { waiting };
        self.state.mode = Mode::Start;
        self.state.operand = false;
        self.state.glued = false;
    }

    /// Whether a new statement begins with the token.
    fn begins(&self, here: &Here<'_>) -> bool {
        let state = &self.state;
        let kind = here.lead;
        if here.kind == T!["%("] && state.mode == Mode::Define {
            return false;
        }
        let declares = matches!(kind, T!["probe"] | T!["function"] | T!["global"] | T!["private"]);
        if here.kind == T!["%("] && state.mode != Mode::Done && !here.newline {
            return false;
        }
        match state.mode {
            Mode::Start => false,
            Mode::Done => !matches!(kind, T![";"] | T!["}"]),
            Mode::Points | Mode::PointsIf | Mode::Function | Mode::Define => {
                declares && state.operand && here.newline && state.last != T!["."]
            }
            _ if state.last == T!["->"] => false,
            _ if begins_statement(kind) => true,
            Mode::Head => false,
            Mode::Globals | Mode::Expression => state.operand && self.follows_operand(here),
        }
    }

    /// Whether a token behind an operand begins a statement of its own.
    fn follows_operand(&self, here: &Here<'_>) -> bool {
        use TokenKind::{Argument, AtWord, Embedded, Identifier, Number, Stray, String, Target};
        let kind = here.lead;
        let last = self.state.last;
        let loose = self.state.loose
            || here.kind == T!["%("]
            || kind == Argument
            || kind == AtWord && !is_operator(here.text);
        let begins = match kind {
            String => last != String,
            T!["("] => !matches!(last, Identifier | AtWord),
            Identifier | Number | Target | AtWord | Argument | Embedded | Stray => true,
            T!["{"] | T!["!"] | T!["~"] => true,
            T!["++"] | T!["--"] => loose,
            _ => false,
        };
        begins && (!loose || here.newline)
    }

    /// Where a line would begin that begins in a state.
    pub fn place_in(&self, state: &State) -> Place {
        match state.mode {
            _ if !self.frames.holds_statements(state.frame) => Place::Content,
            Mode::Start | Mode::Done => Place::Content,
            Mode::Points | Mode::PointsIf | Mode::Function | Mode::Head => Place::Deep,
            Mode::Globals | Mode::Expression | Mode::Define => Place::Continue,
        }
    }

    /// What becomes of a token that nothing is known of.
    pub fn plain(&self) -> Shape {
        Shape {
            gap: Gap::User,
            place: self.place_in(&self.state),
            frame: self.state.frame,
            left: false,
            right: false,
            opens: ROOT,
            cost: UNBREAKABLE,
            starts: false,
            unit: false,
            inset: false,
        }
    }

    /// What becomes of a token behind which an operand is expected.
    pub fn expects_operand(&mut self, shape: Shape) -> Shape {
        self.state.operand = false;
        shape
    }

    /// Opens a frame for what is behind a token.
    pub fn open(&mut self, kind: FrameKind, around: Mode) -> FrameId {
        let deep = self.place_in(&self.state) == Place::Deep;
        let frame = self.frames.open(kind, self.state.frame, around);
        self.frames[frame].deep = deep;
        self.state.frame = frame;
        self.state.operand = false;
        frame
    }

    fn shape(&mut self, here: &Here<'_>) -> Shape {
        let opened = std::mem::take(&mut self.state.opened);
        match here.kind {
            T!["%("] | T!["%?"] | T!["%:"] | T!["%)"] => self.preprocessor(here, opened),
            T!["}"] => self.close_brace(here, opened),
            T![")"] => self.close(here, self.frames[self.state.frame].paren),
            T!["]"] => self.close(here, self.frames[self.state.frame].square),
            TokenKind::End => self.end(),
            _ if !self.frames.holds_statements(self.state.frame) => self.inside(here),
            T![";"] => self.semicolon(here, opened),
            _ if self.state.mode == Mode::Start => self.start(here, opened),
            _ => self.inside(here),
        }
    }

    fn end(&mut self) -> Shape {
        let unit = self.state.frame == ROOT;
        Shape { gap: Gap::Hard, place: Place::Content, unit, ..self.plain() }
    }
}

/// Whether a statement or declaration begins with such a word.
fn begins_statement(kind: TokenKind) -> bool {
    kind.is_keyword() && !matches!(kind, T!["in"] | T!["limit"] | T!["string"] | T!["long"])
}

/// Whether two tokens without anything between them would be read as something else.
fn joins(left: &str, right: &str) -> bool {
    let (Some(&last), Some(&first)) = (left.as_bytes().last(), right.as_bytes().first()) else {
        return false;
    };
    let word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'@' | b'#');
    match last {
        b'%' => matches!(first, b'=' | b'(' | b')' | b'?' | b':' | b'{' | b'}'),
        b'/' => matches!(first, b'=' | b'/' | b'*'),
        b'.' | b'=' | b'!' | b'*' | b'^' => matches!(first, b'=' | b'~'),
        b'<' | b'>' | b'&' | b'|' | b'+' | b'-' => matches!(first, b'=' | b'>') || first == last,
        _ => word(last) && word(first),
    }
}
