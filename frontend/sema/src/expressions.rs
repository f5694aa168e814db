//! Expressions, typed.

use bstr::{BString, ByteSlice as _};
use stapc_diagnostics::{Diagnostic, Span};
use stapc_ir::{Opcode, Type};
use stapc_syntax::ast::{self, BinaryOp, Code, ExprId, ExprKind as Ast, Name, Text, UnaryOp};

use crate::{
    build::Build,
    embedded::{pragmas, says},
    hir::{Aggregate, Embedded, Expr, ExprKind, Place, Statistic},
    infer::calls::{Callee, callee},
    intrinsics::Intrinsic,
    printing,
};

impl<'a> Build<'a> {
    /// C, and the globals that it names.
    pub(crate) fn embedded(&self, code: &Code) -> Embedded {
        let names = &self.given.elaborated.global_names;
        let mut globals: Vec<usize> =
            pragmas(code).iter().filter_map(|(name, _)| names.first(name, self.from)).collect();
        globals.sort_unstable();
        globals.dedup();
        Embedded { code: code.clone(), globals }
    }

    /// An expression; the kinds have functions of their own, so that nesting takes little stack.
    pub(crate) fn expr(&mut self, expr: ExprId) -> Expr {
        let tree = self.tree;
        let ast::Expr { kind, span } = &tree.exprs[expr];
        let span = *span;
        if self.too_large(span) {
            return int(ExprKind::Int(0), span);
        }
        match kind {
            Ast::Number(value) => int(ExprKind::Int(*value), span),
            Ast::Error | Ast::Any => int(ExprKind::Int(0), span),
            Ast::String(text) => self.string(text),
            Ast::Name(_) | Ast::Index { .. } => self.read(expr, span),
            Ast::Target(target) => self.target(target, span),
            Ast::Operator { operator, args } => self.operator(operator, args, span),
            Ast::Embedded(code) => {
                let ty = if says(code, "string") { Type::Str } else { Type::I64 };
                Expr { kind: ExprKind::Embedded(self.embedded(code)), ty: Some(ty), span }
            }
            Ast::Call { function, args } => self.call(function, args, span),
            Ast::Statistic { operator, args } => self.statistic(operator, args, span),
            Ast::Bucket { histogram, index } => self.bucket(*histogram, *index, span),
            Ast::Unary(UnaryOp::Plus, operand) => self.expr(*operand),
            Ast::Unary(op, operand) => self.unary(*op, *operand, span),
            Ast::Binary(op, at, left, right) => self.binary(*op, *at, [*left, *right], span),
            Ast::Match { negated, value, pattern, .. } => {
                let (value, pattern) = (self.boxed(*value), self.cut(pattern));
                int(ExprKind::Match { negated: *negated, value, pattern }, span)
            }
            Ast::Ternary(condition, then, otherwise) => {
                self.ternary([*condition, *then, *otherwise], span)
            }
            Ast::In { keys, array } => self.membership(keys, *array, span),
            Ast::Assign { op, at, place, value } => {
                self.assign(*place, op.map(|op| (op, *at)), *value, span)
            }
            Ast::Accumulate { place, value } => self.accumulate(*place, *value, span),
            Ast::Increment { by, before, place } => self.increment(*place, *by, *before, span),
        }
    }

    fn string(&mut self, text: &Text) -> Expr {
        string(ExprKind::Str(self.cut(text)), text.span)
    }

    /// The bytes of a literal up to the first NUL, where strings end.
    pub(crate) fn cut(&mut self, text: &Text) -> BString {
        let Some(end) = text.bytes.find_byte(0) else { return text.bytes.clone() };
        if self.given.elaborated.is_user(self.from) {
            let diagnostic = Diagnostic::warning("nul-in-string", "a string ends at a NUL");
            self.report(diagnostic.at(text.span, "what follows its NUL is left out"));
        }
        text.bytes[..end].into()
    }

    fn boxed(&mut self, expr: ExprId) -> Box<Expr> {
        Box::new(self.expr(expr))
    }

    fn read(&mut self, expr: ExprId, span: Span) -> Expr {
        match self.place(expr) {
            Ok((place, ty)) => Expr { kind: ExprKind::Read(place), ty: Some(ty), span },
            Err(stand_in) => stand_in,
        }
    }

    fn statistic(&mut self, operator: &Name, args: &[ExprId], span: Span) -> Expr {
        let mut operator = statistic(&operator.text).unwrap_or(Statistic::Count);
        if let (Statistic::Variance(shift), Some(&bits)) = (&mut operator, args.get(1))
            && let Ast::Number(bits) = self.tree.exprs[bits].kind
        {
            *shift = bits.clamp(0, 62) as u8;
        }
        let aggregate = args.first().and_then(|&arg| self.aggregate(arg));
        int(
            aggregate
                .map_or(ExprKind::Int(0), |aggregate| ExprKind::Statistic(operator, aggregate)),
            span,
        )
    }

    /// `@hist_log(x)[i]`
    fn bucket(&mut self, histogram: ExprId, index: ExprId, span: Span) -> Expr {
        let aggregate = match &self.tree.exprs[histogram].kind {
            Ast::Statistic { args, .. } => args.first().and_then(|&arg| self.aggregate(arg)),
            _ => None,
        };
        let index = self.boxed(index);
        let bucket = |aggregate| ExprKind::Bucket(aggregate, index);
        int(aggregate.map_or(ExprKind::Int(0), bucket), span)
    }

    fn unary(&mut self, op: UnaryOp, operand: ExprId, span: Span) -> Expr {
        let operand = self.boxed(operand);
        int(ExprKind::Unary(op, operand), span)
    }

    fn binary(&mut self, op: BinaryOp, at: Span, operands: [ExprId; 2], span: Span) -> Expr {
        let left = self.boxed(operands[0]);
        // What is behind a test that is decided need not have a meaning here.
        match (op, &left.kind) {
            (BinaryOp::And, ExprKind::Int(0)) if self.tests_presence(operands[0]) => return *left,
            (BinaryOp::Or, ExprKind::Int(1)) if self.tests_presence(operands[0]) => return *left,
            _ => {}
        }
        let right = self.boxed(operands[1]);
        let kind = ExprKind::Binary(op, at, left, right);
        if op == BinaryOp::Concatenate { string(kind, span) } else { int(kind, span) }
    }

    fn ternary(&mut self, operands: [ExprId; 3], span: Span) -> Expr {
        let condition = self.boxed(operands[0]);
        if let Some(holds) = self.decided(operands[0], &condition) {
            return self.expr(operands[if holds { 1 } else { 2 }]);
        }
        let [then, otherwise] = [operands[1], operands[2]].map(|operand| self.boxed(operand));
        Expr { ty: then.ty, kind: ExprKind::Ternary(condition, then, otherwise), span }
    }

    /// What a condition is, if `@defined` has decided it.
    pub(crate) fn decided(&self, condition: ExprId, value: &Expr) -> Option<bool> {
        match value.kind {
            ExprKind::Int(value) if self.tests_presence(condition) => Some(value != 0),
            ExprKind::Unary(UnaryOp::Not, ref operand) if self.tests_presence(condition) => {
                match operand.kind {
                    ExprKind::Int(value) => Some(value == 0),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Whether a condition asks what is defined.
    fn tests_presence(&self, condition: ExprId) -> bool {
        match &self.tree.exprs[condition].kind {
            Ast::Operator { operator, .. } => operator.text == "defined",
            Ast::Unary(UnaryOp::Not, operand) => self.tests_presence(*operand),
            Ast::Binary(BinaryOp::And | BinaryOp::Or, _, left, _) => self.tests_presence(*left),
            _ => false,
        }
    }

    fn membership(&mut self, keys: &[ExprId], array: ExprId, span: Span) -> Expr {
        let keys = self.slice(keys);
        match &self.tree.exprs[array].kind {
            Ast::Name(name) => int(ExprKind::Has(self.global(name), keys), span),
            _ => {
                let keys = keys.into_iter().flatten().collect();
                foreign("`in` for the buckets of a histogram", keys, Type::I64, span)
            }
        }
    }

    /// Keys, none for `*`.
    pub(crate) fn slice(&mut self, keys: &[ExprId]) -> Vec<Option<Expr>> {
        let key = |key: &ExprId| match self.tree.exprs[*key].kind {
            Ast::Any => None,
            _ => Some(self.expr(*key)),
        };
        keys.iter().map(key).collect()
    }

    fn assign(
        &mut self,
        place: ExprId,
        op: Option<(BinaryOp, Span)>,
        value: ExprId,
        span: Span,
    ) -> Expr {
        let place = self.place(place);
        let value = self.boxed(value);
        let (place, ty) = match place {
            Ok(place) => place,
            Err(stand_in) => return stand_in,
        };
        Expr { kind: ExprKind::Assign(place, op, value), ty: Some(ty), span }
    }

    fn accumulate(&mut self, place: ExprId, value: ExprId, span: Span) -> Expr {
        let aggregate = self.aggregate(place);
        let value = self.boxed(value);
        int(
            aggregate.map_or(ExprKind::Int(0), |aggregate| ExprKind::Accumulate(aggregate, value)),
            span,
        )
    }

    fn increment(&mut self, place: ExprId, by: i64, before: bool, span: Span) -> Expr {
        let (place, _) = match self.place(place) {
            Ok(place) => place,
            Err(stand_in) => return stand_in,
        };
        int(ExprKind::Increment { place, by, before }, span)
    }

    pub(crate) fn list(&mut self, exprs: &[ExprId]) -> Vec<Expr> {
        exprs.iter().map(|&expr| self.expr(expr)).collect()
    }

    pub(crate) fn global(&self, name: &str) -> usize {
        self.given.elaborated.global_names.first(name, self.from).unwrap_or(0)
    }

    fn global_type(&self, global: usize) -> Type {
        self.symbols.globals.get(global).map_or(Type::I64, |symbol| self.symbols.ty(symbol.value))
    }

    /// A variable or element, and its type; the first walk has seen to it that it is one. Or what
    /// stands for it.
    fn place(&mut self, expr: ExprId) -> Result<(Place, Type), Expr> {
        let tree = self.tree;
        Ok(match &tree.exprs[expr].kind {
            Ast::Target(target) => {
                let place = self.target_place(target, tree.exprs[expr].span)?;
                let ty = if let Place::Told(told) = place { told.ty() } else { Type::I64 };
                (place, ty)
            }
            Ast::Index { array, keys } => {
                let global = self.global(&array.text);
                let keys = self.list(keys);
                (Place::Element(global, keys, array.span), self.global_type(global))
            }
            Ast::Name(name) => {
                let local = self.scope.and_then(|scope| {
                    scope.names.get(name).map(|&local| (local, scope.locals[local].ty))
                });
                match local {
                    Some((local, ty)) => (Place::Local(local), self.symbols.ty(ty)),
                    None => {
                        let global = self.global(name);
                        (Place::Global(global), self.global_type(global))
                    }
                }
            }
            _ => (Place::Local(0), Type::I64),
        })
    }

    pub(crate) fn aggregate(&mut self, expr: ExprId) -> Option<Aggregate> {
        let tree = self.tree;
        match &tree.exprs[expr].kind {
            Ast::Name(name) => Some(self.scalar_aggregate(name, tree.exprs[expr].span)),
            Ast::Index { array, keys } => {
                let keys = self.list(keys);
                Some(Aggregate { global: self.global(&array.text), keys, span: array.span })
            }
            _ => None,
        }
    }

    /// An aggregate without keys, or the one that a loop has come to.
    fn scalar_aggregate(&mut self, name: &str, span: Span) -> Aggregate {
        let local = self.scope.and_then(|scope| scope.locals.get(*scope.names.get(name)?));
        let Some((global, keys)) = local.and_then(|local| local.element.as_ref()) else {
            return Aggregate { global: self.global(name), keys: Vec::new(), span };
        };
        let key = |&key: &usize| {
            let local = self.scope.and_then(|scope| scope.locals.get(key));
            let ty = local.map(|local| self.symbols.ty(local.ty));
            Expr { kind: ExprKind::Read(Place::Local(key)), ty, span }
        };
        Aggregate { global: *global, keys: keys.iter().map(key).collect(), span }
    }

    fn call(&mut self, function: &Name, args: &[ExprId], span: Span) -> Expr {
        if let Some(print) = printing::print(&function.text) {
            return self.print(print, args, span);
        }
        let arguments = self.list(args);
        let given = self.given;
        let call = (function.text.as_str(), args.len(), self.from);
        match callee(given.tree, given.elaborated, given.symbols, call) {
            Callee::Script(index) => self.script_call(index, arguments, span),
            Callee::Intrinsic(intrinsic) => {
                self.asks_for_matches |= matches!(intrinsic.opcode, Opcode::Group | Opcode::Groups);
                intrinsic_call(intrinsic, arguments, span)
            }
            Callee::Other(..) | Callee::Unknown => int(ExprKind::Int(0), span),
        }
    }

    /// A call of a script function.
    pub(crate) fn script_call(&mut self, function: usize, args: Vec<Expr>, span: Span) -> Expr {
        let symbol = &self.symbols.functions[function];
        let ty = symbol.has_value.then(|| self.symbols.ty(symbol.returns));
        Expr { kind: ExprKind::Call(self.called(function, span), args), ty, span }
    }
}

/// A call of what the compiler knows.
pub(crate) fn intrinsic_call(intrinsic: Intrinsic, args: Vec<Expr>, span: Span) -> Expr {
    Expr { kind: ExprKind::Intrinsic(intrinsic, args), ty: intrinsic.returns, span }
}

/// What has no runtime yet.
pub(crate) fn foreign(what: impl Into<String>, args: Vec<Expr>, ty: Type, span: Span) -> Expr {
    Expr { kind: ExprKind::Foreign(what.into(), args), ty: Some(ty), span }
}

pub(crate) fn int(kind: ExprKind, span: Span) -> Expr {
    Expr { kind, ty: Some(Type::I64), span }
}

pub(crate) fn string(kind: ExprKind, span: Span) -> Expr {
    Expr { kind, ty: Some(Type::Str), span }
}

/// The statistic of this name.
pub(crate) fn statistic(name: &str) -> Option<Statistic> {
    Some(match name {
        "count" => Statistic::Count,
        "sum" => Statistic::Sum,
        "min" => Statistic::Min,
        "max" => Statistic::Max,
        "avg" => Statistic::Avg,
        "variance" => Statistic::Variance(0),
        _ => return None,
    })
}
