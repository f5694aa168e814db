//! The standard input, for scripts with probes of it.

use std::{
    fs::File,
    io::{self, Read as _, Write as _},
    thread,
};

use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
};

/// A terminal that gives each character at once; it gives whole lines again when this is dropped.
#[derive(Debug)]
pub struct Keyboard(Option<Termios>);

impl Keyboard {
    /// Of the standard input, if that is a terminal that this process is in the foreground of.
    pub fn take() -> Self {
        let input = io::stdin();
        let is_ours = tcgetpgrp(&input).is_ok_and(|group| group == rustix::process::getpgrp());
        let before = tcgetattr(&input).ok().filter(|_| is_ours);
        Self(before.filter(|before| {
            let mut modes = before.clone();
            modes.local_modes.remove(LocalModes::ICANON);
            modes.special_codes[SpecialCodeIndex::VMIN] = 1;
            modes.special_codes[SpecialCodeIndex::VTIME] = 0;
            tcsetattr(&input, OptionalActions::Now, &modes).is_ok()
        }))
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
        }
    }
}

/// Writes what comes on the standard input to a file of the session, each byte by itself, until the input or
/// the session ends. The thread that does it ends with one of the two, or with this process.
pub fn feed(mut file: File) -> io::Result<()> {
    let forward = move || {
        let mut bytes = [0; 4096];
        loop {
            let count = match io::stdin().read(&mut bytes) {
                Ok(count @ 1..) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Ok(0) | Err(_) => return,
            };
            if bytes[..count].iter().any(|byte| file.write_all(&[*byte]).is_err()) {
                return;
            }
        }
    };
    thread::Builder::new().name("stapd-input".to_owned()).spawn(forward).map(drop)
}
