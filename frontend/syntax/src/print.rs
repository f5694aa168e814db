//! The tree as script text: parsing it gives the same tree again.

mod expressions;

use crate::ast::{
    Alias, Argument, Code, Component, ExprId, Foreach, Function, FunctionBody, Globals, Item,
    ItemKind, Name, Presence, ProbePoint, Sort, SortBy, StmtId, StmtKind, Tree, TypeName,
};

/// The script that declarations stand for.
pub fn print(tree: &Tree, items: &[Item]) -> String {
    let mut printer = Printer { tree, out: String::new(), indent: 0 };
    for item in items {
        printer.item(item);
    }
    printer.out
}

struct Printer<'a> {
    tree: &'a Tree,
    out: String,
    indent: usize,
}

impl<'a> Printer<'a> {
    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// Each of a list, with `separator` between them.
    fn list<T>(&mut self, list: &'a [T], separator: &str, mut put: impl FnMut(&mut Self, &'a T)) {
        for (position, part) in list.iter().enumerate() {
            if position > 0 {
                self.put(separator);
            }
            put(self, part);
        }
    }

    fn begin_line(&mut self) {
        for _ in 0..self.indent {
            self.put("    ");
        }
    }

    fn item(&mut self, item: &'a Item) {
        match &item.kind {
            ItemKind::Globals(globals) => self.globals(globals),
            ItemKind::Function(function) => self.function(function),
            ItemKind::Probe(probe) => {
                self.put("probe ");
                self.list(&probe.points, ", ", Self::point);
                self.body(probe.body);
            }
            ItemKind::Alias(alias) => self.alias(alias),
            ItemKind::Embedded(code) => {
                self.code(code);
                self.put("\n");
            }
        }
    }

    fn globals(&mut self, globals: &'a Globals) {
        self.put(if globals.private { "private global " } else { "global " });
        self.list(&globals.globals, ", ", |printer, global| {
            printer.put(&global.name.text);
            printer.put(if global.wrap { "%" } else { "" });
            if let Some((size, _)) = global.size {
                printer.put(&format!("[{size}]"));
            }
            if let Some(init) = global.init {
                printer.put(" = ");
                printer.constant(init);
            }
        });
        self.put(";\n");
    }

    fn function(&mut self, function: &'a Function) {
        self.put(if function.private { "private function " } else { "function " });
        self.put(&function.name.text);
        self.put(type_text(function.returns));
        self.put("(");
        self.list(&function.params, ", ", |printer, param| {
            printer.put(&param.name.text);
            printer.put(type_text(param.ty));
        });
        self.put(")");
        if let Some((priority, _)) = function.priority {
            self.put(&format!(" :{priority}"));
        }
        match &function.body {
            FunctionBody::Block(body) => self.body(*body),
            FunctionBody::Embedded(code) => {
                self.put(" ");
                self.code(code);
                self.put("\n");
            }
        }
    }

    fn alias(&mut self, alias: &'a Alias) {
        self.put("probe ");
        let (operator, first, second) = match alias.prologue {
            Some(prologue) => (" = ", Some(prologue), alias.epilogue),
            None => (" += ", alias.epilogue, None),
        };
        for name in &alias.names {
            self.point(name);
            self.put(operator);
        }
        self.list(&alias.points, ", ", Self::point);
        for (block, before) in [(first, " "), (second, ", ")] {
            if let Some(block) = block {
                self.put(before);
                self.block(block);
            }
        }
        self.put("\n");
    }

    fn code(&mut self, code: &Code) {
        self.put("%{");
        self.put(&stapc_diagnostics::bytes::decode(&code.text));
        self.put("%}");
    }

    fn point(&mut self, point: &'a ProbePoint) {
        self.list(&point.components, ".", Self::component);
        self.put(match point.presence {
            Presence::Required => "",
            Presence::Optional => "?",
            Presence::Sufficient => "!",
        });
        if let Some(condition) = point.condition {
            self.put(" if (");
            self.expr(condition);
            self.put(")");
        }
    }

    fn component(&mut self, component: &'a Component) {
        match component {
            Component::Named { name, argument } => {
                self.put(&name.text);
                match argument {
                    None => {}
                    Some(Argument::Number(number, _)) => self.put(&format!("({number})")),
                    Some(Argument::String(text)) => {
                        self.put("(");
                        self.quoted(&text.bytes);
                        self.put(")");
                    }
                }
            }
            Component::Alternatives { points, .. } => {
                self.put("{");
                self.list(points, ", ", Self::point);
                self.put("}");
            }
        }
    }

    /// What a head governs, behind it: a block on its line, another statement on one of its own.
    fn body(&mut self, body: StmtId) {
        if let StmtKind::Block(_) = self.tree.stmts[body].kind {
            self.put(" ");
            self.block(body);
            self.put("\n");
        } else {
            self.put("\n");
            self.indent += 1;
            self.stmt(body);
            self.indent -= 1;
        }
    }

    /// A block without the end of its last line; any other statement in braces.
    fn block(&mut self, block: StmtId) {
        let one = [block];
        let statements = match &self.tree.stmts[block].kind {
            StmtKind::Block(statements) => statements.as_slice(),
            _ => &one,
        };
        self.put("{\n");
        self.indent += 1;
        statements.iter().for_each(|&statement| self.stmt(statement));
        self.indent -= 1;
        self.begin_line();
        self.put("}");
    }

    fn stmt(&mut self, stmt: StmtId) {
        self.begin_line();
        match &self.tree.stmts[stmt].kind {
            StmtKind::Empty => {}
            StmtKind::Expr(expr) => self.expr(*expr),
            StmtKind::Break => self.put("break"),
            StmtKind::Continue => self.put("continue"),
            StmtKind::Next => self.put("next"),
            StmtKind::Return(None) => self.put("return"),
            StmtKind::Return(Some(value)) => {
                self.put("return ");
                self.expr(*value);
            }
            StmtKind::Delete(place) => {
                self.put("delete ");
                self.expr(*place);
            }
            _ => return self.compound(stmt),
        }
        self.put(";\n");
    }

    /// A statement with statements in it.
    fn compound(&mut self, stmt: StmtId) {
        match &self.tree.stmts[stmt].kind {
            StmtKind::Block(_) => {
                self.block(stmt);
                self.put("\n");
            }
            StmtKind::If(arms, otherwise) => self.if_statement(arms, *otherwise),
            StmtKind::While(condition, body) => {
                self.head("while (", Some(*condition), ")");
                self.body(*body);
            }
            StmtKind::For(first, condition, step, body) => {
                self.head("for (", *first, "; ");
                self.head("", *condition, "; ");
                self.head("", *step, ")");
                self.body(*body);
            }
            StmtKind::Foreach(foreach) => {
                self.foreach_head(foreach);
                self.body(foreach.body);
            }
            StmtKind::Try { body, message, handler } => {
                self.put("try ");
                self.block(*body);
                self.put(" catch ");
                if let Some(message) = message {
                    self.put(&format!("({}) ", message.text));
                }
                self.block(*handler);
                self.put("\n");
            }
            _ => {}
        }
    }

    fn head(&mut self, before: &str, expr: Option<ExprId>, behind: &str) {
        self.put(before);
        if let Some(expr) = expr {
            self.expr(expr);
        }
        self.put(behind);
    }

    fn if_statement(&mut self, arms: &'a [(ExprId, StmtId)], otherwise: Option<StmtId>) {
        for (position, &(condition, then)) in arms.iter().enumerate() {
            if position > 0 {
                self.begin_line();
                self.put("else ");
            }
            self.head("if (", Some(condition), ")");
            self.body(then);
        }
        if let Some(otherwise) = otherwise {
            self.begin_line();
            self.put("else");
            self.body(otherwise);
        }
    }

    fn foreach_head(&mut self, foreach: &'a Foreach) {
        self.put("foreach (");
        if let Some(value) = &foreach.value {
            self.put(&format!("{} = ", value.text));
        }
        self.put("[");
        for (position, name) in foreach.keys.iter().enumerate() {
            self.put(if position > 0 { ", " } else { "" });
            self.put(&name.text);
            match &foreach.sort {
                Some(sort) if sort.by == SortBy::Key(position) => self.put(sign(sort)),
                _ => {}
            }
        }
        self.put("] in ");
        self.expr(foreach.array);
        if let Some(sort @ Sort { by: SortBy::Value(operator), .. }) = &foreach.sort {
            if let Some(Name { text, .. }) = operator {
                self.put(&format!(" @{text}"));
            }
            self.put(sign(sort));
        }
        if let Some(limit) = foreach.limit {
            self.head(" limit ", Some(limit), "");
        }
        self.put(")");
    }
}

fn sign(sort: &Sort) -> &'static str {
    if sort.descending { "-" } else { "+" }
}

fn type_text(ty: Option<TypeName>) -> &'static str {
    match ty {
        None => "",
        Some(TypeName::Long) => ":long",
        Some(TypeName::String) => ":string",
    }
}
