//! `stap`: SystemTap's command line, messages and exit statuses, and this compiler behind them.

mod arguments;
mod dump;
mod getopt;
mod help;
mod known;

mod options;
mod output;
mod passes;
mod patterns;
mod rc;
mod resources;
mod suppress;

use std::{ffi::OsString, io::IsTerminal as _, process::ExitCode};

use stapc_diagnostics::Colours;
use stapc_sema::listing::Detail;

use crate::{compile::print, list, report, script::text_of};
use options::{Action, Colour};

/// Does what the words of a command line say, the program's name left out.
pub fn main(words: impl Iterator<Item = OsString>) -> ExitCode {
    let words = rc::words().into_iter().chain(words.map(|word| text_of(&word)));
    let options = match options::parse(words) {
        Ok(mut options) => {
            let release = std::env::var("SYSTEMTAP_RELEASE").ok();
            options.input.kernel = options.input.kernel.or(release);
            options.input.colours = colours(options.colour);
            options
        }
        Err(wrong) => {
            wrong.iter().for_each(|message| report::note(message));
            eprintln!("Try '--help' for more information.");
            return ExitCode::FAILURE;
        }
    };
    let result = match options.action {
        Action::Help => print(help::text().as_bytes()).map(|()| ExitCode::SUCCESS),
        Action::Version => print(help::version().as_bytes()).map(|()| ExitCode::SUCCESS),
        Action::Points(variables) => {
            let detail = match (variables, options.verbosity[1]) {
                (false, _) => Detail::Names,
                (true, 0) => Detail::Variables,
                (true, _) => Detail::Places,
            };
            list::points(&options.input, detail)
        }
        Action::Library(what) => list::library(what, &options.input),
        Action::Nothing | Action::Passes => {
            options.notes.iter().for_each(|note| report::note(note));
            if options.action == Action::Nothing {
                return ExitCode::SUCCESS;
            }
            passes::run(&options)
        }
    };
    result.unwrap_or_else(|error| {
        report::failure(&error);
        ExitCode::FAILURE
    })
}

/// The colours that are asked for, by the environment too.
fn colours(colour: Colour) -> Colours {
    let wanted = match colour {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => std::io::stderr().is_terminal(),
    };
    match std::env::var("SYSTEMTAP_COLORS") {
        _ if !wanted => Colours::default(),
        Ok(text) => Colours::parse(&text),
        Err(_) => Colours::usual(),
    }
}
