//! Programs for the hosted build (`runtime/hosted`): the C that the backend emits, what happens to it, and
//! what the interpreter says that comes of it.

use std::fmt::Write as _;

use stapc_interp::{Bounds, Event, Memory, Options, Outcome, is_told, run};
use stapc_ir::{Helper, HelperClass, Immediate, Module, Stage, Type, print};

use crate::{
    Random,
    ir::Program,
    oracle::{Finding, emitted},
};

/// When a session ends, in nanoseconds.
const DURATION: u64 = 3_500_000;
/// Steps after which a program is not compared.
const MOST_STEPS: u64 = 200_000;
/// Processors of the hosted build.
const CPUS: u32 = 2;

/// Memory of the kernel and of a task: to the end of a page, behind which there is nothing.
const KERNEL: u64 = 0xffff_8880_0000_0fc0;
const TASK: u64 = 0x7f00_0000_0fc0;
const BYTES: usize = 64;

/// A program to compile, and what it must do.
#[derive(Debug, Clone)]
pub struct Hosted {
    /// One translation unit, for `runtime/hosted`.
    pub c: String,
    /// What it must write to its standard output.
    pub output: Vec<u8>,
    /// And to its standard error: messages, then a line of counts.
    pub messages: Vec<u8>,
    /// The module, as text.
    pub module: String,
}

/// What a program does behind the passes of a level; none where it cannot be compared: it takes too long, or
/// calls helpers of a kernel.
///
/// # Errors
/// What does not hold of it.
pub fn hosted(program: &Program, level: u8, seed: u64) -> Result<Option<Hosted>, Box<Finding>> {
    let finding = |what: &str, detail: String| {
        Box::new(Finding { what: what.to_owned(), pass: None, plan: Vec::new(), detail })
    };
    let verified = stapc_passes::run(program.module.clone(), level, |_, _| {})
        .map_err(|error| finding("passes fail", error.to_string()))?;
    let module = verified.module();
    if !calls(module).all(is_there) {
        return Ok(None);
    }
    let events = events(program, seed);
    let options = Options {
        stage: Stage::Final,
        bounds: Bounds::Kernel,
        max_steps: MOST_STEPS,
        cpus: CPUS,
        tick: i64::from(program.ticks),
        duration: Some(DURATION),
        target: program.target,
        ..Options::default()
    };
    let outcome = run(module, &events, &options).map_err(|error| {
        finding("does what is forbidden", format!("{error}\n{}", print(module)))
    })?;
    if outcome.gave_up {
        return Ok(None);
    }
    let Some(text) = emitted(module.clone())? else { return Ok(None) };
    let mut c = with_hosted_helpers(module, &text);
    c += &world(&events, &options);
    Ok(Some(Hosted {
        c,
        output: outcome.output.to_vec(),
        messages: messages(&outcome),
        module: print(module),
    }))
}

fn calls(module: &Module) -> impl Iterator<Item = Helper> + '_ {
    module.functions.values().flat_map(|function| function.placed_insts()).filter_map(|inst| {
        match inst.immediate {
            Immediate::Helper(helper) => Some(helper),
            _ => None,
        }
    })
}

/// Whether the hosted build does of a helper what the interpreter does.
fn is_there(helper: Helper) -> bool {
    helper.info().class == HelperClass::Pure || is_told(helper) || body(helper).is_some()
}

/// What the interpreter does of a helper that is not of its operands alone, in C.
fn body(helper: Helper) -> Option<&'static str> {
    Some(match helper.name() {
        "ftrace" => "return true;",
        "jiffies" => "*to = stapc_cycles() / 3 / 4000000; return true;",
        "randint" => "stapc_cycles(); *to = 0; return true;",
        _ if !is_told(helper) => return None,
        _ => match (helper.info().class, helper.info().returns) {
            (HelperClass::Context, Some(Type::I64)) => "return 0;",
            (HelperClass::Context, _) => "stapc_str_clear(to);",
            (_, Some(Type::I64)) => "*to = 0; return true;",
            (_, Some(_)) => "stapc_str_clear(to); return true;",
            _ => "return true;",
        },
    })
}

/// The C with helpers of a kernel replaced by what the interpreter does of them.
fn with_hosted_helpers(module: &Module, text: &str) -> String {
    let mut helpers: Vec<Helper> =
        calls(module).filter(|helper| helper.info().class != HelperClass::Pure).collect();
    helpers.sort_by_key(|helper| helper.index());
    helpers.dedup();
    let mut functions = String::new();
    let mut text = text.to_owned();
    for helper in helpers {
        let info = helper.info();
        text = text.replace(
            &format!("stapc_helper_{}(", info.name),
            &format!("hosted_helper_{}(", info.name),
        );
        let strings = info.params.iter().enumerate().map(|(at, ty)| match ty {
            Type::Str => format!(", const struct stapc_str *a{at}"),
            _ => format!(", s64 a{at}"),
        });
        let params: String = strings.collect();
        let (text_to, number_to) = match info.returns {
            Some(Type::Str) => (", struct stapc_str *to", ""),
            Some(_) if info.class != HelperClass::Context => ("", ", s64 *to"),
            _ => ("", ""),
        };
        let (returns, site) = match (info.class, info.returns) {
            (HelperClass::Context, Some(Type::Str)) => ("void", ""),
            (HelperClass::Context, _) => ("s64", ""),
            _ => ("bool", ", u32 site"),
        };
        let _ = writeln!(
            functions,
            "static __maybe_unused {returns} hosted_helper_{}(struct stapc_cpu *c{text_to}{params}{number_to}{site}) {{ {} }}",
            info.name,
            body(helper).unwrap_or_default()
        );
    }
    text.replacen(
        "#include \"stapc.h\"\n",
        &format!("#include \"stapc.h\"\n#include \"event.h\"\n{functions}"),
        1,
    )
}

/// The program's events with arguments, and memory for them to point to.
fn events(program: &Program, seed: u64) -> Vec<Event> {
    let mut random = Random::new(seed);
    let mut events = program.events.clone();
    events.sort_by_key(|event| event.at);
    for event in &mut events {
        let mut bytes = || (0..BYTES).map(|_| random.below(256) as u8 & 0x7f).collect();
        let (kernel, task) = (bytes(), bytes());
        event.memory = vec![Memory { address: KERNEL, bytes: kernel }];
        event.user_memory = vec![Memory { address: TASK, bytes: task }];
        let mut argument = |_| match random.below(4) {
            0 => random.below(5) as i64 - 1,
            1 => (TASK + random.below(70)) as i64,
            _ => (KERNEL + random.below(70)) as i64,
        };
        event.context.args = (0..6).map(&mut argument).collect();
        event.contended = false;
    }
    events
}

/// The events and options, in C.
fn world(events: &[Event], options: &Options) -> String {
    let mut c = "\n/* What happens. */\n".to_owned();
    let (mut memories, mut list) = (String::new(), String::new());
    for (at, event) in events.iter().enumerate() {
        let context = &event.context;
        let user = event.user_memory.iter().map(|memory| (memory, 1));
        let all: Vec<_> = event.memory.iter().map(|memory| (memory, 0)).chain(user).collect();
        let _ = writeln!(memories, "static const struct hosted_memory memory_{at}[] = {{");
        for (memory, user) in &all {
            let bytes: String = memory.bytes.iter().map(|byte| format!("\\{byte:03o}")).collect();
            let _ = writeln!(
                memories,
                "\t{{ 0x{:x}ull, {}, (const unsigned char *)\"{bytes}\", {user} }},",
                memory.address,
                memory.bytes.len()
            );
        }
        memories += "};\n";
        let registers = context.args.iter().chain(&context.ret);
        let registers: String = registers.map(|value| format!("(s64){:#x}ull, ", *value)).collect();
        let pid = context.pid.unwrap_or(1);
        let _ = writeln!(
            list,
            "\t{{ .function = \"{}\", .at = {}, .cpu = {}, .returns = {}, .pid = {pid}, .tid = {}, .execname = \"{}\", .registers = {{ {registers}}}, .memory = memory_{at}, .memory_count = {} }},",
            event.probe,
            event.at,
            event.cpu,
            u8::from(context.ret.is_some()),
            context.tid.unwrap_or(pid),
            context.execname.as_deref().unwrap_or("swapper/0"),
            all.len()
        );
    }
    let _ = write!(
        c,
        "{memories}static const struct hosted_event events[] = {{\n{list}}};\n\nconst struct hosted_program hosted_program = {{ .events = events, .events_count = {}, .duration = {DURATION}, .epoch = {}, .tick = {}, .target = {} }};\n",
        events.len(),
        options.epoch,
        options.tick,
        options.target
    );
    c
}

/// What the hosted build writes to its standard error.
fn messages(outcome: &Outcome) -> Vec<u8> {
    let mut text = Vec::new();
    for message in &outcome.messages {
        // The daemon's, which is not there.
        if !message.line.starts_with(b"WARNING: Number of errors: ") {
            text.extend_from_slice(&message.line);
            text.push(b'\n');
        }
    }
    let Outcome { hits, handled, skipped, errors, status, exited, .. } = outcome;
    text.extend_from_slice(
        format!(
            "hits {hits}, handled {handled}, skipped {skipped}, errors {errors}, status {status}, exited {}\n",
            u8::from(*exited)
        )
        .as_bytes(),
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::{Source, program};

    #[test]
    fn most_programs_have_c_with_what_happens_and_what_must_come_of_it() {
        let made = |seed| hosted(&program(&Source::of_seed(seed)).unwrap()?, 2, seed).unwrap();
        let made: Vec<Hosted> = (1..60).filter_map(made).collect();
        assert!(made.len() > 30, "{}", made.len());
        for hosted in made {
            assert!(hosted.c.contains("const struct hosted_program hosted_program = {"));
            let messages = String::from_utf8_lossy(&hosted.messages).into_owned();
            assert!(messages.lines().last().unwrap().starts_with("hits "), "{messages}");
        }
    }
}
