//! What can go wrong with a session, and what to do about it.

use std::{io, path::PathBuf};

/// Why a session could not be run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is no kernel module.
    #[error("this file is no kernel module")]
    NotAModule,
    /// The module is not one of stapc's.
    #[error("the module `{0}` was not made by stapc")]
    NotASession(String),
    /// This process may not load modules.
    #[error("only root may load kernel modules\n  help: run this with sudo")]
    NotRoot,
    /// The kernel has no loadable modules.
    #[error("this kernel cannot load modules (it was built without CONFIG_MODULES)")]
    NoModules,
    /// root has switched off loading of modules until the next boot.
    #[error(
        "this kernel loads no more modules until the next boot (the sysctl kernel.modules_disabled is 1)"
    )]
    ModulesDisabled,
    /// Capabilities were dropped, as in a container.
    #[error(
        "this process may not load kernel modules although it is root\n  \
         help: in a container, it needs the capability CAP_SYS_MODULE and the host's /sys"
    )]
    NotAllowed,
    /// The kernel wants a signature that the module does not have.
    #[error(
        "the kernel loads only signed modules{}\n  \
         help: sign the module with a key that the kernel trusts (see `mokutil --import`), or turn Secure Boot off", lockdown.as_deref().unwrap_or_default()
    )]
    Unsigned {
        /// What the kernel's lockdown says, in parentheses, if it is on.
        lockdown: Option<String>,
    },
    /// The module was built for another kernel.
    #[error("the module was built for kernel {module}, and this is {running}")]
    OtherKernel {
        /// The release that the module was built for.
        module: String,
        /// The running one.
        running: String,
    },
    /// This very module is loaded.
    #[error("the module {0} is loaded already: another daemon runs this session")]
    Loaded(String),
    /// The kernel has not the memory that the session takes.
    #[error(
        "the kernel has not enough memory for this session\n  \
         help: make its arrays (MAXMAPENTRIES) or the output buffers of the CPUs (-s) smaller"
    )]
    Memory,
    /// The session would take more than its own bound.
    #[error("the session takes more memory than STP_MAXMEMORY allows")]
    MaxMemory,
    /// The kernel refused the module for another reason.
    #[error(
        "the kernel refused the module {name}: {source}\n  help: the last lines of `dmesg` may say more"
    )]
    Refused {
        /// The module.
        name: String,
        /// What the kernel said.
        source: io::Error,
    },
    /// There is no way to the session's files.
    #[error("debugfs is not mounted, and cannot be mounted at /sys/kernel/debug: {0}")]
    NoDebugfs(io::Error),
    /// One of a session's files could not be opened or read.
    #[error("cannot {what} of the session {name}: {source}")]
    Session {
        /// What was tried, as in "open the control file".
        what: &'static str,
        /// The module.
        name: String,
        /// Why it failed.
        source: io::Error,
    },
    /// The session could not be started, and gave no reason of its own.
    #[error("the session could not be started: {0}")]
    Start(io::Error),
    /// The process that the session is for does not exist.
    #[error("no process has the id {0}")]
    NoProcess(u32),
    /// The command could not be started.
    #[error("cannot start the command: {0}")]
    Command(io::Error),
    /// The output file cannot be made.
    #[error("cannot create {}: {source}", path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The output could not be written. The session was ended in good order.
    #[error("cannot write the output: {0}; the session was ended")]
    Output(io::Error),
    /// The records read are none.
    #[error("the session's output is damaged; this is a bug in stapc, please report it")]
    Corrupt,
    /// Something else that the system refused.
    #[error("cannot {what}: {source}")]
    System {
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        source: io::Error,
    },
}

impl Error {
    /// For `map_err`: the system refused `what`.
    pub(crate) fn system<E: Into<io::Error>>(what: &'static str) -> impl FnOnce(E) -> Self {
        move |source| Self::System { what, source: source.into() }
    }
}
