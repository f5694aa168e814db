//! Expressions, typed.

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
    pub(crate) fn expr(&mut self, expr: ExprId) -> Expr {
        let file = self.file;
        let ast::Expr { kind, span } = &file.exprs[expr];
        let span = *span;
        let int = |kind| Expr { kind, ty: Some(Type::I64), span };
        match kind {
            Ast::Number(value) => int(ExprKind::Int(*value)),
            Ast::Error => int(ExprKind::Int(0)),
            Ast::String(text) => Expr { kind: ExprKind::Str(text.clone()), ty: Some(Type::Str), span },
            Ast::Name(_) | Ast::Index { .. } => {
                let (place, ty) = self.place(expr);
                Expr { kind: ExprKind::Read(place), ty: Some(ty), span }
            }
            Ast::Target { name, members } => int(match target::resolve(self, name, members, span) {
                Some(target) => ExprKind::Target(target),
                None => ExprKind::Int(0),
            }),
            Ast::Call { function, args } => self.call(function, args, span),
            Ast::Statistic { operator, args } => {
                let operator = statistic(&operator.text).unwrap_or(Statistic::Count);
                match args.first().and_then(|&arg| self.aggregate(arg)) {
                    Some(aggregate) => int(ExprKind::Statistic(operator, aggregate)),
                    None => int(ExprKind::Int(0)),
                }
            }
            Ast::Unary(UnaryOp::Plus, operand) => self.expr(*operand),
            Ast::Unary(op, operand) => int(ExprKind::Unary(*op, Box::new(self.expr(*operand)))),
            Ast::Binary(op, at, left, right) => {
                let (left, right) = (self.expr(*left), self.expr(*right));
                let ty = if *op == BinaryOp::Concatenate { Type::Str } else { Type::I64 };
                Expr { kind: ExprKind::Binary(*op, *at, Box::new(left), Box::new(right)), ty: Some(ty), span }
            }
            Ast::Ternary(condition, then, otherwise) => {
                let [condition, then, otherwise] = [condition, then, otherwise].map(|&expr| Box::new(self.expr(expr)));
                Expr { ty: then.ty, kind: ExprKind::Ternary(condition, then, otherwise), span }
            }
            Ast::In { keys, array } => {
                let keys = self.list(keys);
                int(ExprKind::Has(self.global(&array.text), keys))
            }
            Ast::Assign { op, at, place, value } => {
                let (place, ty) = self.place(*place);
                let value = Box::new(self.expr(*value));
                Expr { kind: ExprKind::Assign(place, op.map(|op| (op, *at)), value), ty: Some(ty), span }
            }
            Ast::Accumulate { place, value } => {
                let value = Box::new(self.expr(*value));
                match self.aggregate(*place) {
                    Some(aggregate) => int(ExprKind::Accumulate(aggregate, value)),
                    None => int(ExprKind::Int(0)),
                }
            }
            Ast::Increment { by, before, place } => {
                let (place, _) = self.place(*place);
                int(ExprKind::Increment { place, by: *by, before: *before })
            }
        }
    }

    pub(crate) fn list(&mut self, exprs: &[ExprId]) -> Vec<Expr> {
        exprs.iter().map(|&expr| self.expr(expr)).collect()
    }

    pub(crate) fn global(&self, name: &str) -> usize {
        self.symbols.global_names.get(name).copied().unwrap_or(0)
    }

    /// A variable or element, and its type; the first walk has seen to it that it is one.
    fn place(&mut self, expr: ExprId) -> (Place, Type) {
        let file = self.file;
        match &file.exprs[expr].kind {
            Ast::Index { array, keys } => {
                let global = self.global(&array.text);
                let keys = self.list(keys);
                (Place::Element(global, keys), self.symbols.ty(self.symbols.globals[global].value))
            }
            Ast::Name(name) => {
                let local = self.scope.and_then(|scope| scope.names.get(name).map(|&local| (local, scope.locals[local].ty)));
                match local {
                    Some((local, ty)) => (Place::Local(local), self.symbols.ty(ty)),
                    None => {
                        let global = self.global(name);
                        (Place::Global(global), self.symbols.ty(self.symbols.globals[global].value))
                    }
                }
            }
            _ => (Place::Local(0), Type::I64),
        }
    }

    fn aggregate(&mut self, expr: ExprId) -> Option<Aggregate> {
        let file = self.file;
        match &file.exprs[expr].kind {
            Ast::Name(name) => Some(Aggregate { global: self.global(name), keys: Vec::new() }),
            Ast::Index { array, keys } => {
                let keys = self.list(keys);
                Some(Aggregate { global: self.global(&array.text), keys })
            }
            _ => None,
        }
    }

    fn call(&mut self, function: &Name, args: &[ExprId], span: stapc_diagnostics::Span) -> Expr {
        if let Some(print) = printing::print(&function.text) {
            return self.print(print, args, span);
        }
        let arguments = self.list(args);
        if let Some(&index) = self.symbols.function_names.get(&function.text) {
            let symbol = &self.symbols.functions[index];
            let ty = symbol.has_value.then(|| self.symbols.ty(symbol.returns));
            return Expr { kind: ExprKind::Call(index, arguments), ty, span };
        }
        match intrinsic(&function.text) {
            Some(intrinsic) => Expr { kind: ExprKind::Intrinsic(intrinsic, arguments), ty: intrinsic.returns, span },
            None => Expr { kind: ExprKind::Int(0), ty: Some(Type::I64), span },
        }
    }

    fn print(&mut self, print: &Print, args: &[ExprId], span: stapc_diagnostics::Span) -> Expr {
        let file = self.file;
        let head = match args.first().map(|&first| &file.exprs[first].kind) {
            Some(Ast::String(text)) if print.format || print.delimiter => text.as_str(),
            _ => "",
        };
        let values = if print.format || print.delimiter { &args[1..] } else { args };
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
                    outputs.extend(args.first().and_then(|&arg| self.aggregate(arg)).map(Output::Histogram));
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
