//! The objects that a compilation may ask about, each opened when it is needed first.

use crate::info::{Error, Source};

/// A file of code that debug information is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Object {
    /// The kernel itself.
    #[default]
    Kernel,
    /// A module of the kernel, by its name (without `.ko`, with `_` for `-`), or by the whole path of its
    /// file.
    Module(String),
    /// A program or shared library, by its path.
    Program(String),
}

/// The name that the kernel has for a module, by its name or its file's: `-` and `,` are `_` there. In a
/// pattern those that stand in `[…]` are left.
pub fn module_name(file: &str) -> String {
    let name = file.rsplit('/').next().unwrap_or(file);
    let name = name.find(".ko").map_or(name, |end| &name[..end]);
    let mut within = false;
    let changed = name.chars().map(|letter| {
        within = (within || letter == '[') && letter != ']';
        if matches!(letter, '-' | ',') && !within { '_' } else { letter }
    });
    changed.collect()
}

/// Objects and what is known of each.
pub trait Objects {
    /// An object's debug information.
    ///
    /// # Errors
    /// When there is no such object, or nothing is known of it: what was looked for, and where.
    fn open(&self, object: &Object) -> Result<&dyn Source, Error>;

    /// The modules with names like this, which may have wildcards, in order; none if there are none.
    ///
    /// # Errors
    /// When it is not known which modules there are.
    fn modules(&self, _pattern: &str) -> Result<Vec<String>, Error> {
        Err(Error("the kernel's modules are not known here".to_owned()))
    }

    /// The files of the programs and shared libraries that a script means by a path: as a shell finds
    /// it, of a script its interpreter; with wildcards, all that fit, in order. Each is absolute, and
    /// none a symbolic link.
    ///
    /// # Errors
    /// When there is no such program: what was looked for, and where.
    fn programs(&self, path: &str) -> Result<Vec<String>, Error> {
        Err(Error(format!("there is no program `{path}`")))
    }

    /// The file that a process runs.
    ///
    /// # Errors
    /// When there is no such process.
    fn program_of(&self, pid: u32) -> Result<String, Error> {
        Err(Error(format!("there is no process {pid}")))
    }

    /// The file that a process has mapped as code at an address, and where in the file that is.
    ///
    /// # Errors
    /// When there is no such process, or no code of a file there.
    fn mapped(&self, pid: u32, address: u64) -> Result<(String, u64), Error> {
        Err(Error(format!("what process {pid} has at {address:#x} is not known")))
    }

    /// The program that the session is about: that of the command that it will run, or of a process.
    fn target(&self) -> Option<String> {
        None
    }

    /// Likewise, but nothing if the session is about a process that runs already.
    fn command(&self) -> Option<String> {
        None
    }

    /// A file with the types of C headers, which are named in a row: `<sys/time.h><time.h>`. Of those of the
    /// kernel, `kernel<linux/sched.h>`, it is one of a module.
    ///
    /// # Errors
    /// When they cannot be compiled.
    fn headers(&self, names: &str) -> Result<String, Error> {
        Err(Error(format!("`{names}` cannot be compiled here")))
    }

    /// The files of the shared libraries that a program is linked with, and that those are, whose names
    /// fit a pattern (as it is, or behind any folders); one named by its whole path may be any other.
    ///
    /// # Errors
    /// When there is none.
    fn libraries(&self, _program: &str, pattern: &str) -> Result<Vec<String>, Error> {
        Err(Error(format!("there is no library `{pattern}`")))
    }
}

/// A source by itself is a kernel without anything else.
impl<S: Source> Objects for S {
    fn open(&self, object: &Object) -> Result<&dyn Source, Error> {
        match object {
            Object::Kernel => Ok(self),
            Object::Module(name) => Err(Error(format!("there is no module `{name}`"))),
            Object::Program(path) => Err(Error(format!("there is no program `{path}`"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_have_the_names_that_the_kernel_gives_them() {
        assert_eq!(module_name("nf-nat"), "nf_nat");
        assert_eq!(module_name("/lib/modules/6.1/kernel/a-b,c.ko.xz"), "a_b_c");
        assert_eq!(module_name("snd-[a-c]*"), "snd_[a-c]*");
    }
}
