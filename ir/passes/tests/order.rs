//! The order of passes: each has what it needs, and an order in which one has not is refused.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::HashSet;

use stapc_ir::verify;
use stapc_passes::{Options, PASSES, Pass, Plan, Properties, Step, by_names};

/// A loop over a global that two handlers share, with strings.
const MODULE: &str = r#"stapc-ir 1
global @n i64 = 0
global @s str = ""
probe timer.ns 1000 "timer.us(1)" %h
probe timer.ns 2000 "timer.us(2)" %g

function %h {
block0:
    v0: i64 = iconst 0
    jump block1(v0)
block1(v1: i64):
    v2: i64 = gload @n
    v3: i64 = iadd v1, v2
    gstore @n, v3
    v4: str = sprint "%d", v3
    gstore @s, v4
    v5: bool = icmp.lt v3, v2
    branch v5, block1(v3), block2
block2:
    return
}

function %g {
block0:
    v0: str = gload @s
    print "%s", v0
    return
}
"#;

fn refused(names: &str) -> String {
    let passes = by_names(names.split(',')).unwrap();
    Plan::new(passes, Properties::NONE).unwrap_err().to_string()
}

#[test]
fn every_level_is_in_order() {
    for level in 0..=2 {
        let plan = Plan::of_level(&level.into()).unwrap();
        assert_eq!(plan.end(), Properties::ALL, "-O{level}");
    }
}

#[test]
fn names_are_used_once_and_repeats_say_what_they_repeat() {
    let mut names = HashSet::new();
    for pass in PASSES {
        assert!(names.insert(pass.name), "{} stands twice", pass.name);
        assert!(!pass.doc.is_empty() && pass.level <= 2, "{}", pass.name);
        if let Some((first, number)) = pass.name.split_once('.') {
            assert!(number.parse::<u32>().unwrap() > 1, "{}", pass.name);
            let first = Pass::by_name(first).unwrap();
            assert_eq!(
                (first.doc, first.needs, first.refuses, first.gives, first.loses),
                (pass.doc, pass.needs, pass.refuses, pass.gives, pass.loses),
                "{}",
                pass.name
            );
        }
    }
}

#[test]
fn an_order_that_breaks_a_need_is_refused() {
    let gives_order = PASSES.iter().filter(|pass| pass.gives.has(Properties::ORDERED));
    let those: Vec<&str> = gives_order.map(|pass| pass.name).collect();
    let expected = format!(
        "assign-slots needs blocks in the order of definitions, and no pass before it gives that; \
         there are {}",
        those.join(", ")
    );
    assert_eq!(refused("assign-slots"), expected);
    assert_eq!(refused("simplify-cfg,inline,assign-slots"), expected);
    assert_eq!(
        refused("borrow-strings"),
        "borrow-strings needs slots assigned, and no pass before it gives that; there are assign-slots"
    );
    assert_eq!(
        refused("place-locks,simplify-cfg,place-locks"),
        "place-locks must run before there are locks placed"
    );
    assert_eq!(
        refused("simplify-cfg,assign-slots,join-strings"),
        "join-strings must run before there are slots assigned"
    );
}

#[test]
fn what_a_backend_needs_cannot_be_left_out() {
    let skip = |level: u8, names: &[&str]| {
        let skip = names.iter().map(|name| (*name).to_owned()).collect();
        Plan::of_level(&Options { skip, ..level.into() })
    };
    for pass in PASSES {
        match skip(2, &[pass.name]) {
            Ok(plan) => assert_eq!(plan.passes().len(), PASSES.len() - 1, "{}", pass.name),
            Err(_) => assert_eq!(pass.level, 0, "{}", pass.name),
        }
    }
    assert!(skip(2, &["inline", "sccp.2"]).is_ok());
    assert_eq!(
        skip(2, &["place-locks"]).unwrap_err().to_string(),
        "the backend needs locks placed, and no pass before it gives that; there are place-locks"
    );
    assert!(skip(2, &["inlin"]).unwrap_err().to_string().starts_with("there is no pass `inlin`;"));
}

#[test]
fn every_pass_can_be_left_out_and_the_module_is_in_order() {
    let mut found = 0;
    for pass in PASSES {
        let options = Options { skip: vec![pass.name.to_owned()], ..2.into() };
        let Ok(plan) = Plan::of_level(&options) else { continue };
        let mut module = stapc_ir_text::parse(MODULE).unwrap();
        plan.verify_each(true).run(&mut module, |_| {}).unwrap();
        verify(&module, stapc_ir::Stage::Final).unwrap();
        found += 1;
    }
    assert!(found > 10, "{found} passes were left out");
}

#[test]
fn what_has_been_placed_in_a_module_is_seen() {
    let mut module = stapc_ir_text::parse(MODULE).unwrap();
    assert_eq!(Properties::of(&module), Properties::REACHED.and(Properties::ORDERED));
    Plan::of_level(&0.into()).unwrap().run(&mut module, |_| {}).unwrap();
    assert_eq!(Properties::of(&module), Properties::ALL);
    for (names, works) in [("borrow-strings,dead-code", false), ("dead-code", false)] {
        let plan = Plan::for_module(by_names(names.split(',')).unwrap(), &module);
        assert_eq!(plan.is_ok(), works, "{names}");
    }
    let borrow = by_names(["borrow-strings"]).unwrap();
    Plan::for_module(borrow, &module).unwrap().run(&mut module, |_| {}).unwrap();
    let locks = by_names(["place-locks"]).unwrap();
    assert_eq!(
        Plan::for_module(locks, &module).unwrap_err().to_string(),
        "place-locks must run before there are locks placed"
    );
}

#[test]
fn what_passes_do_is_counted() {
    let mut module = stapc_ir_text::parse(MODULE).unwrap();
    let mut sizes = vec![stapc_passes::size(&module)];
    let mut fuel = None;
    let plan = Plan::of_level(&2.into()).unwrap();
    plan.run(&mut module, |Step { module, statistics }| {
        assert_eq!(statistics.before, *sizes.last().unwrap(), "{}", statistics.pass);
        assert_eq!(statistics.after, stapc_passes::size(module), "{}", statistics.pass);
        assert!(
            statistics.changes > 0 || statistics.before == statistics.after,
            "{} changed something",
            statistics.pass
        );
        sizes.push(statistics.after);
        if statistics.pass == "place-fuel" {
            fuel = Some(statistics.changes);
        }
    })
    .unwrap();
    assert_eq!(sizes.len(), PASSES.len() + 1);
    assert_eq!(fuel, Some(1), "there is one loop");
}
