//! `--suppress-handler-errors`: each handler as if it stood in `try { … } catch { next }`.

use stapc_syntax::ast::{ItemKind, Stmt, StmtId, StmtKind, Tree};

/// Puts the body of every probe and alias of a tree into a `try`.
pub fn handler_errors(tree: &mut Tree) {
    let mut items = std::mem::take(&mut tree.items);
    for item in &mut items {
        match &mut item.kind {
            ItemKind::Probe(probe) => wrap(tree, &mut probe.body),
            ItemKind::Alias(alias) => {
                let blocks = alias.prologue.iter_mut().chain(&mut alias.epilogue);
                blocks.for_each(|block| wrap(tree, block));
            }
            _ => {}
        }
    }
    tree.items = items;
}

fn wrap(tree: &mut Tree, body: &mut StmtId) {
    let span = tree.stmts[*body].span;
    let mut add = |kind| tree.stmts.alloc(Stmt { kind, span });
    let next = add(StmtKind::Next);
    let handler = add(StmtKind::Block(vec![next]));
    let guarded = add(StmtKind::Try { body: *body, message: None, handler });
    *body = add(StmtKind::Block(vec![guarded]));
}
