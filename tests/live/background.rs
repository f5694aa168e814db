//! Sessions in the background, with output in files of a bounded size; and files that are switched.

use crate::support::{Ground, On};

/// About 4 MB of lines in all.
const LINES: &str = r#"
global n
probe timer.ms(1) {
	if (n < 40000) for (i = 0; i < 100; i++) printf("%099d\n", n++)
	else if (n == 40000) { n++ println("all") }
}
probe end { println("ended") }
"#;

fn background(on: On) {
    let Some(ground) = Ground::of(on) else { return };
    let limits = ["-DMAXMAPENTRIES=1".to_owned(), "-DSTP_NO_OVERLOAD".to_owned()];
    let mut vm = ground.boot_loaded(1, "lines.stp", LINES, &limits);
    let script = "p=$(stapc load /run/m.ko -s 8 -F -o /run/log -S 1,2) || exit 1; \
         until grep -qs all /run/log.*; do sleep 0.2; done; \
         kill -TERM $p; while grep -q stapc_ /proc/modules; do sleep 0.1; done; sleep 0.2; \
         for f in /run/log.*; do echo $f $(wc -c <$f) $(tail -n 1 $f); done; cat /proc/$p/comm";
    let output = vm.run(["sh", "-c", script]).unwrap();
    let line = |number: u32| format!("{number:099}");
    let (full, rest) = (1_048_500, 4_000_000 - 3 * 1_048_500 + "all\nended\n".len());
    let expected = format!("/run/log.2 {full} {}\n/run/log.3 {rest} ended\n", line(31454));
    assert_eq!(output.stdout_text(), expected, "{}", output.stderr_text());
}

#[test]
fn a_session_in_the_background_keeps_its_latest_output() {
    background(On::Debian);
}

#[test]
fn a_session_in_the_background_keeps_its_latest_output_on_the_checking_kernel() {
    background(On::Checking);
}

#[test]
fn output_goes_to_the_next_file_when_that_is_asked_for() {
    const SWITCHES: &str = r#"
probe begin { println("first"); switch_file() }
probe timer.ms(700) { n++; println(n == 1 ? "second" : "third"); if (n == 2) exit() }
global n
probe timer.ms(1000) { if (n == 1) system(sprintf("kill -USR2 %d", stp_pid())) }
"#;
    let Some(ground) = Ground::of(On::Debian) else { return };
    let mut vm = ground.boot_loaded(1, "switches.stp", SWITCHES, &[]);
    let script = "stapc load /run/m.ko -o /run/log; for f in /run/log*; do echo $f $(cat $f); done";
    let output = vm.run(["sh", "-c", script]).unwrap();
    let expected = "/run/log first\n/run/log.1 second\n/run/log.2 third\n";
    assert_eq!(output.stdout_text(), expected, "{}", output.stderr_text());
}
