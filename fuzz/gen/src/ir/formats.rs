//! What is printed.

use stapc_ir::{Immediate, Opcode, Type, Value, format::Format};

use super::maker::Maker;

/// Conversions of one integer.
const NUMBERS: [&str; 12] =
    ["%d,", "%5d|", "%-7d%%", "%05d", "%x", "%#x ", "%X", "%o", "%u", "%p", "%c", "%+d"];
/// Conversions of one string.
const STRINGS: [&str; 7] = ["%s", "%5s|", "%-4s|", "%.2s", "%9.3s|", "<%s>\n", "%4b|"];

/// A format that stands in this file.
pub fn format(text: &str) -> Immediate {
    Immediate::Format(Format::parse(text).unwrap_or_default())
}

impl Maker<'_> {
    /// Makes what locals are visible.
    pub fn print_locals(&mut self) {
        let args = self.locals.clone();
        let letters = args.iter().map(|&arg| match self.function.ty(arg) {
            Type::Str => "%s,",
            _ => "%d,",
        });
        let format = format(&letters.collect::<String>());
        self.effect(Opcode::Print, format, args);
    }

    pub fn print(&mut self) {
        let (text, args) = self.formatted(2);
        self.effect(Opcode::Print, format(&text), args);
    }

    /// A format and its operands.
    pub fn formatted(&mut self, depth: usize) -> (String, Vec<Value>) {
        match self.below(8) {
            0 => ("plain 100%%\n".to_owned(), vec![]),
            1 | 2 => (self.pick(&NUMBERS).to_owned(), vec![self.int(depth)]),
            3 => (self.pick(&STRINGS).to_owned(), vec![self.text(depth)]),
            4 => ("<%s>%5d".to_owned(), vec![self.text(depth), self.int(1)]),
            5 => {
                let (width, value) = (self.small_int(), self.int(depth));
                (self.pick(&["%*d|", "%-*x|", "%.*d"]).to_owned(), vec![width, value])
            }
            6 => {
                let (precision, value) = (self.small_int(), self.text(depth));
                ("%.*s,".to_owned(), vec![precision, value])
            }
            _ => {
                let first = self.pick(&NUMBERS);
                let second = self.pick(&STRINGS);
                (format!("{first} {second}"), vec![self.int(depth), self.text(1)])
            }
        }
    }
}
