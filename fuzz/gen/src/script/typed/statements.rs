//! The statements of such scripts that hold others, go elsewhere or delete something.

use super::{Part, Writer};

impl Writer<'_> {
    pub(super) fn typed_if(&mut self) {
        self.tokens(&["if", "("]);
        self.number();
        self.token(")");
        self.typed_block();
        if self.chance(2) {
            self.token("else");
            self.typed_block();
        }
    }

    pub(super) fn typed_loop(&mut self) {
        let heads: &[Part<'_>] = &[
            |w| {
                w.tokens(&["while", "("]);
                w.number();
            },
            |w| {
                w.tokens(&["for", "(", "i", "=", "0", ";"]);
                w.number();
                w.token(";");
                w.perhaps(2, |w| w.tokens(&["i", "++"]));
            },
        ];
        self.one(heads)(self);
        self.token(")");
        self.loops += 1;
        self.typed_block();
        self.loops -= 1;
    }

    pub(super) fn typed_foreach(&mut self) {
        self.tokens(&["foreach", "("]);
        self.one_token(&[
            "k in arr",
            "v = k in arr -",
            "[ w , k ] in map",
            "[ w + , k ] in map [ * , 1 ]",
            "w in aggs @sum -",
            "v = [ w , k - ] in map",
            "k in names",
            "w = k in names",
            "k + in arr limit 3",
        ]);
        if self.chance(4) && !self.out.trim_end().ends_with('3') {
            self.token("limit");
            self.number();
        }
        self.token(")");
        self.loops += 1;
        self.typed_block();
        self.loops -= 1;
    }

    pub(super) fn typed_jump(&mut self) {
        if self.loops > 0 && self.below(3) > 0 {
            self.one_token(&["break ;", "continue ;"]);
        } else if self.in_function {
            self.token("return");
            self.number();
            self.token(";");
        } else {
            self.token("next ;");
        }
    }

    pub(super) fn typed_delete(&mut self) {
        if self.loops > 0 && self.below(8) > 0 {
            return self.token(";");
        }
        self.token("delete");
        self.one_token(&[
            "arr [ n ]",
            "arr",
            "map",
            "map [ s , 1 ]",
            "map [ * , 2 ]",
            "agg",
            "n",
            "aggs [ t ]",
            "s",
        ]);
        self.token(";");
    }

    pub(super) fn typed_try(&mut self) {
        self.token("try");
        self.typed_block();
        self.token("catch");
        self.perhaps(2, |w| w.tokens(&["(", "str", ")"]));
        self.typed_block();
    }
}
