//! C that the script brings along: calls of it, what gives it the globals, and the file that it becomes.
//!
//! It is compiled apart from the rest, with the kernel's headers: `runtime/kernel/stapc/embedded.h` says
//! what it finds there.

use bstr::ByteSlice as _;
use stapc_backend_api::BackendError;
use stapc_ir::{External, Form, GlobalId, GlobalKind, Immediate, InstData, Module, Opcode, Type};

use crate::{Emit, error, function::FunctionEmitter, globals::name};

/// What the preprocessor calls a file of the script, before its number in the module.
pub const FILE: &str = "stapc-file-";

impl FunctionEmitter<'_, '_> {
    /// Emits a call of C: of the CPU's state, the operands, where the result goes to, the place in the
    /// script. It says whether it did not fault.
    pub fn external(&mut self, inst: &InstData) {
        let Immediate::Text(called) = &inst.immediate else { return };
        let Some(external) = self.emit.module.external(called) else { return };
        let mut args = vec!["c".to_owned()];
        args.extend(inst.args.iter().map(|&arg| self.use_of(arg).text));
        match external.returns {
            Some(Type::Str) => match self.slot(inst) {
                Some(to) => args.push(to),
                None => return,
            },
            Some(_) => args.push(format!("&{}", self.declare(inst))),
            None => {}
        }
        args.push(self.site(inst).to_string());
        self.check(format!("stapc_external_{}({})", external.name, args.join(", ")));
    }
}

impl Emit<'_> {
    /// The declarations of what is called, and the functions that give C the globals.
    pub fn externals(&self) -> String {
        let module = self.module;
        let called = module.externals.iter().filter(|external| external.form != Form::Declarations);
        let mut out: String = called.map(|external| format!("\n{};\n", head(external))).collect();
        for id in shared(module) {
            out += &format!("\n{};\n{};\n", getter(module, id), setter(module, id));
            out += &accessors(module, id);
        }
        out
    }
}

/// The file of a module's C, if it has any.
pub fn embedded(module: &Module) -> Option<String> {
    if module.externals.is_empty() {
        return None;
    }
    let mut out = format!(
        "/* The C of the script, behind stapc/embedded.h. */\n#ifndef MAXSTRINGLEN\n#define MAXSTRINGLEN {}\n#endif\n",
        module.limits.string_max
    );
    for id in shared(module) {
        out += &format!("\n{};\n{};\n", getter(module, id), setter(module, id));
    }
    let declarations =
        module.externals.iter().filter(|external| external.form == Form::Declarations);
    declarations.for_each(|external| out += &code(external));
    for external in module.externals.iter().filter(|one| one.form != Form::Declarations) {
        out += &function(module, external);
    }
    Some(out)
}

/// Bytes of the kernel's stack that the keys of an array may have which C uses.
const MOST_KEY_BYTES: usize = 1024;

/// What C uses fits on the kernel's stack.
///
/// # Errors
/// For an array whose keys are too long together: they are copied there.
pub fn check(module: &Module) -> Result<(), BackendError> {
    for id in shared(module) {
        let global = module.global(id);
        let texts = global.kind.keys().iter().filter(|ty| **ty == Type::Str).count();
        if texts * module.limits.string_max as usize > MOST_KEY_BYTES {
            return Err(error(format!(
                "{texts} strings of {} bytes as keys of the array {} in C",
                module.limits.string_max, global.name
            )));
        }
    }
    Ok(())
}

/// The globals that C uses, each once.
fn shared(module: &Module) -> Vec<GlobalId> {
    let mut all: Vec<GlobalId> =
        module.externals.iter().flat_map(|external| external.globals.iter().copied()).collect();
    let touched = |id: &GlobalId| {
        let here = |inst: &InstData| {
            inst.opcode == Opcode::Share && inst.immediate == Immediate::Global(*id)
        };
        module.functions.values().any(|function| function.placed_insts().any(here))
    };
    all.sort_unstable_by_key(|id| id.as_u32());
    all.dedup();
    all.retain(touched);
    all
}

fn head(external: &External) -> String {
    let params = external.params.iter().enumerate().map(|(at, (_, ty))| match ty {
        Type::Str => format!(", const struct stapc_str *stapc_in{at}"),
        _ => format!(", s64 stapc_in{at}"),
    });
    let result = match external.returns {
        Some(Type::Str) => ", struct stapc_str *stapc_to",
        Some(_) => ", s64 *stapc_to",
        None => "",
    };
    format!(
        "bool stapc_external_{}(struct stapc_cpu *stapc_c{}{result}, u32 stapc_site)",
        external.name,
        params.collect::<String>()
    )
}

/// The C itself, at its place in the script.
fn code(external: &External) -> String {
    let place = external.location;
    let line = match place.line {
        0 => String::new(),
        line => format!("#line {line} \"{FILE}{}\"\n", place.file),
    };
    let text = external.code.to_str_lossy();
    format!("\n{line}{text}\n#line 1 \"embedded.c\"\n")
}

/// A function of C around a function, a value or statements of the script.
fn function(module: &Module, external: &External) -> String {
    let unmangled = says(external, "unmangled");
    let member = |name: &str| if unmangled { name.to_owned() } else { format!("arg_{name}") };
    let mut members = String::new();
    let mut values = String::new();
    let mut macros = Vec::new();
    for (at, (name, ty)) in external.params.iter().enumerate() {
        let member = member(name);
        let (declared, value) = match ty {
            Type::Str => (format!("const char *{member}"), format!("stapc_in{at}->text")),
            _ => (format!("s64 {member}"), format!("stapc_in{at}")),
        };
        members += &format!("\t\t{declared};\n");
        values += &format!("\t\t.{member} = {value},\n");
        macros.push((format!("STAP_ARG_{name}"), format!("(stapc_frame.{member})")));
    }
    let (result, end) = match external.returns {
        Some(Type::Str) => {
            members += "\t\tchar *__retvalue;\n";
            values += "\t\t.__retvalue = stapc_embed_begin(stapc_to),\n";
            (
                "strlcpy(STAP_RETVALUE, (\"\", ##__VA_ARGS__), MAXSTRINGLEN)",
                "\tstapc_embed_end(stapc_to);\n",
            )
        }
        Some(_) => {
            members += "\t\ts64 __retvalue;\n";
            ("STAP_RETVALUE = (0, ##__VA_ARGS__)", "\t*stapc_to = stapc_frame.__retvalue;\n")
        }
        None => ("", ""),
    };
    if external.returns.is_some() {
        macros.push(("STAP_RETVALUE".to_owned(), "(stapc_frame.__retvalue)".to_owned()));
    }
    // Without a value it returns none, or the empty one.
    let returns = format!("do {{ {result}; goto out; }} while (0)");
    if unmangled {
        macros.push(("THIS".to_owned(), "(&stapc_frame)".to_owned()));
    }
    macros.push(("STAP_RETURN(...)".to_owned(), returns));
    macros.extend(external.globals.iter().flat_map(|&id| global_macros(module, id)));
    let (defines, undefines): (Vec<String>, Vec<String>) = macros
        .iter()
        .map(|(name, text)| {
            let plain = name.split('(').next().unwrap_or(name);
            (format!("#define {name} {text}\n"), format!("#undef {plain}\n"))
        })
        .unzip();
    let code = code(external);
    let body = match (external.form, external.returns) {
        (Form::Value, Some(Type::Str)) => {
            format!("\tstrlcpy(stapc_frame.__retvalue, ({code}), MAXSTRINGLEN);\n")
        }
        (Form::Value, Some(_)) => format!("\tstapc_frame.__retvalue = (s64)({code});\n"),
        _ => format!("\t{{{code}\t;}}\n"),
    };
    format!(
        "\n{}\n{{\n\tbool stapc_done = true;\n\tstruct {{\n{members}\t}} stapc_frame __maybe_unused = {{\n{values}\t}};\n\n{}{body}out: __maybe_unused;\n{end}\treturn stapc_done;\n{}}}\n",
        head(external),
        defines.concat(),
        undefines.concat()
    )
}

/// Whether a comment of the C says something.
fn says(external: &External, what: &str) -> bool {
    external.code.contains_str(format!("/* {what} */"))
}

/// The macros by which C reads and writes a global.
fn global_macros(module: &Module, id: GlobalId) -> [(String, String); 2] {
    let script = &module.global(id).name;
    let name = name(module, id);
    let keys: Vec<String> =
        (0..module.global(id).kind.keys().len()).map(|at| format!("key_{at}")).collect();
    let get = keys.iter().map(|key| format!("({key})")).collect::<Vec<_>>().join(", ");
    let set: String = keys.iter().map(|key| format!("({key}), ")).collect();
    let listed: String = keys.iter().map(|key| format!("{key}, ")).collect();
    [
        (
            format!("STAP_GLOBAL_GET_{script}({})", keys.join(", ")),
            format!("stapc_get_{name}({get})"),
        ),
        (
            format!("STAP_GLOBAL_SET_{script}({listed}value)"),
            format!(
                "do {{ if (!stapc_set_{name}(stapc_c, {set}(value), stapc_site)) {{ stapc_done = false; goto out; }} }} while (0)"
            ),
        ),
    ]
}

fn c_type(ty: Type) -> &'static str {
    if ty == Type::Str { "const char *" } else { "s64 " }
}

fn key_params(kind: &GlobalKind) -> Vec<String> {
    let keys = kind.keys().iter().enumerate();
    keys.map(|(at, ty)| format!("{}key_{at}", c_type(*ty))).collect()
}

fn getter(module: &Module, id: GlobalId) -> String {
    let kind = &module.global(id).kind;
    let params = key_params(kind);
    let params = if params.is_empty() { "void".to_owned() } else { params.join(", ") };
    let gives = c_type(kind.value_type().unwrap_or(Type::I64));
    format!("{gives}stapc_get_{}({params})", name(module, id))
}

fn setter(module: &Module, id: GlobalId) -> String {
    let kind = &module.global(id).kind;
    let params: String = key_params(kind).iter().map(|param| format!(", {param}")).collect();
    let value = c_type(kind.value_type().unwrap_or(Type::I64));
    format!(
        "bool stapc_set_{}(struct stapc_cpu *c{params}, {value}value, u32 site)",
        name(module, id)
    )
}

/// The two functions of a global. Strings come as C has them, and are cut to what one may be.
fn accessors(module: &Module, id: GlobalId) -> String {
    let kind = &module.global(id).kind;
    let name = name(module, id);
    let text = kind.value_type() == Some(Type::Str);
    let keys = kind.keys();
    let (place, get, set) = if keys.is_empty() {
        (String::new(), format!("{name}.value"), format!("{name}.value"))
    } else {
        ("element->value".to_owned(), String::new(), "element->value".to_owned())
    };
    let mut strings = String::new();
    let mut passed = String::new();
    for (at, ty) in keys.iter().enumerate() {
        if *ty == Type::Str {
            strings += &format!(
                "\tstruct stapc_str text_{at};\n\n\tstapc_embed_string(&text_{at}, key_{at});\n"
            );
            passed += &format!(", &text_{at}");
        } else {
            passed += &format!(", key_{at}");
        }
    }
    let store = match text {
        true => format!("stapc_embed_string(&{set}, value)"),
        false => format!("{set} = value"),
    };
    let (got, found, made) = if keys.is_empty() {
        let member = if text { ".text" } else { "" };
        (format!("{get}{member}"), String::new(), String::new())
    } else {
        let (member, none) = if text { (".text", "\"\"") } else { ("", "0") };
        (
            format!("element ? {place}{member} : {none}"),
            format!(
                "\tconst struct {name}_element *element;\n{strings}\telement = {name}_find(&{name}{passed});\n"
            ),
            format!(
                "\tstruct {name}_element *element;\n{strings}\telement = {name}_get(c, &{name}{passed}, site);\n\tif (!element)\n\t\treturn false;\n"
            ),
        )
    };
    format!(
        "\n{}\n{{\n{found}\treturn {got};\n}}\n\n{}\n{{\n{made}\t{store};\n\treturn true;\n}}\n",
        getter(module, id),
        setter(module, id)
    )
}
