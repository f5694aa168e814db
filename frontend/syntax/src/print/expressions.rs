//! Expressions as script text, in parentheses only where the parser needs them.

use stapc_diagnostics::bytes;

use super::Printer;
use crate::ast::{BinaryOp, ExprId, ExprKind, Selector, Target, TargetRoot};

/// How tightly an expression holds together: an operand must do so at least as tightly as its place
/// asks for.
type Tightness = u8;

const ASSIGNMENT: Tightness = 0;
const TERNARY: Tightness = 1;
const OR: Tightness = 2;
const MEMBERSHIP: Tightness = 7;
const COMPARISON: Tightness = 8;
const SHIFT: Tightness = 9;
const UNARY: Tightness = 13;
const INCREMENT: Tightness = 14;
const VALUE: Tightness = 15;
/// What members and elements can be followed from.
const PRIMARY: Tightness = 16;

fn binary(op: BinaryOp) -> Tightness {
    match op {
        BinaryOp::Or => OR,
        BinaryOp::And => 3,
        BinaryOp::BitOr => 4,
        BinaryOp::BitXor => 5,
        BinaryOp::BitAnd => 6,
        BinaryOp::Equal
        | BinaryOp::NotEqual
        | BinaryOp::Less
        | BinaryOp::LessEqual
        | BinaryOp::Greater
        | BinaryOp::GreaterEqual => COMPARISON,
        BinaryOp::ShiftLeft | BinaryOp::ShiftRight | BinaryOp::ShiftRightLogical => SHIFT,
        BinaryOp::Concatenate => 10,
        BinaryOp::Add | BinaryOp::Subtract => 11,
        BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Remainder => 12,
    }
}

impl Printer<'_> {
    pub(super) fn expr(&mut self, expr: ExprId) {
        let tree = self.tree;
        match &tree.exprs[expr].kind {
            ExprKind::Number(value) => self.number(*value),
            ExprKind::String(text) => self.quoted(&text.bytes),
            ExprKind::Name(name) => self.put(name),
            ExprKind::Target(target) => self.target(target),
            ExprKind::Index { array, keys } => {
                self.put(&array.text);
                self.exprs("[", keys, "]");
            }
            ExprKind::Any => self.put("*"),
            ExprKind::Call { function, args } => {
                self.put(&function.text);
                self.exprs("(", args, ")");
            }
            ExprKind::Statistic { operator, args } | ExprKind::Operator { operator, args } => {
                self.operator(&operator.text, args);
            }
            ExprKind::Bucket { histogram, index } => {
                self.expr(*histogram);
                self.exprs("[", std::slice::from_ref(index), "]");
            }
            ExprKind::Embedded(code) => self.code(code),
            ExprKind::Error => self.put("0"),
            _ => self.operation(expr),
        }
    }

    /// What operators join.
    fn operation(&mut self, expr: ExprId) {
        let tree = self.tree;
        match &tree.exprs[expr].kind {
            ExprKind::Unary(op, operand) => self.prefixed(op.text(), *operand, UNARY),
            ExprKind::Increment { by, before: true, place } => {
                self.prefixed(if *by > 0 { "++" } else { "--" }, *place, VALUE);
            }
            ExprKind::Increment { by, place, .. } => {
                self.operand(*place, VALUE);
                self.put(if *by > 0 { "++" } else { "--" });
            }
            ExprKind::Binary(op, _, left, right) => {
                let level = binary(*op);
                // Nothing is compared to a match without parentheses.
                let matched = matches!(tree.exprs[*left].kind, ExprKind::Match { .. });
                self.operand(*left, if matched && level == COMPARISON { SHIFT } else { level });
                self.put(&format!(" {} ", op.text()));
                self.operand(*right, level + 1);
            }
            ExprKind::Match { negated, value, pattern, .. } => {
                self.operand(*value, SHIFT);
                self.put(if *negated { " !~ " } else { " =~ " });
                self.quoted(&pattern.bytes);
            }
            ExprKind::Ternary(condition, then, otherwise) => {
                self.operand(*condition, OR);
                self.put(" ? ");
                self.operand(*then, ASSIGNMENT);
                self.put(" : ");
                self.operand(*otherwise, TERNARY);
            }
            ExprKind::In { keys, array } => self.membership(keys, *array),
            ExprKind::Assign { op, place, value, .. } => {
                self.operand(*place, TERNARY);
                self.put(&format!(" {}= ", op.map_or("", BinaryOp::text)));
                self.operand(*value, ASSIGNMENT);
            }
            ExprKind::Accumulate { place, value } => {
                self.operand(*place, TERNARY);
                self.put(" <<< ");
                self.operand(*value, ASSIGNMENT);
            }
            _ => {}
        }
    }

    fn tightness(&self, expr: ExprId) -> Tightness {
        match &self.tree.exprs[expr].kind {
            ExprKind::Assign { .. } | ExprKind::Accumulate { .. } => ASSIGNMENT,
            ExprKind::Ternary(..) => TERNARY,
            ExprKind::Binary(op, ..) => binary(*op),
            ExprKind::In { .. } => MEMBERSHIP,
            ExprKind::Match { .. } => COMPARISON,
            ExprKind::Unary(..) => UNARY,
            ExprKind::Increment { .. } => INCREMENT,
            ExprKind::Target(Target { address: true, .. }) => VALUE,
            _ => PRIMARY,
        }
    }

    fn operand(&mut self, expr: ExprId, least: Tightness) {
        if self.tightness(expr) < least { self.in_parentheses(expr) } else { self.expr(expr) }
    }

    fn in_parentheses(&mut self, expr: ExprId) {
        self.put("(");
        self.expr(expr);
        self.put(")");
    }

    /// An operator before its operand, which must not become another operator with it.
    fn prefixed(&mut self, operator: &str, operand: ExprId, least: Tightness) {
        self.put(operator);
        let at = self.out.len();
        self.operand(operand, least);
        let glued = matches!(
            (operator, self.out.as_bytes().get(at)),
            ("-" | "--", Some(b'-')) | ("+" | "++", Some(b'+')) | ("!", Some(b'~'))
        );
        if glued {
            self.out.insert(at, ' ');
        }
    }

    fn membership(&mut self, keys: &[ExprId], array: ExprId) {
        match keys {
            [key] if !matches!(self.tree.exprs[*key].kind, ExprKind::Any) => {
                self.operand(*key, COMPARISON);
            }
            _ => {
                self.put("[");
                for (position, key) in keys.iter().enumerate() {
                    self.put(if position > 0 { ", " } else { "" });
                    self.operand(*key, COMPARISON);
                }
                self.put("]");
            }
        }
        self.put(" in ");
        self.expr(array);
    }

    fn exprs(&mut self, open: &str, exprs: &[ExprId], close: &str) {
        self.put(open);
        for (position, expr) in exprs.iter().enumerate() {
            self.put(if position > 0 { ", " } else { "" });
            self.expr(*expr);
        }
        self.put(close);
    }

    /// `@operator(…)`
    fn operator(&mut self, operator: &str, args: &[ExprId]) {
        self.put("@");
        self.put(operator);
        match args {
            [value, numbers @ ..] if matches!(operator, "variance" | "hist_linear") => {
                self.put("(");
                self.expr(*value);
                for number in numbers {
                    self.put(", ");
                    self.constant(*number);
                }
                self.put(")");
            }
            _ => self.exprs("(", args, ")"),
        }
    }

    fn target(&mut self, target: &Target) {
        self.put(if target.address { "&" } else { "" });
        match &target.root {
            TargetRoot::Variable(name) => {
                self.put("$");
                self.put(&name.text);
            }
            TargetRoot::Operator(name, args) => self.operator(&name.text, args),
            TargetRoot::Value(value) if self.is_apart(*value, &target.selectors) => {
                self.in_parentheses(*value);
            }
            TargetRoot::Value(value) => self.operand(*value, PRIMARY),
        }
        for selector in &target.selectors {
            match selector {
                Selector::Member(name) => {
                    self.put("->");
                    self.put(&name.text);
                }
                Selector::Element(index) => self.exprs("[", std::slice::from_ref(index), "]"),
            }
        }
        self.put(&"$".repeat(usize::from(target.pretty)));
    }

    /// Whether selectors behind a value would be taken for its own.
    fn is_apart(&self, value: ExprId, selectors: &[Selector]) -> bool {
        match &self.tree.exprs[value].kind {
            ExprKind::Target(_) => true,
            ExprKind::Name(_) => matches!(selectors, [Selector::Element(_), ..]),
            _ => false,
        }
    }

    /// A literal where a sign belongs to it.
    pub(super) fn constant(&mut self, expr: ExprId) {
        match self.tree.exprs[expr].kind {
            ExprKind::Number(value) => self.put(&value.to_string()),
            _ => self.expr(expr),
        }
    }

    /// A number where a sign would be an operator.
    fn number(&mut self, value: i64) {
        let text = if value < 0 { format!("{value:#x}") } else { value.to_string() };
        self.put(&text);
    }

    /// A string literal that stands for some bytes.
    pub(super) fn quoted(&mut self, text: &[u8]) {
        self.put("\"");
        for chunk in text.utf8_chunks() {
            for c in chunk.valid().chars() {
                match c {
                    '"' => self.put("\\\""),
                    '\\' => self.put("\\\\"),
                    '\n' => self.put("\\n"),
                    '\t' => self.put("\\t"),
                    c if c.is_control() || bytes::byte_of(c).is_some() => {
                        self.octal(c.encode_utf8(&mut [0; 4]).as_bytes());
                    }
                    c => self.out.push(c),
                }
            }
            self.octal(chunk.invalid());
        }
        self.put("\"");
    }

    fn octal(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.put(&format!("\\{byte:03o}"));
        }
    }
}
