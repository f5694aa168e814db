//! Orders to the session.

use std::{
    io,
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
};

use crate::{door::Control, wake::Wake};

/// A write to the control file. It returns only when the begin or end probes have run, in the thread
/// that writes: the main one carries orders out, and another gives them and reads the output
/// meanwhile.
pub struct Order {
    control: Arc<dyn Control>,
    wake: Wake,
    what: fn(&dyn Control) -> io::Result<()>,
    result: Sender<io::Result<()>>,
}

/// An order that was given.
pub struct Given(Receiver<io::Result<()>>);

impl Order {
    /// Makes an order. `wake` is rung when it has been carried out.
    pub fn new(
        control: &Arc<dyn Control>,
        wake: &Wake,
        what: fn(&dyn Control) -> io::Result<()>,
    ) -> (Self, Given) {
        let (result, given) = channel();
        (Self { control: Arc::clone(control), wake: wake.clone(), what, result }, Given(given))
    }

    /// Carries it out.
    pub fn carry_out(self) {
        let Self { control, wake, what, result } = self;
        let outcome = what(&*control);
        // Before anyone hears of it: they may want to unload the module.
        drop(control);
        let _ = result.send(outcome);
        wake.ring();
    }
}

impl Given {
    /// How it went, once, when it has been carried out.
    pub fn done(&self) -> Option<io::Result<()>> {
        self.0.try_recv().ok()
    }
}
