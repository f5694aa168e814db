//! Text of a probe script to tokens to an abstract syntax tree.
