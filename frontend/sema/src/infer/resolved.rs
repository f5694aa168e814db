//! What stayed unknown when all bodies that run have been walked.

use stapc_diagnostics::{Diagnostic, has_errors};

use super::{Infer, MAX_FINDINGS};
use crate::{
    intrinsics::INTRINSICS,
    library,
    symbols::{Global, Local, Scope, Symbols, Use},
};

impl Infer<'_> {
    /// Reports what stayed unknown. Probes at foreign points are let off.
    pub(super) fn check_resolved(&mut self, foreign: &[bool]) {
        let mut found = Vec::new();
        // Where something is wrong already, what follows from it is not known.
        let quiet = has_errors(&self.diagnostics) || foreign.contains(&true);
        let probes = self
            .symbols
            .probe_locals
            .iter()
            .zip(foreign)
            .filter(|(_, foreign)| !**foreign)
            .map(|(scope, _)| scope);
        let functions = self.symbols.functions.iter().filter(|function| function.called.is_some());
        let functions = functions.collect::<Vec<_>>();
        for scope in functions.iter().map(|function| &function.scope).chain(probes) {
            for local in scope.locals.iter().filter(|local| self.is_unresolved(local, quiet)) {
                if found.len() < MAX_FINDINGS {
                    found.push(unresolved_local(&self.symbols, scope, local));
                }
            }
        }
        if !quiet {
            for function in functions.iter().filter(|function| {
                function.has_value && self.symbols.types.is_unknown(function.returns)
            }) {
                let message =
                    format!("the type of the value of `{}` cannot be found out", function.name);
                let diagnostic = Diagnostic::error("unresolved-type", message)
                    .at(function.span, "used as a value, which is neither a number nor a string");
                found.push(
                    diagnostic.help(format!("declare it: `function {}:long (…)`", function.name)),
                );
            }
            found.extend(
                self.symbols
                    .globals
                    .iter()
                    .filter_map(|global| unresolved_global(&self.symbols, global)),
            );
        }
        found.into_iter().for_each(|diagnostic| self.report(diagnostic));
    }

    fn is_unresolved(&self, local: &Local, quiet: bool) -> bool {
        !local.assigned || (!quiet && self.symbols.types.is_unknown(local.ty))
    }
}

fn unresolved_local(symbols: &Symbols, scope: &Scope, local: &Local) -> Diagnostic {
    let name = &local.name;
    if local.assigned {
        let message = format!("the type of `{name}` cannot be found out");
        return Diagnostic::error("unresolved-type", message)
            .at(local.span, "neither a number nor a string is ever put into it");
    }
    if library::is_variable(name) {
        return Diagnostic::unsupported(format!("script arguments (`{name}`)"), local.span);
    }
    let message = format!("`{name}` is never assigned");
    let diagnostic = if symbols.types.is_unknown(local.ty) {
        Diagnostic::error("unknown-name", message).at(local.span, "nothing is called this")
    } else {
        Diagnostic::warning("never-assigned", message).at(local.span, "always 0 or empty")
    };
    if symbols.function_names.contains_key(name)
        || INTRINSICS.iter().any(|intrinsic| intrinsic.name == name)
    {
        return diagnostic.help(format!("`{name}` is a function: write `{name}()` to call it"));
    }
    let others =
        scope.locals.iter().filter(|other| other.assigned).map(|other| other.name.as_str());
    let globals = symbols.globals.iter().map(|global| global.name.as_str());
    diagnostic.suggest(name, others.chain(globals))
}

fn unresolved_global(symbols: &Symbols, global: &Global) -> Option<Diagnostic> {
    let plain = matches!(global.used, Some((Use::Plain, _)));
    let unknown_key = global
        .keys
        .iter()
        .flat_map(|(keys, _)| keys)
        .position(|&key| symbols.types.is_unknown(key));
    let message = match unknown_key {
        Some(position) => {
            format!("the type of key {} of `{}` cannot be found out", position + 1, global.name)
        }
        None if plain && symbols.types.is_unknown(global.value) => {
            format!("the type of `{}` cannot be found out", global.name)
        }
        None => return None,
    };
    Some(
        Diagnostic::error("unresolved-type", message)
            .at(global.span, "neither a number nor a string is ever put into it"),
    )
}
