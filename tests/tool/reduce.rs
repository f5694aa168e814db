//! `stapc reduce`.

use std::{fmt::Write as _, time::Instant};

use super::Bench;

/// A module of about 200 lines: functions that call each other, and handlers that write globals.
fn module() -> String {
    let mut text = String::from("stapc-ir 1\nfile \"a.stp\"\nlimit max_action 500\n");
    for n in 0..6 {
        let _ = writeln!(text, "global @g{n} i64 = {n}\nglobal @m{n} map [i64] i64 capacity 16");
        let _ = writeln!(text, "probe timer.ns {}000 \"timer.ns({n})\" %h{n}", n + 1);
    }
    for n in 0..6 {
        let _ = write!(
            text,
            "\nfunction %f{n} -> i64 {{\nblock0(v0.x: i64):\n    v1: i64 = iconst {n}\n    v2: i64 = imul v0, v1 near \"operator '*'\" at 0:{n}:3\n    return v2\n}}\n"
        );
        let odd =
            if n == 4 { "    v9: i64 = ixor v3, v1 at 0:7:7\n    gstore @g2, v9\n" } else { "" };
        let end = if n == 2 { "branch v2, block1, block3" } else { "jump block3" };
        let _ = write!(
            text,
            "\nfunction %h{n} {{\nblock0:\n    v0: i64 = pid at 0:{n}:1\n    v1: i64 = gload @g{n}\n    v2: bool = icmp.lt v0, v1\n    \
             branch v2, block1, block2(v1)\nblock1 catch block4:\n    v3: i64 = call %f{n}, v0 near \"identifier 'f'\" at 0:{n}:9\n{odd}    \
             v4: i64 = mget @m{n}, v3\n    v5: i64 = iadd v4, v1\n    mset @m{n}, v3, v5\n    jump block2(v5)\nblock2(v6.sum: i64):\n    \
             print \"%d %d\\x0a\", v6, v0\n    gstore @g{n}, v6\n    {end}\nblock3:\n    return\nblock4:\n    raise\n}}\n"
        );
    }
    text
}

/// A script of about 200 lines.
fn script() -> String {
    let mut text = String::from("# A script.\nglobal count[100], names\n");
    for n in 0..12 {
        let odd = if n == 7 { "\t\tnames[tid()] = sprint(x) . \"odd\"\n" } else { "" };
        let _ = write!(
            text,
            "\nfunction f{n}(x, y) {{\n\tif (x > {n}) {{\n\t\tcount[x] += y # why\n{odd}\t}} else if (y)\n\t\treturn x\n\twhile (y > 0) {{\n\t\ty--\n\t}}\n\treturn x * y\n}}\n\
             \nprobe timer.s({}) {{\n\tprintf(\"%d\\n\", f{n}(pid(), {n}))\n}}\n",
            n + 1
        );
    }
    text
}

/// A compiler that breaks down on whatever holds all of some words.
fn planted(bench: &Bench, words: &[&str]) {
    let tests: Vec<String> =
        words.iter().map(|word| format!("grep -q -e '{word}' \"$1\"")).collect();
    bench.write(
        "planted",
        format!(
            "#!/bin/sh\nif {}; then echo 'internal error: operand lost' >&2; exit 70; fi\nexit 1\n",
            tests.join(" && ")
        ),
    );
}

fn lines(text: &str) -> usize {
    text.lines().filter(|line| !line.trim().is_empty()).count()
}

const PLANTED: [&str; 6] = ["reduce", "big.ir", "--matching", "operand lost", "--", "sh"];

#[test]
fn a_module_is_reduced_to_what_matters() {
    let bench = Bench::new();
    bench.write("big.ir", module());
    assert!(lines(&module()) > 180, "{}", lines(&module()));
    planted(&bench, &["ixor"]);
    let said = bench.stapc(&[&PLANTED[..], &["planted"]].concat());
    let reduced = bench.read("big.reduced.ir");
    assert!(lines(&reduced) <= 10 && reduced.contains("ixor"), "{reduced}");
    assert!(
        said.starts_with("! stapc: big.ir: ") && said.ends_with(" runs: big.reduced.ir\n"),
        "{said}"
    );
    assert!(
        said.contains(&format!("{} lines", lines(&module()))) && said.contains(" → "),
        "{said}"
    );
    // It is a module still, as the original is, and fails.
    let checked = bench.stapc(&["opt", "--passes=", "big.reduced.ir"]);
    assert!(checked.starts_with("stapc-ir 1\n"), "{checked}");
    assert_eq!(bench.read("big.ir"), module(), "the original stays");
    // The same again.
    bench.stapc(&[
        "reduce",
        "big.ir",
        "-o",
        "again.ir",
        "--matching",
        "operand lost",
        "--",
        "sh",
        "planted",
        "{}",
    ]);
    assert_eq!(bench.read("again.ir"), reduced);
}

#[test]
fn what_needs_control_flow_keeps_it() {
    let bench = Bench::new();
    bench.write("big.ir", module());
    planted(&bench, &["branch", "call %f3", "print"]);
    bench.stapc(&[&PLANTED[..], &["planted"]].concat());
    let reduced = bench.read("big.reduced.ir");
    assert!(lines(&reduced) <= 16, "{reduced}");
    assert!(
        reduced.contains("branch")
            && reduced.contains("call %f3")
            && reduced.contains("print \"\""),
        "{reduced}"
    );
    assert!(
        !reduced.contains(" at 0:") && !reduced.contains("global") && !reduced.contains("limit"),
        "{reduced}"
    );
}

#[test]
fn what_a_pass_does_can_be_what_is_looked_for() {
    let bench = Bench::new();
    bench.write("big.ir", module());
    let stapc = env!("CARGO_BIN_EXE_stapc");
    let command = format!("{stapc} opt -O1 {{}} | grep -q fuel");
    bench.stapc(&["reduce", "big.ir", "--status=0", "--", "sh", "-c", &command]);
    let reduced = bench.read("big.reduced.ir");
    assert!(lines(&reduced) <= 10, "{reduced}");
    // A probe, whose handler has a loop.
    assert!(reduced.contains("probe ") && reduced.contains("jump block"), "{reduced}");
}

#[test]
fn a_module_that_is_wrong_may_stay_so() {
    let bench = Bench::new();
    let wrong = module().replace("gstore @g2, v9", "v10: bool = bnot v9");
    bench.write("big.ir", &wrong);
    let stapc = env!("CARGO_BIN_EXE_stapc");
    bench.stapc(&["reduce", "big.ir", "--matching", "bnot", "--", stapc, "opt", "--passes="]);
    let reduced = bench.read("big.reduced.ir");
    assert!(lines(&reduced) <= 10 && reduced.contains("bnot"), "{reduced}");
    // And what does not even parse.
    bench.write("big.ir", module().replace("ixor v3, v1", "ixor v3 v1 v"));
    bench.stapc(&["reduce", "big.ir", "--matching", "expected", "--", stapc, "opt", "--passes="]);
    let reduced = bench.read("big.reduced.ir");
    assert!(lines(&reduced) <= 2, "{reduced}");
}

#[test]
fn a_script_is_reduced_to_what_matters() {
    let bench = Bench::new();
    bench.write("big.stp", script());
    assert!(lines(&script()) > 150, "{}", lines(&script()));
    planted(&bench, &["names\\[.*\\] = .*\\. \"odd\""]);
    let said =
        bench.stapc(&["reduce", "big.stp", "--matching", "operand lost", "--", "sh", "planted"]);
    let reduced = bench.read("big.reduced.stp");
    assert!(lines(&reduced) <= 3 && reduced.len() < 60, "{reduced}\n{said}");
    // It parses still.
    let printed = bench.stapc(&["compile", "--emit=ast", "big.reduced.stp"]);
    assert!(printed.contains("names[") && !printed.contains("status"), "{printed}");
}

#[test]
fn a_finding_about_a_script_is_kept() {
    let bench = Bench::new();
    bench.write("big.stp", script().replace("return x * y", "return x * z"));
    let stapc = env!("CARGO_BIN_EXE_stapc");
    bench.stapc(&[
        "reduce",
        "big.stp",
        "--matching",
        "error[W0201]: `z`",
        "--",
        stapc,
        "check",
        "-W",
    ]);
    let reduced = bench.read("big.reduced.stp");
    assert!(lines(&reduced) <= 3 && reduced.contains('z'), "{reduced}");
}

#[test]
fn any_text_is_reduced_by_lines_and_words() {
    let bench = Bench::new();
    let text: String = (0..200).map(|n| format!("line {n} of many\n")).collect();
    bench.write("big", text.into_bytes());
    bench.stapc(&["reduce", "big", "--status=0", "--", "grep", "-q", "line 77 of"]);
    assert_eq!(bench.read("big.reduced"), "line 77 of");
    bench.write("bytes.txt", b"a\nb\xff\xfec\nd\n");
    bench.stapc(&[
        "reduce",
        "bytes.txt",
        "--status=0",
        "--",
        "env",
        "LC_ALL=C",
        "grep",
        "-qaP",
        "\\xff\\xfe",
    ]);
    assert_eq!(std::fs::read(bench.path("bytes.reduced.txt")).unwrap(), b"\xff\xfe");
}

#[test]
fn runs_are_bounded() {
    let bench = Bench::new();
    bench.write("big.ir", module());
    planted(&bench, &["ixor"]);
    let said = bench.stapc(&["reduce", "big.ir", "--most=5", "--status=70", "--", "sh", "planted"]);
    assert!(said.contains("in 5 runs (stopped there: --most): "), "{said}");
    assert!(bench.read("big.reduced.ir").contains("ixor"));
    let said = bench.stapc(&["reduce", "big.ir", "--most=1", "--status=70", "--", "sh", "planted"]);
    assert_eq!(bench.read("big.reduced.ir"), module(), "{said}");
}

#[test]
fn a_command_that_hangs_is_ended_with_what_it_started() {
    let bench = Bench::new();
    bench.write("a.txt", "one\nloop\ntwo\n");
    bench.write(
        "hang",
        "#!/bin/sh\nif grep -q loop \"$1\"; then (sleep 6173; :) & wait; fi\nexit 3\n",
    );
    let start = Instant::now();
    let said = bench.stapc(&["reduce", "a.txt", "--timeout=1.5", "--", "sh", "hang"]);
    assert_eq!(bench.read("a.reduced.txt"), "loop", "{said}");
    assert!(start.elapsed().as_secs() < 60);
    let left = std::process::Command::new("pgrep").args(["-f", "sleep 6173"]).output().unwrap();
    assert!(left.stdout.is_empty(), "{left:?}");
}

#[test]
fn what_cannot_be_reduced_is_said() {
    let bench = Bench::new();
    bench.write("a.stp", "probe begin { exit() }");
    let fails = |arguments: &[&str], why: &str| {
        let said = bench.stapc(&[&["reduce"], arguments].concat());
        assert!(said.contains(why), "{arguments:?}: {said}");
        assert!(said.contains("status "), "{arguments:?}: {said}");
        assert!(!bench.path("a.reduced.stp").exists(), "{arguments:?}");
    };
    fails(
        &["a.stp", "--", "true"],
        "! error: the command succeeds for a.stp; if that is what must stay so, say --status 0\n",
    );
    fails(
        &["a.stp", "--status=2", "--", "false"],
        "! error: the command ends with status 1 for a.stp, not with status 2\n",
    );
    fails(
        &["a.stp", "--matching=x", "--", "false"],
        "! error: what the command prints for a.stp does not hold \"x\"\n",
    );
    fails(&["a.stp", "--", "./nowhere"], "! error: cannot run ./nowhere: No such file");
    fails(&["nowhere.stp", "--", "false"], "! error: cannot open nowhere.stp: No such file");
    fails(&["a.stp"], "status 2\n");
    fails(&["a.stp", "--timeout=0", "--", "false"], "not a number of seconds");
    fails(
        &["a.stp", "-o", "no/such/folder.stp", "--", "false"],
        "! error: cannot write no/such/folder.stp",
    );
}
