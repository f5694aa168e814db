//! The reference semantics: IR run in process.
