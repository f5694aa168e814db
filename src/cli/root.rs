//! Options for the files of another machine.

use std::path::Path;

use clap::{
    Args,
    builder::{OsStringValueParser, TypedValueParser as _},
};
use stapc_vm::Root;

/// The machine that a script is for.
#[derive(Debug, Clone, Default, Args)]
pub struct RootOptions {
    /// The folder with the files of the machine that the script is for: its programs, libraries and kernels
    #[arg(long, value_name = "DIR", value_parser = OsStringValueParser::new().try_map(|text| Root::at(Path::new(&text))))]
    pub sysroot: Option<Root>,
    /// The value that a variable of the environment has there, such as PATH or LD_LIBRARY_PATH
    #[arg(long, value_name = "VAR=VALUE", value_parser = variable)]
    pub sysenv: Vec<(String, String)>,
}

impl RootOptions {
    /// The machine's files; this machine's own unless others are named.
    pub fn root(&self) -> Root {
        self.sysroot.clone().unwrap_or_default().with(self.sysenv.clone())
    }
}

/// A variable of the environment and its value.
///
/// # Errors
/// Says what is expected.
pub fn variable(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected VAR=VALUE"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_have_names() {
        let pair = |name: &str, value: &str| Ok((name.to_owned(), value.to_owned()));
        assert_eq!(variable("PATH=/bin:/a=b"), pair("PATH", "/bin:/a=b"));
        assert_eq!(variable("PATH="), pair("PATH", ""));
        assert!(variable("PATH").is_err() && variable("=x").is_err());
    }
}
