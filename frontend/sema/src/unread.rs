//! Global variables that are written and never read: they are shown when the session ends.

use stapc_ir::{Attach, GlobalKind, MapValue, OrderBy, Type, format::Format};
use stapc_syntax::ast::BinaryOp;

use crate::{
    expressions::int,
    hir::{
        Aggregate, Body, Expr, ExprKind, Foreach, Global, Local, Output, Place, Probe, Site,
        Statistic, Stmt, StmtKind,
    },
    printing::push_plain,
    symbols,
};

/// What is shown of an aggregate, in this order.
const STATISTICS: [(&str, Statistic); 5] = [
    (" @count=", Statistic::Count),
    (" @min=", Statistic::Min),
    (" @max=", Statistic::Max),
    (" @sum=", Statistic::Sum),
    (" @avg=", Statistic::Avg),
];

/// A probe for each of the variables that shows it.
pub fn probes(globals: &[Global], symbols: &[symbols::Global]) -> Vec<Probe> {
    let unread = |(_, (_, symbol)): &(usize, (&Global, &symbols::Global))| {
        symbol.user && symbol.written && !symbol.read
    };
    let globals = globals.iter().zip(symbols).enumerate().filter(unread);
    globals.map(|(position, (global, symbol))| probe(position, global, symbol)).collect()
}

fn probe(position: usize, global: &Global, symbol: &symbols::Global) -> Probe {
    let show = Show { position, name: &global.name, span: symbol.span };
    let body = match &global.kind {
        GlobalKind::I64(_) => show.scalar(Type::I64),
        GlobalKind::Str(_) => show.scalar(Type::Str),
        GlobalKind::Stat(_) => show.aggregate(),
        GlobalKind::Map { keys, value, .. } => show.array(keys, value),
    };
    Probe {
        // Behind all that the script does at its end.
        site: Site::At(Attach::End(i64::MAX)),
        point: "end".to_owned(),
        alias: None,
        span: symbol.span,
        condition: None,
        kept: Vec::new(),
        body,
    }
}

/// The variable that is shown.
struct Show<'a> {
    position: usize,
    name: &'a str,
    span: stapc_diagnostics::Span,
}

/// A line of output being put together.
#[derive(Default)]
struct Line {
    format: Format,
    args: Vec<Expr>,
}

impl Line {
    fn text(mut self, text: &str) -> Self {
        self.format.push_literal(text);
        self
    }

    /// A value, in quotes if it is a string.
    fn value(mut self, value: Expr) -> Self {
        let ty = value.ty.unwrap_or(Type::I64);
        let quote = if ty == Type::Str { "\"" } else { "" };
        self.format.push_literal(quote);
        push_plain(&mut self.format, ty);
        self.format.push_literal(quote);
        self.args.push(value);
        self
    }
}

impl Show<'_> {
    fn expr(&self, kind: ExprKind, ty: Type) -> Expr {
        Expr { kind, ty: Some(ty), span: self.span }
    }

    fn read(&self, place: Place, ty: Type) -> Expr {
        self.expr(ExprKind::Read(place), ty)
    }

    fn stmt(&self, kind: StmtKind) -> Stmt {
        Stmt { kind, span: self.span }
    }

    fn print(&self, line: Line) -> Stmt {
        let Line { format, args } = line.text("\n");
        let kind = ExprKind::Print(vec![Output::Text(format, args)]);
        self.stmt(StmtKind::Expr(Expr { kind, ty: None, span: self.span }))
    }

    fn scalar(&self, ty: Type) -> Body {
        let value = self.read(Place::Global(self.position), ty);
        let line = Line::default().text(self.name).text("=").value(value);
        Body { locals: Vec::new(), statements: vec![self.print(line)] }
    }

    fn statistic(&self, statistic: Statistic, keys: &[Expr]) -> Expr {
        let aggregate = Aggregate { global: self.position, keys: keys.to_vec(), span: self.span };
        self.expr(ExprKind::Statistic(statistic, aggregate), Type::I64)
    }

    fn statistics(&self, line: Line, keys: &[Expr]) -> Line {
        STATISTICS.iter().fold(line, |line, (text, statistic)| {
            line.text(text).value(self.statistic(*statistic, keys))
        })
    }

    fn aggregate(&self) -> Body {
        let count = Box::new(self.statistic(Statistic::Count, &[]));
        let zero = Box::new(int(ExprKind::Int(0), self.span));
        let empty = int(ExprKind::Binary(BinaryOp::Equal, self.span, count, zero), self.span);
        let nothing = Line::default().text(self.name).text(" @count=0x0");
        let all = self.statistics(Line::default().text(self.name), &[]);
        let choice = StmtKind::If(vec![(empty, vec![self.print(nothing)])], vec![self.print(all)]);
        Body { locals: Vec::new(), statements: vec![self.stmt(choice)] }
    }

    /// The elements, those with the largest values or the most samples first.
    fn array(&self, types: &[Type], value: &MapValue) -> Body {
        let local = |(index, &ty): (usize, &Type)| Local { name: format!("key{index}"), ty };
        let mut locals: Vec<Local> = types.iter().enumerate().map(local).collect();
        let keys: Vec<Expr> = types
            .iter()
            .enumerate()
            .map(|(index, &ty)| self.read(Place::Local(index), ty))
            .collect();
        let mut line = Line::default().text(self.name).text("[");
        for (index, key) in keys.iter().enumerate() {
            line = line.text(if index > 0 { "," } else { "" }).value(key.clone());
        }
        line = line.text("]");
        let ty = match value {
            MapValue::I64 => Some(Type::I64),
            MapValue::Str => Some(Type::Str),
            MapValue::Stat(_) => None,
        };
        let (line, value, by) = match ty {
            Some(ty) => {
                locals.push(Local { name: "value".to_owned(), ty });
                let value = self.read(Place::Local(keys.len()), ty);
                (line.text("=").value(value), Some(keys.len()), OrderBy::Value)
            }
            None => (self.statistics(line, &keys), None, OrderBy::Count),
        };
        let foreach = Foreach {
            global: self.position,
            slice: Vec::new(),
            keys: (0..keys.len()).collect(),
            value,
            by,
            descending: true,
            limit: None,
            body: vec![self.print(line)],
        };
        Body { locals, statements: vec![self.stmt(StmtKind::Foreach(foreach))] }
    }
}
