//! A finding's program made smaller.

use super::{Finding, Report, Source, check_plan, program, run::Reference};

/// Programs that are tried at most.
const MOST_TRIES: usize = 3000;

/// The smallest source found for which the same goes wrong, and what does.
pub fn reduced(source: Source, finding: Finding) -> (Source, Finding) {
    let (mut source, mut finding) = (source, finding);
    let mut tries = 0;
    loop {
        let smaller = source.smaller().into_iter().find_map(|smaller| {
            tries += 1;
            if tries > MOST_TRIES {
                return None;
            }
            let found = again(&smaller, &finding)?;
            Some((smaller, found))
        });
        match smaller {
            Some(smaller) => (source, finding) = smaller,
            None => return (source, finding),
        }
    }
}

/// The same finding of another source.
fn again(source: &Source, finding: &Finding) -> Option<Finding> {
    let program = program(source).ok().flatten()?;
    let tried = std::panic::catch_unwind(|| {
        if finding.plan.is_empty() {
            return super::check(&program, 0).map(drop);
        }
        stapc_ir::verify(&program.module, stapc_ir::Stage::Lowered)
            .map_err(|_| Box::new(Finding::new("not in order", "")))?;
        let reference = Reference::of(&program)?;
        check_plan(&program, &reference, &finding.plan, &mut Report::default())
    });
    let found = match tried {
        Ok(Ok(())) => return None,
        Ok(Err(found)) => *found,
        Err(_) => Finding { plan: finding.plan.clone(), ..Finding::new("panicked", "") },
    };
    (found.what == finding.what).then_some(found)
}
