//! What a backend is: something that takes a verified module and makes an artifact of it.

use stapc_ir::Verified;

/// A way from the IR to something that runs.
pub trait Backend {
    /// What it is called on the command line.
    fn name(&self) -> &'static str;

    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// Makes the artifact. Pure: the same module and context give the same artifact.
    ///
    /// # Errors
    /// For what the IR can say and the backend cannot do. It never panics on a verified module.
    fn emit(&self, module: &Verified, context: &Context<'_>) -> Result<Artifact, BackendError>;
}

/// What a backend can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether it can probe functions of the kernel, and so needs to know the kernel.
    pub kernel_probes: bool,
    /// The most levels of calls that it can bound; `max_nesting` above it is an error.
    pub max_nesting: u32,
}

/// What a backend may want to know beside the module.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// A line of a script file, by the file's index in the module and the line from 1 on; for
    /// comments in what is emitted.
    pub source_line: &'a dyn Fn(u32, u32) -> Option<String>,
    /// Bounds of what runs the artifact, by the names of the `-D` options; the others have its
    /// defaults. Those of the language are the module's.
    pub limits: &'a [(&'static str, i64)],
}

impl Context<'_> {
    /// Knows nothing.
    pub const NONE: Context<'static> = Context { source_line: &|_, _| None, limits: &[] };
}

/// What a backend makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Artifact {
    /// The C source of a freestanding translation unit.
    C(String),
}

/// Something that the IR can say and the backend cannot do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackendError {
    /// The backend.
    pub backend: &'static str,
    /// What it cannot do, and where.
    pub message: String,
}

impl std::fmt::Display for BackendError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the {} backend cannot do this: {}", self.backend, self.message)
    }
}

impl std::error::Error for BackendError {}
