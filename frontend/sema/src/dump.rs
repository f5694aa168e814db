//! The typed program as text, for readers.

use std::fmt::Write as _;

use crate::hir::{
    Aggregate, Body, Expr, ExprKind, Foreach, Function, FunctionBody, Memory, Output, Place, Probe,
    Program, Site, Stmt, StmtKind, Width,
};

/// All of a program as text: globals with types, then functions and probes with theirs.
pub fn dump(program: &Program) -> String {
    let mut dumper = Dumper { program, locals: &[], out: String::new(), indent: 0 };
    for global in &program.globals {
        dumper.line(&format!("global {}: {:?}", global.name, global.kind));
    }
    for function in &program.functions {
        dumper.function(function);
    }
    for probe in &program.probes {
        dumper.probe(probe);
    }
    dumper.out
}

struct Dumper<'a> {
    program: &'a Program,
    locals: &'a [crate::hir::Local],
    out: String,
    indent: usize,
}

impl<'a> Dumper<'a> {
    fn line(&mut self, text: &str) {
        let indent = self.indent * 4;
        // Writing to a string cannot fail.
        let _ = writeln!(self.out, "{:indent$}{text}", "");
    }

    fn body(&mut self, head: &str, body: &'a Body, params: usize) {
        self.locals = &body.locals;
        self.line(&format!("{head} {{"));
        self.indent += 1;
        for local in body.locals.iter().skip(params) {
            self.line(&format!("local {}: {}", local.name, local.ty));
        }
        self.indent -= 1;
        self.block(&body.statements);
        self.line("}");
    }

    fn function(&mut self, function: &'a Function) {
        let locals = match &function.body {
            FunctionBody::Script(body) => &body.locals,
            FunctionBody::Embedded(_, params) => params,
        };
        let params = locals.iter().take(function.params);
        let params: Vec<String> =
            params.map(|local| format!("{}: {}", local.name, local.ty)).collect();
        let returns = function.returns.map(|ty| format!(" -> {ty}")).unwrap_or_default();
        let head = format!("function {}({}){returns}", function.name, params.join(", "));
        match &function.body {
            FunctionBody::Script(body) => self.body(&head, body, function.params),
            FunctionBody::Embedded(c, _) => self.line(&format!("{head} %{{{}%}}", c.code.text)),
        }
    }

    fn probe(&mut self, probe: &'a Probe) {
        let site = match &probe.site {
            Site::At(attach) => format!("{attach:?}"),
            Site::Foreign(what, _) => format!("{what}: no runtime yet"),
        };
        self.locals = &[];
        let condition = probe.condition.as_ref();
        let condition = condition
            .map(|condition| format!(" if {}", self.expr(&condition.expr)))
            .unwrap_or_default();
        self.body(&format!("probe {}{condition} // {site}", probe.point), &probe.body, 0);
        for (position, kept) in probe.kept.iter().enumerate() {
            self.line(&format!("kept {position}: {}", self.expr(kept)));
        }
    }

    fn block(&mut self, statements: &[Stmt]) {
        self.indent += 1;
        statements.iter().for_each(|statement| self.stmt(statement));
        self.indent -= 1;
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Expr(expr) => self.line(&self.expr(expr)),
            StmtKind::If(arms, otherwise) => {
                for (position, (condition, then)) in arms.iter().enumerate() {
                    let keyword = if position == 0 { "if" } else { "} else if" };
                    self.line(&format!("{keyword} {} {{", self.expr(condition)));
                    self.block(then);
                }
                if !otherwise.is_empty() {
                    self.line("} else {");
                    self.block(otherwise);
                }
                self.line("}");
            }
            StmtKind::Loop { keyword, condition, step, body } => {
                let condition = condition
                    .as_ref()
                    .map_or_else(|| "true".to_owned(), |condition| self.expr(condition));
                let step = step
                    .as_ref()
                    .map(|step| format!(" step {}", self.expr(step)))
                    .unwrap_or_default();
                self.line(&format!("{keyword} {condition}{step} {{"));
                self.block(body);
                self.line("}");
            }
            StmtKind::Foreach(foreach) => {
                self.line(&self.foreach(foreach));
                self.block(&foreach.body);
                self.line("}");
            }
            StmtKind::Break => self.line("break"),
            StmtKind::Continue => self.line("continue"),
            StmtKind::Return(value) => self.line(&format!(
                "return {}",
                value.as_ref().map(|value| self.expr(value)).unwrap_or_default()
            )),
            StmtKind::Clear(global) => self.line(&format!("clear {}", self.global(*global))),
            StmtKind::Delete(global, keys) => {
                self.line(&format!("delete {}[{}]", self.global(*global), self.keys(keys)))
            }
            StmtKind::Try { body, message, handler } => {
                self.line("try {");
                self.block(body);
                let message =
                    message.map(|local| format!(" ({})", self.local(local))).unwrap_or_default();
                self.line(&format!("}} catch{message} {{"));
                self.block(handler);
                self.line("}");
            }
            StmtKind::Foreign(what) => self.line(&format!("{what}: no runtime yet")),
        }
    }

    fn foreach(&self, foreach: &Foreach) -> String {
        let keys: Vec<&str> = foreach.keys.iter().map(|&key| self.local(key)).collect();
        let value =
            foreach.value.map(|value| format!("{} = ", self.local(value))).unwrap_or_default();
        let direction = if foreach.descending { "down" } else { "up" };
        let limit = foreach
            .limit
            .as_ref()
            .map(|limit| format!(" limit {}", self.expr(limit)))
            .unwrap_or_default();
        let slice = match foreach.slice.as_slice() {
            [] => String::new(),
            slice => format!("[{}]", self.keys(slice)),
        };
        format!(
            "foreach {value}[{}] in {}{slice} by {:?} {direction}{limit} {{",
            keys.join(", "),
            self.global(foreach.global),
            foreach.by
        )
    }

    fn global(&self, global: usize) -> &str {
        self.program.globals.get(global).map_or("?", |global| &global.name)
    }

    fn local(&self, local: usize) -> &str {
        self.locals.get(local).map_or("?", |local| &local.name)
    }

    fn list(&self, exprs: &[Expr]) -> String {
        exprs.iter().map(|expr| self.expr(expr)).collect::<Vec<_>>().join(", ")
    }

    fn keys(&self, keys: &[Option<Expr>]) -> String {
        let key = |key: &Option<Expr>| key.as_ref().map_or("*".to_owned(), |key| self.expr(key));
        keys.iter().map(key).collect::<Vec<_>>().join(", ")
    }

    fn place(&self, place: &Place) -> String {
        match place {
            Place::Local(local) => self.local(*local).to_owned(),
            Place::Global(global) => self.global(*global).to_owned(),
            Place::Element(global, keys, _) => {
                format!("{}[{}]", self.global(*global), self.list(keys))
            }
            Place::Told(told) => format!("{told:?}").to_lowercase(),
            Place::Register(register, width) => format!("{register:?} u{}", width.bytes * 8),
            Place::Memory(memory) => {
                let Memory { space, address, offset, width, .. } = &**memory;
                let Width { bytes, signed, bits } = width;
                let sign = if *signed { 's' } else { 'u' };
                let bits =
                    bits.map_or_else(String::new, |(start, bits)| format!(" bits {start}+{bits}"));
                let space = format!("{space:?}").to_lowercase();
                format!("{space} {sign}{}{bits} at {} + {offset}", bytes * 8, self.expr(address))
            }
        }
    }

    fn aggregate(&self, aggregate: &Aggregate) -> String {
        if aggregate.keys.is_empty() {
            self.global(aggregate.global).to_owned()
        } else {
            format!("{}[{}]", self.global(aggregate.global), self.list(&aggregate.keys))
        }
    }

    fn expr(&self, expr: &Expr) -> String {
        let text = match &expr.kind {
            ExprKind::Int(value) => return value.to_string(),
            ExprKind::Str(text) => return format!("{text:?}"),
            ExprKind::Read(place) => self.place(place),
            ExprKind::Has(global, keys) => {
                format!("[{}] in {}", self.keys(keys), self.global(*global))
            }
            ExprKind::Unary(op, operand) => format!("{}{}", op.text(), self.expr(operand)),
            ExprKind::Binary(op, _, left, right) => {
                format!("{} {} {}", self.expr(left), op.text(), self.expr(right))
            }
            ExprKind::Ternary(condition, then, otherwise) => {
                format!("{} ? {} : {}", self.expr(condition), self.expr(then), self.expr(otherwise))
            }
            ExprKind::Assign(place, op, value) => format!(
                "{} {}= {}",
                self.place(place),
                op.map_or("", |(op, _)| op.text()),
                self.expr(value)
            ),
            ExprKind::Increment { place, by, before } => {
                format!("{} {} {by}", self.place(place), if *before { "+=" } else { "then +=" })
            }
            ExprKind::Accumulate(aggregate, value) => {
                format!("{} <<< {}", self.aggregate(aggregate), self.expr(value))
            }
            ExprKind::Bucket(aggregate, index) => {
                format!("(bucket {} {})", self.aggregate(aggregate), self.expr(index))
            }
            ExprKind::Statistic(statistic, aggregate) => {
                format!("{statistic:?} of {}", self.aggregate(aggregate))
            }
            ExprKind::Call(function, args) => format!(
                "{}({})",
                self.program.functions.get(*function).map_or("?", |function| &function.name),
                self.list(args)
            ),
            ExprKind::Intrinsic(intrinsic, args) => {
                format!("{}({})", intrinsic.name, self.list(args))
            }
            ExprKind::Register(register) => format!("{register:?}"),
            ExprKind::Address(symbol, offset) => format!("{symbol}+{offset:#x}"),
            ExprKind::Bits(value, start, bits, signed) => {
                let sign = if *signed { "signed " } else { "" };
                format!("{sign}bits {start}+{bits} of {}", self.expr(value))
            }
            ExprKind::Text(space, address) => format!("{space:?} text at {}", self.expr(address)),
            ExprKind::Attempt(value, otherwise) => {
                format!("try {} or {}", self.expr(value), self.expr(otherwise))
            }
            ExprKind::Kept(position) => format!("kept {position}"),
            ExprKind::Match { negated, value, pattern } => {
                let operator = if *negated { "!~" } else { "=~" };
                format!("{} {operator} {pattern:?}", self.expr(value))
            }
            ExprKind::Embedded(c) => format!("%{{{}%}}", c.code.text),
            ExprKind::Foreign(what, args) => format!("{what} ({})", self.list(args)),
            ExprKind::Format(format, args) => {
                format!("format {:?} ({})", format.to_string(), self.list(args))
            }
            ExprKind::Print(outputs) => {
                outputs.iter().map(|output| self.output(output)).collect::<Vec<_>>().join("; ")
            }
        };
        match expr.ty {
            Some(ty) => format!("({text}): {ty}"),
            None => text,
        }
    }

    fn output(&self, output: &Output) -> String {
        match output {
            Output::Text(format, args) => {
                format!("print {:?} ({})", format.to_string(), self.list(args))
            }
            Output::Histogram(aggregate) => {
                format!("print histogram of {}", self.aggregate(aggregate))
            }
        }
    }
}
