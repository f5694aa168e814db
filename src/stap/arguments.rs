//! What the arguments of options must be, and what is said of those that are not.

use std::{ops::RangeInclusive, path::Path, str::FromStr};

use rustix::process::Resource;
use stapc_vm::Root;

use super::{
    options::{Colour, Reader},
    patterns,
};
use crate::{
    cli::{LANGUAGE, Privilege, variable},
    library::kernel_arch,
    script::word_of,
};

impl Reader {
    /// The number that an argument is, within bounds; else that is said.
    fn number<T: FromStr + PartialOrd>(
        &mut self,
        option: &str,
        argument: &str,
        within: RangeInclusive<T>,
        expected: &str,
    ) -> Option<T> {
        let number = argument.parse().ok().filter(|number| within.contains(number));
        if number.is_none() {
            self.wrong.push(format!("{option} {argument}: expected {expected}"));
        }
        number
    }

    pub(super) fn last_pass(&mut self, argument: &str) {
        if let Some(pass) = self.number("-p", argument, 1..=5, "a pass, 1 to 5") {
            self.options.last_pass = pass;
        }
    }

    pub(super) fn buffer(&mut self, argument: &str) {
        let expected = "a number of megabytes, 1 to 1024";
        self.options.session.buffer_mb = self.number("-s", argument, 1..=1024, expected);
    }

    pub(super) fn target(&mut self, argument: &str) {
        let expected = "the number of a process";
        let pid = self.number("-x", argument, 0..=i32::MAX as u32, expected);
        // Process 0 is none.
        self.options.session.target = pid.filter(|pid| *pid != 0).or(self.options.session.target);
    }

    pub(super) fn resource(&mut self, option: &str, resource: Resource, argument: &str) {
        if let Some(most) = self.number(option, argument, 0..=u64::MAX, "a number") {
            self.options.resources.push((resource, most));
        }
    }

    pub(super) fn modinfo(&mut self, argument: String) {
        match argument.split_once('=') {
            Some(("name", _)) => {
                self.unsupported("--modinfo name", "the module's name is the session's");
            }
            Some((name, _)) if patterns::define(name) => self.options.input.modinfo.push(argument),
            _ => self.wrong.push(format!("--modinfo {argument}: expected NAME=VALUE")),
        }
    }

    pub(super) fn sysroot(&mut self, argument: &str) {
        match Root::at(Path::new(&word_of(argument))) {
            Ok(root) => self.options.input.root.sysroot = Some(root),
            Err(error) => self.wrong.push(format!("--sysroot {argument}: {error}")),
        }
    }

    pub(super) fn sysenv(&mut self, argument: &str) {
        match variable(argument) {
            Ok(variable) => self.options.input.root.sysenv.push(variable),
            Err(expected) => self.wrong.push(format!("--sysenv {argument}: {expected}")),
        }
    }

    pub(super) fn split(&mut self, argument: &str) {
        match argument.parse() {
            Ok(split) => self.options.session.split = Some(split),
            Err(expected) => self.wrong.push(format!("-S {argument}: {expected}")),
        }
    }

    pub(super) fn timeout(&mut self, argument: &str) {
        let expected = "a number of seconds from 1 on";
        self.options.timeout = self.number("-T", argument, 1..=1 << 30, expected);
    }

    pub(super) fn verbosity(&mut self, argument: &str) {
        let digits: Option<Vec<u32>> = argument.chars().map(|digit| digit.to_digit(10)).collect();
        match digits {
            Some(digits) if (1..=5).contains(&digits.len()) => {
                let levels = self.options.verbosity.iter_mut().zip(digits);
                levels.for_each(|(level, more)| *level += more);
            }
            _ => self.wrong.push(format!("--vp {argument}: expected 1 to 5 digits")),
        }
    }

    pub(super) fn module(&mut self, argument: String) {
        let name = argument.strip_suffix(".ko").unwrap_or(&argument);
        if patterns::module(name) {
            self.options.module = Some(name.to_owned());
            let note =
                format!("-m {name} names the file; the kernel's name for the module is its own");
            self.options.notes.push(note);
        } else {
            self.wrong.push(format!("-m {argument}: expected letters, digits and _"));
        }
    }

    pub(super) fn define(&mut self, argument: String) {
        if !patterns::define(&argument) {
            self.wrong.push(format!("-D {argument}: expected NAME or NAME=VALUE"));
            return;
        }
        self.options.input.define.push(argument);
    }

    pub(super) fn global(&mut self, argument: String) {
        if patterns::global(&argument) {
            self.options.input.global.push(argument);
        } else {
            self.wrong.push(format!("-G {argument}: expected NAME=VALUE"));
        }
    }

    pub(super) fn arch(&mut self, argument: &str) {
        let here = kernel_arch(std::env::consts::ARCH);
        if argument != here {
            self.unsupported(
                &format!("-a {argument}"),
                &format!("modules are built for {here} only"),
            );
        }
    }

    pub(super) fn compatible(&mut self, argument: String) {
        match patterns::version(&argument) {
            Some(version) if Some(&version) <= patterns::version(LANGUAGE).as_ref() => {
                self.options.input.compatible = argument;
            }
            _ => self.wrong.push(format!(
                "--compatible {argument}: expected a version up to {LANGUAGE}, which this one is"
            )),
        }
    }

    pub(super) fn privilege(&mut self, argument: &str) {
        let levels = [Privilege::Dev, Privilege::Sys, Privilege::Usr];
        match levels.into_iter().find(|level| level.name() == argument) {
            Some(level) => self.options.input.privilege = level,
            None => self
                .wrong
                .push(format!("--privilege {argument}: expected stapdev, stapsys or stapusr")),
        }
    }

    pub(super) fn runtime(&mut self, argument: &str) {
        match argument {
            "kernel" => {}
            "bpf" | "dyninst" => {
                self.unsupported(
                    &format!("--runtime={argument}"),
                    "scripts run in a kernel module",
                );
            }
            _ => self.wrong.push(format!("--runtime {argument}: expected kernel")),
        }
    }

    pub(super) fn colour(&mut self, argument: &str) {
        match argument {
            "" | "always" => self.options.colour = Colour::Always,
            "never" => self.options.colour = Colour::Never,
            "auto" => self.options.colour = Colour::Auto,
            _ => self.wrong.push(format!("--color {argument}: expected never, always or auto")),
        }
    }

    pub(super) fn suppress_time_limits(&mut self) {
        if !self.options.input.guru {
            self.wrong.push("--suppress-time-limits needs guru mode (-g)".to_owned());
            return;
        }
        let time = [
            format!("MAXACTION={}", i32::MAX),
            format!("MAXACTION_INTERRUPTIBLE={}", i32::MAX),
            "MAXTRYLOCK=1000000".to_owned(),
            "STP_NO_OVERLOAD".to_owned(),
        ];
        self.options.input.define.extend(time);
    }
}
