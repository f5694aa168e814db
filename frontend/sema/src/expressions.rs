//! Expressions, typed.

use stapc_diagnostics::Span;
use stapc_ir::{Type, format::Format};
use stapc_syntax::ast::{self, BinaryOp, ExprId, ExprKind as Ast, Name, UnaryOp};

use crate::{
    build::Build,
    hir::{Aggregate, Expr, ExprKind, Output, Place, Statistic},
    intrinsics::intrinsic,
    printing::{self, Print},
    target,
};

impl Build<'_> {
    /// An expression; the kinds have functions of their own, so that nesting takes little stack.
    pub(crate) fn expr(&mut self, expr: ExprId) -> Expr {
        let file = self.file;
        let ast::Expr { kind, span } = &file.exprs[expr];
        let span = *span;
        if self.too_large(span) {
            return int(ExprKind::Int(0), span);
        }
        match kind {
            Ast::Number(value) => int(ExprKind::Int(*value), span),
            Ast::Error => int(ExprKind::Int(0), span),
            Ast::String(text) => string(ExprKind::Str(text.clone()), span),
            Ast::Name(_) | Ast::Index { .. } => self.read(expr, span),
            Ast::Target { name, members } => self.target(name, members, span),
            Ast::Call { function, args } => self.call(function, args, span),
            Ast::Statistic { operator, args } => self.statistic(operator, args, span),
            Ast::Unary(UnaryOp::Plus, operand) => self.expr(*operand),
            Ast::Unary(op, operand) => self.unary(*op, *operand, span),
            Ast::Binary(op, at, left, right) => self.binary(*op, *at, [*left, *right], span),
            Ast::Ternary(condition, then, otherwise) => {
                self.ternary([*condition, *then, *otherwise], span)
            }
            Ast::In { keys, array } => self.membership(keys, array, span),
            Ast::Assign { op, at, place, value } => {
                self.assign(*place, op.map(|op| (op, *at)), *value, span)
            }
            Ast::Accumulate { place, value } => self.accumulate(*place, *value, span),
            Ast::Increment { by, before, place } => self.increment(*place, *by, *before, span),
        }
    }

    fn boxed(&mut self, expr: ExprId) -> Box<Expr> {
        Box::new(self.expr(expr))
    }

    fn read(&mut self, expr: ExprId, span: Span) -> Expr {
        let (place, ty) = self.place(expr);
        Expr { kind: ExprKind::Read(place), ty: Some(ty), span }
    }

    fn target(&mut self, name: &str, members: &[Name], span: Span) -> Expr {
        let kind =
            target::resolve(self, name, members, span).map_or(ExprKind::Int(0), ExprKind::Target);
        int(kind, span)
    }

    fn statistic(&mut self, operator: &Name, args: &[ExprId], span: Span) -> Expr {
        let operator = statistic(&operator.text).unwrap_or(Statistic::Count);
        let aggregate = args.first().and_then(|&arg| self.aggregate(arg));
        int(
            aggregate
                .map_or(ExprKind::Int(0), |aggregate| ExprKind::Statistic(operator, aggregate)),
            span,
        )
    }

    fn unary(&mut self, op: UnaryOp, operand: ExprId, span: Span) -> Expr {
        let operand = self.boxed(operand);
        int(ExprKind::Unary(op, operand), span)
    }

    fn binary(&mut self, op: BinaryOp, at: Span, operands: [ExprId; 2], span: Span) -> Expr {
        let [left, right] = operands.map(|operand| self.boxed(operand));
        let kind = ExprKind::Binary(op, at, left, right);
        if op == BinaryOp::Concatenate { string(kind, span) } else { int(kind, span) }
    }

    fn ternary(&mut self, operands: [ExprId; 3], span: Span) -> Expr {
        let [condition, then, otherwise] = operands.map(|operand| self.boxed(operand));
        Expr { ty: then.ty, kind: ExprKind::Ternary(condition, then, otherwise), span }
    }

    fn membership(&mut self, keys: &[ExprId], array: &Name, span: Span) -> Expr {
        let keys = self.list(keys);
        int(ExprKind::Has(self.global(&array.text), keys), span)
    }

    fn assign(
        &mut self,
        place: ExprId,
        op: Option<(BinaryOp, Span)>,
        value: ExprId,
        span: Span,
    ) -> Expr {
        let (place, ty) = self.place(place);
        let value = self.boxed(value);
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
        let (place, _) = self.place(place);
        int(ExprKind::Increment { place, by, before }, span)
    }

    pub(crate) fn list(&mut self, exprs: &[ExprId]) -> Vec<Expr> {
        exprs.iter().map(|&expr| self.expr(expr)).collect()
    }

    pub(crate) fn global(&self, name: &str) -> usize {
        self.symbols.global_names.get(name).copied().unwrap_or(0)
    }

    fn global_type(&self, global: usize) -> Type {
        self.symbols.globals.get(global).map_or(Type::I64, |symbol| self.symbols.ty(symbol.value))
    }

    /// A variable or element, and its type; the first walk has seen to it that it is one.
    fn place(&mut self, expr: ExprId) -> (Place, Type) {
        let file = self.file;
        match &file.exprs[expr].kind {
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
        }
    }

    fn aggregate(&mut self, expr: ExprId) -> Option<Aggregate> {
        let file = self.file;
        match &file.exprs[expr].kind {
            Ast::Name(name) => Some(Aggregate {
                global: self.global(name),
                keys: Vec::new(),
                span: file.exprs[expr].span,
            }),
            Ast::Index { array, keys } => {
                let keys = self.list(keys);
                Some(Aggregate { global: self.global(&array.text), keys, span: array.span })
            }
            _ => None,
        }
    }

    fn call(&mut self, function: &Name, args: &[ExprId], span: Span) -> Expr {
        if let Some(print) = printing::print(&function.text) {
            return self.print(print, args, span);
        }
        let arguments = self.list(args);
        if let Some(&index) = self.symbols.function_names.get(&function.text) {
            let symbol = &self.symbols.functions[index];
            let ty = symbol.has_value.then(|| self.symbols.ty(symbol.returns));
            return Expr { kind: ExprKind::Call(symbol.called.unwrap_or(0), arguments), ty, span };
        }
        match intrinsic(&function.text) {
            Some(intrinsic) => Expr {
                kind: ExprKind::Intrinsic(intrinsic, arguments),
                ty: intrinsic.returns,
                span,
            },
            None => Expr { kind: ExprKind::Int(0), ty: Some(Type::I64), span },
        }
    }

    fn print(&mut self, print: &Print, args: &[ExprId], span: Span) -> Expr {
        let file = self.file;
        let head = match args.first().map(|&first| &file.exprs[first].kind) {
            Some(Ast::String(text)) if print.format || print.delimiter => text.as_str(),
            _ => "",
        };
        let values =
            if print.format || print.delimiter { args.get(1..).unwrap_or_default() } else { args };
        let mut outputs = Vec::new();
        if print.format {
            let format = Format::parse(head).unwrap_or_default();
            outputs.push(Output::Text(format, self.list(values)));
        } else {
            self.plain(head, values, &mut outputs);
        }
        if print.newline {
            text_part(&mut outputs).0.push_literal("\n");
        }
        if !print.returns {
            return Expr { kind: ExprKind::Print(outputs), ty: None, span };
        }
        let (format, args) = match outputs.pop() {
            Some(Output::Text(format, args)) => (format, args),
            _ => (Format::default(), Vec::new()),
        };
        Expr { kind: ExprKind::Format(format, args), ty: Some(Type::Str), span }
    }

    /// Values printed as what they are, with a delimiter between them.
    fn plain(&mut self, delimiter: &str, values: &[ExprId], outputs: &mut Vec<Output>) {
        let file = self.file;
        for (position, &value) in values.iter().enumerate() {
            if position > 0 && !delimiter.is_empty() {
                text_part(outputs).0.push_literal(delimiter);
            }
            match &file.exprs[value].kind {
                Ast::Statistic { operator, args } if operator.text.starts_with("hist_") => {
                    outputs.extend(
                        args.first().and_then(|&arg| self.aggregate(arg)).map(Output::Histogram),
                    );
                }
                Ast::String(text) => text_part(outputs).0.push_literal(text),
                _ => {
                    let value = self.expr(value);
                    let (format, args) = text_part(outputs);
                    printing::push_plain(format, value.ty.unwrap_or(Type::I64));
                    args.push(value);
                }
            }
        }
    }
}

fn int(kind: ExprKind, span: Span) -> Expr {
    Expr { kind, ty: Some(Type::I64), span }
}

fn string(kind: ExprKind, span: Span) -> Expr {
    Expr { kind, ty: Some(Type::Str), span }
}

/// The text part at the end of some output, begun if there is none.
fn text_part(outputs: &mut Vec<Output>) -> (&mut Format, &mut Vec<Expr>) {
    if !matches!(outputs.last(), Some(Output::Text(..))) {
        outputs.push(Output::Text(Format::default(), Vec::new()));
    }
    match outputs.last_mut() {
        Some(Output::Text(format, args)) => (format, args),
        _ => unreachable!("a text part was just put there"),
    }
}

/// The statistic of this name.
pub(crate) fn statistic(name: &str) -> Option<Statistic> {
    Some(match name {
        "count" => Statistic::Count,
        "sum" => Statistic::Sum,
        "min" => Statistic::Min,
        "max" => Statistic::Max,
        "avg" => Statistic::Avg,
        _ => return None,
    })
}
