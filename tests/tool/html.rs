//! `--emit=html` in a browser, and `--emit=cfg`.

use super::{
    Bench,
    browser::{self, Browser},
};

/// A loop, a branch and a function that is called twice.
const LOOPS: &str = "\
global seen, total
function twice(x) {
	return x * 2
}
probe begin {
	for (i = 0; i < 10; i++) {
		if (i % 3 == 0)
			total += twice(i)
		else
			seen[i] = 1
	}
	exit()
}
probe end {
	println(total)
}
";

/// Text that a page could take for its own.
const WILD: &str = "\
global last # </script><script>document.title = 'hacked'</script>
probe begin {
	last = \"</script><b id='x'>&lt; & <!-- ]]>\" . execname()
	println(\"<img src=x onerror=alert(1)> 'single' \\\"double\\\" &amp;\")
	println(last)
	exit()
}
";

/// The address of the page of a script, which is written to `page.html`.
fn page(bench: &Bench, script: &str) -> String {
    bench.write("script.stp", script);
    let made = bench.stapc(&["compile", "--emit=html", "-o", "page.html", "script.stp"]);
    assert_eq!(made, "");
    format!("file://{}", bench.path("page.html").display())
}

/// The lit elements of a class within the text that a browser gives of a page, what is hidden left
/// out.
fn lit(dom: &str, class: &str) -> Vec<String> {
    let mut hidden = false;
    let mut found = Vec::new();
    for line in dom.lines() {
        if line.contains("data-behind=") {
            hidden = line.contains("hidden");
        } else if line.starts_with("<section") {
            hidden = false;
        }
        let start = format!("class=\"{class} lit\"");
        if let Some((_, rest)) = line.split_once(&start).filter(|_| !hidden) {
            let text = rest.split_once('>').unwrap().1;
            found.push(plain(text.rsplit_once("</").unwrap().0));
        }
    }
    found
}

/// Text without its markup.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for part in text.split('<') {
        out += part.split_once('>').map_or(part, |(_, text)| text);
    }
    // The browser writes no entities but these.
    out.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// What of a list holds each text, in order; there may be nothing else.
#[track_caller]
fn are(found: &[String], expected: &[&str]) {
    let fits = found.len() == expected.len()
        && found.iter().zip(expected).all(|(found, expected)| found.contains(expected));
    assert!(fits, "{found:#?} instead of {expected:#?}");
}

#[test]
fn the_lines_that_belong_together_are_lit() {
    if !browser::is_here() {
        return;
    }
    let bench = Bench::new();
    let address = page(&bench, LOOPS);
    let dom = browser::dumped(bench.folder.path(), &format!("{address}#line=10"));
    are(&lit(&dom, "s"), &["10\t\t\tseen[i] = 1"]);
    let ir = lit(&dom, "i");
    assert!(ir.iter().all(|line| line.contains(" at 0:10:")), "{ir:#?}");
    assert!(ir.iter().any(|line| line.contains("@seen")), "{ir:#?}");
    let c = lit(&dom, "c");
    assert!(c[0].contains("/* 10: seen[i] = 1 */"), "{c:#?}");
    assert!(c.iter().any(|line| line.contains("g_seen_")), "{c:#?}");
    assert!(!c.iter().any(|line| line.contains("g_total")), "{c:#?}");
    // The one block that holds these instructions, and they in it.
    assert_eq!(dom.matches("<g class=\"b lit\" data-l=\"0:10\"").count(), blocks_of(&dom, "0:10"));
    let inside = lit(&dom, "t");
    assert_eq!(inside.len(), ir.len(), "{inside:#?}");
    assert!(dom.contains("line 10: "), "the status says so");
}

/// How many blocks there are of this line alone, in the graphs behind all passes.
fn blocks_of(dom: &str, place: &str) -> usize {
    let count = dom
        .lines()
        .filter(|line| line.contains("class=\"b") && line.contains(&format!("data-l=\"{place}\"")));
    let count = count.count();
    assert!(count > 0);
    count
}

#[test]
fn a_line_of_a_function_is_lit_where_it_was_put() {
    if !browser::is_here() {
        return;
    }
    let bench = Bench::new();
    let address = page(&bench, LOOPS);
    let dom = browser::dumped(bench.folder.path(), &format!("{address}#line=3"));
    are(&lit(&dom, "s"), &["3\treturn x * 2"]);
    let inlined = lit(&dom, "i");
    assert!(inlined.iter().all(|line| line.contains(" at 0:3:")), "{inlined:#?}");
    assert!(inlined.iter().any(|line| line.contains(" at 0:3:11")), "{inlined:#?}");
    let before = browser::dumped(bench.folder.path(), &format!("{address}#line=3&pass=lower"));
    are(&lit(&before, "i"), &["iconst 2 at 0:3:13", "imul v0, v1 at 0:3:11"]);
    assert!(before.contains("function %twice") && before.contains("lower"));
    // Line 1 is no start of line 10; what shows `seen` at the end, which nothing reads, is of it.
    let dom = browser::dumped(bench.folder.path(), &format!("{address}#line=1"));
    are(&lit(&dom, "s"), &["1global seen, total"]);
    let shows = lit(&dom, "i");
    assert!(!shows.is_empty() && shows.iter().all(|line| line.contains(" at 0:1:")), "{shows:#?}");
    // A line that nothing is made of is lit alone, and so is none that there is not.
    let dom = browser::dumped(bench.folder.path(), &format!("{address}#line=13"));
    are(&lit(&dom, "s"), &["13}"]);
    for class in ["i", "c", "t"] {
        are(&lit(&dom, class), &[]);
    }
    for hash in ["", "#line=99", "#line=<b>", "#line=0:", "#nothing"] {
        let dom = browser::dumped(bench.folder.path(), &format!("{address}{hash}"));
        for class in ["s", "i", "c", "t"] {
            are(&lit(&dom, class), &[]);
        }
    }
}

#[test]
fn what_a_script_holds_is_text() {
    if !browser::is_here() {
        return;
    }
    let bench = Bench::new();
    let address = page(&bench, WILD);
    let dom = browser::dumped(bench.folder.path(), &format!("{address}#line=4"));
    are(
        &lit(&dom, "s"),
        &["4\tprintln(\"<img src=x onerror=alert(1)> 'single' \\\"double\\\" &amp;\")"],
    );
    are(&lit(&dom, "i"), &["print \"<img src=x onerror=alert(1)> 'single' \\x22double\\x22 &amp;"]);
    let c = lit(&dom, "c");
    assert!(c.iter().any(|line| line.contains("<img src=x onerror=alert(1)>")), "{c:#?}");
    let dom = browser::dumped(bench.folder.path(), &format!("{address}#line=3"));
    are(&lit(&dom, "s"), &["3\tlast = \"</script><b id='x'>&lt; & <!-- ]]>\" . execname()"]);
    let mut browser = Browser::open(bench.folder.path(), &address);
    assert_eq!(browser.eval("document.title"), "script.stp – stapc");
    for selector in ["img", "#x", "main script", "main b"] {
        let count = browser.eval(&format!("document.querySelectorAll('{selector}').length"));
        assert_eq!(count, 0, "{selector}");
    }
    assert_eq!(browser.eval("document.scripts.length"), 1);
}

#[test]
fn clicks_and_keys_select_lines() {
    if !browser::is_here() {
        return;
    }
    let bench = Bench::new();
    let address = page(&bench, LOOPS);
    let mut browser = Browser::open(bench.folder.path(), &address);
    let lit = "Array.from(document.querySelectorAll('#script .lit'), line => line.id).join()";
    let visible = "Array.from(document.querySelectorAll('.i.lit, .c.lit')).filter(line => !line.closest('[hidden]')).every(line => line.dataset.l === ";
    assert_eq!(browser.eval(lit), "");
    browser.click("#s0-10");
    assert_eq!(browser.eval("location.hash"), "#line=10");
    assert_eq!(browser.eval(lit), "s0-10");
    assert_eq!(browser.eval(&format!("{visible}'0:10')")), true);
    browser.press("ArrowUp");
    browser.press("ArrowUp");
    assert_eq!(browser.eval("location.hash"), "#line=8");
    assert_eq!(browser.eval(lit), "s0-8");
    assert_eq!(browser.eval(&format!("{visible}'0:8')")), true);
    browser.press("ArrowDown");
    assert_eq!(browser.eval(lit), "s0-9");
    browser.press("End");
    assert_eq!(browser.eval(lit), "s0-16");
    browser.press("ArrowDown");
    assert_eq!(browser.eval(lit), "s0-16");
    // From the IR, the C and a block back to the script.
    browser.click("#ir .code:not([hidden]) .i[data-l='0:10']");
    assert_eq!(browser.eval(lit), "s0-10");
    browser.click("#c .c[data-l='0:15']");
    assert_eq!(browser.eval(lit), "s0-15");
    browser.click("#cfg .code:not([hidden]) text[data-l='0:10']");
    assert_eq!(browser.eval(lit), "s0-10");
    browser.press("Escape");
    assert_eq!(browser.eval(lit), "");
    assert_eq!(
        browser
            .eval("document.getElementById('status').textContent")
            .as_str()
            .unwrap()
            .split(':')
            .next(),
        Some("select a line")
    );
}

#[test]
fn passes_are_chosen_and_linked_to() {
    if !browser::is_here() {
        return;
    }
    let bench = Bench::new();
    let address = page(&bench, LOOPS);
    let mut browser = Browser::open(bench.folder.path(), &format!("{address}#line=8"));
    let shown =
        "document.querySelector('#ir .code:not([hidden])').textContent.includes('function %twice')";
    let choose = |pass: &str| {
        format!(
            "(() => {{ const select = document.getElementById('pass'); select.value = '{pass}'; select.dispatchEvent(new Event('change')); }})()"
        )
    };
    assert_eq!(browser.eval(shown), false, "it has been inlined");
    browser.eval(&choose("lower"));
    assert_eq!(browser.eval(shown), true);
    assert_eq!(browser.eval("location.hash"), "#line=8&pass=lower");
    let graphs = "document.querySelectorAll('#cfg .code:not([hidden]) svg').length";
    assert_eq!(browser.eval(graphs), 4);
    browser.eval("location.hash = '#line=8'");
    browser.eval("new Promise(done => setTimeout(done))");
    assert_eq!(browser.eval(shown), false);
    // What is there for people who do not see it.
    assert_eq!(
        browser.eval("document.querySelectorAll('[role=option][aria-selected=true]').length"),
        1
    );
    assert_eq!(
        browser
            .eval("document.querySelector('[role=listbox]').getAttribute('aria-activedescendant')"),
        "s0-8"
    );
    assert_eq!(
        browser.eval(
            "Array.from(document.querySelectorAll('main > section')).every(part => part.ariaLabel)"
        ),
        true
    );
    // Nothing is drawn over something else, and no text is wider than its block.
    let wide = "Array.from(document.querySelectorAll('#cfg .code:not([hidden]) .b')).filter(block => { const box = block.querySelector('rect').getBBox(); return Array.from(block.querySelectorAll('text')).some(text => text.getBBox().width > box.width); }).length";
    assert_eq!(browser.eval(wide), 0);
}

#[test]
fn the_page_needs_nothing_but_itself() {
    let bench = Bench::new();
    for script in [LOOPS, WILD] {
        page(&bench, script);
        let text = bench.read("page.html");
        assert!(text.contains("default-src 'none'"));
        for outside in ["http://", "https://", "src=\"", "href=", "@import", "fetch("] {
            assert!(!text.contains(outside), "{outside}");
        }
        assert_eq!(text.matches("<script").count(), 1);
        assert_eq!(text.matches("</script").count(), 1);
    }
}

#[test]
fn bytes_that_are_no_text_are_shown_by_a_sign() {
    let bench = Bench::new();
    bench.write("script.stp", b"probe begin { println(\"\xff\x07\"); exit() }");
    bench.stapc(&["compile", "--emit=html", "-o", "page.html", "script.stp"]);
    let text = bench.read("page.html");
    assert!(text.contains("println(&quot;\u{fffd}␇&quot;)"), "{text}");
}

#[test]
fn control_flow_is_given_to_graphviz() {
    let bench = Bench::new();
    bench.write("script.stp", LOOPS).write("wild.stp", WILD);
    bench.write("faults.stp", "probe begin { try { if (pid()) error(\"x\") } catch { exit() } }");
    let text = bench.stapc(&["compile", "--emit=cfg", "-O0", "script.stp"]);
    assert!(text.starts_with("digraph module {\n") && text.ends_with("}\n"), "{text}");
    // Two handlers, a function, and the handler that shows what is never read.
    assert_eq!(text.matches("subgraph cluster_").count(), 4);
    assert!(text.contains("label=\"%probe.0: probe begin\\n\""), "{text}");
    for kind in ["label=true", "label=false"] {
        assert!(text.contains(kind), "{kind}: {text}");
    }
    let text = bench.stapc(&["compile", "--emit=cfg", "-O0", "faults.stp"]);
    assert!(text.contains("[label=fault, style=dashed"), "{text}");
    for script in ["script.stp", "wild.stp", "faults.stp"] {
        well_formed(&bench.stapc(&["compile", "--emit=cfg", script]));
    }
}

/// Every line is one of those that there may be, every string ends, and every edge joins blocks.
fn well_formed(text: &str) {
    let mut blocks = std::collections::HashSet::new();
    let mut edges = Vec::new();
    for line in text.lines().map(str::trim) {
        let unescaped = line.replace("\\\\", "").replace("\\\"", "");
        assert_eq!(unescaped.matches('"').count() % 2, 0, "{line}");
        if let Some((from, to)) = line.split_once(" -> ").filter(|_| !line.contains('"')) {
            edges.push((
                from.to_owned(),
                to.trim_end_matches(';').split(' ').next().unwrap().to_owned(),
            ));
        } else if let Some((block, _)) = line.split_once(" [label=\"") {
            blocks.insert(block.to_owned());
        }
    }
    assert!(!blocks.is_empty());
    for (from, to) in edges {
        assert!(blocks.contains(&from) && blocks.contains(&to), "{from} -> {to}");
    }
}

#[test]
fn what_passes_have_placed_is_of_no_line() {
    let bench = Bench::new();
    page(
        &bench,
        "global n, last\nprobe timer.ms(1) {\n\tif (pid() == 3)\n\t\tlast = n\n\tn = last + 1\n}\nprobe timer.ms(2) {\n\tlast = n\n}\n",
    );
    let text = bench.read("page.html");
    let c: Vec<&str> = text.lines().filter(|line| line.starts_with("<div class=\"c\"")).collect();
    let of = |part: &str| -> Vec<bool> {
        let lines = c.iter().filter(|line| line.contains(part));
        lines.map(|line| line.contains(" data-l=")).collect()
    };
    let locks = of("lock(");
    assert!(locks.len() >= 4 && !locks.contains(&true), "{c:#?}");
    assert_eq!(of("/* 0:"), [false; 0], "{c:#?}");
    // A test is of its own line even where nothing else is emitted of that.
    let tests: Vec<&&str> = c.iter().filter(|line| line.contains("== 3")).collect();
    assert!(
        !tests.is_empty() && tests.iter().all(|line| line.contains("data-l=\"0:3\"")),
        "{c:#?}"
    );
}
