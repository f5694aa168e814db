//! Whole sessions against the fake kernel.

use std::{
    io::{self, Write},
    sync::{Arc, Condvar, Mutex, atomic::Ordering},
    time::{Duration, Instant},
};

use crate::{
    CommandEnd, Error, Outcome, Target,
    fake::{Failing, Machine, Script},
    module,
    session::{Parts, run_through},
    writer::Sinks,
    zone,
};

/// Collects what is written.
#[derive(Clone, Default)]
struct Text(Arc<Mutex<Vec<u8>>>);

impl Text {
    fn get(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes nothing until it is opened.
#[derive(Clone, Default)]
struct Stuck(Arc<(Mutex<bool>, Condvar)>);

impl Write for Stuck {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let open = self.0.0.lock().unwrap();
        drop(self.0.1.wait_while(open, |open| !*open).unwrap());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Run {
    result: Result<Outcome, Error>,
    output: String,
    messages: String,
}

impl Run {
    fn outcome(&self) -> &Outcome {
        self.result.as_ref().unwrap()
    }
}

fn run_with(machine: &Arc<Machine>, target: Target, output: Box<dyn Write + Send>) -> Run {
    let messages = Text::default();
    let parts = Parts {
        module: module::image(b"name=stapc_0123456789abcdef\0"),
        target,
        buffer_kb: None,
        sinks: Sinks { output: Box::new(output), messages: Box::new(messages.clone()) },
    };
    let result = run_through(machine, parts);
    assert!(machine.is_closed());
    Run { result, output: String::new(), messages: messages.get() }
}

fn run(machine: &Arc<Machine>, target: Target) -> Run {
    let output = Text::default();
    let run = run_with(machine, target, Box::new(output.clone()));
    Run { output: output.get(), ..run }
}

fn interrupt() {
    // As a terminal does, to the process: a thread that carries out an order does not take signals.
    // SAFETY: kill() has no preconditions. The session has caught the signal.
    assert_eq!(unsafe { libc::kill(libc::getpid(), libc::SIGINT) }, 0);
}

fn wait_until_shut(machine: &Machine) {
    while !machine.is_shut() {
        std::thread::yield_now();
    }
}

#[test]
fn a_flood_comes_out_in_order_and_what_is_lost_is_counted() {
    let script = Script {
        probe: Some(Box::new(|machine, cpu| {
            for i in 0..20_000 {
                machine.print(cpu, 0, &format!("{cpu} {i}\n"));
            }
            if cpu == 0 {
                machine.exit();
            }
        })),
        end: Some(Box::new(|machine| machine.print(1, 0, "the end\n"))),
        ..Script::default()
    };
    let machine = Machine::new(script, 4, 1 << 14);
    let run = run(&machine, Target::None);
    assert!(run.output == machine.expected(), "the order is wrong");
    let status = run.outcome().status;
    assert_eq!(status.hits, 80_001);
    assert_eq!(run.output.lines().count() as u64 + status.lost_records, status.hits);
    assert_eq!(run.outcome().missing_records, 0);
    assert_eq!(run.messages.contains("were lost"), status.lost_records > 0);
}

#[test]
fn the_begin_and_end_probes_may_write_more_than_a_ring_holds() {
    let many: fn(&Machine) = |machine| {
        let before = machine.lost.load(Ordering::SeqCst);
        for i in 0..1000 {
            // As the kernel's would, but for the waiting: the ring must get room meanwhile.
            let lost = machine.lost.load(Ordering::SeqCst);
            machine.print(0, 0, &format!("line {i}\n"));
            if machine.lost.load(Ordering::SeqCst) > lost {
                std::thread::sleep(Duration::from_millis(30));
            }
        }
        assert!(machine.lost.load(Ordering::SeqCst) - before < 500, "nothing was read meanwhile");
        machine.exit();
    };
    let script =
        Script { begin: Some(Box::new(many)), end: Some(Box::new(many)), ..Script::default() };
    let machine = Machine::new(script, 1, 1 << 12);
    let run = run(&machine, Target::None);
    assert!(run.output == machine.expected());
}

#[test]
fn warnings_and_errors_are_lines_of_their_own_stream() {
    let script = Script {
        begin: Some(Box::new(|machine| {
            machine.print(0, 0, "before ");
            machine.print(0, 1, "WARNING: careful");
            machine.print(0, 2, "ERROR: no more");
            machine.print(0, 0, "after\n");
            machine.errors.store(1, Ordering::SeqCst);
            machine.exit();
        })),
        ..Script::default()
    };
    let run = run(&Machine::new(script, 1, 1 << 12), Target::None);
    assert_eq!(run.output, "before after\n");
    let expected =
        "WARNING: careful\nERROR: no more\nWARNING: Number of errors: 1, skipped probes: 0\n";
    assert_eq!(run.messages, expected);
    assert_eq!(run.outcome().exit_code, 1);
}

#[test]
fn the_session_ends_with_its_command_which_starts_after_the_probes() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_owned();
    let script = Script {
        begin: Some(Box::new(move |machine| {
            let text = std::fs::read_to_string(&path).unwrap();
            machine.print(0, 0, &format!("begin:{text}\n"));
        })),
        end: Some(Box::new(|machine| machine.print(0, 0, "end\n"))),
        ..Script::default()
    };
    let machine = Machine::new(script, 1, 1 << 12);
    let run = run(&machine, Target::Command(format!("echo $$ >{}; exit 3", file.path().display())));
    assert_eq!(run.output, "begin:\nend\n");
    assert_eq!(run.messages, "WARNING: Child process exited with status 3\n");
    assert_eq!((run.outcome().exit_code, run.outcome().command), (0, Some(CommandEnd::Exited(3))));
    let pid = std::fs::read_to_string(file.path()).unwrap();
    assert_eq!(
        *machine.parameters.lock().unwrap(),
        format!("target={}{}", pid.trim(), zone::parameters())
    );
}

#[test]
fn exit_in_begin_means_that_the_command_never_runs() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let script = Script { begin: Some(Box::new(Machine::exit)), ..Script::default() };
    let command = format!("echo ran >{}", file.path().display());
    let run = run(&Machine::new(script, 1, 1 << 12), Target::Command(command));
    assert_eq!(run.outcome().command, None);
    assert_eq!(std::fs::read_to_string(file.path()).unwrap(), "");
}

#[test]
fn a_command_that_outlives_the_session_is_asked_to_end() {
    let script = Script {
        probe: Some(Box::new(|machine, _| {
            std::thread::sleep(Duration::from_millis(50));
            machine.exit();
        })),
        ..Script::default()
    };
    let run = run(&Machine::new(script, 1, 1 << 12), Target::Command("exec sleep 100".to_owned()));
    assert_eq!(run.outcome().command, Some(CommandEnd::Signaled(libc::SIGTERM)));
    assert_eq!(run.messages, "");
}

#[test]
fn a_process_ends_the_session() {
    let mut child = std::process::Command::new("sleep").arg("0.1").spawn().unwrap();
    let machine = Machine::new(Script::default(), 1, 1 << 12);
    let id = child.id();
    // It stays a process until it is waited for, and so can be found.
    let run = run(&machine, Target::Pid(id));
    assert_eq!(run.outcome().exit_code, 0);
    assert_eq!(*machine.parameters.lock().unwrap(), format!("target={id}{}", zone::parameters()));
    child.wait().unwrap();
}

#[test]
fn a_session_may_be_about_a_process_that_is_not_there() {
    let script = Script {
        begin: Some(Box::new(|machine| {
            machine.print(0, 0, "begun\n");
            machine.exit();
        })),
        ..Script::default()
    };
    let machine = Machine::new(script, 1, 1 << 12);
    let run = run(&machine, Target::Number(i32::MAX as u32));
    assert_eq!((run.outcome().exit_code, run.output.as_str()), (0, "begun\n"));
    let parameters = machine.parameters.lock().unwrap();
    assert!(parameters.starts_with("target=2147483647"), "{parameters}");
}

#[test]
fn processes_that_are_not_there_are_an_error() {
    for id in [0, u32::MAX, i32::MAX as u32] {
        let run = run(&Machine::new(Script::default(), 1, 1 << 12), Target::Pid(id));
        assert!(matches!(run.result, Err(Error::NoProcess(no)) if no == id));
    }
}

#[test]
fn a_failed_start_is_told_by_the_module_or_by_the_errno() {
    let told = Script {
        begin: Some(Box::new(|machine| {
            machine.errors.store(1, Ordering::SeqCst);
            machine.print(0, 2, "ERROR: cannot probe nothing");
        })),
        start_error: Some(libc::ENOENT),
        ..Script::default()
    };
    let run_told = run(&Machine::new(told, 1, 1 << 12), Target::None);
    assert_eq!(run_told.outcome().exit_code, 1);
    assert!(run_told.messages.starts_with("ERROR: cannot probe nothing\n"));
    let untold = Script { start_error: Some(libc::ENOMEM), ..Script::default() };
    let run_untold = run(&Machine::new(untold, 1, 1 << 12), Target::Command("exit 1".to_owned()));
    assert!(
        matches!(run_untold.result, Err(Error::Start(error)) if error.raw_os_error() == Some(libc::ENOMEM))
    );
}

#[test]
fn an_interrupt_ends_the_session_gently() {
    let script = Script {
        probe: Some(Box::new(|machine, cpu| {
            machine.print(cpu, 0, "hit\n");
            interrupt();
            wait_until_shut(machine);
        })),
        end: Some(Box::new(|machine| machine.print(0, 0, "end\n"))),
        ..Script::default()
    };
    let run = run(&Machine::new(script, 1, 1 << 12), Target::None);
    assert_eq!(run.output, "hit\nend\n");
    assert_eq!(run.outcome().exit_code, 0);
}

#[test]
fn output_that_cannot_be_written_ends_the_session() {
    for (kind, told) in [(io::ErrorKind::StorageFull, true), (io::ErrorKind::BrokenPipe, false)] {
        let script = Script {
            probe: Some(Box::new(|machine, cpu| {
                machine.print(cpu, 0, "hit\n");
                wait_until_shut(machine);
            })),
            ..Script::default()
        };
        let machine = Machine::new(script, 1, 1 << 12);
        let run = run_with(&machine, Target::None, Box::new(Failing(kind)));
        assert!(machine.stopped.load(Ordering::SeqCst));
        assert_eq!(matches!(run.result, Err(Error::Output(error)) if error.kind() == kind), told);
    }
}

#[test]
fn a_second_interrupt_gives_up_output_that_nobody_takes() {
    let script = Script {
        probe: Some(Box::new(|machine, cpu| {
            // More than the writer will queue.
            let line = "x".repeat(1 << 16);
            for _ in 0..200 {
                machine.print(cpu, 0, &line);
                std::thread::sleep(Duration::from_millis(1));
            }
            interrupt();
            wait_until_shut(machine);
        })),
        end: Some(Box::new(|_| interrupt())),
        ..Script::default()
    };
    let machine = Machine::new(script, 1, 1 << 20);
    let stuck = Stuck::default();
    let begun = Instant::now();
    let run = run_with(&machine, Target::None, Box::new(stuck.clone()));
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert!(run.result.is_ok());
    assert!(machine.lost.load(Ordering::SeqCst) > 0);
    *stuck.0.0.lock().unwrap() = true;
    stuck.0.1.notify_all();
}

#[test]
fn a_cpu_that_appears_later_is_heard() {
    let script = Script {
        probe: Some(Box::new(|machine, cpu| {
            if cpu == 0 {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
            machine.online.store(2, Ordering::SeqCst);
            machine.print(1, 0, "hello\n");
            std::thread::sleep(Duration::from_millis(20));
            machine.exit();
        })),
        ..Script::default()
    };
    let machine = Machine::new(script, 2, 1 << 12);
    machine.online.store(1, Ordering::SeqCst);
    let run = run(&machine, Target::None);
    assert_eq!(run.output, "hello\n");
}
