//! Where debugfs is.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use rustix::mount::{MountFlags, mount};

use crate::Error;

/// Where it is mounted by convention.
const USUAL: &str = "/sys/kernel/debug";

/// Where debugfs is mounted; mounts it if it is not.
pub fn find() -> Result<PathBuf, Error> {
    let mounts =
        fs::read_to_string("/proc/self/mounts").map_err(Error::system("read /proc/self/mounts"))?;
    if let Some(path) = mounted(&mounts) {
        return Ok(path);
    }
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    match mount("debugfs", USUAL, "debugfs", flags, None) {
        Ok(()) => Ok(PathBuf::from(USUAL)),
        Err(error) => Err(Error::NoDebugfs(io::Error::from(error))),
    }
}

/// The mount point in the text of a `mounts` file: the usual one if it is among them.
fn mounted(mounts: &str) -> Option<PathBuf> {
    let places = || {
        mounts.lines().filter_map(|line| {
            let mut fields = line.split(' ');
            let place = fields.nth(1)?;
            (fields.next()? == "debugfs").then(|| Path::new(place))
        })
    };
    places()
        .find(|&place| place == Path::new(USUAL))
        .or_else(|| places().next())
        .map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_place_is_preferred() {
        let none = "proc /proc proc rw 0 0\ndebugfs /x tmpfs rw 0 0\n";
        assert_eq!(mounted(none), None);
        let other = format!("{none}none /d debugfs rw 0 0\n");
        assert_eq!(mounted(&other), Some(PathBuf::from("/d")));
        let both = format!("{other}debugfs /sys/kernel/debug debugfs rw 0 0\n");
        assert_eq!(mounted(&both), Some(PathBuf::from(USUAL)));
    }
}
