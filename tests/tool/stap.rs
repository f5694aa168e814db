//! SystemTap's command line.

use expect_test::expect;

use super::{Bench, words};

const HELLO: &str = "probe begin { println(\"hello\"); exit() }\n";

#[test]
fn pass_1_prints_the_scripts() {
    let bench = Bench::new();
    bench.write("h.stp", HELLO);
    expect![[r##"
        # parse tree dump
        # file h.stp
        probe begin {
            println("hello");
            exit();
        }

    "##]]
    .assert_eq(&bench.stap(&["-p1", "h.stp"]));
    expect![[r##"
        # parse tree dump
        # file <input>
        probe begin {
            println("a b", 2);
        }
        # file <input1>
        global x;

    "##]]
    .assert_eq(&bench.stap(&[
        "-p",
        "1",
        "-e",
        "probe begin { println(@1, $2) }",
        "-E",
        "global x",
        "a b",
        "2",
    ]));
    expect![[r##"
        # parse tree dump
        # file <input>
        probe begin {
            println("hello");
            exit();
        }

    "##]]
    .assert_eq(&bench.run(env!("CARGO_BIN_EXE_stap"), &["-p1", "-"], HELLO));
}

#[test]
fn pass_2_lists_what_there_is() {
    let bench = Bench::new();
    let script = "global n, arr[10], s, byname
        function f:long (a:long, b:string) { if (a > 1) return f(a - 1, b); n++; return strlen(b) }
        function g() { println(n) }
        probe begin, end(3) { x = f(2, \"q\"); arr[\"k\", x] = 2; s <<< x; byname[\"a\"] = \"b\"; g() }
        probe timer.s(1) { foreach ([a, b] in arr) println(a, @count(s), byname[a]); exit() }";
    expect![[r#"
        # globals
        n:long
        arr[10]:long [string, long]
        s:stats
        byname:string [string]
        # functions
        f:long (a:long, b:string)
        g:unknown ()
        # probes
        begin /* <- begin */
          # locals
          x:long
        end(3) /* <- end(3) */
          # locals
          x:long
        timer.ns(1000000000) /* <- timer.s(1) */
          # locals
          a:string
          b:long
    "#]]
    .assert_eq(&bench.stap(&["-p2", "-e", script]));
}

#[test]
fn a_script_that_is_wrong_fails_its_pass() {
    let bench = Bench::new();
    let run = |script: &str| bench.stap(&["-p2", "-e", script]);
    expect![[r#"
        ! parse error: expected `)` after the arguments, found `}`
        !         saw: operator '}' at <input>:1:27
        !      source: probe begin { println("x" }
        !                                        ^
        !
        ! 1 parse error.
        ! Pass 1: parse failed.  [man error::pass1]
        status 1
    "#]]
    .assert_eq(&run("probe begin { println(\"x\" }"));
    expect![[r#"
        ! semantic error: there is no function `nothing`: identifier 'nothing' at <input>:1:23
        !         source: probe begin { println(nothing()) }
        !                                       ^
        !
        ! Pass 2: analysis failed.  [man error::pass2]
        status 1
    "#]]
    .assert_eq(&run("probe begin { println(nothing()) }"));
    expect![[r#"
        ! parse error: there is no argument 1: the script is given none
        !          at: operator '@1' at <input>:1:23
        !      source: probe begin { println(@1) }
        !                                    ^
        !        help: arguments stand behind the script's name on the command line
        !
        ! 1 parse error.
        ! Pass 1: parse failed.  [man error::pass1]
        status 1
    "#]]
    .assert_eq(&run("probe begin { println(@1) }"));
    expect![[r#"
        ! parse error: there is nothing in `<input>`
        !        note: comments, macros and branches that are not taken are nothing
        !        help: begin with `probe begin { … }`
        !
        ! 1 parse error.
        ! Pass 1: parse failed.  [man error::pass1]
        status 1
    "#]]
    .assert_eq(&bench.stap(&["-p1", "-e", "# nothing"]));
    expect![[r#"
        ! error: cannot open nowhere.stp: No such file or directory (os error 2)
        ! Pass 1: parse failed.  [man error::pass1]
        status 1
    "#]]
    .assert_eq(&bench.stap(&["-p2", "nowhere.stp"]));
}

#[test]
fn warnings_are_shown_or_not_or_errors() {
    let bench = Bench::new();
    let run =
        |option: &str| bench.stap(&["-p2", option, "-e", "probe begin { println(1) }", "unused"]);
    expect![[r#"
        # probes
        begin /* <- begin */
        ! WARNING: nothing uses the script's argument $1/@1
    "#]]
    .assert_eq(&run("-u"));
    expect![[r#"
        # probes
        begin /* <- begin */
    "#]]
    .assert_eq(&run("-w"));
    expect![[r#"
        ! semantic error: nothing uses the script's argument $1/@1
        !
        ! Pass 2: analysis failed.  [man error::pass2]
        status 1
    "#]]
    .assert_eq(&run("-W"));
}

#[test]
fn options_may_stand_anywhere_and_dashes_end_them() {
    let bench = Bench::new();
    bench.write("h.stp", "probe begin { println(@1, $2) }");
    expect![[r##"
        # parse tree dump
        # file h.stp
        probe begin {
            println("-x", 3);
        }

    "##]]
    .assert_eq(&bench.stap(&["h.stp", "-gwp1", "--", "-x", "3"]));
    expect![[r#"
        ! stap: option -x needs an argument
        ! Try '--help' for more information.
        status 1
    "#]]
    .assert_eq(&bench.stap(&["h.stp", "-x"]));
    expect![[r#"
        ! stap: there is no option --nonsense
        ! Try '--help' for more information.
        status 1
    "#]]
    .assert_eq(&bench.stap(&["--nonsense"]));
}

#[test]
fn command_lines_that_make_no_sense_say_why() {
    let bench = Bench::new();
    expect![[r#"
        ! stap: no script: name a file, or give its text with -e
        ! Try '--help' for more information.
        status 1
    "#]]
    .assert_eq(&bench.stap(&[]));
    expect![[r#"
        ! stap: -p 9: expected a pass, 1 to 5
        ! stap: -s 0: expected a number of megabytes, 1 to 1024
        ! stap: -x abc: expected the number of a process
        ! stap: -T 0: expected a number of seconds from 1 on
        ! stap: -m a-b: expected letters, digits and _
        ! stap: -D 3: expected NAME or NAME=VALUE
        ! stap: -G x: expected NAME=VALUE
        ! Try '--help' for more information.
        status 1
    "#]]
    .assert_eq(&bench.stap(&words("-p9 -s0 -xabc -T0 -m a-b -D3 -Gx h.stp")));
    expect![[r#"
        ! stap: -c and -x do not go together
        ! Try '--help' for more information.
        status 1
    "#]]
    .assert_eq(&bench.stap(&words("-c ls -x 3 -p1 h.stp")));
    expect![[r#"
        ! stap: -e: there is a script already; add others with -E
        ! Try '--help' for more information.
        status 1
    "#]]
    .assert_eq(&bench.stap(&["-e", "a", "-e", "b"]));
    expect![[r#"
        ! stap: --compatible 9.9: expected a version up to 5.2, which this one is
        ! stap: --privilege root: expected stapdev, stapsys or stapusr
        ! stap: --vp x: expected 1 to 5 digits
        ! stap: --runtime x: expected kernel
        ! Try '--help' for more information.
        status 1
    "#]]
    .assert_eq(&bench.stap(&words("--compatible=9.9 --privilege=root --vp x --runtime=x h.stp")));
    expect![[r#"
        ! stap: -D MAXACTION: expected NAME=VALUE
        ! Try '--help' for more information.
        status 1
    "#]]
    .assert_eq(&bench.stap(&["-DMAXACTION", "h.stp"]));
    expect![[r#"
        ! stap: --suppress-time-limits needs guru mode (-g)
        ! Try '--help' for more information.
        status 1
    "#]]
    .assert_eq(&bench.stap(&["--suppress-time-limits", "h.stp"]));
}

#[test]
fn options_without_meaning_say_so_on_their_own() {
    let bench = Bench::new();
    bench.write("h.stp", "probe never {}");
    expect![[r#"
        ! stap: -b is not supported: output comes in one stream, in order
        ! stap: -S 0: expected SIZE or SIZE,NUMBER
        ! stap: --modinfo name is not supported: the module's name is the session's
        ! stap: --modinfo x: expected NAME=VALUE
        ! stap: --rlimit-as x: expected a number
        ! stap: --remote is not supported: sessions run on this machine
        ! stap: -S needs -o FILE
        ! stap: -F is not supported: without -o FILE, nobody would keep the output
        ! Try '--help' for more information.
        status 1
    "#]]
    .assert_eq(
        &bench.stap(&words("-b -F -S5 -S0 --modinfo=name=x --modinfo=x --rlimit-as=x --remote=h")),
    );
    expect![[r#"
        # parse tree dump
        # file h.stp
        probe never {
        }

        ! stap: -P changes nothing: parameters are read where the function begins, which needs no prologue
        ! stap: -R changes nothing: the runtime is built in
        ! stap: -B changes nothing: modules are not built by kbuild
    "#]].assert_eq(&bench.stap(&words("-wPp1 -R. -Ba=b -dkernel --ldd -DFOO h.stp")));
}

#[test]
fn it_says_what_it_is() {
    let bench = Bench::new();
    let version = bench.stap(&["-V"]);
    assert!(version.starts_with("Systemtap translator/driver (version 5.2/"), "{version}");
    assert_eq!(version, bench.stap(&["--version", "--nonsense"]).replace("status 1\n", ""));
    let help = bench.stap(&["-h"]);
    assert!(help.starts_with(&version) && help.contains("\n   -p NUM "), "{help}");
}

#[test]
fn verbose_passes_say_what_they_took() {
    let bench = Bench::new();
    let text = bench.stap(&["-vp2", "-e", "probe never { println(1) }"]);
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("Pass")).collect();
    let shape = |line: &str| {
        let mut shape = String::new();
        for c in line.chars() {
            match c {
                '0'..='9' if shape.ends_with('#') => {}
                '0'..='9' => shape.push('#'),
                c => shape.push(c),
            }
        }
        shape
    };
    let shapes: Vec<String> = lines.into_iter().map(shape).collect();
    assert_eq!(
        shapes,
        [
            "! Pass #: parsed user script and # library scripts using #virt/#res/#shr/#data kb, in #usr/#sys/#real ms.",
            "! Pass #: analyzed script: # probe, # functions, # embeds, # globals using #virt/#res/#shr/#data kb, in #usr/#sys/#real ms.",
        ]
    );
}

#[test]
fn the_rc_file_is_read_first() {
    let bench = Bench::new();
    bench.write("systemtap/rc", "-p1 # only parse\n-E 'global x'").write("h.stp", "probe never {}");
    expect![[r#"
        # parse tree dump
        # file h.stp
        probe never {
        }
        # file <input1>
        global x;

    "#]]
    .assert_eq(&bench.stap(&["h.stp"]));
}

#[test]
fn scripts_run_by_their_first_line() {
    use std::os::unix::fs::PermissionsExt as _;
    let bench = Bench::new();
    let stap = env!("CARGO_BIN_EXE_stap");
    bench.write("run.stp", format!("#!{stap} -p1\nprobe begin {{ println(@1) }}\n"));
    std::fs::set_permissions(bench.path("run.stp"), std::fs::Permissions::from_mode(0o755))
        .unwrap();
    let text = bench.run(bench.path("run.stp").to_str().unwrap(), &["word"], "");
    assert!(text.contains("println(\"word\")"), "{text}");
}

#[test]
fn handlers_that_may_not_fail_are_guarded() {
    let bench = Bench::new();
    let script = "probe begin { println(1 / strlen(\"\")) }";
    let text = bench.stap(&["-vp2", "--suppress-handler-errors", "-e", script]);
    assert!(text.contains("try {"), "{text}");
}

#[test]
fn a_kernel_that_nothing_is_built_for_fails_pass_4_only() {
    let bench = Bench::new();
    bench.write("h.stp", HELLO);
    assert!(bench.stap(&["-r", "9.9.9-none", "-p1", "h.stp"]).starts_with("# parse tree dump"));
    let text = bench.stap(&["-r", "9.9.9-none", "-p4", "h.stp"]);
    assert!(text.contains("9.9.9-none"), "{text}");
    assert!(
        text.ends_with("! Pass 4: compilation failed.  [man error::pass4]\nstatus 1\n"),
        "{text}"
    );
}

#[test]
fn pass_4_leaves_the_module_where_it_says() {
    let Some(bench) = Bench::for_modules() else { return };
    bench.write("h.stp", HELLO);
    let text = bench.stap(&["-p4", "-m", "hello", "h.stp"]);
    assert!(text.starts_with("hello.ko\n"), "{text}");
    assert!(std::fs::read(bench.path("hello.ko")).unwrap().starts_with(b"\x7fELF"));
    let text = bench.stap(&["-p4", "-k", "--tmpdir=kept", "h.stp"]);
    let path = text.lines().next().unwrap();
    assert!(path.starts_with("kept/stapc_") && bench.path(path).exists(), "{text}");
    assert!(text.contains("Keeping temporary directory \"kept\""), "{text}");
    let sources = std::fs::read_dir(bench.path("kept")).unwrap().flatten();
    assert!(
        sources.into_iter().any(|entry| entry.file_name().to_string_lossy().ends_with("_src.c"))
    );
}

#[test]
fn what_a_module_says_of_itself_is_in_its_c() {
    let bench = Bench::new();
    let text = bench.stap(&["-p3", "--modinfo", "intree=\"Y\"", "-e", "probe begin { exit() }"]);
    assert!(text.contains("= \"intree=\\\"Y\\\"\";"), "{text}");
}

#[test]
fn the_compiler_can_be_bounded() {
    let stap = |option: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_stap"));
        let script = ["-p3", "-k", "-e", "probe begin { exit() }"];
        let folder = tempfile::tempdir().unwrap();
        let tmpdir = format!("--tmpdir={}", folder.path().display());
        command.arg(option).arg(tmpdir).args(script).output().unwrap().status
    };
    assert!(stap("--rlimit-fsize=1000000000").success());
    assert!(!stap("--rlimit-fsize=10").success());
}

#[test]
fn errors_are_coloured_when_that_is_asked_for() {
    let bench = Bench::new();
    let coloured = |option: &str| bench.stap(&["-p2", option, "-e", "probe begin { x( }"]);
    assert!(coloured("--color").contains("\x1b[01;31m\x1b[Kparse error:\x1b[m\x1b[K"));
    assert!(!coloured("--color=auto").contains('\x1b'));
    assert!(!coloured("--colour=never").contains('\x1b'));
}
