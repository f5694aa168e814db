//! The oracle on a few programs; `cargo xtask fuzz oracle` tries many.

use stapc_gen::oracle::{Report, Source, check, program, reduced};

/// Programs that are tried.
const PROGRAMS: u64 = 50;

#[test]
fn passes_keep_what_programs_do() {
    let mut report = Report::default();
    for seed in 0..PROGRAMS {
        let source = Source::of_seed(seed);
        let program = match program(&source) {
            Ok(Some(program)) => program,
            Ok(None) => continue,
            Err(error) => panic!("{seed}: {error}\n{}", source.text().unwrap_or_default()),
        };
        match check(&program, seed) {
            Ok(done) => report.add(done),
            Err(finding) => {
                let (_, finding) = reduced(source, *finding);
                panic!("{seed}: {}\n{}", finding.what, finding.detail);
            }
        }
    }
    eprintln!("{report:?}");
    assert!(report.compared > PROGRAMS * 5, "{report:?}");
    assert!(report.excused + report.endless < report.compared / 10, "{report:?}");
}
