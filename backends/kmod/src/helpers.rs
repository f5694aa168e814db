//! Calls of the runtime's helpers.

use stapc_ir::{Helper, HelperClass, InstData, Type};

use crate::{expressions::declaration, function::FunctionEmitter};

impl FunctionEmitter<'_, '_> {
    /// Emits a call of a helper, which is a function `stapc_helper_NAME` of the runtime: of the operands alone
    /// if it is pure, else of the CPU's state too, before them. A string is written to what is the first
    /// operand behind that. What may fault says so in what it returns, and takes where an integer goes to and
    /// the place in the script as its last operands.
    pub fn helper(&mut self, inst: &InstData, helper: Helper) {
        let info = helper.info();
        let function = format!("stapc_helper_{}", info.name);
        let state = (info.class != HelperClass::Pure).then(|| "c".to_owned());
        let mut args: Vec<String> = state.into_iter().collect();
        if info.returns == Some(Type::Str) {
            match self.slot(inst) {
                Some(to) => args.push(to),
                None => return,
            }
        }
        args.extend(inst.args.iter().map(|&arg| self.use_of(arg).text));
        let faults = matches!(info.class, HelperClass::Read | HelperClass::Act);
        match (faults, info.returns) {
            (true, returns) => {
                let site = self.site(inst);
                if returns == Some(Type::I64) {
                    args.push(format!("&{}", self.declare(inst)));
                }
                args.push(site.to_string());
                self.check(format!("{function}({})", args.join(", ")));
            }
            (false, Some(Type::I64)) => {
                let Some(result) = inst.result else { return };
                let variable = declaration(Type::I64, &self.name(result));
                self.line(format!("{variable} = {function}({})", args.join(", ")));
            }
            (false, _) => self.line(format!("{function}({})", args.join(", "))),
        }
    }
}
