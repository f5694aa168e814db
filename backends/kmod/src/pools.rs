//! Constants of the emitted file: strings, places that messages name, automata. Each stands once.

use std::collections::{BTreeSet, HashMap};

use stapc_ir::{Accepts, Automaton, InstData, Module, SearchProgram, Step};

use crate::text::{comment, literal};

/// The constants met so far.
#[derive(Default)]
pub struct Pools {
    strings: HashMap<Vec<u8>, usize>,
    string_order: Vec<Vec<u8>>,
    sites: HashMap<(Option<String>, Option<String>), usize>,
    site_order: Vec<(Option<String>, Option<String>)>,
    /// Symbols of the kernel.
    pub symbols: Vec<Vec<u8>>,
    patterns: Vec<Vec<u8>>,
    /// The patterns among them whose groups are kept.
    searches: BTreeSet<usize>,
}

impl Pools {
    /// A pointer to a constant string, cut to the longest that there may be.
    pub fn string(&mut self, text: impl AsRef<[u8]>, module: &Module) -> String {
        let bytes = cut(text.as_ref(), module);
        let next = self.string_order.len();
        let number = *self.strings.entry(bytes.to_vec()).or_insert(next);
        if number == next {
            self.string_order.push(bytes.to_vec());
        }
        format!("&str_{number}")
    }

    /// The number of an instruction's place.
    pub fn site(&mut self, inst: &InstData, module: &Module) -> usize {
        let location = inst.location;
        let file = module.files.get(location.file as usize).filter(|_| location.line > 0);
        let place = file.map(|file| format!("{file}:{}:{}", location.line, location.column));
        let key = (inst.near.as_deref().map(str::to_owned), place);
        let next = self.site_order.len();
        let number = *self.sites.entry(key.clone()).or_insert(next);
        if number == next {
            self.site_order.push(key);
        }
        number
    }

    /// Where a symbol of the kernel is, as the runtime finds it.
    pub fn symbol(&mut self, name: &[u8]) -> String {
        format!("(s64)symbols[{}].address", number_of(&mut self.symbols, name))
    }

    /// A pointer to the automaton of a regular expression.
    pub fn automaton(&mut self, pattern: &[u8]) -> String {
        format!("&automaton_{}", number_of(&mut self.patterns, pattern))
    }

    /// A pointer to what finds out what the groups of a regular expression match.
    pub fn search(&mut self, pattern: &[u8]) -> String {
        let number = number_of(&mut self.patterns, pattern);
        self.searches.insert(number);
        format!("&search_{number}")
    }

    /// The declarations of all of them.
    pub fn emit(&self) -> String {
        let mut out = String::new();
        for (number, bytes) in self.string_order.iter().enumerate() {
            out += &format!(
                "static const struct stapc_str str_{number} = STAPC_STR({});\n",
                literal(bytes)
            );
        }
        if !self.symbols.is_empty() {
            let symbol = |name: &Vec<u8>| format!("\t{{ {}, 0 }},\n", literal(name));
            let symbols: String = self.symbols.iter().map(symbol).collect();
            out += &format!("\nstatic struct stapc_symbol symbols[] = {{\n{symbols}}};\n");
        }
        for (number, pattern) in self.patterns.iter().enumerate() {
            // The verifier has seen that it is one.
            if let Ok(automaton) = Automaton::of(pattern) {
                out += &automaton_text(number, pattern, &automaton);
            }
            if let (true, Ok(program)) =
                (self.searches.contains(&number), SearchProgram::of(pattern))
            {
                out += &search_text(number, &program);
            }
        }
        out += "\n/* What messages call the places in the script. */\nstatic const struct stapc_site sites[] = {\n";
        let field = |text: &Option<String>| {
            text.as_ref().map_or("NULL".to_owned(), |text| literal(text.as_bytes()))
        };
        for (near, place) in &self.site_order {
            out += &format!("\t{{ {}, {} }},\n", field(near), field(place));
        }
        if self.site_order.is_empty() {
            out += "\t{ NULL, NULL },\n";
        }
        out + "};\n"
    }
}

/// The number of something in a list, to which it is added if it is new.
fn number_of(list: &mut Vec<Vec<u8>>, wanted: &[u8]) -> usize {
    let known = list.iter().position(|known| known == wanted);
    known.unwrap_or_else(|| {
        list.push(wanted.to_vec());
        list.len() - 1
    })
}

fn automaton_text(number: usize, pattern: &[u8], automaton: &Automaton) -> String {
    let accepts = automaton.states.iter().map(|state| match state.accepts {
        Accepts::Never => 0,
        Accepts::Always => 1,
        Accepts::NotYet => 2,
        Accepts::AtEnd => 3,
    });
    let next = automaton.states.iter().flat_map(|state| {
        let rest = automaton.class_count - state.next.len();
        state.next.iter().copied().chain(std::iter::repeat_n(0, rest))
    });
    let classes = list(automaton.classes.iter().map(|&class| class.into()));
    let (accepts, next) = (list(accepts), list(next));
    format!(
        "\n/* {} */\nstatic const u8 classes_{number}[256] = {{\n{classes}}};\n\
         static const u8 accepts_{number}[] = {{\n{accepts}}};\n\
         static const u16 next_{number}[] = {{\n{next}}};\n\
         static const struct stapc_automaton automaton_{number} = {{\n\
         \tclasses_{number}, accepts_{number}, next_{number}, {}\n}};\n",
        comment(&literal(pattern)),
        automaton.class_count
    )
}

fn search_text(number: usize, program: &SearchProgram) -> String {
    let step = |step: &Step| {
        let (kind, a, b) = match *step {
            Step::Byte(set) => ("BYTE", set, 0),
            Step::Split(first, second) => ("SPLIT", first, second),
            Step::Jump(to) => ("JUMP", to, 0),
            Step::Save(slot) => ("SAVE", slot, 0),
            Step::Start => ("START", 0, 0),
            Step::End => ("END", 0, 0),
            Step::Match => ("MATCH", 0, 0),
        };
        format!("\t{{ STAPC_STEP_{kind}, {a}, {b} }},\n")
    };
    let steps: String = program.steps.iter().map(step).collect();
    let set = |set: &[u64; 4]| {
        let [a, b, c, d] = set;
        format!("\t{{ {a:#x}, {b:#x}, {c:#x}, {d:#x} }},\n")
    };
    let none = [[0; 4]];
    let sets = if program.sets.is_empty() { &none[..] } else { &program.sets[..] };
    let sets: String = sets.iter().map(set).collect();
    format!(
        "static const struct stapc_step steps_{number}[] = {{\n{steps}}};\n\
         static const u64 sets_{number}[][4] = {{\n{sets}}};\n\
         static const struct stapc_search search_{number} = {{\n\
         \t&automaton_{number}, steps_{number}, sets_{number}, {}\n}};\n",
        program.groups
    )
}

/// Numbers, in lines.
fn list(numbers: impl Iterator<Item = u32>) -> String {
    let numbers: Vec<String> = numbers.map(|number| number.to_string()).collect();
    numbers.chunks(24).map(|line| format!("\t{},\n", line.join(", "))).collect()
}

/// The bytes of a constant that a string has room for; none behind a NUL.
pub fn cut<'a>(bytes: &'a [u8], module: &Module) -> &'a [u8] {
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    &bytes[..end.min(module.limits.string_max as usize - 1)]
}
