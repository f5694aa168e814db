//! The tree as script text, fully parenthesised: parsing it gives the same tree again.

use std::fmt::Write as _;

use crate::ast::{
    Argument, Expr, ExprId, ExprKind, File, Foreach, Function, Global, Item, Name, Probe,
    ProbePoint, Sort, SortBy, StmtId, StmtKind, TypeName,
};

/// The script that a tree stands for.
pub fn print(file: &File) -> String {
    let mut printer = Printer { file, out: String::new(), indent: 0 };
    for item in &file.items {
        printer.item(item);
    }
    printer.out
}

struct Printer<'a> {
    file: &'a File,
    out: String,
    indent: usize,
}

impl Printer<'_> {
    fn line(&mut self, text: &str) {
        let indent = self.indent;
        // Writing to a string cannot fail.
        let _ = writeln!(self.out, "{:indent$}{text}", "", indent = indent * 4);
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Global(globals) => {
                let list: Vec<String> = globals.iter().map(|global| self.global(global)).collect();
                self.line(&format!("global {};", list.join(", ")));
            }
            Item::Function(function) => {
                let head = self.function_head(function);
                self.with_body(&head, function.body);
            }
            Item::Probe(Probe { points, body, .. }) => {
                let points: Vec<String> = points.iter().map(point).collect();
                self.with_body(&format!("probe {}", points.join(", ")), *body);
            }
        }
    }

    fn global(&self, global: &Global) -> String {
        let wrap = if global.wrap { "%" } else { "" };
        let size = global.size.map(|(size, _)| format!("[{size}]")).unwrap_or_default();
        let init =
            global.init.map(|init| format!(" = {}", self.constant(init))).unwrap_or_default();
        format!("{}{wrap}{size}{init}", global.name.text)
    }

    /// An initialiser: no parentheses may stand there.
    fn constant(&self, expr: ExprId) -> String {
        match &self.file.exprs[expr].kind {
            ExprKind::Unary(op, operand) => format!("{}{}", op.text(), self.expr(*operand)),
            _ => self.expr(expr),
        }
    }

    fn function_head(&self, function: &Function) -> String {
        let ty = |ty: Option<TypeName>| match ty {
            None => "",
            Some(TypeName::Long) => ":long",
            Some(TypeName::String) => ":string",
        };
        let params: Vec<String> = function
            .params
            .iter()
            .map(|param| format!("{}{}", param.name.text, ty(param.ty)))
            .collect();
        format!("function {}{}({})", function.name.text, ty(function.returns), params.join(", "))
    }

    /// A head and what it governs: a block in braces, another statement on a line of its own.
    fn with_body(&mut self, head: &str, body: StmtId) {
        let file = self.file;
        let StmtKind::Block(statements) = &file.stmts[body].kind else {
            self.line(head);
            self.indent += 1;
            self.stmt(body);
            self.indent -= 1;
            return;
        };
        self.line(&format!("{head}{}{{", if head.is_empty() { "" } else { " " }));
        self.indent += 1;
        statements.iter().for_each(|&statement| self.stmt(statement));
        self.indent -= 1;
        self.line("}");
    }

    fn stmt(&mut self, stmt: StmtId) {
        let file = self.file;
        let optional = |expr: &Option<ExprId>| expr.map(|expr| self.expr(expr)).unwrap_or_default();
        match &file.stmts[stmt].kind {
            StmtKind::Empty => self.line(";"),
            StmtKind::Block(_) => self.with_body("", stmt),
            StmtKind::Expr(expr) => self.line(&format!("{};", self.expr(*expr))),
            StmtKind::If(arms, otherwise) => {
                for (position, &(condition, then)) in arms.iter().enumerate() {
                    let keyword = if position == 0 { "if" } else { "else if" };
                    self.with_body(&format!("{keyword} ({})", self.expr(condition)), then);
                }
                if let Some(otherwise) = otherwise {
                    self.with_body("else", *otherwise);
                }
            }
            StmtKind::While(condition, body) => {
                self.with_body(&format!("while ({})", self.expr(*condition)), *body)
            }
            StmtKind::For(first, condition, step, body) => {
                let head = format!(
                    "for ({}; {}; {})",
                    optional(first),
                    optional(condition),
                    optional(step)
                );
                self.with_body(&head, *body);
            }
            StmtKind::Foreach(foreach) => self.with_body(&self.foreach_head(foreach), foreach.body),
            StmtKind::Break => self.line("break;"),
            StmtKind::Continue => self.line("continue;"),
            StmtKind::Next => self.line("next;"),
            StmtKind::Return(None) => self.line("return;"),
            StmtKind::Return(Some(value)) => self.line(&format!("return {};", self.expr(*value))),
            StmtKind::Delete(place) => self.line(&format!("delete {};", self.expr(*place))),
        }
    }

    fn foreach_head(&self, foreach: &Foreach) -> String {
        let sign = |sort: &Sort| if sort.descending { "-" } else { "+" };
        let key = |(position, name): (usize, &Name)| match &foreach.sort {
            Some(sort) if sort.by == SortBy::Key(position) => {
                format!("{}{}", name.text, sign(sort))
            }
            _ => name.text.clone(),
        };
        let keys: Vec<String> = foreach.keys.iter().enumerate().map(key).collect();
        let value =
            foreach.value.as_ref().map(|value| format!("{} = ", value.text)).unwrap_or_default();
        let order = match &foreach.sort {
            Some(sort @ Sort { by: SortBy::Value(operator), .. }) => {
                let operator = operator
                    .as_ref()
                    .map(|operator| format!(" @{}", operator.text))
                    .unwrap_or_default();
                format!("{operator}{}", sign(sort))
            }
            _ => String::new(),
        };
        let limit =
            foreach.limit.map(|limit| format!(" limit {}", self.expr(limit))).unwrap_or_default();
        format!("foreach ({value}[{}] in {}{order}{limit})", keys.join(", "), foreach.array.text)
    }

    fn expr(&self, expr: ExprId) -> String {
        let Expr { kind, .. } = &self.file.exprs[expr];
        match kind {
            ExprKind::Number(value) if *value < 0 => format!("{:#x}", value),
            ExprKind::Number(value) => value.to_string(),
            ExprKind::String(text) => quote(text),
            ExprKind::Name(name) => name.clone(),
            ExprKind::Target { name, members } => {
                members.iter().fold(format!("${name}"), |text, member| text + "->" + &member.text)
            }
            ExprKind::Index { array, keys } => format!("{}[{}]", array.text, self.list(keys)),
            ExprKind::Call { function, args } => format!("{}({})", function.text, self.list(args)),
            ExprKind::Statistic { operator, args } => {
                format!("@{}({})", operator.text, self.list(args))
            }
            ExprKind::Unary(op, operand) => format!("({}{})", op.text(), self.expr(*operand)),
            ExprKind::Binary(op, _, left, right) => {
                format!("({} {} {})", self.expr(*left), op.text(), self.expr(*right))
            }
            ExprKind::Ternary(condition, then, otherwise) => format!(
                "({} ? {} : {})",
                self.expr(*condition),
                self.expr(*then),
                self.expr(*otherwise)
            ),
            ExprKind::In { keys, array } => format!("([{}] in {})", self.list(keys), array.text),
            ExprKind::Assign { op, place, value, .. } => format!(
                "({} {}= {})",
                self.expr(*place),
                op.map_or("", |op| op.text()),
                self.expr(*value)
            ),
            ExprKind::Accumulate { place, value } => {
                format!("({} <<< {})", self.expr(*place), self.expr(*value))
            }
            ExprKind::Increment { by, before, place } => {
                let sign = if *by > 0 { "++" } else { "--" };
                let place = self.expr(*place);
                if *before { format!("({sign}{place})") } else { format!("({place}{sign})") }
            }
            ExprKind::Error => "0".to_owned(),
        }
    }

    fn list(&self, list: &[ExprId]) -> String {
        list.iter().map(|&expr| self.expr(expr)).collect::<Vec<_>>().join(", ")
    }
}

fn point(point: &ProbePoint) -> String {
    let component = |component: &crate::ast::Component| match &component.argument {
        None => component.name.text.clone(),
        Some(Argument::Number(number, _)) => format!("{}({number})", component.name.text),
        Some(Argument::String(text, _)) => format!("{}({})", component.name.text, quote(text)),
    };
    let parts: Vec<String> = point.components.iter().map(component).collect();
    format!("{}{}", parts.join("."), point.optional.map(String::from).unwrap_or_default())
}

/// A string literal that stands for `text`.
fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if (c as u32) < 0x20 || c == '\x7f' => {
                quoted.push_str(&format!("\\{:03o}", c as u32))
            }
            c => quoted.push(c),
        }
    }
    quoted + "\""
}
