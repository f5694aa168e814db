//! Abstract syntax tree to typed, resolved HIR.
