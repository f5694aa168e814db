//! `-o`: the file's name may have parts of the time in it.

use std::{ffi::CString, os::unix::ffi::OsStrExt as _, path::Path, path::PathBuf};

use stapd::SessionArgs;

/// The options of a session, with the name of its output file made.
pub fn session(options: &SessionArgs) -> SessionArgs {
    let output = options.output.as_deref();
    let output = output.map(|path| timed(path).unwrap_or_else(|| path.into()));
    SessionArgs { output, ..options.clone() }
}

/// A path with its `%Y` and the like replaced; none if nothing can be made of it.
fn timed(path: &Path) -> Option<PathBuf> {
    let bytes = path.as_os_str().as_bytes();
    if !bytes.contains(&b'%') {
        return None;
    }
    let format = CString::new(bytes).ok()?;
    let mut made = vec![0_u8; 4096];
    // SAFETY: `time` and `localtime_r` are given places to write to or none, `tm` is plain numbers
    // (and a pointer that may be null), and `strftime` writes no more than the length it is given.
    let length = unsafe {
        let now = libc::time(std::ptr::null_mut());
        let mut parts: libc::tm = std::mem::zeroed();
        libc::localtime_r(&now, &mut parts);
        libc::strftime(made.as_mut_ptr().cast(), made.len(), format.as_ptr(), &parts)
    };
    made.truncate(length);
    let name = std::ffi::OsStr::from_bytes(&made);
    (!name.is_empty()).then(|| PathBuf::from(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_the_time_are_put_in() {
        let name = timed(Path::new("out.%Y-%%.txt")).unwrap();
        let name = name.to_str().unwrap();
        let year: u32 = name["out.".len()..][..4].parse().unwrap();
        assert!(year >= 2024);
        assert!(name.ends_with("-%.txt"), "{name}");
        assert_eq!(timed(Path::new("plain")), None);
    }
}
