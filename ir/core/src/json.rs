//! A module as JSON, for tools; `schema/module.json` describes it.
//!
//! Written and read by hand, and versioned: the structures behind it may change without changing it.

mod names;
mod node;
mod read;
mod write;

pub use names::schema;
pub use node::JsonError;
pub use read::from_json;
pub use write::to_json;

/// The version of the JSON form; it changes when a reader would have to.
pub const JSON_VERSION: u32 = 5;
