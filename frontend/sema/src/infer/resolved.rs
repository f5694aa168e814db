//! What stayed unknown when all bodies that run have been walked.

use stapc_diagnostics::{Diagnostic, FileId, has_errors};

use super::{Infer, MAX_FINDINGS};
use crate::{
    intrinsics::intrinsic,
    symbols::{Global, Local, Scope, Symbols, Use},
};

impl Infer<'_> {
    /// Reports what stayed unknown. Handlers with points that are not known are let off.
    pub(super) fn check_resolved(&mut self) {
        let walks = self.given.walks;
        // Where something is wrong already, what follows from it is not known.
        let quiet = has_errors(&self.diagnostics) || walks.iter().any(|walk| walk.quiet);
        let mut found = Vec::new();
        for (walk, scope) in walks.iter().zip(&self.symbols.probe_locals) {
            let from = self.tree.items[walk.item].file;
            if !walk.quiet {
                self.locals(scope, from, quiet, &mut found);
            }
        }
        for function in self.symbols.functions.iter().filter(|symbol| symbol.called) {
            if !function.embedded {
                self.locals(&function.scope, function.file, quiet, &mut found);
            }
        }
        if !quiet {
            self.values_and_globals(&mut found);
        }
        for (from, diagnostic) in found {
            self.from = from;
            self.report(diagnostic);
        }
    }

    fn locals(
        &self,
        scope: &Scope,
        from: FileId,
        quiet: bool,
        found: &mut Vec<(FileId, Diagnostic)>,
    ) {
        for local in scope.locals.iter().filter(|local| self.is_unresolved(local, quiet)) {
            if found.len() < MAX_FINDINGS {
                found.push((from, self.unresolved_local(scope, local)));
            }
        }
    }

    fn values_and_globals(&self, found: &mut Vec<(FileId, Diagnostic)>) {
        let types = &self.symbols.types;
        for function in self.symbols.functions.iter().filter(|function| {
            function.called && function.has_value && types.is_unknown(function.returns)
        }) {
            let message =
                format!("the type of the value of `{}` cannot be found out", function.name);
            let diagnostic = Diagnostic::error("unresolved-type", message)
                .at(function.span, "used as a value, which is neither a number nor a string");
            let advice = format!("declare it: `function {}:long (…)`", function.name);
            found.push((function.file, diagnostic.help(advice)));
        }
        let globals = self.symbols.globals.iter();
        found.extend(globals.filter_map(|global| {
            Some((global.span.file, unresolved_global(&self.symbols, global)?))
        }));
    }

    fn is_unresolved(&self, local: &Local, quiet: bool) -> bool {
        let element = local.element.is_some();
        !local.assigned || (!quiet && !element && self.symbols.types.is_unknown(local.ty))
    }

    fn unresolved_local(&self, scope: &Scope, local: &Local) -> Diagnostic {
        let (symbols, name) = (&self.symbols, &local.name);
        if local.assigned {
            let message = format!("the type of `{name}` cannot be found out");
            return Diagnostic::error("unresolved-type", message)
                .at(local.span, "neither a number nor a string is ever put into it");
        }
        let message = format!("`{name}` is never assigned");
        let diagnostic = if symbols.types.is_unknown(local.ty) {
            Diagnostic::error("unknown-name", message).at(local.span, "nothing is called this")
        } else {
            Diagnostic::warning("never-assigned", message).at(local.span, "always 0 or empty")
        };
        if self.given.elaborated.function_names.contains(name) || intrinsic(name).is_some() {
            return diagnostic.help(format!("`{name}` is a function: write `{name}()` to call it"));
        }
        let others =
            scope.locals.iter().filter(|other| other.assigned).map(|other| other.name.as_str());
        let globals = symbols.globals.iter().map(|global| global.name.as_str());
        diagnostic.suggest(name, others.chain(globals))
    }
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
