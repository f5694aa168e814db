//! Archives in the format of an initramfs: cpio "newc", see the kernel's
//! `Documentation/driver-api/early-userspace/buffer-format.rst`.

use std::collections::BTreeSet;

const DIRECTORY: u32 = 0o040_755;
const REGULAR: u32 = 0o100_000;
const SYMLINK: u32 = 0o120_777;

/// An archive in the making. Directories that a name needs are made with it.
#[derive(Debug, Default)]
pub struct Archive {
    bytes: Vec<u8>,
    directories: BTreeSet<String>,
    entries: u32,
}

impl Archive {
    /// Adds a directory and those above it. `path` is absolute.
    pub fn directory(&mut self, path: &str) {
        let path = path.trim_matches('/');
        let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
        for name in ends.map(|end| &path[..end]).filter(|name| !name.is_empty()) {
            if self.directories.insert(name.to_owned()) {
                self.entry(name, DIRECTORY, &[]);
            }
        }
    }

    /// Adds a file with the permissions `mode`. Of two with one name the later one counts.
    pub fn file(&mut self, path: &str, mode: u32, data: &[u8]) {
        self.parent(path);
        self.entry(path.trim_matches('/'), REGULAR | mode, data);
    }

    /// Adds a symbolic link.
    pub fn symlink(&mut self, path: &str, target: &str) {
        self.parent(path);
        self.entry(path.trim_matches('/'), SYMLINK, target.as_bytes());
    }

    /// The finished archive.
    pub fn finish(mut self) -> Vec<u8> {
        self.entry("TRAILER!!!", 0, &[]);
        self.bytes
    }

    fn parent(&mut self, path: &str) {
        if let Some((parent, _)) = path.trim_end_matches('/').rsplit_once('/') {
            self.directory(parent);
        }
    }

    fn entry(&mut self, name: &str, mode: u32, data: &[u8]) {
        self.entries += 1;
        let links = 1;
        // The header: magic, then inode, mode, uid, gid, links, time, size, device and special
        // device (major, minor), length of the name with its NUL, checksum.
        let fields = [
            self.entries,
            mode,
            0,
            0,
            links,
            0,
            data.len() as u32,
            0,
            0,
            0,
            0,
            name.len() as u32 + 1,
            0,
        ];
        self.bytes.extend_from_slice(b"070701");
        for field in fields {
            self.bytes.extend_from_slice(format!("{field:08x}").as_bytes());
        }
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.push(0);
        self.pad();
        self.bytes.extend_from_slice(data);
        self.pad();
    }

    fn pad(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpio_reads_it() {
        let mut archive = Archive::default();
        archive.file("/usr/bin/a", 0o755, b"one");
        archive.file("/usr/bin/b", 0o600, b"four");
        archive.symlink("/bin/sh", "busybox");
        let text = String::from_utf8(archive.finish()).unwrap();
        let names: Vec<&str> = text
            .split("070701")
            .skip(1)
            .map(|entry| entry[104..].split('\0').next().unwrap())
            .collect();
        assert_eq!(
            names,
            ["usr", "usr/bin", "usr/bin/a", "usr/bin/b", "bin", "bin/sh", "TRAILER!!!"]
        );
        assert_eq!(text.len() % 4, 0);
        assert!(text.contains("four\0\0\0\0") || text.contains("four070701"));
    }
}
