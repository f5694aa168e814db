//! What a module's file says of itself.

use object::{Object as _, ObjectSection as _};

use crate::Error;

/// What every session's module is called, before 16 hexadecimal digits.
const PREFIX: &str = "stapc_";

/// The entries of `.modinfo` that matter here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    /// The name it will have in the kernel.
    pub name: String,
    /// The kernel it was built for: its release, then some of its configuration.
    pub vermagic: String,
}

/// Reads a module's description.
pub fn info(image: &[u8]) -> Result<Info, Error> {
    let entries = modinfo(image).ok_or(Error::NotAModule)?;
    let value = |key: &str| {
        let mut entries = entries.split(|&byte| byte == 0);
        let value =
            entries.find_map(|entry| entry.strip_prefix(key.as_bytes())?.strip_prefix(b"="));
        value.map(|value| String::from_utf8_lossy(value).into_owned())
    };
    let name = value("name").ok_or(Error::NotAModule)?;
    if !is_session(&name) {
        return Err(Error::NotASession(name));
    }
    Ok(Info { name, vermagic: value("vermagic").unwrap_or_default() })
}

/// Whether a module of this name is a session's.
pub fn is_session(name: &str) -> bool {
    name.strip_prefix(PREFIX).is_some_and(|id| {
        id.len() == 16 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

fn modinfo(image: &[u8]) -> Option<&[u8]> {
    object::File::parse(image).ok()?.section_by_name(".modinfo")?.data().ok()
}

/// A module's file with this in its `.modinfo`.
#[cfg(test)]
pub fn image(modinfo: &[u8]) -> Vec<u8> {
    let (format, architecture) = (object::BinaryFormat::Elf, object::Architecture::X86_64);
    let mut object = object::write::Object::new(format, architecture, object::Endianness::Little);
    let kind = object::SectionKind::ReadOnlyData;
    let section = object.add_section(Vec::new(), b".modinfo".to_vec(), kind);
    object.append_section_data(section, modinfo, 1);
    object.write().unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_and_kernel_are_found() {
        let image = image(b"\0license=GPL\0vermagic=6.1.0 SMP \0name=stapc_0123456789abcdef\0");
        let info = info(&image).unwrap();
        assert_eq!(info.name, "stapc_0123456789abcdef");
        assert_eq!(info.vermagic, "6.1.0 SMP ");
    }

    #[test]
    fn other_files_are_refused() {
        assert!(matches!(info(b"#!/bin/sh"), Err(Error::NotAModule)));
        assert!(matches!(info(&image(b"license=GPL\0")), Err(Error::NotAModule)));
        assert!(
            matches!(info(&image(b"name=loop\0")), Err(Error::NotASession(name)) if name == "loop")
        );
    }

    #[test]
    fn only_whole_names_are_sessions() {
        assert!(is_session("stapc_0123456789abcdef"));
        for name in [
            "stapc_0123456789abcde",
            "stapc_0123456789abcdef0",
            "stapc_0123456789abcdeg",
            "stap_1",
            "",
        ] {
            assert!(!is_session(name), "{name}");
        }
    }
}
