//! IR text to IR.
