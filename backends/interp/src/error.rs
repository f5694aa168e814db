//! What goes wrong that is not the probe program's doing.

use std::fmt;

/// A module did what the IR forbids: a defect of the module, or of what made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterpError {
    /// The function, if it was in one.
    pub function: String,
    /// The block and the instruction, if it was at one.
    pub place: String,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for InterpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.function.is_empty() {
            write!(f, "%{}, {}: ", self.function, self.place)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for InterpError {}

/// Why execution does not just go on.
#[derive(Debug)]
pub enum Stop {
    /// A fault, which the machine has noted.
    Fault,
    /// The handler ends here: the hit is skipped, unless a fault is noted.
    Leave,
    /// There have been enough steps.
    Steps,
    /// The module does what it must not.
    Bug(Box<str>),
}

/// What an instruction comes to.
pub type Done = Result<(), Stop>;

/// The module does what it must not.
pub fn bug(message: impl Into<String>) -> Stop {
    Stop::Bug(message.into().into_boxed_str())
}
