//! The local time, for the module: what `tz_gmtoff()` and `tz_name()` give.

use std::{ffi::CStr, mem::MaybeUninit, ptr};

/// The module's parameters that say it, each behind a space.
pub fn parameters() -> String {
    let mut local = MaybeUninit::<libc::tm>::zeroed();
    // SAFETY: time() takes a null pointer, and localtime_r() fills what it is given or returns null.
    let local = unsafe {
        let now = libc::time(ptr::null_mut());
        if libc::localtime_r(&raw const now, local.as_mut_ptr()).is_null() {
            return String::new();
        }
        local.assume_init()
    };
    if local.tm_zone.is_null() {
        return String::new();
    }
    // SAFETY: it is not null, and then it is a C string of the C library's.
    let name = unsafe { CStr::from_ptr(local.tm_zone) }.to_string_lossy();
    // What the kernel's parser of parameters would take apart is no name of a zone.
    if name.is_empty()
        || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-_".contains(&byte))
    {
        return String::new();
    }
    format!(" tz_gmtoff={} tz_name={name}", -local.tm_gmtoff)
}
