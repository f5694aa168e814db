//! Instructions with effects, or with results that need storage: statements.

use stapc_ir::{GlobalId, GlobalKind, Immediate, InstData, MapValue, Opcode, Type, Value};

use crate::{
    error,
    expressions::{Expression, When, declaration},
    function::FunctionEmitter,
    output::Sink,
    text::{identifier, integer},
};

impl<'a> FunctionEmitter<'_, 'a> {
    /// Emits an instruction.
    pub fn inst(&mut self, inst: &'a InstData) {
        if let (Some(result), Some(expression)) = (inst.result, self.expression(inst)) {
            let constant = matches!(
                inst.opcode,
                Opcode::Iconst
                    | Opcode::Bconst
                    | Opcode::Sconst
                    | Opcode::ProbeFunc
                    | Opcode::ProbePoint
                    | Opcode::ProbeName
            );
            // What looks at a string does so before anything is written where that lies.
            let looks = inst.args.iter().any(|&arg| self.function.ty(arg) == Type::Str);
            let when = if constant {
                When::Anywhere
            } else if looks {
                When::Here
            } else {
                When::Used
            };
            return self.define(result, expression, when);
        }
        self.comment(inst);
        match &inst.immediate {
            Immediate::Global(global) if inst.opcode == Opcode::Merge => self.merge(*global),
            Immediate::Global(_) if inst.opcode == Opcode::Share => {}
            Immediate::Global(global) => self.global_inst(inst, *global),
            Immediate::Format(format) => self.print(inst, format),
            Immediate::Func(_) => self.call(inst),
            Immediate::Helper(helper) => self.helper(inst, *helper),
            Immediate::Locks(locks) => self.locks(inst, locks),
            Immediate::Iterate(global, order) => {
                self.iterate(inst, *global, order.by, order.descending)
            }
            _ => self.plain_inst(inst),
        }
    }

    fn plain_inst(&mut self, inst: &'a InstData) {
        match inst.opcode {
            Opcode::Idiv => self.faulting_operation(inst, "stapc_div"),
            Opcode::Irem => self.faulting_operation(inst, "stapc_mod"),
            Opcode::Sconcat => self.string_operation(inst, "stapc_str_concat"),
            Opcode::Ssubstr => self.string_operation(inst, "stapc_str_sub"),
            Opcode::Scopy => self.string_operation(inst, "stapc_str_copy"),
            Opcode::Execname => self.string_operation(inst, "stapc_execname"),
            Opcode::Backtrace => self.with_context(inst, "stapc_backtrace"),
            Opcode::Ubacktrace => self.with_context(inst, "stapc_ubacktrace"),
            Opcode::Symname => self.with_context(inst, "stapc_symname"),
            Opcode::Symdata => self.with_context(inst, "stapc_symdata"),
            Opcode::Stack => {
                let depth = self.arg(inst, 0);
                self.integer_result(inst, &format!("stapc_stack(c, {depth})"));
            }
            Opcode::PrintBacktrace => self.line("stapc_print_backtrace(c)"),
            Opcode::TimeNs => self.integer_result(inst, "stapc_time_ns()"),
            Opcode::Cycles => self.integer_result(inst, "stapc_cycles()"),
            Opcode::Log => self.on_string(inst, "stapc_log"),
            Opcode::Warn => self.on_string(inst, "stapc_warn"),
            Opcode::Error => {
                let (text, site) = (self.arg(inst, 0), self.site(inst));
                self.faults(format!("stapc_error(c, {text}, {site})"));
            }
            Opcode::Abort => self.faults("stapc_abort(c)"),
            Opcode::FaultText => {
                if let Some(to) = self.slot(inst) {
                    self.line(format!("stapc_fault_text(c, {to})"));
                }
            }
            Opcode::SmatchKeep => {
                let Immediate::Text(pattern) = &inst.immediate else { return };
                let (text, search) = (self.arg(inst, 0), self.emit.pools.search(pattern));
                self.integer_result(inst, &format!("stapc_match({MATCH}, {text}, {search})"));
            }
            Opcode::Group => {
                let (number, site) = (self.arg(inst, 0), self.site(inst));
                if let Some(to) = self.slot(inst) {
                    self.check(format!("stapc_match_group(c, {to}, {MATCH}, {number}, {site})"));
                }
            }
            Opcode::Groups => self.integer_result(inst, "stapc_match_groups(&parts(c)->match)"),
            Opcode::FaultEnd => self.check("stapc_fault_end(c)"),
            Opcode::Extern => self.external(inst),
            Opcode::Exit => self.line("stapc_exit(c)"),
            Opcode::Fuel => {
                let (amount, site) = (index(inst), self.site(inst));
                self.check(format!("stapc_fuel(c, {amount}, {site})"));
            }
            Opcode::IterNext => self.iter_next(inst),
            Opcode::IterKey => {
                let member = format!("key_{}", index(inst));
                self.element_member(inst, &member);
            }
            Opcode::IterValue => self.element_member(inst, "value"),
            Opcode::ElemGet => self.element_value(inst),
            Opcode::IterEnd => {
                let iterator = self.arg(inst, 0);
                self.line(format!("stapc_iterate_end(c, &{iterator})"));
            }
            Opcode::Arm => {
                let holds = self.arg(inst, 0);
                self.line(format!("stapc_verdict = {holds}"));
            }
            Opcode::Keep | Opcode::KeepStr => self.keep(inst),
            Opcode::KeptStr => {
                let at = self.kept_at(inst, "const struct stapc_str");
                self.string_from(inst, &at);
            }
            Opcode::LoadStr | Opcode::UloadStr => self.load_string(inst),
            opcode if loads(opcode) => self.load(inst),
            opcode if stores(opcode) => self.store(inst),
            opcode => {
                self.failed
                    .get_or_insert_with(|| error(format!("the instruction {}", opcode.name())));
            }
        }
    }

    pub fn arg(&mut self, inst: &InstData, position: usize) -> String {
        inst.args.get(position).map(|&arg| self.use_of(arg).text).unwrap_or_default()
    }

    pub fn site(&mut self, inst: &InstData) -> usize {
        self.emit.pools.site(inst, self.emit.module)
    }

    /// The operands, with a comma before each.
    fn args(&mut self, args: &[Value]) -> String {
        args.iter().map(|&arg| format!(", {}", self.use_of(arg).text)).collect()
    }

    pub fn list(&mut self, args: &[Value]) -> String {
        args.iter().map(|&arg| self.use_of(arg).text).collect::<Vec<_>>().join(", ")
    }

    /// The variable of an instruction's result, declared and without a value.
    pub fn declare(&mut self, inst: &InstData) -> String {
        let Some(result) = inst.result else { return String::new() };
        let name = self.name(result);
        self.line(declaration(self.function.ty(result), &name));
        name
    }

    pub fn integer_result(&mut self, inst: &InstData, text: &str) {
        if let Some(result) = inst.result {
            let variable = declaration(self.function.ty(result), &self.name(result));
            self.line(format!("{variable} = {text}"));
        }
    }

    fn faulting_operation(&mut self, inst: &InstData, function: &str) {
        let (args, site) = (self.args(&inst.args), self.site(inst));
        let name = self.declare(inst);
        self.check(format!("{function}(c{args}, &{name}, {site})"));
    }

    /// The address that an instruction reads or writes at.
    fn address(&mut self, inst: &InstData) -> String {
        let address =
            inst.args.first().map(|&arg| self.use_of(arg)).unwrap_or_else(|| Expression::atom("0"));
        match inst.immediate {
            Immediate::Int(offset) if offset != 0 => {
                format!("(u64){} + {}", address.operand(), integer(offset))
            }
            _ => format!("(u64){}", address.operand()),
        }
    }

    fn load(&mut self, inst: &InstData) {
        let (address, site) = (self.address(inst), self.site(inst));
        let function = inst.opcode.name().replace('.', "_");
        let name = self.declare(inst);
        self.check(format!("stapc_{function}(c, {address}, &{name}, {site})"));
    }

    fn store(&mut self, inst: &InstData) {
        let (address, value, site) = (self.address(inst), self.arg(inst, 1), self.site(inst));
        let function = inst.opcode.name().replace('.', "_");
        self.check(format!("stapc_{function}(c, {address}, {value}, {site})"));
    }

    fn load_string(&mut self, inst: &InstData) {
        let (address, site) = (self.address(inst), self.site(inst));
        let function = inst.opcode.name().replace('.', "_");
        if let Some(to) = self.slot(inst) {
            self.check(format!("stapc_{function}(c, {address}, {to}, {site})"));
        }
    }

    /// The storage of a string result, which becomes the result; none where it borrows another's.
    pub fn slot(&mut self, inst: &InstData) -> Option<String> {
        let slot = format!("slot(frame, {})", inst.slot?);
        let name = self.name(inst.result?);
        self.line(format!("struct stapc_str *{name} = {slot}"));
        Some(name)
    }

    fn string_operation(&mut self, inst: &InstData, function: &str) {
        let args = self.args(&inst.args);
        if let Some(to) = self.slot(inst) {
            self.line(format!("{function}({to}{args})"));
        }
    }

    fn with_context(&mut self, inst: &InstData, function: &str) {
        let args = self.args(&inst.args);
        if let Some(to) = self.slot(inst) {
            self.line(format!("{function}(c, {to}{args})"));
        }
    }

    /// A string that is somewhere: copied to the result's slot, or referred to.
    pub fn string_from(&mut self, inst: &InstData, from: &str) {
        match self.slot(inst) {
            Some(to) => self.line(format!("stapc_str_copy({to}, {from})")),
            None => self.integer_result(inst, from),
        }
    }

    fn on_string(&mut self, inst: &InstData, function: &str) {
        let text = self.arg(inst, 0);
        self.line(format!("{function}(c, {text})"));
    }

    fn print(&mut self, inst: &'a InstData, format: &stapc_ir::format::Format) {
        if inst.opcode == Opcode::Print {
            return self.format(format, &inst.args, Sink::Output);
        }
        let Some(to) = self.slot(inst) else { return };
        self.out += "\t{\n";
        self.line("struct stapc_builder builder");
        self.line(format!("stapc_build_begin(&builder, {to})"));
        self.format(format, &inst.args, Sink::Builder);
        let end = if format.may_write_nul() { "stapc_build_end_at_nul" } else { "stapc_build_end" };
        self.line(format!("{end}(&builder)"));
        self.out += "\t}\n";
    }

    fn call(&mut self, inst: &'a InstData) {
        let Immediate::Func(id) = inst.immediate else { return };
        let callee = self.emit.module.function(id);
        let args = self.args(&inst.args);
        let result = match (callee.returns, inst.result) {
            (Some(Type::Str), _) => self.slot(inst).map(|to| format!(", {to}")),
            (Some(_), Some(_)) => Some(format!(", &{}", self.declare(inst))),
            _ => None,
        };
        let frame = match self.function.slots {
            0 => "frame".to_owned(),
            slots => format!("(char *)slot(frame, {slots})"),
        };
        let registers = match self.emit.takers.contains(&id) {
            true => format!(", regs, {}", self.probed_address()),
            false => String::new(),
        };
        let call = format!(
            "{}(c, {frame}{registers}{args}{})",
            identifier("f", &callee.name),
            result.unwrap_or_default()
        );
        if !self.emit.frames.count_calls {
            return self.check(call);
        }
        let (limit, site) = (self.emit.module.limits.max_nesting, self.site(inst));
        self.check(format!("stapc_call_enter(c, {limit}, {site})"));
        let fault = self.fault();
        self.out +=
            &format!("\tif (unlikely(!{call})) {{\n\t\tstapc_call_leave(c);\n\t\t{fault}\n\t}}\n");
        self.line("stapc_call_leave(c)");
    }

    fn global_inst(&mut self, inst: &'a InstData, id: GlobalId) {
        let kind = &self.emit.module.global(id).kind;
        match kind {
            GlobalKind::I64(_) | GlobalKind::Str(_) => self.scalar_inst(inst, id),
            GlobalKind::Stat(histogram) => self.stat_inst(inst, id, *histogram),
            GlobalKind::Map { value: MapValue::Stat(histogram), .. }
                if stat_opcode(inst.opcode) =>
            {
                self.stat_inst(inst, id, *histogram)
            }
            GlobalKind::Map { .. } => self.map_inst(inst, id),
        }
    }

    fn scalar_inst(&mut self, inst: &InstData, id: GlobalId) {
        let name = self.emit.global_name(id);
        let string = self.emit.module.global(id).kind.value_type() == Some(Type::Str);
        match (inst.opcode, string) {
            (Opcode::PartAdd, _) => {
                let value = self.arg(inst, 0);
                self.line(format!("parts(c)->{name} = stapc_add(parts(c)->{name}, {value})"));
            }
            (Opcode::Gload, true) => self.string_from(inst, &format!("&{name}.value")),
            (Opcode::Gload, false) => self.integer_result(inst, &format!("{name}.value")),
            (_, true) => {
                let value = self.arg(inst, 0);
                self.line(format!("stapc_str_copy(&{name}.value, {value})"));
            }
            (_, false) => {
                let value = self.arg(inst, 0);
                self.line(format!("{name}.value = {value}"));
            }
        }
    }
}

/// What this processor has kept of a search, and the string that it looked through.
const MATCH: &str = "&parts(c)->match, &parts(c)->matched";

fn loads(opcode: Opcode) -> bool {
    opcode.name().starts_with("load.") || opcode.name().starts_with("uload.")
}

fn stores(opcode: Opcode) -> bool {
    opcode.name().starts_with("store.") || opcode.name().starts_with("ustore.")
}

/// Whether an opcode works on aggregates.
fn stat_opcode(opcode: Opcode) -> bool {
    opcode.name().starts_with("agg.") || matches!(opcode, Opcode::PrintHist | Opcode::PartAgg)
}

pub fn index(inst: &InstData) -> u32 {
    match inst.immediate {
        Immediate::Index(index) => index,
        _ => 0,
    }
}
