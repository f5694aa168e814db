//! Which functions a probe can come to call.

use stapc_diagnostics::Span;
use stapc_syntax::ast::{ExprKind, Item};

use super::Infer;

impl Infer<'_> {
    /// Numbers the functions that probes can come to call, in the order of declaration.
    pub(super) fn find_called(&mut self) {
        let calls = self.calls_by_item();
        let is_probe = |item: &usize| matches!(self.file.items[*item], Item::Probe(_));
        let mut reached = vec![false; self.symbols.functions.len()];
        let mut open: Vec<usize> = (0..self.file.items.len()).filter(is_probe).collect();
        while let Some(item) = open.pop() {
            for &callee in &calls[item] {
                if !std::mem::replace(&mut reached[callee], true) {
                    open.push(self.symbols.functions[callee].item);
                }
            }
        }
        let functions = self.symbols.functions.iter_mut().zip(reached);
        let called = functions.filter(|(_, reached)| *reached).map(|(function, _)| function);
        for (number, function) in called.enumerate() {
            function.called = Some(number);
        }
    }

    /// The functions that each declaration's body calls.
    fn calls_by_item(&self) -> Vec<Vec<usize>> {
        let file = self.file;
        let body = |item: &Item| match item {
            Item::Probe(probe) => file.stmts[probe.body].span,
            Item::Function(function) => file.stmts[function.body].span,
            Item::Global(globals) => {
                globals.first().map_or(Span::new(file.id, 0, 0), |global| global.name.span)
            }
        };
        // Declarations stand in the order of the file, and one behind the other.
        let starts: Vec<u32> = file.items.iter().map(|item| body(item).start).collect();
        let mut calls = vec![Vec::new(); starts.len()];
        for (_, expr) in file.exprs.iter() {
            if let ExprKind::Call { function, .. } = &expr.kind
                && let Some(&callee) = self.symbols.function_names.get(&function.text)
                && let Some(item) =
                    starts.partition_point(|&start| start <= expr.span.start).checked_sub(1)
            {
                calls[item].push(callee);
            }
        }
        calls
    }
}
