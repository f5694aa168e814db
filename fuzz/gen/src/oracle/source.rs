//! Where programs come from: generated IR, or scripts that are generated and lowered.

use stapc_interp::{Context, Event};
use stapc_ir::{Attach, Limits, Module};
use stapc_sema::Options;

use crate::{
    Random,
    ir::{self, Program, Recipe},
    properties, typed_script,
};

/// What a program is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A recipe of IR.
    Ir(Recipe),
    /// The bytes of a script.
    Script(Vec<u8>),
}

/// One of so many programs is a script.
const SCRIPTS: u64 = 4;

impl Source {
    /// That of a seed.
    pub fn of_seed(seed: u64) -> Self {
        if !seed.is_multiple_of(SCRIPTS) {
            return Self::Ir(Recipe::of_seed(seed));
        }
        let mut random = Random::new(seed);
        let count = 100 + random.below(500);
        Self::Script((0..count).map(|_| random.below(256) as u8).collect())
    }

    /// Those with less in them, with much less first.
    pub fn smaller(&self) -> Vec<Self> {
        match self {
            Self::Ir(recipe) => recipe.smaller().map(Self::Ir).collect(),
            Self::Script(bytes) => {
                let recipe = Recipe(vec![bytes.clone()]);
                let parts = recipe.smaller().map(|smaller| smaller.0.concat());
                parts.map(Self::Script).collect()
            }
        }
    }

    /// What it is, for people: a script's text.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Ir(_) => None,
            Self::Script(bytes) => Some(typed_script(bytes)),
        }
    }
}

/// The program of a source; none if it is a script with errors.
///
/// # Errors
/// What the front end does wrong.
pub fn program(source: &Source) -> Result<Option<Program>, String> {
    match source {
        Source::Ir(recipe) => Ok(Some(ir::program(recipe))),
        Source::Script(bytes) => {
            let limits = Limits { max_errors: 1000, ..Limits::default() };
            let text = typed_script(bytes);
            let module = properties::lowered(&text, &Options::default(), limits)?;
            Ok(module.map(|module| of_module(module, bytes.len() as u64)))
        }
    }
}

/// A program of a module: its probes are hit a few times.
pub fn of_module(module: Module, seed: u64) -> Program {
    let mut random = Random::new(seed);
    let symbols: Vec<(String, bool)> = module
        .probes
        .iter()
        .filter_map(|probe| match &probe.attach {
            Attach::Entry(code) => Some((code.function.clone(), false)),
            Attach::Return(code, _) => Some((code.function.clone(), true)),
            _ => None,
        })
        .collect();
    let mut event = |at: u64| {
        let (probe, returns) = symbols[random.below(symbols.len() as u64) as usize].clone();
        let context = Context {
            pid: Some(random.below(3) as i64),
            ret: returns.then_some(random.below(4) as i64),
            ..Context::default()
        };
        Event { probe, at: at * 500_000, cpu: random.below(2) as u32, context, ..Event::default() }
    };
    let count = if symbols.is_empty() { 0 } else { 5 };
    let events = (0..count).map(&mut event).collect();
    Program { module, events, target: 1, ticks: false }
}
