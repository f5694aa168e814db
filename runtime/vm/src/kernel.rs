//! Which kernel to boot.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::Error;

/// A bootable kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kernel {
    image: PathBuf,
}

impl Kernel {
    /// The kernel installed in `/boot` for a release, such as `6.1.0-56-cloud-amd64`.
    pub fn installed(release: &str) -> Result<Self, Error> {
        let image = PathBuf::from(format!("/boot/vmlinuz-{release}"));
        if image.exists() {
            Ok(Self { image })
        } else {
            Err(Error::NoKernel(format!(
                "kernel {release} is not installed: no {}",
                image.display()
            )))
        }
    }

    /// The newest kernel that is installed in `/boot`; one made for virtual machines before others.
    pub fn newest() -> Result<Self, Error> {
        let releases = fs::read_dir("/boot").into_iter().flatten().flatten().filter_map(|entry| {
            Some(entry.file_name().to_str()?.strip_prefix("vmlinuz-")?.to_owned())
        });
        match releases.max_by_key(|release| (release.contains("cloud"), version(release))) {
            Some(release) => Self::installed(&release),
            None => Err(Error::NoKernel("no kernel is installed in /boot".to_owned())),
        }
    }

    /// The kernel in a directory: `bzImage`, `vmlinuz`, or where a build tree has it.
    pub fn dir(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        ["bzImage", "vmlinuz", "arch/x86/boot/bzImage", "build/arch/x86/boot/bzImage"]
            .iter()
            .map(|name| path.join(name))
            .find(|image| image.exists())
            .map(|image| Self { image })
            .ok_or_else(|| Error::NoKernel(format!("no bzImage in {}", path.display())))
    }

    /// A given boot image.
    pub fn image(path: impl Into<PathBuf>) -> Self {
        Self { image: path.into() }
    }

    /// Its boot image.
    pub fn path(&self) -> &Path {
        &self.image
    }
}

/// The numbers in a release, for comparison.
fn version(release: &str) -> Vec<u64> {
    release.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert!(version("6.1.0-56-cloud-amd64") > version("6.1.0-9-cloud-amd64"));
        assert!(version("6.10.1") > version("6.9.12"));
    }
}
