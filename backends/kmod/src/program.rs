//! The whole file: constants, globals, functions, probes, and the description for the runtime.

use std::collections::HashSet;

use stapc_backend_api::{BackendError, Context};
use stapc_ir::{
    Attach, Base, Code, FuncId, Function, Immediate, InstData, Module, Opcode, Probe, ProcessEvent,
    Processes, Program, Writes,
};

use crate::{
    Emit, conditions::Conditions, error, frames::Frames, function::FunctionEmitter, globals,
    handlers::Handlers, pools::Pools, registers::takers, text::literal, usage::Usage,
};

/// The C of a module.
pub fn emit(module: &Module, context: &Context<'_>) -> Result<String, BackendError> {
    check(module)?;
    crate::externals::check(module)?;
    let order = order(module);
    let mut emit = Emit {
        module,
        context,
        usage: Usage::of(module),
        takers: takers(module),
        pools: Pools::default(),
        frames: Frames::of(module),
        writes: Writes::of(module),
        handlers: Handlers::of(module, &order),
        conditions: Conditions::of(module),
        order,
    };
    let globals = emit.globals() + &emit.parts() + &emit.externals();
    let handlers: HashSet<FuncId> = module.probes.iter().map(|probe| probe.handler).collect();
    let called: HashSet<FuncId> = module.functions.values().flat_map(Function::callees).collect();
    let mut declarations = String::new();
    let mut functions = String::new();
    let mut names_probes = false;
    for id in module.function_ids().filter(|id| !handlers.contains(id) || called.contains(id)) {
        names_probes |= names_probe(module.function(id));
        declarations += &format!("{};\n", emit.signature(id));
        functions += &FunctionEmitter::script(&mut emit, id)?;
    }
    for number in emit.handlers.emitted().collect::<Vec<_>>() {
        let function = module.function(module.probes[number].handler);
        names_probes |= emit.handlers.is_shared(number) && names_probe(function);
        functions += &FunctionEmitter::handler(&mut emit, number)?;
    }
    let names = if names_probes { emit.probe_names() } else { String::new() };
    let head = head(module, context.limits);
    let constants = emit.pools.emit();
    if !declarations.is_empty() {
        declarations.insert(0, '\n');
    }
    Ok(format!("{head}{constants}{globals}{names}{declarations}{functions}{}", emit.description()))
}

/// Whether it asks for a name of the probe that was hit.
fn names_probe(function: &Function) -> bool {
    let mut opcodes = function.placed_insts().map(|inst| inst.opcode);
    opcodes
        .any(|opcode| matches!(opcode, Opcode::ProbeFunc | Opcode::ProbePoint | Opcode::ProbeName))
}

/// What the IR allows and this backend's runtime has no room for.
fn check(module: &Module) -> Result<(), BackendError> {
    match module.globals.iter().find(|(_, global)| global.kind.keys().len() > 64) {
        Some((_, global)) => Err(error(format!("@{} has more than 64 keys", global.name))),
        None => Ok(()),
    }
}

fn head(module: &Module, limits: &[(&str, i64)]) -> String {
    let limits: String =
        limits.iter().map(|(name, value)| format!("#define STAPC_{name} ({value})\n")).collect();
    let files =
        module.files.iter().map(|file| crate::text::comment(file)).collect::<Vec<_>>().join(", ");
    let begins = |probe: &Probe| probe.attach.process_event() == Some(ProcessEvent::Begin);
    let stands_in = if module.probes.iter().any(begins) { "#define STAPC_STANDS_IN\n" } else { "" };
    format!(
        "/* Made of {files}; v1, v2, … are the values of the IR's text. */\n#define STAPC_MAXSTRINGLEN {}\n{limits}{stands_in}#include \"stapc.h\"\n\nstatic const struct stapc_probe probes[];\n\n\
         /* A string of the function's frame. */\nstatic inline __maybe_unused struct stapc_str *slot(char *frame, u32 number)\n{{\n\treturn (struct stapc_str *)(frame + number * sizeof(struct stapc_str));\n}}\n\n",
        module.limits.string_max
    )
}

impl Emit<'_> {
    /// The names of the probes, for functions that several of them call.
    fn probe_names(&mut self) -> String {
        let mut out = String::new();
        for (table, of) in [
            ("points", (|probe| &probe.point) as fn(&Probe) -> &str),
            ("names", Probe::name),
            ("functions", |probe| probed_function(probe)),
        ] {
            out += &format!(
                "\nstatic const struct stapc_str *const probe_{table}[] __maybe_unused = {{\n"
            );
            for &number in &self.order {
                let name = self.pools.string(of(&self.module.probes[number]), self.module);
                out += &format!("\t{name},\n");
            }
            out += "};\n";
        }
        out
    }

    /// Declares which maps have parts; what the description says of parts.
    fn part_maps(&self, out: &mut String) -> String {
        let percpu = |id: &stapc_ir::GlobalId| self.module.global(*id).percpu;
        let parts: Vec<_> = self.module.global_ids().filter(percpu).collect();
        if parts.is_empty() && !self.usage.keeps_matches() {
            return String::new();
        }
        let mut said = "\t.parts_bytes = sizeof(struct parts),\n".to_owned();
        let maps: String = parts
            .iter()
            .filter(|&&id| !self.module.global(id).kind.keys().is_empty())
            .map(|&id| globals::name(self.module, id))
            .map(|name| format!("\t{{ offsetof(struct parts, {name}), &{name} }},\n"))
            .collect();
        if !maps.is_empty() {
            *out += &format!("\nstatic const struct stapc_part_map part_maps[] = {{\n{maps}}};\n");
            said += "\t.part_maps = part_maps,\n\t.part_maps_count = ARRAY_SIZE(part_maps),\n";
        }
        said
    }

    fn description(&self) -> String {
        let module = self.module;
        let mut out = "\nstatic const struct stapc_probe probes[] = {\n".to_owned();
        let returns: HashSet<&Code> = module
            .probes
            .iter()
            .filter_map(|probe| match &probe.attach {
                Attach::Return(code, _) => Some(code),
                _ => None,
            })
            .collect();
        for &number in &self.order {
            let probe = &module.probes[number];
            let all = || {
                let takes = self.takers.contains(&probe.handler);
                self.usage.asks_for_registers() || takes && reads_other_registers(module, probe)
            };
            let registers = if matches!(probe.attach, Attach::Entry(_)) && all() {
                ".all_registers = true, "
            } else {
                ""
            };
            out += &format!(
                "\t{{ {}{registers}{}{}.entry = probe_{}, .point = {} }},\n",
                attach(&probe.attach, &returns),
                self.conditions.field(probe),
                self.kept(number),
                self.handlers.of_probe(number),
                literal(probe.point.as_bytes())
            );
        }
        out += "};\n\nstatic struct stapc_map *const maps[] = {\n";
        let maps: Vec<_> =
            module.global_ids().filter(|&id| !module.global(id).kind.keys().is_empty()).collect();
        for &id in &maps {
            out += &format!("\t&{},\n", globals::name(module, id));
        }
        if maps.is_empty() {
            out += "\tNULL,\n";
        }
        out += "};\n";
        let part_maps = self.part_maps(&mut out);
        let limits = &module.limits;
        let symbols = match self.pools.symbols.is_empty() {
            true => "",
            false => "\t.symbols = symbols,\n\t.symbols_count = ARRAY_SIZE(symbols),\n",
        };
        out + &format!(
            "\n\
             const struct stapc_program stapc_program = {{\n\t.abi = STAPC_ABI,\n\t.probes = probes,\n\t.probes_count = {},\n\t.conditions_count = {},\n\t.maps = maps,\n\t.maps_count = {},\n\
             \t.sites = sites,\n\t.sites_count = ARRAY_SIZE(sites),\n\t.string_max = STAPC_STR_MAX,\n\t.frame_bytes = {} * sizeof(struct stapc_str),\n\t.iterate_elements = {},\n\
             \t.session_iterate_elements = {},\n\t.session_iterate_per_cpu = {},\n{part_maps}{symbols}\
             \t.max_errors = {},\n\t.max_skipped = {},\n\t.limits = STAPC_LIMITS,\n}};\n",
            module.probes.len(),
            self.conditions.count(),
            maps.len(),
            self.frames.slots,
            self.frames.iterate,
            self.frames.session_iterate,
            self.frames.session_iterate_per_cpu,
            limits.max_errors,
            limits.max_skipped,
        )
    }
}

/// The probes' numbers in the order in which the runtime gets them: session points by their order.
fn order(module: &Module) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..module.probes.len()).collect();
    numbers.sort_by_key(|&number| match module.probes[number].attach {
        Attach::Begin(order) | Attach::End(order) | Attach::Error(order) => order,
        _ => 0,
    });
    numbers
}

/// Whether a handler of a function's entry reads other registers than those of arguments and the stack
/// pointer, which are all that ftrace gives, and those that need not be given.
fn reads_other_registers(module: &Module, probe: &Probe) -> bool {
    const GIVEN: [u32; 9] = [1, 2, 4, 5, 7, 8, 9, 58, 59];
    let more = |inst: &InstData| {
        inst.opcode == Opcode::Reg
            && !matches!(inst.immediate, Immediate::Index(number) if GIVEN.contains(&number))
    };
    let mut reached = module.reached([probe.handler]).into_iter();
    reached.any(|id| module.function(id).placed_insts().any(more))
}

/// The kernel function that a probe is at; empty elsewhere.
pub fn probed_function(probe: &Probe) -> &str {
    probe.attach.code().map_or("", |code| &code.function)
}

/// Where a probe is, in C; `returns` are the functions whose returns are probed.
fn attach(attach: &Attach, returns: &HashSet<&Code>) -> String {
    match attach {
        Attach::Begin(_) => ".kind = STAPC_BEGIN, ".to_owned(),
        Attach::End(_) => ".kind = STAPC_END, ".to_owned(),
        Attach::Error(_) => ".kind = STAPC_ERROR, ".to_owned(),
        Attach::Never => ".kind = STAPC_NEVER, ".to_owned(),
        Attach::Condition(_) => ".kind = STAPC_CONDITION, ".to_owned(),
        Attach::TimerNs(interval, spread) => {
            format!(".kind = STAPC_TIMER, .interval_ns = {interval}ull, {}", varies(*spread))
        }
        Attach::TimerJiffies(interval, spread) => {
            format!(".kind = STAPC_TIMER, .jiffies = {interval}ull, {}", varies(*spread))
        }
        Attach::Event(event) => crate::events::event(event),
        Attach::Entry(code) => {
            let with_return = if returns.contains(code) { ".with_return = true, " } else { "" };
            format!(".kind = STAPC_FUNCTION, {}{with_return}", place(code))
        }
        Attach::Call(code) => format!(".kind = STAPC_CALL, {}", place(code)),
        Attach::Return(code, active) => {
            let active = if *active == 0 { String::new() } else { format!(".active = {active}, ") };
            format!(".kind = STAPC_RETURN, {}{active}", place(code))
        }
        Attach::Process(event, processes) => {
            format!(".kind = {}, {}", kind(*event), whose(processes))
        }
        Attach::Trace(code) => format!(".kind = STAPC_TRACEPOINT, {}", place(code)),
        Attach::Statement(code) => format!(".kind = STAPC_STATEMENT, {}", place(code)),
    }
}

/// How much a timer's interval varies, in C.
fn varies(spread: u64) -> String {
    if spread == 0 { String::new() } else { format!(".spread = {spread}ull, ") }
}

fn place(code: &Code) -> String {
    let offset =
        if code.offset == 0 { String::new() } else { format!(".offset = {:#x}, ", code.offset) };
    match &code.base {
        Base::Nothing => offset,
        Base::Symbol(symbol) => format!(".symbol = {}, {offset}", literal(symbol.as_bytes())),
        Base::Program(program) => format!("{}{offset}", within(program)),
    }
}

/// The program that a place is in, in C.
fn within(program: &Program) -> String {
    let mut out = format!(".path = {}, ", literal(program.path.as_bytes()));
    if program.semaphore != 0 {
        out += &format!(".semaphore = {:#x}, ", program.semaphore);
    }
    out + &whose(&program.processes)
}

/// Whose hits count, in C.
fn whose(processes: &Processes) -> String {
    match processes {
        Processes::All => String::new(),
        Processes::Executing(path) => format!(".executing = {}, ", literal(path.as_bytes())),
        Processes::One(pid) => format!(".pid = {pid}, "),
    }
}

/// What the runtime calls an event.
fn kind(event: ProcessEvent) -> &'static str {
    match event {
        ProcessEvent::Begin => "STAPC_PROCESS_BEGIN",
        ProcessEvent::End => "STAPC_PROCESS_END",
        ProcessEvent::ThreadBegin => "STAPC_THREAD_BEGIN",
        ProcessEvent::ThreadEnd => "STAPC_THREAD_END",
        ProcessEvent::Syscall => "STAPC_SYSCALL",
        ProcessEvent::SyscallReturn => "STAPC_SYSCALL_RETURN",
    }
}
