//! The JSON of every module fits the published schema, and the schema is not looser than it says.
#![expect(clippy::unwrap_used, reason = "tests")]

mod generate;

use serde_json::{Value as Json, json};

const SCHEMA: &str = include_str!("../../core/schema/module.json");

/// What of `value` does not fit `schema`: the part of JSON Schema that ours uses, and no other.
fn misfit(root: &Json, schema: &Json, value: &Json, path: &str) -> Result<(), String> {
    let no = |what: &str| Err(format!("{path}: {what}: {value}"));
    for (key, rule) in schema.as_object().unwrap() {
        match (key.as_str(), value) {
            ("$schema" | "$defs" | "title" | "description", _) => {}
            ("$ref", _) => misfit(
                root,
                root.pointer(rule.as_str().unwrap().strip_prefix('#').unwrap()).unwrap(),
                value,
                path,
            )?,
            ("type", _) => {
                let names: Vec<&Json> =
                    rule.as_array().map_or(vec![rule], |list| list.iter().collect());
                if !names.iter().any(|name| is(name.as_str().unwrap(), value)) {
                    return no("another type");
                }
            }
            ("const", _) if rule != value => return no("another constant"),
            ("enum", _) if !rule.as_array().unwrap().contains(value) => {
                return no("not of the list");
            }
            ("const" | "enum", _) => {}
            ("minimum", Json::Number(number))
                if number.as_i128() < rule.as_number().and_then(serde_json::Number::as_i128) =>
            {
                return no("too small");
            }
            ("maximum", Json::Number(number))
                if number.as_i128() > rule.as_number().and_then(serde_json::Number::as_i128) =>
            {
                return no("too large");
            }
            ("minimum" | "maximum", _) => {}
            ("oneOf", _) => {
                let fits = rule
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter(|one| misfit(root, one, value, path).is_ok())
                    .count();
                if fits != 1 {
                    return no(&format!("fits {fits} of the choices"));
                }
            }
            ("required", Json::Object(object)) => {
                if let Some(lacking) = rule
                    .as_array()
                    .unwrap()
                    .iter()
                    .find(|name| !object.contains_key(name.as_str().unwrap()))
                {
                    return no(&format!("lacks {lacking}"));
                }
            }
            ("properties", Json::Object(object)) => {
                for (name, schema) in rule.as_object().unwrap() {
                    object.get(name).map_or(Ok(()), |value| {
                        misfit(root, schema, value, &format!("{path}/{name}"))
                    })?;
                }
            }
            ("additionalProperties", Json::Object(object)) => {
                let others =
                    object.iter().filter(|(name, _)| schema["properties"].get(name).is_none());
                for (name, value) in others {
                    if rule == &json!(false) {
                        return no(&format!("has {name}"));
                    }
                    misfit(root, rule, value, &format!("{path}/{name}"))?;
                }
            }
            ("propertyNames", Json::Object(object)) => {
                for name in object.keys() {
                    misfit(root, rule, &json!(name), path)?;
                }
            }
            ("items", Json::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    misfit(root, rule, item, &format!("{path}/{index}"))?;
                }
            }
            ("required" | "properties" | "additionalProperties" | "propertyNames" | "items", _) => {
            }
            (other, _) => panic!("this test does not know the keyword `{other}`"),
        }
    }
    Ok(())
}

fn is(name: &str, value: &Json) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("there is no type `{other}`"),
    }
}

fn check(value: &Json) -> Result<(), String> {
    let schema = serde_json::from_str(SCHEMA).unwrap();
    misfit(&schema, &schema, value, "")
}

/// With them every kind of immediate, each with the instruction that carries it.
#[test]
fn every_instruction_fits() {
    for info in stapc_ir::OPCODES {
        let example = stapc_ir_text::reference::example(info.opcode).unwrap();
        assert_eq!(check(&stapc_ir::to_json(&example.module)), Ok(()), "{}", example.line);
    }
}

#[test]
fn every_module_fits() {
    for seed in 0..=255_u8 {
        let bytes: Vec<u8> =
            (0..400_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8 ^ seed).collect();
        let module = generate::module(&bytes, &["x".to_owned(), "odd\0name".to_owned()]);
        let json = stapc_ir::to_json(&module);
        // As a reader gets it.
        let read = serde_json::from_str(&json.to_string()).unwrap();
        assert_eq!(check(&read), Ok(()));
    }
}

#[test]
fn other_things_do_not_fit() {
    let good = stapc_ir::to_json(
        &stapc_ir_text::parse(
            "stapc-ir 1\nfunction %f {\nblock0:\n    v0: i64 = pid\n    return\n}\n",
        )
        .unwrap(),
    );
    assert_eq!(check(&good), Ok(()));
    for (path, wrong) in [
        ("/version", json!(1)),
        ("/files", json!([1])),
        ("/limits/max_action", json!(-1)),
        ("/opcodes", json!({ "pidd": { "effects": [] } })),
        ("/opcodes/pid/effects", json!(["contextual"])),
        ("/functions/0/blocks/0/instructions/0/opcode", json!("pidd")),
        ("/functions/0/slots", json!(4_294_967_296_u64)),
        ("/functions/0/returns", json!("i65")),
        ("/functions/0/blocks/0/terminator", json!({ "kind": "return" })),
        (
            "/functions/0/blocks/0/instructions/0/immediate",
            json!({ "global": "x", "function": "y" }),
        ),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(path).unwrap() = wrong;
        assert!(check(&bad).is_err(), "{path}");
    }
}
