//! Machines that tests lend each other. A checking kernel takes half a minute to boot, so a machine that a test
//! leaves as it found it is the next one's.

use std::{
    collections::BTreeMap,
    ops::{Deref, DerefMut},
    path::PathBuf,
    sync::Mutex,
    thread,
};

use stapc_vm::Vm;

use crate::support::{ARMED, shell};

/// What tells machines apart: the kernel's image, and the number of processors.
pub type Kind = (PathBuf, u32);

/// Those that no test has now.
static IDLE: Mutex<BTreeMap<Kind, Vec<Lent>>> = Mutex::new(BTreeMap::new());

/// What a test must leave as it was: modules, processes that are no kernel threads, processors, and probes.
fn state(vm: &mut Vm) -> String {
    const REST: &str = "cat /proc/modules /sys/devices/system/cpu/online; \
                        set -- $(readlink /proc/[0-9]*/exe); echo $#";
    shell(vm, REST) + &shell(vm, ARMED)
}

/// A machine for one test.
pub struct Lent {
    /// There until it is given back.
    vm: Option<Vm>,
    kind: Kind,
    /// What it was like when it had booted.
    state: String,
}

impl Lent {
    /// One that is idle, or else one that is booted now.
    pub fn take(kind: Kind, boot: impl FnOnce() -> Vm) -> Self {
        let idle = IDLE.lock().unwrap().get_mut(&kind).and_then(Vec::pop);
        idle.unwrap_or_else(|| {
            let mut vm = boot();
            let state = state(&mut vm);
            Self { vm: Some(vm), kind, state }
        })
    }
}

impl Drop for Lent {
    /// Gives it back. What the kernel complains of until then is this test's failure.
    fn drop(&mut self) {
        if thread::panicking() {
            return;
        }
        let Some(mut vm) = self.vm.take() else { return };
        shell(&mut vm, "rm -rf /run/* /tmp/*");
        if state(&mut vm) == self.state {
            let state = std::mem::take(&mut self.state);
            let machine = Self { vm: Some(vm), kind: self.kind.clone(), state };
            IDLE.lock().unwrap().entry(self.kind.clone()).or_default().push(machine);
        }
    }
}

impl Deref for Lent {
    type Target = Vm;

    fn deref(&self) -> &Vm {
        self.vm.as_ref().unwrap()
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut Vm {
        self.vm.as_mut().unwrap()
    }
}
