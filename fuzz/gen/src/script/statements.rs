//! Statements.

use super::{Writer, words};

impl Writer<'_> {
    /// `{ … }`
    pub(super) fn block(&mut self) {
        self.token("{");
        while self.chance(5) || self.below(2) == 1 {
            self.statement();
        }
        self.token("}");
    }

    /// Any statement.
    pub(super) fn statement(&mut self) {
        self.part(&[
            Self::expression_statement,
            Self::expression_statement,
            Self::expression_statement,
            Self::expression_statement,
            |w| w.token(";"),
            Self::block,
            Self::if_statement,
            Self::if_statement,
            Self::while_statement,
            Self::for_statement,
            Self::foreach,
            Self::foreach,
            Self::return_statement,
            |w| w.one_token(&["break", "continue", "next"]),
            Self::delete,
            Self::try_statement,
            |w| w.conditional(Self::statement),
            |w| {
                if !w.uses("act", &["(", "a", ")"]) {
                    w.expression_statement();
                }
            },
        ]);
    }

    pub(super) fn expression_statement(&mut self) {
        self.expression();
        self.perhaps(2, |w| w.token(";"));
    }

    fn condition(&mut self) {
        self.token("(");
        self.expression();
        self.token(")");
    }

    fn if_statement(&mut self) {
        self.token("if");
        self.condition();
        self.statement();
        self.perhaps(8, |w| w.token(";"));
        if self.chance(3) {
            self.token("else");
            self.statement();
        }
    }

    fn while_statement(&mut self) {
        self.token("while");
        self.condition();
        self.statement();
    }

    fn for_statement(&mut self) {
        self.tokens(&["for", "("]);
        self.perhaps(2, Self::expression);
        self.token(";");
        self.perhaps(2, Self::expression);
        self.token(";");
        self.perhaps(2, Self::expression);
        self.token(")");
        self.statement();
    }

    fn foreach(&mut self) {
        self.tokens(&["foreach", "("]);
        if self.chance(4) {
            self.name();
            self.token("=");
        }
        // Where the order is told: behind a key, behind the array, or nowhere.
        let order = self.below(4);
        let is_list = self.chance(2);
        if is_list {
            self.token("[");
        }
        self.name();
        self.perhaps(if order == 2 { 1 } else { 200 }, |w| w.one_token(&["+", "-"]));
        if is_list {
            while self.chance(2) {
                self.token(",");
                self.name();
            }
            self.token("]");
        }
        self.token("in");
        self.part(&[Self::name, Self::name, Self::histogram, |w| {
            w.name();
            w.slice();
        }]);
        if order == 3 {
            self.perhaps(3, |w| w.one_token(words::STATISTICS));
            self.one_token(&["+", "-"]);
        }
        if self.chance(3) {
            self.token("limit");
            self.expression();
        }
        self.token(")");
        self.statement();
    }

    fn return_statement(&mut self) {
        let may_return = self.in_function || self.mistakes && self.chance(10);
        if !may_return {
            return self.one_token(&["next", "break", "continue"]);
        }
        self.token("return");
        self.perhaps(2, Self::expression);
        self.token(";");
    }

    fn delete(&mut self) {
        self.token("delete");
        self.name();
        self.perhaps(2, Self::slice);
    }

    fn try_statement(&mut self) {
        self.token("try");
        self.block();
        self.token("catch");
        if self.chance(2) {
            self.token("(");
            self.name();
            self.token(")");
        }
        self.block();
    }
}
