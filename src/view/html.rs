//! A page of a compilation: the script, the IR behind each pass, its control-flow graphs and the C,
//! with a line selected in one lit in all.
//!
//! The page needs nothing but itself: what is shown is written out here, and `page.js` only lights it.

use super::{Graph, Line, Place, emitted, svg::svg};

/// What the page shows.
#[derive(Debug)]
pub struct Page<'p> {
    /// What the compilation is called.
    pub title: &'p str,
    /// The module's files: name and text. The first is the script.
    pub files: &'p [(String, String)],
    /// The module behind each pass, lowering first: its name, its text and its graphs.
    pub passes: &'p [Behind],
    /// What was emitted.
    pub c: &'p str,
}

/// A module behind a pass.
#[derive(Debug)]
pub struct Behind {
    /// The pass.
    pub pass: &'static str,
    /// The module's text.
    pub text: String,
    /// The graphs of its functions.
    pub graphs: Vec<Graph>,
}

/// The page.
pub fn page(page: &Page<'_>) -> String {
    let title = escape(page.title);
    let shown = distinct(page.passes);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} – stapc</title>\n<style>\n{}</style>\n</head>\n<body>\n",
        include_str!("page.css")
    );
    out += &format!("<header>\n<h1>{title}</h1>\n{}", selector(page.passes, &shown));
    out += "<output id=\"status\" aria-live=\"polite\"></output>\n</header>\n<main>\n";
    out += &script(page);
    out += &behind(page.passes, &shown, "ir", "IR", |behind| code("i", ir_lines(&behind.text)));
    let names: Vec<String> = page.files.iter().map(|(name, _)| name.clone()).collect();
    out += &format!(
        "<section id=\"c\" aria-label=\"C\">\n<h2>C</h2>\n<div class=\"code\" tabindex=\"0\">\n{}</div>\n</section>\n",
        code("c", emitted::lines(page.c, &names).into_iter())
    );
    out += &behind(page.passes, &shown, "cfg", "Control flow", |behind| {
        behind.graphs.iter().map(figure).collect()
    });
    out += MARKERS;
    out + &format!("</main>\n<script>\n{}</script>\n</body>\n</html>\n", include_str!("page.js"))
}

/// The arrows' heads.
const MARKERS: &str = "<svg width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>\n\
    <marker id=\"jump\" class=\"jump\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\"/></marker>\n\
    <marker id=\"true\" class=\"true\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\"/></marker>\n\
    <marker id=\"false\" class=\"false\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\"/></marker>\n\
    <marker id=\"fault\" class=\"fault\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\"/></marker>\n\
    </defs></svg>\n";

/// Of each pass, the first before it, or itself, behind which the module is the same.
fn distinct(passes: &[Behind]) -> Vec<usize> {
    let mut shown: Vec<usize> = Vec::new();
    for (at, behind) in passes.iter().enumerate() {
        let same = shown.last().copied().filter(|&last| passes[last].text == behind.text);
        shown.push(same.unwrap_or(at));
    }
    shown
}

fn selector(passes: &[Behind], shown: &[usize]) -> String {
    let mut out = "<label>IR after <select id=\"pass\">\n".to_owned();
    for (at, (behind, &shown)) in passes.iter().zip(shown).enumerate() {
        let selected = if at + 1 == passes.len() { " selected" } else { "" };
        let same = if at == shown { "" } else { " (changes nothing)" };
        let name = escape(behind.pass);
        out += &format!(
            "<option value=\"{name}\" data-shown=\"{shown}\"{selected}>{name}{same}</option>\n"
        );
    }
    out + "</select></label>\n"
}

/// The script, and those of the other files that anything stands for.
fn script(page: &Page<'_>) -> String {
    let used = |file: u32| {
        page.passes.first().is_some_and(|behind| {
            ir_lines(&behind.text).any(|(_, place)| place.is_some_and(|(other, _)| other == file))
        })
    };
    let mut out = "<section id=\"script\" aria-label=\"Script\">\n".to_owned();
    for ((name, text), file) in
        page.files.iter().zip(0..).filter(|(_, file)| *file == 0 || used(*file))
    {
        let name = escape(name);
        out += &format!(
            "<h2>{name}</h2>\n<div class=\"code\" role=\"listbox\" tabindex=\"0\" aria-label=\"Lines of {name}\">\n"
        );
        for (line, number) in text.lines().zip(1_u32..) {
            out += &format!(
                "<div class=\"s\" role=\"option\" aria-selected=\"false\" id=\"s{file}-{number}\"{}><span class=\"n\" aria-hidden=\"true\">{number}</span>{}</div>\n",
                places(&[(file, number)]),
                escape(line)
            );
        }
        out += "</div>\n";
    }
    out + "</section>\n"
}

fn ir_lines(text: &str) -> impl Iterator<Item = (&str, Option<Place>)> {
    text.lines().map(|line| (line, Line::of(line).place))
}

/// A section that shows something of the module behind each pass, the last at first.
fn behind(
    passes: &[Behind],
    shown: &[usize],
    id: &str,
    title: &str,
    content: impl Fn(&Behind) -> String,
) -> String {
    let mut out = format!("<section id=\"{id}\" aria-label=\"{title}\">\n<h2>{title}</h2>\n");
    let last = shown.last().copied();
    for (at, behind) in passes.iter().enumerate().filter(|(at, _)| shown[*at] == *at) {
        let hidden = if Some(at) == last { "" } else { " hidden" };
        out += &format!(
            "<div class=\"code\" tabindex=\"0\" data-behind=\"{at}\"{hidden}>\n{}</div>\n",
            content(behind)
        );
    }
    out + "</section>\n"
}

fn figure(graph: &Graph) -> String {
    format!(
        "<figure>\n<figcaption>{}</figcaption>\n{}</figure>\n",
        escape(&graph.title),
        svg(graph)
    )
}

fn code<'t>(class: &str, lines: impl Iterator<Item = (&'t str, Option<Place>)>) -> String {
    let line = |(text, place): (&str, Option<Place>)| {
        format!("<div class=\"{class}\"{}>{}</div>\n", places(place.as_slice()), escape(text))
    };
    lines.map(line).collect()
}

/// The attribute that says of which lines of the script an element is.
pub fn places(places: &[Place]) -> String {
    if places.is_empty() {
        return String::new();
    }
    let words: Vec<String> = places.iter().map(|(file, line)| format!("{file}:{line}")).collect();
    format!(" data-l=\"{}\"", words.join(" "))
}

/// Text that may stand anywhere in the page, attributes included. What would not be seen, or would
/// change how the rest is seen, is shown by a character in its place.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' => out.push(c),
            // The pictures of control characters are in their order.
            '\0'..='\x1f' => out.extend(char::from_u32(0x2400 + u32::from(c))),
            '\x7f' => out.push('\u{2421}'),
            // Directions, and bytes that are no text (`stapc_diagnostics::bytes`).
            '\u{80}'..='\u{9f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{10ff00}'.. => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_escapes() {
        assert_eq!(
            escape("</script>&<!-- '\"\t\r\0\u{7f}\u{202e}\u{10ff80}é"),
            "&lt;/script&gt;&amp;&lt;!-- &#39;&quot;\t␍␀␡\u{fffd}\u{fffd}é"
        );
    }

    #[test]
    fn a_module_that_a_pass_leaves_alone_is_shown_once() {
        let behind = |pass, text: &str| Behind { pass, text: text.to_owned(), graphs: Vec::new() };
        let passes = [behind("a", "1"), behind("b", "1"), behind("c", "2"), behind("d", "1")];
        assert_eq!(distinct(&passes), [0, 0, 2, 3]);
        let selector = selector(&passes, &distinct(&passes));
        assert!(selector.contains("data-shown=\"0\">b (changes nothing)<"), "{selector}");
        assert!(selector.contains("data-shown=\"3\" selected>d<"), "{selector}");
    }
}
