//! A module's JSON is read as the same module, whatever it is; and no document makes the reader panic.
#![expect(clippy::unwrap_used, reason = "tests")]

mod generate;

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use stapc_ir::{from_json, print, to_json};
use stapc_ir_text::{parse, read_module};

const MODULE: &str = r#"stapc-ir 1
file "a.stp"
global @n i64 = -9223372036854775808
global @s str = "\xff"
global @a stat linear -10 10 2
global @m map [i64, str] i64 capacity 2048 wrap
probe timer.ns 18446744073709551615 "timer.s(1)" %p
probe never "never" %p

function %f -> str requires [@n write, @s read] slots 2 {
block0(v0.a: i64, v1."b c": str) catch block2:
    v2.sum: i64 = iadd v0, v0 at 0:3:5
    v3: str = sconcat v1, v1 slot 1 near "operator '.'"
    v4: bool = icmp.lt v2, v0
    branch v4, block1(v1, v2), block1(v3, v0)
block1(v5: str, v6: i64):
    return v5
block2:
    raise
}

function %p {
block0:
    lock @n read, @s read
    v0: iter = iter.begin @m key 1 down, v0
    print "%s\xfe", v1
    v1: str = call %f, v0
    ?
}
"#;

#[test]
fn a_module_becomes_itself_again() {
    let module = parse(MODULE).unwrap();
    let json = to_json(&module);
    assert_eq!(json["opcodes"]["iter.begin"], json!({ "effects": ["fault", "read", "control"] }));
    assert_eq!(print(&from_json(&json).unwrap()), print(&module));
    assert_eq!(print(&read_module(&format!(" \n{json:#}")).unwrap()), print(&module));
    assert_eq!(print(&read_module(MODULE).unwrap()), print(&module));
    let mut without = json.clone();
    without.as_object_mut().unwrap().remove("opcodes");
    assert_eq!(print(&from_json(&without).unwrap()), print(&module));
}

/// Each place, what is put there, and what is said of it.
#[test]
fn mistakes_are_told_with_their_place() {
    let good = to_json(&parse(MODULE).unwrap());
    for (path, wrong, message) in [
        ("", json!([]), "expected an object"),
        ("/format", json!("ir"), "expected `stapc-ir`"),
        ("/version", json!(1), "only version 5 is known"),
        ("/files/0", json!(1), "expected text"),
        ("/limits", json!({}), "`max_action` is missing"),
        ("/limits/max_errors", json!(-1), "expected a number from 0 to 4294967295"),
        ("/globals/1/name", json!("n"), "`n` stands twice"),
        ("/globals/0/type/kind", json!("i65"), "there is no field `init` here"),
        ("/globals/0/type/init", json!(1.5), "expected an integer of 64 bits"),
        ("/globals/1/type/init", json!([256]), "expected a byte"),
        ("/globals/1/type/init", json!(3), "expected text or a list of bytes"),
        ("/globals/2/type/histogram/kind", json!("square"), "there is no histogram `square`"),
        ("/globals/3/type/value", json!("bool"), "a map cannot hold `bool`"),
        ("/globals/3/type/keys/1", json!("string"), "there is no type `string`"),
        ("/globals/3/type/histogram", json!({ "kind": "log" }), "only aggregates have a histogram"),
        ("/globals/3/percpu", json!(0), "expected true or false"),
        ("/probes/0/attach", json!("timer"), "there is no probe point `timer`"),
        ("/probes/0/detail", json!(-1), "expected a number from 0 to 18446744073709551615"),
        ("/probes/1/detail", json!(0), "`never` has no detail"),
        ("/probes/0/handler", json!("q"), "there is no function `q`"),
        ("/functions", json!({}), "expected a list"),
        ("/functions/0/requires/0/mode", json!("all"), "there is no mode `all`"),
        ("/functions/0/requires/0/global", json!("q"), "there is no global `q`"),
        ("/functions/0/blocks/1/id", json!(0), "this block stands twice"),
        ("/functions/0/blocks/0/catch", json!(9), "there is no block 9"),
        ("/functions/0/blocks/1/params/0/id", json!(1), "this value is defined twice"),
        ("/functions/0/blocks/0/terminator/kind", json!("goto"), "there is no end `goto`"),
        ("/functions/0/blocks/0/terminator/then/args/0", json!(99), "there is no value 99"),
        (
            "/functions/0/blocks/0/instructions/0/opcode",
            json!("add"),
            "there is no instruction `add`",
        ),
        ("/functions/0/blocks/0/instructions/0/immediate", json!(1), "`iadd` takes none"),
        ("/functions/0/blocks/0/instructions/0/args/1", json!(99), "there is no value 99"),
        ("/functions/0/blocks/0/instructions/0/near", json!(1), "expected text"),
        (
            "/functions/0/blocks/0/instructions/0/location",
            json!({ "file": 0, "line": 1, "column": 1, "end": 2 }),
            "there is no field `end` here",
        ),
        (
            "/functions/1/blocks/0/instructions/1/immediate/by",
            json!("sum"),
            "only the order by `key` has one",
        ),
        (
            "/functions/1/blocks/0/instructions/1/immediate/key",
            json!(null),
            "expected a number from 0 to 4294967295",
        ),
        (
            "/functions/1/blocks/0/instructions/2/immediate/format",
            json!("%q"),
            "`%q` is no conversion that is supported",
        ),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(path).unwrap() = wrong;
        let error = from_json(&bad).unwrap_err();
        assert_eq!(error.message, message, "at {path}");
        // A field is told by what it makes impossible beside it, too.
        let around = path.rsplit_once('/').map_or("", |(around, _)| around);
        assert!(error.path.starts_with(around), "{error} is not at {path}");
    }
}

#[test]
fn what_is_no_json_is_told_with_its_line() {
    let error = |text| read_module(text).unwrap_err().to_string();
    assert_eq!(error("{\n  \"format\": }"), "2:13: expected value");
    assert_eq!(error("{}"), "/: `format` is missing");
    assert_eq!(error("file"), "1:5: expected a string");
    assert_eq!(error("stapc-ir 1\nfile\nfile"), "2:5: expected a string\n3:5: expected a string");
}

/// Replaces one of the values in a document, the one at this position.
fn replace(json: &mut Json, at: &mut usize, with: &Json) {
    if *at == 0 {
        *json = with.clone();
    }
    *at = at.wrapping_sub(1);
    match json {
        Json::Array(items) => items.iter_mut().for_each(|item| replace(item, at, with)),
        Json::Object(fields) => fields.values_mut().for_each(|field| replace(field, at, with)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_module_becomes_itself_again(bytes in prop::collection::vec(any::<u8>(), 0..400), names in prop::collection::vec(any::<String>(), 1..8)) {
        let module = generate::module(&bytes, &names);
        // As a reader gets it.
        let json: Json = serde_json::from_str(&to_json(&module).to_string()).unwrap();
        match from_json(&json) {
            Ok(read) => {
                prop_assert_eq!(print(&read), print(&module));
                prop_assert_eq!(to_json(&read)["opcodes"].clone(), json["opcodes"].clone());
            }
            Err(error) => prop_assert!(false, "{error}\n{json:#}"),
        }
    }

    #[test]
    fn no_damaged_document_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), at in 0..400_usize, kind in 0..6_usize) {
        let mut json = to_json(&generate::module(&bytes, &["x".to_owned()]));
        let with = [json!(null), json!(-1), json!(4_000_000_000_u64), json!("x"), json!([]), json!({})];
        replace(&mut json, &mut at.clone(), &with[kind]);
        if let Ok(module) = from_json(&json) {
            print(&module);
        }
    }
}
