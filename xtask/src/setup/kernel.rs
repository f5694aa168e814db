//! The kernel that is booted in the virtual machine: image, build tree and debug information, all of
//! one release.

use std::{fmt, fs, path::Path};

/// Debian's kernel for virtual machines: the newest one, as a package that depends on it.
pub const META: &str = "linux-image-cloud-amd64";

/// What in a release's name says that it is a kernel for virtual machines.
const FLAVOUR: &str = "cloud-amd64";

/// What there is of such a kernel on this machine.
#[derive(Debug, PartialEq, Eq)]
pub enum State {
    /// There is none.
    Absent,
    /// The newest one's release, and what is not there of it.
    Installed {
        /// As `uname -r` says it.
        release: String,
        /// In the order of [`Part`].
        lacks: Vec<Part>,
    },
}

/// What is needed beside the bootable image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Its modules.
    Modules,
    /// The build tree for modules.
    Headers,
    /// The image with its debug information.
    DebugInformation,
}

impl State {
    /// What there is under `root` (`/`, but in tests).
    pub fn of(root: &Path) -> Self {
        let Some(release) = newest_release(root) else { return Self::Absent };
        let parts = [Part::Modules, Part::Headers, Part::DebugInformation];
        let lacks = parts.into_iter().filter(|part| !part.exists(root, &release)).collect();
        Self::Installed { release, lacks }
    }

    /// Whether nothing is missing.
    pub fn is_complete(&self) -> bool {
        matches!(self, Self::Installed { lacks, .. } if lacks.is_empty())
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => write!(
                f,
                "for virtual machines, with its headers and its debug information ({META})"
            ),
            Self::Installed { release, lacks } => {
                write!(f, "{release}")?;
                let names: Vec<_> = lacks.iter().map(|part| part.name()).collect();
                if names.is_empty() {
                    Ok(())
                } else {
                    write!(f, " without its {}", names.join(" and its "))
                }
            }
        }
    }
}

impl Part {
    /// Its name in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Self::Modules => "image and modules",
            Self::Headers => "headers",
            Self::DebugInformation => "debug information",
        }
    }

    /// The Debian package that has it for a release.
    pub fn package(self, release: &str) -> String {
        match self {
            Self::Modules => format!("linux-image-{release}"),
            Self::Headers => format!("linux-headers-{release}"),
            Self::DebugInformation => format!("linux-image-{release}-dbg"),
        }
    }

    fn exists(self, root: &Path, release: &str) -> bool {
        let places: &[String] = &match self {
            Self::Modules => vec![format!("lib/modules/{release}/modules.dep")],
            Self::Headers => vec![format!("lib/modules/{release}/build/Makefile")],
            Self::DebugInformation => vec![
                format!("usr/lib/debug/boot/vmlinux-{release}"),
                format!("usr/lib/debug/lib/modules/{release}/vmlinux"),
            ],
        };
        places.iter().any(|place| root.join(place).exists())
    }
}

/// The newest release of its kind in `boot/`.
fn newest_release(root: &Path) -> Option<String> {
    let images = fs::read_dir(root.join("boot")).ok()?.flatten();
    images
        .filter_map(|entry| Some(entry.file_name().to_str()?.strip_prefix("vmlinuz-")?.to_owned()))
        .filter(|release| release.ends_with(FLAVOUR))
        .max_by_key(|release| numbers(release))
}

/// The numbers in a release, for comparison.
fn numbers(release: &str) -> Vec<u64> {
    release.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "6.1.0-9-cloud-amd64";
    const NEW: &str = "6.1.0-56-cloud-amd64";

    /// The state of a machine with these (empty) files.
    fn state(files: &[String]) -> State {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        State::of(root.path())
    }

    fn all_of(release: &str) -> Vec<String> {
        vec![
            format!("boot/vmlinuz-{release}"),
            format!("lib/modules/{release}/modules.dep"),
            format!("lib/modules/{release}/build/Makefile"),
            format!("usr/lib/debug/boot/vmlinux-{release}"),
        ]
    }

    #[test]
    fn all_parts_of_one_release_are_a_kernel() {
        assert!(state(&all_of(NEW)).is_complete());
    }

    #[test]
    fn a_kernel_of_another_kind_does_not_count() {
        assert_eq!(state(&all_of("6.1.0-56-amd64")), State::Absent);
    }

    #[test]
    fn a_newer_image_needs_its_own_headers_and_debug_information() {
        let files = [all_of(OLD), vec![all_of(NEW)[0].clone(), all_of(NEW)[1].clone()]].concat();
        let state = state(&files);
        let lacks = vec![Part::Headers, Part::DebugInformation];
        assert_eq!(state, State::Installed { release: NEW.to_owned(), lacks });
        assert_eq!(
            state.to_string(),
            format!("{NEW} without its headers and its debug information")
        );
    }
}
