//! `/etc/ld.so.cache`: where the loader finds libraries in the folders that it is configured to look in.

use std::{fs, path::Path};

use crate::Root;

const FILE: &str = "/etc/ld.so.cache";
/// What the part of the file begins with that current loaders read; an older part may be before it.
const MAGIC: &[u8] = b"glibc-ld.so.cache1.1";
/// Magic, count of entries, size of the texts, flags, an offset, and room.
const HEADER: usize = 48;
const ENTRY: usize = 24;
/// The flags of an entry for x86-64: a library of ELF for glibc, of 64 bits.
const X86_64: u32 = 0x0303;

/// What is in the file of a machine; nothing if it has none.
pub fn read(root: &Root) -> Vec<u8> {
    fs::read(root.host(Path::new(FILE))).unwrap_or_default()
}

/// Where the file says that a library is.
pub fn find<'b>(bytes: &'b [u8], name: &str) -> Option<&'b str> {
    // The old part is a table too, of which only the magic is known.
    let start = bytes.windows(MAGIC.len()).position(|window| window == MAGIC)?;
    let bytes = &bytes[start..];
    let word = |bytes: &[u8], at: usize| Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    let text = |at: u32| {
        let text = bytes.get(at as usize..)?.split(|&byte| byte == 0).next()?;
        std::str::from_utf8(text).ok()
    };
    let count = word(bytes, MAGIC.len())? as usize;
    let entries = bytes.get(HEADER..)?.chunks_exact(ENTRY).take(count);
    let mut found = None;
    for entry in entries {
        let is_named = word(entry, 0) == Some(X86_64) && text(word(entry, 4)?) == Some(name);
        // Variants for some processors only have bits for these at the end.
        let is_general = entry[16..].iter().all(|&byte| byte == 0);
        if is_named && is_general {
            found = text(word(entry, 8)?);
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_c_library_is_where_the_cache_says() {
        let bytes = read(&Root::default());
        let Some(path) = find(&bytes, "libc.so.6") else {
            eprintln!("skipped: there is no {FILE}");
            return;
        };
        assert!(Path::new(path).exists(), "{path}");
        assert_eq!(find(&bytes, "libnothing.so.9"), None);
    }

    #[test]
    fn a_damaged_cache_has_nothing() {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(u32::MAX.to_le_bytes());
        assert_eq!(find(&bytes, "libc.so.6"), None);
        bytes.resize(HEADER + ENTRY, 0xff);
        assert_eq!(find(&bytes, "libc.so.6"), None);
        assert_eq!(find(b"", "libc.so.6"), None);
    }
}
