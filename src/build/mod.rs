//! From the text of a probe module to a loadable `.ko`, without kbuild where it need not be.
//!
//! kbuild runs once per kernel and runtime version ([`runtime`]); what it made and how it made it is
//! kept in the cache. A script's own code is then compiled and linked with the same compiler flags,
//! objtool and linker script ([`probe`]), which takes hundredths of a second.

mod embedded;
pub mod probe;
mod profile;
pub mod recipe;
pub mod runtime;

pub use embedded::{Embedded, Refused, as_module};
pub use probe::{Module, Parts, build, module_info};
pub use runtime::Runtime;
