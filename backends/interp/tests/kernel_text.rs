//! What is formatted and drawn is what the runtime's C makes of the same, compiled as a program.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests run a compiler")]

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use stapc_interp::{Options, run_each};
use stapc_ir::{
    Attach, FuncId, Function, Global, GlobalId, GlobalKind, Histogram, Immediate, Location, Module,
    Opcode, Probe, Terminator, Type, Value,
    format::{Amount, Conversion, ConversionKind, Format, Piece},
};

/// Headers of the kernel that the runtime's files include: empty, since the hosted build's has what they need.
const HEADERS: [&str; 12] = [
    "linux/build_bug.h",
    "linux/compiler.h",
    "linux/kernel.h",
    "linux/stddef.h",
    "linux/string.h",
    "linux/types.h",
    "linux/percpu.h",
    "linux/ftrace.h",
    "linux/stringify.h",
    "asm/current.h",
    "asm/extable_fixup_types.h",
    "asm/vsyscall.h",
];

/// The program that has the runtime's text in it.
fn program(folder: &Path) -> PathBuf {
    for header in HEADERS {
        let path = folder.join(header);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = here.join("tests/kernel_text");
    let program = folder.join("text");
    let status = Command::new("gcc")
        .args(["-O1", "-w", "-DSTAPC_RUNTIME", "-DSTAPC_HOSTED", "-include"])
        .arg(here.join("../../runtime/hosted/hosted.h"))
        .arg("-I")
        .arg(folder)
        .arg("-I")
        .arg(here.join("../../runtime/kernel"))
        .arg(source.join("main.c"))
        .arg("-o")
        .arg(&program)
        .status();
    assert!(status.unwrap().success(), "the runtime's text does not compile");
    program
}

/// Numbers that look like chance, and are often near a limit.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn number(&mut self) -> i64 {
        let wide = (self.below(1 << 31) << 33 | self.below(1 << 31) << 2) as i64;
        let narrow = wide >> self.below(63);
        [0, 1, -1, i64::MIN, i64::MAX, 9, 10, 255, narrow, narrow, narrow, narrow]
            [self.below(12) as usize]
    }

    fn amount(&mut self) -> i64 {
        let amount = self.below(24) as i64 - 8;
        if self.below(40) == 0 { amount * 700 } else { amount }
    }
}

/// A module that prints, and what the program is told to print.
struct Cases {
    function: Function,
    module: Module,
    lines: String,
}

impl Cases {
    fn value(&mut self, opcode: Opcode, immediate: Immediate, args: Vec<Value>, ty: Type) -> Value {
        let (entry, place) = (self.function.entry(), Location::default());
        let inst = self.function.append(entry, opcode, immediate, args, Some(ty), place);
        self.function.inst(inst).result.unwrap()
    }

    fn int(&mut self, value: i64) -> Value {
        self.value(Opcode::Iconst, Immediate::Int(value), Vec::new(), Type::I64)
    }

    fn effect(&mut self, opcode: Opcode, immediate: Immediate, args: Vec<Value>) {
        let entry = self.function.entry();
        self.function.append(entry, opcode, immediate, args, None, Location::default());
    }

    fn print(&mut self, pieces: Vec<Piece>, args: Vec<Value>) {
        self.effect(Opcode::Print, Immediate::Format(Format { pieces }), args);
    }

    fn end_line(&mut self) {
        self.print(vec![Piece::Literal("\n".into())], Vec::new());
    }

    fn conversion(&mut self, chance: &mut Chance) {
        let kinds = [
            ConversionKind::Decimal,
            ConversionKind::Unsigned,
            ConversionKind::Octal,
            ConversionKind::Hex,
            ConversionKind::UpperHex,
            ConversionKind::Pointer,
            ConversionKind::Character,
            ConversionKind::String,
            ConversionKind::Bytes,
        ];
        let flags = chance.below(32);
        let has = |flag: u64| flags & flag != 0;
        let conversion = Conversion {
            kind: kinds[chance.below(9) as usize],
            left: has(1),
            zero: has(2),
            plus: has(4),
            space: has(8),
            alternate: has(16),
            width: Amount::Argument,
            precision: Amount::Argument,
        };
        let (width, precision) = (chance.amount(), chance.amount());
        let mut args = vec![self.int(width), self.int(precision)];
        if conversion.kind.is_text() {
            let text = &"abcdefghijklmnopqrstuvwxyz"[..1 + chance.below(26) as usize];
            let build = chance.below(2) == 0;
            args.push(self.value(Opcode::Sconst, Immediate::Text(text.into()), vec![], Type::Str));
            let what = if build { 'b' } else { 's' };
            let _ = writeln!(self.lines, "{what} {flags} {width} {precision} {text}");
            let format = Format { pieces: vec![Piece::Convert(conversion)] };
            if build {
                let text = Immediate::Format(format);
                let text = self.value(Opcode::Sprint, text, args, Type::Str);
                let plain = Piece::Convert(Conversion::plain(ConversionKind::String));
                self.print(vec![plain], vec![text]);
            } else {
                self.print(format.pieces, args);
            }
        } else {
            let value = chance.number();
            args.push(self.int(value));
            let letter = conversion.kind.letter();
            let _ = writeln!(self.lines, "i {letter} {flags} {width} {precision} {value}");
            self.print(vec![Piece::Convert(conversion)], args);
        }
        self.end_line();
    }

    fn histogram(&mut self, chance: &mut Chance) {
        let (low, width) = (chance.below(200) as i64 - 100, 1 + chance.below(20) as i64);
        let high = low + 1 + chance.below(300) as i64;
        let linear = chance.below(2) == 0;
        let count = 1 + chance.below(60);
        let kind = if linear {
            let _ = write!(self.lines, "h {low} {high} {width} {count}");
            Histogram::Linear { low, high, width }
        } else {
            let _ = write!(self.lines, "l {count}");
            Histogram::Log
        };
        let name = format!("s{}", self.module.globals.len());
        let global = self.module.globals.alloc(Global::new(name, GlobalKind::Stat(kind)));
        let global = Immediate::Global(GlobalId(global));
        let samples: Vec<i64> = (0..1 + chance.below(6)).map(|_| chance.number()).collect();
        for _ in 0..count {
            let near = low + chance.below(500) as i64 - 100;
            let far = samples[chance.below(samples.len() as u64) as usize];
            let sample = if linear && chance.below(8) > 0 { near } else { far };
            let _ = write!(self.lines, " {sample}");
            let value = self.int(sample);
            self.effect(Opcode::AggAdd, global.clone(), vec![value]);
        }
        self.lines.push('\n');
        self.effect(Opcode::PrintHist, global, Vec::new());
        self.end_line();
    }

    /// What the interpreter prints.
    fn output(mut self) -> Vec<u8> {
        let entry = self.function.entry();
        self.function.block_mut(entry).terminator = Some(Terminator::Return(None));
        self.module.functions.alloc(self.function);
        let handler = FuncId::from_u32(0);
        self.module.probes.push(Probe::new(Attach::Begin(0), "begin", handler));
        run_each(&self.module, 1, &Options::default()).unwrap().output.into()
    }
}

#[test]
fn text_is_that_of_the_kernel() {
    let folder = tempfile::tempdir().unwrap();
    let program = program(folder.path());
    let mut chance = Chance(1);
    let (function, module) = (Function::new("h"), Module::default());
    let mut cases = Cases { function, module, lines: String::new() };
    for _ in 0..4000 {
        cases.conversion(&mut chance);
        if chance.below(10) == 0 {
            cases.histogram(&mut chance);
        }
    }
    let lines = cases.lines.clone();
    let mut child =
        Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let expected = child.wait_with_output().unwrap().stdout;
    writer.join().unwrap().unwrap();
    let found = cases.output();
    let different = found.split(|&byte| byte == b'\n').zip(expected.split(|&byte| byte == b'\n'));
    for (found, expected) in different {
        assert_eq!(bstr::BStr::new(found), bstr::BStr::new(expected));
    }
    assert_eq!(found.len(), expected.len());
}
