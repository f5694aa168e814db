//! The scripts that stand in the pages of the peer's Beginners Guide.

use std::{fs, path::Path};

/// The pages whose scripts are wrong: one shows what errors look like, one an alias without its body,
/// one a probe without the declaration of its array.
const WRONG: [&str; 3] = ["errors.html", "userspace-probing.html", "arrayops-increment.html"];

/// A script in a page.
#[derive(Debug, PartialEq, Eq)]
pub struct Listing {
    /// The page's name, and the number of the listing in it.
    pub name: String,
    /// The script.
    pub text: String,
    /// Whether it is wrong.
    pub wrong: bool,
}

/// The listings with a probe, of all pages in a folder.
pub fn listings(folder: &Path) -> Vec<Listing> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut pages: Vec<_> = entries.map(|entry| entry.path()).collect();
    pages.sort();
    let mut found = Vec::new();
    for page in pages.iter().filter(|path| path.extension().is_some_and(|name| name == "html")) {
        let name = page.file_name().map(|name| name.to_string_lossy().into_owned());
        let bytes = fs::read(page).unwrap_or_default();
        found.extend(in_page(&name.unwrap_or_default(), &String::from_utf8_lossy(&bytes)));
    }
    found
}

fn in_page(name: &str, html: &str) -> Vec<Listing> {
    let blocks = html.split("<pre class=\"programlisting").skip(1);
    let texts = blocks.filter_map(|block| {
        let (_, inner) = block.split_once('>')?;
        Some(plain(inner.split_once("</pre>")?.0))
    });
    let scripts = texts.filter(|text| {
        let starts = |line: &str| line.trim_start().starts_with("probe ");
        text.lines().any(starts)
    });
    let listing = |(number, text)| Listing {
        name: format!("{name} {}", number + 1),
        text,
        wrong: WRONG.contains(&name),
    };
    scripts.enumerate().map(listing).collect()
}

/// HTML without its tags.
fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut is_tag = false;
    for c in html.chars() {
        match c {
            '<' => is_tag = true,
            '>' if is_tag => is_tag = false,
            _ if !is_tag => text.push(c),
            _ => {}
        }
    }
    let entities =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&nbsp;", " "), ("&amp;", "&")];
    entities.iter().fold(text, |text, (entity, c)| text.replace(entity, c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listings_with_a_probe_are_found_as_text() {
        let html = "<pre class=\"programlisting\">if (a)</pre><p>probe </p><pre class=\"programlisting x\">\n\
            <span class=\"k\">probe</span> begin { a &lt;&lt;&lt; &amp;lt }</pre><pre class=\"screen\">probe end {}</pre>";
        let expected = Listing {
            name: "a.html 1".to_owned(),
            text: "\nprobe begin { a <<< &lt }".to_owned(),
            wrong: false,
        };
        assert_eq!(in_page("a.html", html), [expected]);
    }
}
