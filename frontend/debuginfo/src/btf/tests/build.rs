//! Writes small BTF, for tests.

use crate::btf::records::*;

/// BTF in the making; every function that adds a type gives its number.
#[derive(Default)]
pub struct Builder {
    types: Vec<u8>,
    strings: Vec<u8>,
    count: u32,
    /// Strings of what it goes on from.
    strings_before: u32,
}

impl Builder {
    pub fn new() -> Self {
        Self { strings: vec![0], ..Self::default() }
    }

    /// BTF of a module, which goes on where the kernel's ends.
    pub fn after(kernel: &Self) -> Self {
        let strings_before = kernel.strings_before + kernel.strings.len() as u32;
        Self { strings: vec![0], count: kernel.count, strings_before, ..Self::default() }
    }

    fn string(&mut self, text: &str) -> u32 {
        if text.is_empty() {
            return 0;
        }
        let at = self.strings_before + self.strings.len() as u32;
        self.strings.extend(text.as_bytes());
        self.strings.push(0);
        at
    }

    /// A record of any kind, with what follows it.
    pub fn record(
        &mut self,
        name: &str,
        kind: u32,
        flag: bool,
        count: usize,
        size_or_type: u32,
        tail: &[u32],
    ) -> u32 {
        let name = self.string(name);
        let info = u32::from(flag) << 31 | kind << 24 | count as u32;
        for word in [&[name, info, size_or_type], tail].concat() {
            self.types.extend(word.to_le_bytes());
        }
        self.count += 1;
        self.count
    }

    /// An integer; `encoding` 1 is signed, 2 a character, 4 a boolean.
    pub fn int(&mut self, name: &str, bytes: u32, encoding: u32) -> u32 {
        self.record(name, INT, false, 0, bytes, &[(encoding << 24) | (bytes * 8)])
    }

    /// A kind that only refers to a type.
    pub fn wrap(&mut self, kind: u32, name: &str, to: u32) -> u32 {
        self.record(name, kind, false, 0, to, &[])
    }

    pub fn pointer(&mut self, to: u32) -> u32 {
        self.wrap(POINTER, "", to)
    }

    pub fn array(&mut self, element: u32, count: u32) -> u32 {
        self.record("", ARRAY, false, 0, 0, &[element, 0, count])
    }

    /// A structure or union; members by name, type, bit offset and (0 for none) bits.
    pub fn structure(
        &mut self,
        kind: u32,
        name: &str,
        bytes: u32,
        members: &[(&str, u32, u32, u32)],
    ) -> u32 {
        let flag = members.iter().any(|member| member.3 > 0);
        let mut tail = Vec::new();
        for &(name, ty, offset, bits) in members {
            tail.extend([self.string(name), ty, bits << 24 | offset]);
        }
        self.record(name, kind, flag, members.len(), bytes, &tail)
    }

    /// An enumeration; enumerators by name and the words of their values.
    pub fn enumeration(&mut self, kind: u32, signed: bool, values: &[(&str, &[u32])]) -> u32 {
        let mut tail = Vec::new();
        for &(name, words) in values {
            tail.push(self.string(name));
            tail.extend(words);
        }
        let bytes = if kind == ENUM64 { 8 } else { 4 };
        self.record("", kind, signed, values.len(), bytes, &tail)
    }

    /// A function (linkage: static) and its prototype; parameters by name and type.
    pub fn function(&mut self, name: &str, returns: u32, params: &[(&str, u32)]) -> u32 {
        let mut tail = Vec::new();
        for &(name, ty) in params {
            tail.extend([self.string(name), ty]);
        }
        let prototype = self.record("", PROTOTYPE, false, params.len(), returns, &tail);
        self.wrap(FUNCTION, name, prototype)
    }

    /// The whole, with its header.
    pub fn finish(&self) -> Vec<u8> {
        let types = self.types.len() as u32;
        let mut data = vec![0x9f, 0xeb, 1, 0];
        for word in [24, 0, types, types, self.strings.len() as u32] {
            data.extend(u32::to_le_bytes(word));
        }
        data.extend(&self.types);
        data.extend(&self.strings);
        data
    }
}
