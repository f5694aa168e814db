//! Scripts that have what comes on the session's standard input.

use crate::support::{Ground, On};

const SCRIPT: &str = r#"
global characters, last
probe input.char { characters++; last = char }
probe input.line {
	printf("%d: %s", strlen(line), line)
	if (line == "end\n") exit()
}
probe end { println(characters, " ", last == "\n") }
"#;

fn lines_and_characters_come_as_they_are_typed(on: On) {
    let Some(ground) = Ground::of(on) else { return };
    let mut vm = ground.boot_loaded(1, "input.stp", SCRIPT, &[]);
    let session = vm.command(["stapc", "load", "/run/m.ko"]);
    let output = session.stdin("one\ntw\u{f6}\n\nend\nnot read").output().unwrap();
    assert_eq!(output.stderr_text(), "");
    let text = output.stdout_text();
    let (lines, counts) = text.split_once("4: end\n").unwrap();
    assert_eq!(lines, "4: one\n5: tw\u{f6}\n1: \n");
    // Some of what comes behind the end may be there before the session is over.
    let (characters, _) = counts.split_once(' ').unwrap();
    assert!((14..=22).contains(&characters.parse::<u32>().unwrap()), "{counts}");
}

#[test]
fn lines_and_characters_come_as_they_are_typed_on_debian() {
    lines_and_characters_come_as_they_are_typed(On::Debian);
}

#[test]
fn lines_and_characters_come_as_they_are_typed_on_the_checking_kernel() {
    lines_and_characters_come_as_they_are_typed(On::Checking);
}
