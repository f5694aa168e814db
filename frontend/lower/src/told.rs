//! Variables of events: the runtime's helpers read and write them.

use stapc_ir::{Helper, Immediate, Value};
use stapc_sema::hir::Told;

use crate::body::Lower;

/// The number of a packet's verdict among what there is of it.
const VERDICT: i64 = 5;

impl Lower<'_> {
    /// What an event's variable holds.
    pub fn told(&mut self, told: Told) -> Value {
        let (name, args) = match told {
            Told::Content => ("_file_value", Vec::new()),
            Told::Verdict => ("_packet_field", vec![self.int(VERDICT)]),
        };
        let value = Helper::named(name).and_then(|helper| self.help(helper, args));
        value.unwrap_or_else(|| self.zero(told.ty()))
    }

    /// Writes to it.
    pub fn tell(&mut self, told: Told, value: Value) {
        let name = match told {
            Told::Content => "_file_set",
            Told::Verdict => "_packet_verdict",
        };
        self.act(name, value);
    }

    /// Puts more behind what is read of a file, which may be longer than a string.
    pub fn tell_more(&mut self, more: Value) -> Value {
        self.act("_file_add", more);
        self.told(Told::Content)
    }

    fn act(&mut self, name: &str, value: Value) {
        if let Some(helper) = Helper::named(name) {
            self.help(helper, vec![value]);
        }
    }

    fn help(&mut self, helper: Helper, args: Vec<Value>) -> Option<Value> {
        let info = helper.info();
        self.asked(info.class.opcode(), Immediate::Helper(helper), args, info.returns)
    }
}
