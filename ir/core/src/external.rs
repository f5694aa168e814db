//! C that the script brings along: functions that instructions call by name, and what these need declared.

use bstr::BString;

use crate::{
    entity::GlobalId,
    function::Location,
    module::Module,
    print::{global_name, name, quote},
    types::Type,
};

/// How a piece of C is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// It stands outside of all functions; nothing calls it.
    Declarations,
    /// It is the body of a function.
    Function,
    /// It is an expression, the function's value.
    Value,
    /// It is statements.
    Statement,
}

impl Form {
    /// Every form.
    pub const ALL: [Self; 4] = [Self::Declarations, Self::Function, Self::Value, Self::Statement];

    /// As the text syntax writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Declarations => "declarations",
            Self::Function => "body",
            Self::Value => "value",
            Self::Statement => "statement",
        }
    }

    /// The form of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.name() == name)
    }
}

/// A piece of C, in the order of the script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct External {
    /// What instructions call it by: letters, digits and `_`; unique in its module.
    pub name: String,
    /// How it is used.
    pub form: Form,
    /// The names and types of what it takes: [`Type::I64`] or [`Type::Str`].
    pub params: Vec<(String, Type)>,
    /// The type of what it gives.
    pub returns: Option<Type>,
    /// The globals that it may read and write, by functions that the backend gives it.
    pub globals: Vec<GlobalId>,
    /// The C.
    pub code: BString,
    /// Where the script has it.
    pub location: Location,
}

impl Module {
    /// The piece of C of this name that can be called.
    pub fn external(&self, name: &[u8]) -> Option<&External> {
        let called = |external: &&External| {
            external.name.as_bytes() == name && external.form != Form::Declarations
        };
        self.externals.iter().find(called)
    }
}

/// A line of the module's text.
pub(crate) fn print(module: &Module, external: &External) -> String {
    let mut text = format!("external {} {}", quote(&external.name), external.form.name());
    if !external.params.is_empty() {
        let param = |(script, ty): &(String, Type)| format!("{}: {ty}", name(script));
        text += &format!("({})", external.params.iter().map(param).collect::<Vec<_>>().join(", "));
    }
    if let Some(ty) = external.returns {
        text += &format!(" -> {ty}");
    }
    if !external.globals.is_empty() {
        let globals = external.globals.iter().map(|&global| global_name(module, global));
        text += &format!(" uses [{}]", globals.collect::<Vec<_>>().join(", "));
    }
    text += &format!(" = {}", quote(&external.code));
    let place = external.location;
    if place.line > 0 {
        text += &format!(" at {}:{}:{}", place.file, place.line, place.column);
    }
    text + "\n"
}
