//! The verifier and the printer take any module, however broken, without panicking.
#![expect(clippy::unwrap_used, reason = "tests")]

mod generate;

use proptest::prelude::*;
use stapc_ir::{
    Block, Edge, Entity, FuncId, Function, GlobalId, Immediate, Inst, LockMode, Module, Opcode,
    Order, OrderBy, Stage, Terminator, Type, Value, ValueData, ValueDef, print, print_errors,
    verify,
};

const STAGES: [Stage; 3] = [Stage::Lowered, Stage::Placed, Stage::Final];

/// Replaces a handle in a function by one that may not exist.
fn damage(function: &mut Function, kind: u8, at: usize, handle: u32) {
    let blocks = function.blocks.len();
    let block = Block::from_u32((at % blocks) as u32);
    let inst =
        (!function.insts.is_empty()).then(|| Inst::from_u32((at % function.insts.len()) as u32));
    match (kind % 12, inst) {
        (0, _) => function.layout.push(Block::from_u32(handle)),
        (1, _) => function.block_mut(block).catch = Some(Block::from_u32(handle)),
        (2, _) => {
            function.block_mut(block).terminator =
                Some(Terminator::Jump(Edge::to(Block::from_u32(handle))))
        }
        (3, _) => {
            function.block_mut(block).terminator =
                Some(Terminator::Return(Some(Value::from_u32(handle))))
        }
        (4, _) => function.block_mut(block).params.push(Value::from_u32(handle)),
        (5, _) => function.block_mut(block).insts.push(Inst::from_u32(handle)),
        (6, _) => function.requires.push((GlobalId::from_u32(handle), LockMode::Write)),
        (7, Some(inst)) => function.insts[inst.0].args.push(Value::from_u32(handle)),
        (8, Some(inst)) => function.insts[inst.0].result = Some(Value::from_u32(handle)),
        (9, Some(inst)) => {
            function.insts[inst.0].immediate = Immediate::Global(GlobalId::from_u32(handle))
        }
        (10, Some(inst)) => {
            let order = Order { by: OrderBy::Key(handle), descending: true };
            function.insts[inst.0].immediate =
                Immediate::Iterate(GlobalId::from_u32(handle), order);
        }
        _ => {
            let def = if handle.is_multiple_of(2) {
                ValueDef::Result(Inst::from_u32(handle))
            } else {
                ValueDef::Param(Block::from_u32(handle))
            };
            function.values.alloc(ValueData { ty: Type::I64, def, name: None });
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_module_is_verified_and_printed(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        damages in prop::collection::vec((any::<u8>(), any::<prop::sample::Index>(), 0..40_u32), 0..4),
    ) {
        let mut module = generate::module(&bytes, &["x".to_owned()]);
        for (kind, at, handle) in damages {
            let function = FuncId::from_u32(at.index(module.functions.len()) as u32);
            damage(module.function_mut(function), kind, at.index(1000), handle);
        }
        print(&module);
        for stage in STAGES {
            let _ = verify(&module, stage);
        }
    }
}

/// A handler of one block with these instructions.
fn handler(edit: impl FnOnce(&mut Function)) -> Module {
    let mut module = stapc_ir_text::parse("stapc-ir 1\nglobal @n i64 = 0\nprobe begin 0 \"begin\" %h\nfunction %h {\nblock0:\n    v0: i64 = pid\n    return\n}\n").unwrap();
    edit(module.function_mut(FuncId::from_u32(0)));
    module
}

type Edit = fn(&mut Function);

/// What the text form cannot say, each with what is said of it.
#[test]
fn broken_handles_are_found() {
    let block = Block::from_u32(0);
    let cases: [(Edit, &str); 9] = [
        (|function| function.layout.push(Block::from_u32(0)), "a block stands twice in the layout"),
        (
            |function| function.layout.push(Block::from_u32(7)),
            "a block of the layout does not exist",
        ),
        (
            |function| function.block_mut(Block::from_u32(0)).catch = Some(Block::from_u32(7)),
            "the handler of block0 does not exist",
        ),
        (
            |function| {
                function.block_mut(Block::from_u32(0)).terminator =
                    Some(Terminator::Jump(Edge::to(Block::from_u32(7))))
            },
            "block0 goes to block7, which does not exist",
        ),
        (
            |function| function.block_mut(Block::from_u32(0)).insts.push(Inst::from_u32(7)),
            "block0 holds an instruction that does not exist",
        ),
        (
            |function| function.insts[Inst::from_u32(0).0].args.push(Value::from_u32(7)),
            "pid in block0 refers to something that does not exist",
        ),
        (
            |function| {
                function.insts[Inst::from_u32(0).0].immediate =
                    Immediate::Global(GlobalId::from_u32(7))
            },
            "pid in block0 refers to something that does not exist",
        ),
        (
            |function| function.insts[Inst::from_u32(0).0].immediate = Immediate::Int(1),
            "pid in block0: has another immediate than it should",
        ),
        (
            |function| function.requires.push((GlobalId::from_u32(7), LockMode::Read)),
            "a required lock is of a global that does not exist",
        ),
    ];
    for (edit, message) in cases {
        let errors = verify(&handler(edit), Stage::Lowered).unwrap_err();
        assert!(errors.iter().any(|error| error.message == message), "{message}: {errors:?}");
    }
    let twice = handler(|function| {
        let inst = function.append(
            block,
            Opcode::Tid,
            Immediate::None,
            vec![],
            Some(Type::I64),
            stapc_ir::Location::default(),
        );
        function.insts[inst.0].result = Some(Value::from_u32(0));
    });
    assert_eq!(
        verify(&twice, Stage::Lowered).unwrap_err()[0].message,
        "v1 is defined twice, or not where it says"
    );
}

#[test]
fn names_that_stand_twice_are_found() {
    let mut module = handler(|_| {});
    let global = module.global(GlobalId::from_u32(0)).clone();
    module.globals.alloc(global);
    module.functions.alloc(Function::new("h"));
    module.function_mut(FuncId::from_u32(1)).block_mut(Block::from_u32(0)).terminator =
        Some(Terminator::Return(None));
    let messages: Vec<String> = verify(&module, Stage::Lowered)
        .unwrap_err()
        .into_iter()
        .map(|error| error.message)
        .collect();
    assert_eq!(messages, ["the global @n stands twice", "the function %h stands twice"]);
}

/// Text numbers values and blocks by where they stand, whatever their handles are.
#[test]
fn errors_call_things_as_the_text_does() {
    let mut module = stapc_ir_text::parse(
        "stapc-ir 1\nfunction %block1 {\nblock0:\n    jump block1\nblock1:\n    v0: i64 = pid\n    return\nblock2:\n    v1: i64 = tid\n    v2: i64 = call %block1, v1\n    return v1\n}\n",
    )
    .unwrap();
    module.function_mut(FuncId::from_u32(0)).layout.swap(1, 2);
    let errors = verify(&module, Stage::Lowered).unwrap_err();
    let found: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "%block1: call in block1: takes ()",
            "%block1: block1 returns something else than the function does",
        ]
    );
    assert_eq!(errors[0].entity, Entity::Inst(Inst::from_u32(2)));
    assert_eq!(errors[1].entity, Entity::End(Block::from_u32(2)));
    let text = print_errors(&errors);
    assert!(text.contains("call %block1, v0\n;   ^~~~"), "{text}");
    // What is said stands in comments: without these it is the module's text.
    let module = stapc_ir_text::parse(&format!("stapc-ir 1\n{text}")).unwrap();
    assert!(verify(&module, Stage::Lowered).is_err());
}

#[test]
fn probes_without_handler_are_found() {
    let mut module = handler(|_| {});
    module.probes[0].handler = FuncId::from_u32(9);
    assert_eq!(
        verify(&module, Stage::Lowered).unwrap_err()[0].message,
        "the handler of begin does not exist"
    );
    assert!(print(&module).contains("probe begin 0 \"begin\" %?9"));
}
