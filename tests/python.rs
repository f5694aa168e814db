//! A program that knows of the IR what its page and schema say reads the JSON that the tool writes.
#![expect(clippy::disallowed_methods, reason = "tests run programs")]
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use expect_test::{Expect, expect};

/// What the program says of a script.
fn check(script: &str, options: &[&str], expected: &Expect) {
    let compiled = Command::new(env!("CARGO_BIN_EXE_stapc"))
        .args(["compile", "--emit=ir", "--format=json", "-w", "-e", script])
        .args(options)
        .output()
        .unwrap();
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/ir_report.py");
    let mut python = Command::new("python3")
        .arg(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is there after `cargo xtask setup`");
    python.stdin.take().unwrap().write_all(&compiled.stdout).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    expected.assert_eq(&String::from_utf8(output.stdout).unwrap());
}

#[test]
fn effects_of_a_handler_are_told() {
    check(
        "global n, m probe begin { n = 1 } probe timer.s(1) { m[execname()] += n; exit() }",
        &["-O0"],
        &expect![[r#"
            %probe.0
              handles begin
              effects: write
              writes: @n

            %probe.1
              handles timer.s(1)
              effects: context, control, fault, read, write
              reads: @m, @n
              writes: @m

            %probe.2
              handles end
              effects: control, fault, output, read, volatile
              reads: @m
        "#]],
    );
}

#[test]
fn effects_of_what_is_called_are_the_callers_too() {
    check(
        "global s, seen
         function add(x) { s <<< x }
         function note(x) { seen[x] = pid(); add(x) }
         probe timer.ms(10) { note(cpu()) }
         probe end { foreach (x in seen- limit 3) printf(\"%d %d\\n\", x, @count(s)) }",
        &["-O0"],
        &expect![[r#"
            %add
              effects: fault, write
              writes: @s

            %note
              calls: %add
              effects: context, fault, write
              writes: @s, @seen

            %probe.0
              handles timer.ms(10)
              calls: %note
              effects: context, fault, write
              writes: @s, @seen

            %probe.1
              handles end
              effects: control, fault, output, read, volatile
              reads: @s, @seen
        "#]],
    );
}

#[test]
fn recursive_functions_are_told() {
    check(
        "global depth
         function even(n) { if (n == 0) return 1; return odd(n - 1) }
         function odd(n) { if (n == 0) return 0; depth++; return even(n - 1) }
         function factorial(n) { if (n < 2) return 1; return n * factorial(n - 1) }
         probe begin { println(even(7), factorial(5)) }",
        &["-O0"],
        &expect![[r#"
            %even (recursive)
              calls: %odd
              effects: control, fault, read, write
              reads: @depth
              writes: @depth

            %odd (recursive)
              calls: %even
              effects: control, fault, read, write
              reads: @depth
              writes: @depth

            %factorial (recursive)
              calls: %factorial
              effects: control, fault

            %probe.0
              handles begin
              calls: %even, %factorial
              effects: control, fault, output, read, write
              reads: @depth
              writes: @depth

            %probe.1
              handles end
              effects: output, read
              reads: @depth
        "#]],
    );
}
