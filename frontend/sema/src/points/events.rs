//! Points at no place in code: `kernel.data(…)`, `procfs.…`, `netfilter.…`.

use std::slice::from_ref;

use bstr::ByteSlice as _;
use stapc_diagnostics::Diagnostic;
use stapc_ir::{Attach, Event};
use stapc_syntax::ast::{self, Argument};

use super::{Absent, Found};
use crate::elaborate::points::Part;

/// The most bytes that a file can be read to have.
const MOST_CONTENT: i64 = 1 << 20;

/// The number of `begin(N)` and its kin.
pub fn order(part: &Part) -> Result<i64, Diagnostic> {
    match &part.argument {
        None => Ok(0),
        Some(Argument::Number(number, _)) => Ok(*number),
        Some(Argument::String(ast::Text { span, .. })) => {
            let message = format!("`{}` takes a number", part.name.text);
            Err(Diagnostic::error("probe-argument", message).at(*span, "a string"))
        }
    }
}

/// `kernel.data("symbol").write`, `kernel.data(ADDRESS).length(N).rw`
pub fn data(part: &Part, rest: &[Part]) -> Result<Found, Absent> {
    let (symbol, offset) = match &part.argument {
        Some(Argument::String(text)) => (text.bytes.to_str_lossy().into_owned(), 0),
        Some(Argument::Number(address, _)) => (String::new(), *address),
        None => {
            return Err(incomplete(
                "kernel.data",
                "kernel.data(\"jiffies\").write",
                from_ref(part),
            )
            .into());
        }
    };
    let (mut length, mut reads) = (None, None);
    for part in rest {
        match part.name.text.as_str() {
            "length" if symbol.is_empty() => once(&mut length, positive(part)?, part)?,
            "length" => {
                let message = "`.length` needs an address, and no symbol";
                return Err(wrong(message).at(part.name.span, "").into());
            }
            "write" => once(&mut reads, false, part)?,
            "rw" => once(&mut reads, true, part)?,
            _ => return Err(no_part("kernel.data", part).into()),
        }
    }
    let Some(reads) = reads else {
        let mut all = vec![part.clone()];
        all.extend_from_slice(rest);
        return Err(incomplete("kernel.data", "kernel.data(\"jiffies\").write", &all).into());
    };
    let length = length.unwrap_or(1);
    Ok(Found::At(Attach::Event(Event::Data { symbol, offset, length, reads })))
}

pub fn wrong(message: impl Into<String>) -> Diagnostic {
    Diagnostic::error("probe-argument", message)
}

/// Sets what may be said once.
pub fn once<T>(to: &mut Option<T>, value: T, part: &Part) -> Result<(), Diagnostic> {
    match to.replace(value) {
        None => Ok(()),
        Some(_) => {
            let message = format!("`.{}` is said already", part.name.text);
            Err(Diagnostic::error("unknown-probe-point", message).at(part.name.span, "again"))
        }
    }
}

pub fn no_part(of: &str, part: &Part) -> Diagnostic {
    let message = format!("`{of}` has no `.{}`", part.name.text);
    Diagnostic::error("unknown-probe-point", message).at(part.name.span, "not known")
}

pub fn incomplete(of: &str, example: &str, parts: &[Part]) -> Diagnostic {
    let message = format!("this is no whole probe point of `{of}`");
    let diagnostic = Diagnostic::error("incomplete-probe-point", message);
    let diagnostic = match parts.last() {
        Some(last) => diagnostic.at(last.name.span, "something is missing"),
        None => diagnostic,
    };
    diagnostic.help(format!("write `{example}`"))
}

pub fn number(part: &Part) -> Result<i64, Diagnostic> {
    let name = &part.name.text;
    match &part.argument {
        Some(Argument::Number(number, _)) => Ok(*number),
        Some(Argument::String(ast::Text { span, .. })) => {
            Err(wrong(format!("`.{name}` takes a number")).at(*span, "a string"))
        }
        None => Err(wrong(format!("`.{name}` takes a number")).at(part.name.span, "which?")),
    }
}

fn at_least(part: &Part, least: i64) -> Result<i64, Diagnostic> {
    let number = number(part)?;
    if number >= least {
        return Ok(number);
    }
    let message = format!("`.{}({number})`", part.name.text);
    Err(wrong(message).at(part.name.span, format!("must be at least {least}")))
}

pub fn natural(part: &Part) -> Result<i64, Diagnostic> {
    at_least(part, 0)
}

pub fn positive(part: &Part) -> Result<i64, Diagnostic> {
    at_least(part, 1)
}

/// `procfs("name").read`, `procfs.umask(0022).write`, `.maxsize(N)`
pub fn procfs(first: &Part, parts: &[Part]) -> Result<Found, Absent> {
    let path = match &first.argument {
        None => "command".to_owned(),
        Some(Argument::String(text)) => text.bytes.to_str_lossy().into_owned(),
        Some(Argument::Number(_, span)) => {
            return Err(wrong("`procfs` takes the name of a file").at(*span, "a number").into());
        }
    };
    if path.contains('/') {
        return Ok(Found::Foreign("folders of `procfs` files".to_owned(), first.name.span));
    }
    if path.is_empty() || path == "." || path == ".." || path.contains('\0') || path.len() > 255 {
        let diagnostic = wrong("this is no name of a file");
        return Err(diagnostic.at(first.name.span, "").into());
    }
    let (mut umask, mut written, mut most) = (None, None, None);
    for part in parts {
        match part.name.text.as_str() {
            "umask" => once(&mut umask, within(part, 0, 0o777)?, part)?,
            "maxsize" => once(&mut most, within(part, 1, MOST_CONTENT)?, part)?,
            "read" => once(&mut written, false, part)?,
            "write" => once(&mut written, true, part)?,
            _ => return Err(no_part("procfs", part).into()),
        }
    }
    let Some(written) = written else {
        return Err(incomplete("procfs", "procfs(\"name\").read", from_ref(first)).into());
    };
    let (umask, most) = (umask.unwrap_or(0o077), most.unwrap_or(0));
    Ok(Found::At(Attach::Event(Event::File { path, written, umask, most })))
}

/// The protocol families of hooks, by their numbers in the kernel (`linux/netfilter.h`), and the hooks of each.
const FAMILIES: [(&str, i64, &[&str]); 4] = [
    ("NFPROTO_IPV4", 2, &INET),
    ("NFPROTO_IPV6", 10, &INET),
    ("NFPROTO_ARP", 3, &["NF_ARP_IN", "NF_ARP_OUT", "NF_ARP_FORWARD"]),
    (
        "NFPROTO_BRIDGE",
        7,
        &[
            "NF_BR_PRE_ROUTING",
            "NF_BR_LOCAL_IN",
            "NF_BR_FORWARD",
            "NF_BR_LOCAL_OUT",
            "NF_BR_POST_ROUTING",
            "NF_BR_BROUTING",
        ],
    ),
];

const INET: [&str; 5] = [
    "NF_INET_PRE_ROUTING",
    "NF_INET_LOCAL_IN",
    "NF_INET_FORWARD",
    "NF_INET_LOCAL_OUT",
    "NF_INET_POST_ROUTING",
];

/// What priorities are called behind `NF_IP_PRI_` and `NF_IP6_PRI_` (`linux/netfilter_ipv4.h`).
const PRIORITIES: [(&str, i64); 15] = [
    ("FIRST", i32::MIN as i64),
    ("RAW_BEFORE_DEFRAG", -450),
    ("CONNTRACK_DEFRAG", -400),
    ("RAW", -300),
    ("SELINUX_FIRST", -225),
    ("CONNTRACK", -200),
    ("MANGLE", -150),
    ("NAT_DST", -100),
    ("FILTER", 0),
    ("SECURITY", 50),
    ("NAT_SRC", 100),
    ("SELINUX_LAST", 225),
    ("CONNTRACK_HELPER", 300),
    ("CONNTRACK_CONFIRM", i32::MAX as i64),
    ("LAST", i32::MAX as i64),
];

/// `netfilter.hook("NAME").pf("NAME")`, perhaps with `.priority("NAME")`
pub fn netfilter(first: &Part, parts: &[Part]) -> Result<Found, Absent> {
    let (mut hook, mut family, mut priority) = (None, None, None);
    for part in parts {
        match part.name.text.as_str() {
            "hook" => once(&mut hook, (text(part)?, part), part)?,
            "pf" => once(&mut family, (text(part)?, part), part)?,
            "priority" => once(&mut priority, (text(part)?, part), part)?,
            _ => return Err(no_part("netfilter", part).into()),
        }
    }
    let (Some((hook, hook_at)), Some((family, family_at))) = (hook, family) else {
        let example = "netfilter.hook(\"NF_INET_LOCAL_IN\").pf(\"NFPROTO_IPV4\")";
        return Err(incomplete("netfilter", example, from_ref(first)).into());
    };
    let known = FAMILIES.iter().find(|(name, ..)| *name == family);
    let names = FAMILIES.iter().map(|(name, ..)| *name);
    let &(_, number, hooks) =
        known.ok_or_else(|| no_name("protocol family", &family, family_at, names))?;
    // The hooks of IPv6 and IPv4 have older names, too.
    let wanted = match hook.strip_prefix("NF_IP6_").or(hook.strip_prefix("NF_IP_")) {
        Some(rest) if hooks.len() == INET.len() => format!("NF_INET_{rest}"),
        _ => hook.clone(),
    };
    let position = hooks.iter().position(|name| *name == wanted);
    let hook = position
        .ok_or_else(|| no_name("hook of that family", &hook, hook_at, hooks.iter().copied()))?;
    let priority = match priority {
        None => 0,
        Some((name, at)) => self::priority(&name).ok_or_else(|| {
            no_name("priority", &name, at, ["NF_IP_PRI_FIRST", "NF_IP_PRI_LAST", "0"].into_iter())
        })?,
    };
    Ok(Found::At(Attach::Event(Event::Packet { family: number, hook: hook as i64, priority })))
}

/// A priority by its name or number.
fn priority(name: &str) -> Option<i64> {
    let number = name.parse::<i32>().ok().map(i64::from);
    let short = name.strip_prefix("NF_IP_PRI_").or(name.strip_prefix("NF_IP6_PRI_"));
    number.or_else(|| {
        let found = PRIORITIES.iter().find(|(name, _)| Some(*name) == short);
        found.map(|(_, number)| *number)
    })
}

fn no_name<'n>(
    what: &str,
    name: &str,
    at: &Part,
    names: impl Iterator<Item = &'n str>,
) -> Diagnostic {
    let diagnostic = wrong(format!("there is no {what} `{name}`"));
    diagnostic.at(at.name.span, "not known").suggest(name, names)
}

pub fn text(part: &Part) -> Result<String, Diagnostic> {
    match &part.argument {
        Some(Argument::String(text)) => Ok(text.bytes.to_str_lossy().into_owned()),
        _ => {
            let message = format!("`.{}` takes a name in quotes", part.name.text);
            Err(wrong(message).at(part.name.span, ""))
        }
    }
}

fn within(part: &Part, least: i64, most: i64) -> Result<i64, Diagnostic> {
    let number = at_least(part, least)?;
    if number <= most {
        return Ok(number);
    }
    let message = format!("`.{}({number})`", part.name.text);
    Err(wrong(message).at(part.name.span, format!("must be at most {most}")))
}
