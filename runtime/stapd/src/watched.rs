//! The process that a session is for.

use std::os::fd::OwnedFd;

use rustix::{
    io::Errno,
    process::{Pid, PidfdFlags, pidfd_open},
};

use crate::{Error, Target, command::Command};

/// The process whose end ends the session.
pub enum Watched {
    /// There is none.
    Nothing,
    /// None either, but `target()` gives this number.
    Number(i32),
    /// Somebody's.
    Process {
        /// Its process id.
        id: i32,
        /// Readable when it has ended.
        process: OwnedFd,
    },
    /// This daemon's own child.
    Command(Command),
}

impl Watched {
    /// Finds the process, or makes it, held.
    pub fn new(target: &Target) -> Result<Self, Error> {
        match target {
            Target::None => Ok(Self::Nothing),
            Target::Command(text) => Command::hold(text).map(Self::Command).map_err(Error::Command),
            Target::Number(id) => {
                i32::try_from(*id).map(Self::Number).map_err(|_| Error::NoProcess(*id))
            }
            Target::Pid(id) => {
                let pid =
                    i32::try_from(*id).ok().and_then(Pid::from_raw).ok_or(Error::NoProcess(*id))?;
                // EINVAL, ENOENT: a thread of some process.
                let process =
                    pidfd_open(pid, PidfdFlags::empty()).map_err(|errno| match errno {
                        Errno::SRCH | Errno::INVAL | Errno::NOENT => Error::NoProcess(*id),
                        _ => Error::System { what: "watch the process", source: errno.into() },
                    })?;
                Ok(Self::Process { id: pid.as_raw_nonzero().get(), process })
            }
        }
    }

    /// What `target()` gives.
    pub fn id(&self) -> i32 {
        match self {
            Self::Nothing => 0,
            Self::Number(id) | Self::Process { id, .. } => *id,
            Self::Command(command) => command.id(),
        }
    }
}
