//! All forms of diagnostics, of any bytes and any places in them.

use proptest::{collection::vec, prelude::*};
use stapc_diagnostics::{
    Colours, Diagnostic, Expansion, FileId, SourceMap, Span, bytes, render, render_json,
    render_peer,
};

/// Bytes of which many mean something.
fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        6 => prop::sample::select(b"\n\r\t\" \\a1@$%{}\x1b\x07\x00\x7f\xff\xf4\x8f\xc3\xa4".to_vec()),
        1 => any::<u8>(),
    ];
    vec(byte, 0..120)
}

fn any_span() -> impl Strategy<Value = (u32, u32, u32)> {
    (0..5_u32, 0..140_u32, prop_oneof![9 => 0..140_u32, 1 => Just(u32::MAX)])
}

proptest! {
    #[test]
    fn nothing_panics_and_nothing_steers_a_terminal(
        texts in vec(any_bytes(), 2),
        uses in vec(any_span(), 2),
        labels in vec((any_span(), any::<bool>(), any_bytes()), 0..4),
        said in any_bytes(),
    ) {
        let mut sources = SourceMap::new();
        let files: Vec<FileId> =
            texts.iter().map(|text| sources.add_bytes(bytes::decode(text).into_owned(), text)).collect();
        for (of, &(file, start, end)) in files.iter().zip(&uses) {
            let used = Span::new(FileId(file), start, end);
            let what = format!("macro `@{}`", bytes::decode(&said));
            sources.add_expansion(*of, Expansion { what, used });
        }
        let said = bytes::decode(&said).into_owned();
        let mut found = Diagnostic::error("unexpected-token", said.clone()).note(said.clone()).help(said);
        for ((file, start, end), primary, message) in labels {
            let span = Span::new(FileId(file), start, end);
            let message = bytes::decode(&message).into_owned();
            found = if primary { found.at(span, message) } else { found.also(span, message) };
        }
        let found = [found];
        render(&sources, &found, true);
        let steers = |text: &str| text.chars().any(|c| c.is_control() && !"\n\t".contains(c) || bytes::byte_of(c).is_some());
        let text = render(&sources, &found, false);
        prop_assert!(!steers(&text), "{text:?}");
        let text = render_peer(&sources, &found, &Colours::default());
        prop_assert!(!steers(&text), "{text:?}");
        let text = render_json(&sources, &found);
        prop_assert_eq!(text.matches('\n').count(), 1);
        prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
    }
}
