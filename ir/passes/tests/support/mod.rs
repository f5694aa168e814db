//! What several tests use: modules made of bytes, and a machine to execute them.

pub mod generate;
pub mod machine;
