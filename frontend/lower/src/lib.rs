//! HIR to probe IR.
