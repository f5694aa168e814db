//! Numbers of floating point of the script library, against the processor's own.
//!
//! A script makes up operands and prints them with what the library makes of them; what Rust makes
//! of them must be the same, bit for bit, texts byte for byte.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{collections::HashMap, fmt::Write as _};

use clap::Parser as _;
use stapc::{
    cache::Cache,
    cli::{Cli, Command},
    pipeline::Pipeline,
    script::Script,
};
use stapc_interp::{Options, run};
use stapc_ir::Stage;

/// How operands are made up: bits of every sort, and those where something happens.
const OPERANDS: &str = r#"
global state = 88172645463325252, edges
function chance() {
    state ^= state << 13
    state ^= state >>> 7
    state ^= state << 17
    return state
}
function of(exponent, fraction) {
    return (chance() << 63) | (exponent << 52) | (fraction & ((1 << 52) - 1))
}
function below(n) { return (chance() >>> 1) % n }
function operand() {
    sort = below(8)
    if (sort == 0) return chance()
    if (sort == 1) return (chance() << 63) ^ edges[below(16)]
    if (sort == 2) return of(0, chance() >>> (12 + below(52)))
    if (sort == 3) return of(1020 + below(7), chance())
    if (sort == 4) return of(1015 + below(70), chance() & (-1 << below(52)))
    if (sort == 5) return of(1000 + below(70), chance() | (-1 << below(52)))
    if (sort == 6) return of(below(2) ? below(60) : 1987 + below(60), chance())
    return of(1023 + below(1023), chance() & (3 << below(52)))
}
function beside(a) {
    sort = below(8)
    if (sort == 0) return a ^ (chance() << 63)
    if (sort == 1) return (a ^ (chance() << 63)) + below(5) - 2
    if (sort == 2) return (a ^ (chance() << 63)) + ((below(120) - 60) << 52)
    if (sort == 3) return (a & (-1 << 52)) | (chance() >>> 12)
    return operand()
}
probe begin {
    edges[1] = 1
    edges[2] = 2
    edges[3] = (1 << 52) - 1
    edges[4] = 1 << 52
    edges[5] = (1 << 52) + 1
    edges[6] = (0x7ff << 52) - 1
    edges[7] = 0x7ff << 52
    edges[8] = (0x7ff << 52) + 1
    edges[9] = 0xfff << 51
    edges[10] = 1023 << 52
    edges[11] = (1023 << 52) - 1
    edges[12] = (1023 << 52) + 1
    edges[13] = 1086 << 52
    edges[14] = (1086 << 52) - 1
    edges[15] = 1022 << 52
}
"#;

/// What a script prints, a line each, as words.
fn printed(script: &str) -> Vec<Vec<String>> {
    let words =
        ["stapc", "compile", "-w", "floatingpoint", "-DMAXSTRINGLEN=2048", "-DMAXACTION=1000000"];
    let Command::Compile(options) = Cli::try_parse_from(words).unwrap().command else {
        unreachable!("that was a compile command")
    };
    let cache = Cache::user();
    let script = Script::of("floatingpoint", script);
    let mut pipeline = Pipeline::new(&options.input, script, &cache);
    let module = pipeline.ir(|_, _| {}).unwrap_or_else(|error| panic!("{error}"));
    let outcome = run(module.module(), &[], &Options { stage: Stage::Final, ..Options::default() });
    let outcome = outcome.unwrap_or_else(|error| panic!("{error}"));
    assert!(outcome.messages.is_empty(), "{:?}", outcome.messages);
    let lines = outcome.output.to_string();
    lines.lines().map(|line| line.split(' ').map(str::to_owned).collect()).collect()
}

/// Lines of a script that prints some at each hit of a timer, until it has been hit so often.
fn lines(each: &str, hits: u32) -> Vec<Vec<String>> {
    let script = format!(
        "{OPERANDS} global hits probe timer.ms(1) {{ {each}\n if (++hits == {hits}) exit() }}"
    );
    printed(&script)
}

fn bits(word: &str) -> u64 {
    u64::from_str_radix(word, 16).unwrap()
}

/// As x86 has it: the first operand that is none, quiet, or the one that stands for no result.
fn nan(operands: &[f64]) -> u64 {
    let first = operands.iter().find(|operand| operand.is_nan());
    first.map_or(0xfff8 << 48, |first| first.to_bits() | 1 << 51)
}

fn result(value: f64, operands: &[f64]) -> u64 {
    if value.is_nan() { nan(operands) } else { value.to_bits() }
}

/// The significand and the exponent of a number that is finite.
fn parts(value: f64) -> (u128, i32) {
    let exponent = (value.to_bits() >> 52 & 0x7ff) as i32;
    let fraction = u128::from(value.to_bits() & ((1 << 52) - 1));
    if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) }
}

/// The remainder, bit by bit.
fn remainder(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() || a.is_infinite() || b == 0.0 {
        return f64::NAN;
    }
    if b.is_infinite() || a == 0.0 {
        return a;
    }
    let ((mut rest, from), (mut by, to)) = (parts(a), parts(b));
    if from + 60 < to {
        return a;
    }
    let unit = from.min(to);
    by <<= to - unit;
    // Of twice the divisor, so that it is known whether the quotient is odd.
    for _ in unit..from {
        rest = (rest << 1) % (2 * by);
    }
    rest %= 2 * by;
    let odd = rest >= by;
    rest %= by;
    let over = 2 * rest > by || (2 * rest == by && odd);
    let magnitude = if over { by - rest } else { rest };
    // Exact: it has as many bits as the divisor at most, or as the dividend.
    let mut value = magnitude as f64;
    let mut left = unit;
    while left < 0 {
        let step = left.max(-500);
        value *= 2f64.powi(step);
        left -= step;
    }
    value *= 2f64.powi(left.max(0));
    if a.is_sign_negative() != over { -value } else { value }
}

fn to_long(value: f64, mode: u32) -> i64 {
    let whole = match mode {
        0 => value.round_ties_even(),
        1 => value.trunc(),
        2 => value.floor(),
        3 => value.ceil(),
        4 => value.round(),
        _ if value.trunc() != value && value.trunc() % 2.0 == 0.0 => {
            value.trunc() + 1f64.copysign(value)
        }
        _ => value.trunc(),
    };
    let fits = whole >= i64::MIN as f64 && whole < -(i64::MIN as f64);
    if fits { whole as i64 } else { i64::MIN }
}

/// As C has it.
fn text(value: f64, digits: usize) -> String {
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let magnitude = value.abs();
    if value.is_nan() { format!("{sign}nan") } else { format!("{sign}{magnitude:.digits$}") }
}

/// How often each was tried, none of which gave what it should not.
fn compared(lines: &[Vec<String>], wanted: impl Fn(&[String]) -> String) -> HashMap<String, usize> {
    let mut wrong = String::new();
    let mut counts = HashMap::new();
    for line in lines {
        let wanted = wanted(line);
        *counts.entry(line[0].clone()).or_default() += 1;
        if *line.last().unwrap() != wanted {
            writeln!(wrong, "{}, not {wanted}", line.join(" ")).unwrap();
        }
    }
    let first: Vec<&str> = wrong.lines().take(20).collect();
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.lines().count(), first.join("\n"));
    counts
}

#[test]
fn operations_are_those_of_the_processor() {
    let each = r#"
        for (i = 0; i < 12; i++) {
            a = operand()
            b = beside(a)
            printf("add %x %x %x\nsub %x %x %x\n", a, b, fp_add(a, b), a, b, fp_sub(a, b))
            printf("mul %x %x %x\ndiv %x %x %x\n", a, b, fp_mul(a, b), a, b, fp_div(a, b))
            printf("rem %x %x %x\nsqrt %x %x %x\n", a, b, fp_rem(a, b), a, b, fp_sqrt(a))
            printf("eq %x %x %x\nle %x %x %x\nlt %x %x %x\n", a, b, fp_eq(a, b), a, b, fp_le(a, b), a, b, fp_lt(a, b))
        }"#;
    let wanted = |line: &[String]| {
        let [a, b] = [1, 2].map(|at| f64::from_bits(bits(&line[at])));
        let both = [a, b];
        let wanted = match line[0].as_str() {
            "add" => result(a + b, &both),
            "sub" => result(a - b, &both),
            "mul" => result(a * b, &both),
            "div" => result(a / b, &both),
            "rem" => result(remainder(a, b), &both),
            "sqrt" => result(a.sqrt(), &both[..1]),
            "eq" => u64::from(a == b),
            "le" => u64::from(a <= b),
            _ => u64::from(a < b),
        };
        format!("{wanted:x}")
    };
    let counts = compared(&lines(each, 200), wanted);
    assert_eq!((counts.len(), counts["sqrt"]), (9, 2400));
}

#[test]
fn conversions_are_those_of_the_processor() {
    let each = r#"
        for (i = 0; i < 12; i++) {
            a = operand()
            if (below(2)) a = of(1018 + below(72), chance() & (-1 << below(52)))
            for (mode = 0; mode < 7; mode++) printf("to_long %x %d %d\n", a, mode, fp_to_long(a, mode, i & 1))
            n = chance() >> below(64)
            if (!below(4)) n &= -1 << below(64)
            printf("from_long %d %x\nfp32 %x %x\n", n, long_to_fp(n), n, fp32_to_fp64(n))
            n = (below(4) << 30) | (below(4) ? below(1 << 30) : (255 << 23) | below(3))
            printf("fp32 %x %x\nfrom_long %d %x\n", n, fp32_to_fp64(n), 1 << i * 6, long_to_fp(1 << i * 6))
        }
        printf("from_long %d %x\n", 1 << 63, long_to_fp(1 << 63))"#;
    let wanted = |line: &[String]| match line[0].as_str() {
        "to_long" => to_long(f64::from_bits(bits(&line[1])), line[2].parse().unwrap()).to_string(),
        "from_long" => format!("{:x}", (line[1].parse::<i64>().unwrap() as f64).to_bits()),
        _ => {
            let given = f32::from_bits(bits(&line[1]) as u32);
            let sign = u64::from(given.is_sign_negative()) << 63;
            let fraction = u64::from(given.to_bits() & 0x7f_ffff) << 29;
            let nan = sign | 0xfff << 51 | fraction;
            format!("{:x}", if given.is_nan() { nan } else { f64::from(given).to_bits() })
        }
    };
    let counts = compared(&lines(each, 100), wanted);
    assert_eq!((counts.len(), counts["to_long"]), (3, 8400));
}

#[test]
fn texts_are_exact() {
    let each = r#"
        for (i = 0; i < 3; i++) {
            a = operand()
            if (below(2)) a = of(960 + below(70), chance() & (-1 << below(52)))
            digits = below(4) ? below(25) : below(500)
            text = fp_to_string(a, digits)
            printf("string %x %d %s\n", a, digits, text)
            printf("fp %s %x\n", text, string_to_fp(text))
            text = sprintf("%d.%d%de%d", chance() >> below(64), below(1 << below(62)), below(1 << below(62)), below(700) - 370)
            printf("fp %s %x\n", text, string_to_fp(text))
        }"#;
    let wanted = |line: &[String]| match line[0].as_str() {
        "string" => text(f64::from_bits(bits(&line[1])), line[2].parse().unwrap()),
        _ => read(&line[1]),
    };
    let counts = compared(&lines(each, 150), wanted);
    assert_eq!((counts["string"], counts["fp"]), (450, 900));
}

fn read(text: &str) -> String {
    let value: f64 = text.parse().unwrap();
    let nan = 0xfff << 51 | u64::from(text.starts_with('-')) << 63;
    format!("{:x}", if value.is_nan() { nan } else { value.to_bits() })
}

/// Texts halfway between two numbers, and those beside them.
fn halfway() -> Vec<String> {
    let mut texts = Vec::new();
    let mut significand = 0x12_3456_789a_bcdeu64;
    for power in 0..74 {
        // By a linear congruence: enough for bits that are not of one sort.
        significand = significand.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        let odd = u128::from(significand >> 10 | 1 << 53 | 1);
        let integer = odd << power;
        texts.extend([integer - 1, integer, integer + 1].map(|integer| integer.to_string()));
        if power < 31 {
            let digits = odd * 5u128.pow(power);
            let fraction = [digits - 1, digits, digits + 1];
            texts.extend(fraction.map(|digits| format!("{digits}e-{power}")));
            texts.push(format!("{digits}000000000000000001e-{}", power + 18));
        }
    }
    texts
}

#[test]
fn texts_that_are_hard_to_read_are_read() {
    let mut texts: Vec<String> = [
        "0", "-0", "+0.", ".0e5", "00000.000", "1e400", "-1e309", "1e-400", "1e-323", "-2.4e-324",
        "1.7976931348623157e308", "1.7976931348623158e308", "1.797693134862315807e308", "1.7976931348623159e308",
        "2.4703282292062327e-324", "2.4703282292062328e-324", "2.2250738585072011e-308", "2.2250738585072012e-308",
        "4.9e-324", "9007199254740993", "9007199254740993.00000000000000000000000000000000000001", "1e22", "1e23",
        "8.5e22", "123456789012345678", "1234567890123456789", "999999999999999999", "1000000000000000000",
        "0.000000000000000000000000000000000000000000001e45", "1000000000000000000000000000000e-30",
        "6.631236846766476e-316", "3.2378839133029012895883524125015321748630094231126354e-319",
        "0.500000000000000166533453693773481063544750213623046875", "5708990770823839524233143877797980545530986496.0",
        "179769313486231580793728971405303415079934132710037826936173778980444968292764750946649017977587207096330286416692887910946555547851940402630657488671505820681908902000708383676273854845817711531764475730270069855571366959622842914819860834936475292719074168444365510704342711559699508093042880",
        "179769313486231580793728971405303415079934132710037826936173778980444968292764750946649017977587207096330286416692887910946555547851940402630657488671505820681908902000708383676273854845817711531764475730270069855571366959622842914819860834936475292719074168444365510704342711559699508093042879.9",
        "1E5", "1e+0000000000000000000000000000005", "1e-999999999999999999999", "inf", "-inf", "nan", "-nan",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.extend(halfway());
    let mut script = "global texts, hits\n".to_owned();
    for (number, text) in texts.iter().enumerate() {
        writeln!(script, "probe begin {{ texts[{number}] = \"{text}\" }}").unwrap();
    }
    let print = r#"printf("fp %s %x\n", texts[hits], string_to_fp(texts[hits]))"#;
    let count = texts.len();
    writeln!(script, "probe timer.ms(1) {{ {print}\n if (++hits == {count}) exit() }}").unwrap();
    let lines = printed(&script);
    assert_eq!(lines.len(), count);
    compared(&lines, |line| read(&line[1]));
}
