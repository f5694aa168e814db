//! Options for the virtual machine that a session may run in.

use std::path::PathBuf;

use clap::Args;

use crate::virtual_machine::Needs;

/// The virtual machine that a session may run in.
#[derive(Debug, Clone, Args)]
pub struct MachineOptions {
    /// Run in a disposable virtual machine instead of this machine's kernel
    #[arg(long)]
    pub vm: bool,
    /// Virtual CPUs of that machine
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub vm_cpus: u32,
    /// Seconds after which the virtual machine is given up
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    pub vm_timeout: u64,
    /// A program to take along into the virtual machine, with its shared libraries (the first word of -c and what is probed are taken anyway)
    #[arg(long, value_name = "PATH")]
    pub vm_program: Vec<PathBuf>,
    /// What the session needs beside its module.
    #[arg(skip)]
    pub needs: Needs,
}

impl Default for MachineOptions {
    fn default() -> Self {
        Self {
            vm: false,
            vm_cpus: 2,
            vm_timeout: 600,
            vm_program: Vec::new(),
            needs: Needs::default(),
        }
    }
}
