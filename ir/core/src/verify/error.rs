//! What the verifier finds, and how it is shown: inside the text of the function that it is about.

use std::{collections::BTreeMap, fmt};

use super::Rule;
use crate::{
    entity::{Block, Inst},
    function::Function,
    module::Module,
    print::{as_printed, print_annotated},
};

/// What an error is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Entity {
    /// The module, or something of it that is no function.
    Module,
    /// All of a function.
    Function,
    /// A block, or its parameters.
    Block(Block),
    /// An instruction.
    Inst(Inst),
    /// The end of a block.
    End(Block),
}

/// Something the IR forbids, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyError {
    /// The rule that is broken; none where it is one that is not the IR's.
    pub rule: Option<Rule>,
    /// The function it is in, if in one.
    pub function: Option<String>,
    /// What of the function it is about.
    pub entity: Entity,
    /// What is wrong.
    pub message: String,
    /// The function's text, with all that is wrong in it; of a module it may be empty.
    pub text: String,
}

impl VerifyError {
    /// About a module, by a rule that is not the IR's.
    pub fn other(message: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            rule: None,
            function: None,
            entity: Entity::Module,
            message: message.into(),
            text: text.into(),
        }
    }

    pub(super) fn of_module(rule: Rule, message: impl Into<String>) -> Self {
        Self { rule: Some(rule), ..Self::other(message, "") }
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.function {
            Some(function) => write!(f, "%{function}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for VerifyError {}

/// The errors, those about functions inside their text: each behind what it is about.
pub fn print_errors(errors: &[VerifyError]) -> String {
    let mut out = String::new();
    let mut shown: Vec<&str> = Vec::new();
    for error in errors {
        if error.function.is_none() {
            out += &format!("; error: {}\n", error.message);
        }
        if !shown.contains(&error.text.as_str()) {
            shown.push(&error.text);
            out += &error.text;
        }
    }
    out
}

/// What is wrong and by which rule, where it is known elsewhere what it is about.
pub(super) type Wrong = (Rule, String);

/// For a check that ends at the first thing wrong.
pub(super) fn wrong<T>(rule: Rule, message: impl Into<String>) -> Result<T, Wrong> {
    Err((rule, message.into()))
}

/// The findings about one function.
#[derive(Default)]
pub(super) struct Problems(Vec<(Rule, Entity, String)>);

impl Problems {
    pub fn add(&mut self, rule: Rule, at: Entity, message: impl Into<String>) {
        self.0.push((rule, at, message.into()));
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn tell(mut self, module: &Module, function: &Function, errors: &mut Vec<VerifyError>) {
        if self.is_empty() {
            return;
        }
        for (.., message) in &mut self.0 {
            *message = as_printed(module, function, message);
        }
        let mut notes: BTreeMap<Entity, Vec<&str>> = BTreeMap::new();
        for (_, at, message) in &self.0 {
            notes.entry(*at).or_default().push(message);
        }
        let text = print_annotated(module, function, &notes);
        errors.extend(self.0.into_iter().map(|(rule, entity, message)| VerifyError {
            rule: Some(rule),
            function: Some(function.name.clone()),
            entity,
            message,
            text: text.clone(),
        }));
    }
}
