//! How a kernel's own build compiles and links a module, read from the `.cmd` files kbuild leaves.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

/// The commands that turn a freestanding C file into a module for one kernel.
///
/// Paths in it are relative to the kernel's build tree, where the commands must be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    /// The compiler and the flags that shape code (machine, ABI, mitigations), not its inputs.
    pub compile: Vec<String>,
    /// The compiler and its flags, as the kernel's modules are compiled.
    pub embedded: Vec<String>,
    /// The headers that each file of a module has before its own.
    pub headers: Vec<String>,
    /// objtool and its flags; empty where this kernel's build runs none.
    pub objtool: Vec<String>,
    /// The linker with its flags and script for the last link of a module.
    pub link: Vec<String>,
}

impl Recipe {
    /// Reads a recipe from the `.cmd` texts of one object and of the finished module.
    pub fn from_cmd_files(object: &str, module: &str) -> Result<Self> {
        let line = command(object).context("kbuild left no command for the runtime's object")?;
        let mut parts = line.split(';');
        let words_of_compiler = words(parts.next().unwrap_or_default());
        let compile = shape_flags(&words_of_compiler);
        let (embedded, headers) = module_flags(&words_of_compiler);
        let objtool = parts
            .map(words)
            .find(|part| part.first().is_some_and(|program| program.ends_with("/objtool")))
            .map(|mut part| {
                part.pop();
                part
            })
            .unwrap_or_default();
        let line = command(module).context("kbuild left no command for the module's link")?;
        let link = link_flags(&words(line.split(';').next().unwrap_or_default()));
        Ok(Self { compile, embedded, headers, objtool, link })
    }

    /// The recipe as JSON, for the cache.
    pub fn to_json(&self) -> Value {
        json!({
            "compile": self.compile,
            "embedded": self.embedded,
            "headers": self.headers,
            "objtool": self.objtool,
            "link": self.link,
        })
    }

    /// A recipe from [`Recipe::to_json`]; `None` if it is anything else.
    pub fn from_json(value: &Value) -> Option<Self> {
        let list = |name: &str| -> Option<Vec<String>> {
            value
                .get(name)?
                .as_array()?
                .iter()
                .map(|word| word.as_str().map(str::to_owned))
                .collect()
        };
        Some(Self {
            compile: list("compile")?,
            embedded: list("embedded")?,
            headers: list("headers")?,
            objtool: list("objtool")?,
            link: list("link")?,
        })
    }
}

/// The command in a `.cmd` file: what follows `:=` on its first line.
fn command(text: &str) -> Option<&str> {
    text.lines().next()?.split_once(":=").map(|(_, command)| command.trim())
}

/// A shell command's words; kbuild quotes only definitions, which are not wanted.
fn words(command: &str) -> Vec<String> {
    command.split_whitespace().map(str::to_owned).collect()
}

/// The compiler and those flags that decide what code is valid in this kernel.
///
/// Dropped: inputs and outputs, definitions, warnings, debug information, sanitizers and coverage
/// (a probe's code must call nothing of the kernel's), entry hooks (a probe must not be probed),
/// and the zeroing of locals and stack protection (emitted code initialises what it reads and
/// bounds what it writes; both would be paid at each hit).
fn shape_flags(words: &[String]) -> Vec<String> {
    let mut kept: Vec<String> = words.iter().take(1).cloned().collect();
    let mut rest = words.iter().skip(1);
    while let Some(word) = rest.next() {
        if word == "--param" || word == "-o" || word == "-include" {
            rest.next();
            continue;
        }
        let machine = word.starts_with("-m") && word != "-mrecord-mcount" && word != "-mfentry";
        let dropped = [
            "-fmacro-prefix-map",
            "-fsanitize",
            "-fasan",
            "-fstack-protector",
            "-ftrivial-auto-var-init",
            "-fprofile",
            "-ftest-coverage",
            "-fplugin",
            "-flto",
        ];
        // Padding before a function (as many words as in all) is its call thunk's; behind its start, the tracer's.
        let traced = word.strip_prefix("-fpatchable-function-entry=").is_some_and(|amounts| {
            amounts.split_once(',').is_none_or(|(all, before)| all != before)
        });
        let feature = word.starts_with("-f")
            && !traced
            && !dropped.iter().any(|prefix| word.starts_with(prefix));
        if machine || feature || word.starts_with("-std=") || word.starts_with("-O") {
            kept.push(word.clone());
        }
    }
    kept
}

/// The compiler and all flags by which a module's code sees the kernel's headers as the kernel does, and the headers
/// that come before a file's own.
///
/// Dropped: the file and its names, what only the runtime is compiled with, records of dependencies and
/// debug information, and entry hooks: what a handler calls must not be probed.
fn module_flags(words: &[String]) -> (Vec<String>, Vec<String>) {
    let mut kept: Vec<String> = words.iter().take(1).cloned().collect();
    let mut headers = Vec::new();
    let mut rest = words.iter().skip(1);
    while let Some(word) = rest.next() {
        if word == "-o" {
            rest.next();
            continue;
        }
        if word == "-include" {
            headers.extend(rest.next().cloned());
            continue;
        }
        let dropped = [
            "-Wp,",
            "-g",
            "-pg",
            "-mrecord-mcount",
            "-mfentry",
            "-DSTAPC_",
            "-DKBUILD_",
            "-D__KBUILD_",
            "-D\"KBUILD_",
        ];
        let input = !word.starts_with('-') && word.ends_with(".c");
        if word == "-c" || input || dropped.iter().any(|prefix| word.starts_with(prefix)) {
            continue;
        }
        kept.push(word.clone());
        if matches!(word.as_str(), "-isystem" | "--param") {
            kept.extend(rest.next().cloned());
        }
    }
    (kept, headers)
}

/// The linker, its flags and script, without output and inputs.
fn link_flags(words: &[String]) -> Vec<String> {
    let mut kept = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-o" => {
                rest.next();
            }
            "-T" | "-m" | "-z" => {
                kept.push(word.clone());
                kept.extend(rest.next().cloned());
            }
            _ if kept.is_empty() || word.starts_with('-') => kept.push(word.clone()),
            _ => {}
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_shape_is_kept_and_the_rest_dropped() {
        let object = "cmd_/d/a.o := gcc-12 -Wp,-MMD,/d/.a.o.d -nostdinc -I./include -include ./x.h -D__KERNEL__ \
             -fmacro-prefix-map=./= -Wall -std=gnu11 -mno-sse -fno-PIE -mfunction-return=thunk-extern -O2 -fstack-protector-strong \
             -pg -mrecord-mcount -mfentry -g -fsanitize=kernel-address -fasan-shadow-offset=0x1 --param asan-stack=1 \
             -DKBUILD_MODNAME='\"m\"' -c -o /d/a.o /d/a.c   ; ./tools/objtool/objtool --orc --retpoline   --module /d/a.o\n\nsource_/d/a.o := /d/a.c\n";
        let module = "cmd_/d/m.ko := ld -r -m elf_x86_64 -z noexecstack --build-id=sha1  -T scripts/module.lds -o /d/m.ko /d/m.o /d/m.mod.o;  true\n";
        let recipe = Recipe::from_cmd_files(object, module).unwrap();
        assert_eq!(
            recipe.compile.join(" "),
            "gcc-12 -std=gnu11 -mno-sse -fno-PIE -mfunction-return=thunk-extern -O2"
        );
        assert_eq!(
            recipe.embedded.join(" "),
            "gcc-12 -nostdinc -I./include -D__KERNEL__ -fmacro-prefix-map=./= -Wall -std=gnu11 -mno-sse -fno-PIE \
             -mfunction-return=thunk-extern -O2 -fstack-protector-strong -fsanitize=kernel-address -fasan-shadow-offset=0x1 --param asan-stack=1"
        );
        assert_eq!(recipe.headers.join(" "), "./x.h");
        assert_eq!(recipe.objtool.join(" "), "./tools/objtool/objtool --orc --retpoline --module");
        assert_eq!(
            recipe.link.join(" "),
            "ld -r -m elf_x86_64 -z noexecstack --build-id=sha1 -T scripts/module.lds"
        );
        assert_eq!(Recipe::from_json(&recipe.to_json()), Some(recipe));
    }

    #[test]
    fn a_kernel_without_objtool_has_none() {
        let recipe = Recipe::from_cmd_files(
            "cmd_a.o := gcc -O2 -c -o a.o a.c\n",
            "cmd_m.ko := ld -r -o m.ko m.o\n",
        )
        .unwrap();
        assert!(recipe.objtool.is_empty());
        assert!(Recipe::from_cmd_files("nothing", "here").is_err());
    }
}
