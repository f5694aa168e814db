//! What a pass is, and what it declares.

use std::fmt;

use stapc_ir::Module;

use crate::{PASSES, properties::Properties};

/// A pass, and what it declares of itself.
#[derive(Debug, Clone, Copy)]
pub struct Pass {
    /// As `--print-after` calls it. What runs more than once has `.2`, `.3`, … behind its name.
    pub name: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// The lowest level of optimisation that runs it.
    pub level: u8,
    /// What the module must have before it.
    pub needs: Properties,
    /// What must not have been placed in the module before it.
    pub refuses: Properties,
    /// What the module has behind it.
    pub gives: Properties,
    /// What it may spoil; everything else is kept.
    pub loses: Properties,
    /// Changes the module, and says how many things it changed.
    run: fn(&mut Module) -> usize,
}

/// A pass that keeps what a module has. Unless it says that it needs them, it comes before slots are
/// assigned, since it may make strings or have them used for longer.
pub(crate) const fn pass(
    name: &'static str,
    level: u8,
    run: fn(&mut Module) -> usize,
    doc: &'static str,
) -> Pass {
    let none = Properties::NONE;
    let refuses = Properties::SLOTS;
    Pass { name, doc, level, needs: none, refuses, gives: none, loses: none, run }
}

impl Pass {
    /// With something that it needs.
    pub(crate) const fn needs(mut self, needs: Properties) -> Self {
        self.needs = self.needs.and(needs);
        self.refuses = self.refuses.but(needs);
        self
    }

    /// With something that must not be placed before it.
    pub(crate) const fn before(mut self, refuses: Properties) -> Self {
        self.refuses = self.refuses.and(refuses);
        self
    }

    /// With something that it makes true.
    pub(crate) const fn gives(mut self, gives: Properties) -> Self {
        self.gives = self.gives.and(gives);
        self
    }

    /// With something that it may spoil.
    pub(crate) const fn loses(mut self, loses: Properties) -> Self {
        self.loses = self.loses.and(loses);
        self
    }

    /// The same under another name, for a level.
    pub(crate) const fn again(mut self, name: &'static str, level: u8) -> Self {
        self.name = name;
        self.level = level;
        self
    }

    /// Runs it alone, and says how many things it changed; the module must be in order.
    pub fn apply(&self, module: &mut Module) -> usize {
        (self.run)(module)
    }

    /// The pass of this name.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        PASSES.iter().find(|pass| pass.name == name)
    }

    /// What a module has behind it that had `before`.
    pub fn behind(&self, before: Properties) -> Properties {
        before.but(self.loses).and(self.gives)
    }
}

/// The passes of these names.
///
/// # Errors
/// The first name that no pass has.
pub fn by_names<'n>(
    names: impl IntoIterator<Item = &'n str>,
) -> Result<Vec<&'static Pass>, UnknownPass> {
    let find = |name: &str| Pass::by_name(name).ok_or_else(|| UnknownPass(name.to_owned()));
    names.into_iter().map(find).collect()
}

/// A name that no pass has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownPass(pub String);

impl fmt::Display for UnknownPass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = PASSES.iter().map(|pass| pass.name).collect();
        write!(f, "there is no pass `{}`; there are {}", self.0, names.join(", "))
    }
}

impl std::error::Error for UnknownPass {}
