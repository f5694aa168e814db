//! What `docs/ir.md` shows is true: every line and module of it is read, and in order.
#![expect(clippy::unwrap_used, reason = "tests")]

use stapc_ir::{OPCODES, Stage, Type, print, verify};
use stapc_ir_text::{parse, reference};

#[test]
fn every_instruction_has_an_example_that_reads_back_and_is_in_order() {
    let page = reference::page();
    for info in OPCODES {
        let example = reference::example(info.opcode)
            .unwrap_or_else(|| panic!("no place was found for `{}`", info.name));
        let text = print(&example.module);
        let read = parse(&text).unwrap();
        assert_eq!(print(&read), text);
        assert_eq!(verify(&read, Stage::Lowered), Ok(()), "{text}");
        assert!(text.contains(&format!("    {}\n", example.line)), "{text}");
        assert!(page.contains(&format!("`{}` |", example.line)), "{}", info.name);
        let name = example.line.rsplit(" = ").next().unwrap().split(' ').next().unwrap();
        assert_eq!(name, info.name);
    }
}

#[test]
fn every_module_of_the_page_is_in_order() {
    let page = reference::page();
    let modules: Vec<&str> =
        page.split("```ir\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(modules.len(), 2);
    for text in modules {
        let module = parse(text).unwrap();
        assert_eq!(verify(&module, Stage::Lowered), Ok(()), "{text}");
        assert_eq!(verify(&module, Stage::Final), Ok(()), "{text}");
    }
}

/// What a field of the schema is called, with those of what it holds.
fn fields(schema: &serde_json::Value, names: &mut Vec<String>) {
    match schema {
        serde_json::Value::Object(object) => {
            if let Some(properties) = object.get("properties").and_then(|value| value.as_object()) {
                names.extend(properties.keys().cloned());
            }
            object.values().for_each(|value| fields(value, names));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| fields(item, names)),
        _ => {}
    }
}

#[test]
fn every_field_of_the_json_is_named() {
    let mut names = Vec::new();
    fields(&serde_json::from_str(&stapc_ir::schema()).unwrap(), &mut names);
    assert!(names.len() > 60, "{names:?}");
    let page = reference::page();
    let json = page.split("\n## JSON\n").nth(1).unwrap();
    for name in names {
        assert!(
            json.contains(&format!("`{name}`")) || json.contains(&format!("\"{name}\":")),
            "{name}"
        );
    }
}

#[test]
fn every_type_and_every_row_stands_on_the_page_once() {
    let page = reference::page();
    for ty in Type::ALL {
        assert!(page.contains(&format!("\n- `{ty}`: ")), "{ty}");
    }
    for info in OPCODES {
        let rows = page.lines().filter(|line| line.starts_with(&format!("| `{}` |", info.name)));
        assert_eq!(rows.count(), 1, "{}", info.name);
    }
}
