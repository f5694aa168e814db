//! What stapc needs of the machine, besides a kernel.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result};

/// A Debian package that is needed.
pub struct Need {
    /// Its name.
    pub package: &'static str,
    /// What it is for.
    pub why: &'static str,
    /// A file of it, by which it is known where packages have other names.
    file: &'static str,
}

/// What everything needs.
pub const NEEDS: &[Need] = &[
    need("qemu-system-x86", "runs the virtual machine", "/usr/bin/qemu-system-x86_64"),
    need("busybox-static", "programs inside the virtual machine", "/bin/busybox"),
    need("kmod", "loads modules", "/bin/kmod"),
    need("gcc", "compiles probe modules", "/usr/bin/gcc"),
    need("binutils", "links probe modules", "/usr/bin/ld"),
    need("make", "builds the kernel side of the runtime", "/usr/bin/make"),
    need(
        "libc6-dev",
        "static programs for the virtual machine",
        "/usr/lib/x86_64-linux-gnu/libc.a",
    ),
    need("python3", "reads the IR's JSON in tests", "/usr/bin/python3"),
    need("zstd", "unpacks kernels", "/usr/bin/zstd"),
    need("xz-utils", "unpacks kernels", "/usr/bin/xz"),
];

/// What only tests need: nothing that runs a script asks for it.
pub const TESTS: &[Need] = &[
    need("chromium", "opens the pages of --emit=html", "/usr/bin/chromium"),
    need("clang", "compiles programs whose variables are read", "/usr/bin/clang"),
    need("gdb", "says what their variables are", "/usr/bin/gdb"),
    need("dwz", "packs debug information as distributions do", "/usr/bin/dwz"),
    need(
        "systemtap-sdt-dev",
        "the header of marks, which tests compile",
        "/usr/include/x86_64-linux-gnu/sys/sdt.h",
    ),
];

/// What only comparisons with SystemTap need.
pub const REFERENCE: &[Need] = &[
    need("systemtap", "the peer's translator and its manual pages", "/usr/bin/stap"),
    need("systemtap-common", "the peer's tapset", "/usr/share/systemtap/tapset"),
    need(
        "systemtap-doc",
        "the peer's language reference and examples",
        "/usr/share/doc/systemtap-doc",
    ),
];

const fn need(package: &'static str, why: &'static str, file: &'static str) -> Need {
    Need { package, why, file }
}

/// Those of `needs` that are not installed: as dpkg says, or by their files where there is no dpkg.
pub fn missing(needs: &'static [Need]) -> Result<Vec<&'static Need>> {
    if !Path::new("/usr/bin/dpkg-query").exists() {
        return Ok(needs.iter().filter(|need| !Path::new(need.file).exists()).collect());
    }
    let output = Command::new("dpkg-query")
        .args(["-W", "-f=${db:Status-Status} ${Package}\n"])
        .args(needs.iter().map(|need| need.package))
        .stderr(Stdio::null()) // It says there what it does not know; that is what is missing.
        .output()
        .context("cannot run dpkg-query")?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(needs.iter().filter(|need| !is_installed(&text, need.package)).collect())
}

/// Whether dpkg-query's list says that `package` is installed, and not only once was.
fn is_installed(list: &str, package: &str) -> bool {
    list.lines().any(|line| line.strip_prefix("installed ") == Some(package))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_removed_package_is_missing() {
        let list = "installed gcc\nconfig-files kmod\nnot-installed make\n";
        assert!(is_installed(list, "gcc"));
        assert!(!is_installed(list, "kmod"));
        assert!(!is_installed(list, "make"));
        assert!(!is_installed(list, "zstd"));
    }
}
