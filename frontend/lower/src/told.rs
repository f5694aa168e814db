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
        let value = self.helped(name, args);
        value.unwrap_or_else(|| self.zero(told.ty()))
    }

    /// Writes to it.
    pub fn tell(&mut self, told: Told, value: Value) {
        let name = match told {
            Told::Content => "_file_set",
            Told::Verdict => "_packet_verdict",
        };
        self.helped(name, vec![value]);
    }

    /// Puts more behind what is read of a file, which may be longer than a string.
    pub fn tell_more(&mut self, more: Value) -> Value {
        self.helped("_file_add", vec![more]);
        self.told(Told::Content)
    }

    /// Calls the helper of this name.
    pub fn helped(&mut self, name: &str, args: Vec<Value>) -> Option<Value> {
        let helper = Helper::named(name)?;
        let info = helper.info();
        self.asked(info.class.opcode(), Immediate::Helper(helper), args, info.returns)
    }
}
