//! What the tokens of a script are. `scan` finds them, `preprocess` decides which of them count.

use stapc_diagnostics::{SourceMap, Span};

/// A token and its place; its text is what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// Its sort.
    pub kind: TokenKind,
    /// Its place.
    pub span: Span,
}

/// Makes [`TokenKind`], [`TokenKind::text`], the table of words and the macro `T!`, which gives the
/// kind of an operator or keyword by its text.
macro_rules! token_kinds {
    (sorts { $($(#[$doc:meta])* $sort:ident,)* } operators { $($op:tt $op_name:ident,)* } keywords { $($word:tt $word_name:ident,)* }) => {
        /// What sort of token it is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "operators and keywords are spelt out by `TokenKind::text`")]
        #[repr(u8)]
        pub enum TokenKind {
            $($(#[$doc])* $sort,)*
            $($op_name,)*
            $($word_name,)*
        }

        impl TokenKind {
            /// The text of an operator or keyword; empty for the other sorts.
            pub fn text(self) -> &'static str {
                match self {
                    $(Self::$sort => "",)*
                    $(Self::$op_name => $op,)*
                    $(Self::$word_name => $word,)*
                }
            }

            /// Whether it is an operator or a sign.
            pub fn is_operator(self) -> bool {
                matches!(self, $(Self::$op_name)|*)
            }

            /// Whether it is a keyword. Keywords are names too in probe points and behind `->`.
            pub fn is_keyword(self) -> bool {
                matches!(self, $(Self::$word_name)|*)
            }

            /// The keyword that is spelt like this.
            pub(crate) fn keyword(text: &str) -> Option<Self> {
                match text {
                    $($word => Some(Self::$word_name),)*
                    _ => None,
                }
            }

            /// Every operator.
            #[cfg(test)]
            pub(crate) const OPERATORS: &[Self] = &[$(Self::$op_name,)*];
        }

        macro_rules! T {
            $([$op] => { $crate::token::TokenKind::$op_name };)*
            $([$word] => { $crate::token::TokenKind::$word_name };)*
        }
        pub(crate) use T;
    };
}

token_kinds! {
    sorts {
        /// A name that is no keyword.
        Identifier,
        /// An integer literal, perhaps malformed.
        Number,
        /// A string literal with its quotes; without the closing one if it is missing, which has
        /// been reported.
        String,
        /// `$name`, `$$name`, `$name$`; never a script argument.
        Target,
        /// `@name`; never a script argument, and to the parser never a macro.
        AtWord,
        /// `$1`, `@1`, `$#`, `@#`: gone behind the preprocessor.
        Argument,
        /// `%{ … %}`.
        Embedded,
        /// `# …`, `// …`, `/* … */`: only for those who ask for comments.
        Comment,
        /// What has no meaning, and has been reported.
        Stray,
        /// The end of the script.
        End,
    }
    operators {
        "(" LeftParen, ")" RightParen, "[" LeftBracket, "]" RightBracket, "{" LeftBrace, "}" RightBrace,
        "," Comma, ";" Semicolon, "." Dot, "->" Arrow, "?" Question, ":" Colon,
        "=" Assign, "+=" AddAssign, "-=" SubtractAssign, "*=" MultiplyAssign, "/=" DivideAssign,
        "%=" RemainderAssign, "<<=" ShiftLeftAssign, ">>=" ShiftRightAssign, "&=" AndAssign,
        "^=" XorAssign, "|=" OrAssign, ".=" ConcatenateAssign, "<<<" Accumulate,
        "||" OrOr, "&&" AndAnd, "|" Or, "^" Xor, "&" And, "==" Equal, "!=" NotEqual, "<=" LessEqual,
        ">=" GreaterEqual, "<" Less, ">" Greater, "=~" Match, "!~" NoMatch, "<<" ShiftLeft,
        ">>>" ShiftRightLogical, ">>" ShiftRight, "+" Plus, "-" Minus, "*" Star, "/" Slash,
        "%" Percent, "++" Increment, "--" Decrement, "!" Not, "~" Tilde,
        "%(" PreOpen, "%?" PreThen, "%:" PreElse, "%)" PreClose,
    }
    keywords {
        "probe" Probe, "global" Global, "function" Function, "private" Private, "if" If,
        "else" Else, "while" While, "for" For, "foreach" Foreach, "in" In, "limit" Limit,
        "return" Return, "delete" Delete, "break" Break, "continue" Continue, "next" Next,
        "try" Try, "catch" Catch, "string" StringType, "long" LongType,
    }
}

/// A line for each token: place, sort and text.
pub fn dump(sources: &SourceMap, tokens: &[Token]) -> String {
    let line = |token: &Token| {
        let (line, column) = sources.line_column(token.span.file, token.span.start);
        let sort = match token.kind {
            kind if kind.is_operator() => "Operator".to_owned(),
            kind if kind.is_keyword() => "Keyword".to_owned(),
            kind => format!("{kind:?}"),
        };
        format!("{line}:{column}\t{sort}\t{}\n", sources.slice(token.span).escape_debug())
    };
    tokens.iter().map(line).collect()
}
