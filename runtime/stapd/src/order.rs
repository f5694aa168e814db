//! Orders to the session.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use crate::{door::Control, wake::Wake};

/// A write to the control file, under way on a thread of its own, since it returns only when the
/// begin or end probes have run, and their output wants reading meanwhile.
pub struct Order(Arc<Mutex<Option<io::Result<()>>>>);

impl Order {
    /// Gives an order. `wake` is rung when it has been carried out.
    pub fn give(
        control: &Arc<dyn Control>,
        wake: &Wake,
        what: fn(&dyn Control) -> io::Result<()>,
    ) -> io::Result<Self> {
        let result = Arc::new(Mutex::new(None));
        let (control, wake, slot) = (Arc::clone(control), wake.clone(), Arc::clone(&result));
        thread::Builder::new().name("stapd-order".to_owned()).spawn(move || {
            let outcome = what(&*control);
            // Before anyone hears of it: they may want to unload the module.
            drop(control);
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
            wake.ring();
        })?;
        Ok(Self(result))
    }

    /// How it went, once, when it has been carried out.
    pub fn done(&self) -> Option<io::Result<()>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
