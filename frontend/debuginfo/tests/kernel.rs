//! BTF and DWARF of a real kernel must say the same. The kernel is an installed one with a debug
//! vmlinux; where there is none, the tests say that they were skipped.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests read the kernel's files"
)]

use std::{
    fs,
    path::{Path, PathBuf},
};

use stapc_debuginfo::{
    Btf, Dwarf, DwarfIndex, Elf, Function, Location, Param, Probeable, Source, Symbols, Type,
    TypeId, build_id,
};

/// Functions of which BTF describes another one of the same name, which has no code of its own: inlined
/// ones (`fortify-string.h`, `init/main.c`), weak ones; and one in assembler, declared in C.
const OTHERS_IN_BTF: [&str; 14] = [
    "__iowrite32_copy",
    "get_attention_status",
    "kmemdup",
    "memchr",
    "memchr_inv",
    "memcmp",
    "mm_init",
    "pcibios_enable_device",
    "strcat",
    "strcpy",
    "strlcpy",
    "strncpy",
    "strnlen",
    "strscpy",
];

/// A debug vmlinux and the System.map beside it.
struct Kernel {
    vmlinux: memmap2::Mmap,
    map: String,
}

fn mapped(path: &Path) -> memmap2::Mmap {
    let file = fs::File::open(path).unwrap();
    // SAFETY: installed files are replaced, not written to.
    unsafe { memmap2::Mmap::map(&file) }.unwrap()
}

fn kernel() -> Option<Kernel> {
    let folder = PathBuf::from("/usr/lib/debug/boot");
    let names = fs::read_dir(&folder).into_iter().flatten().flatten();
    let release = names
        .filter_map(|entry| entry.file_name().to_str()?.strip_prefix("vmlinux-").map(str::to_owned))
        .max();
    let Some(release) = release else {
        eprintln!("skipped: no debug vmlinux in {}", folder.display());
        return None;
    };
    let map = fs::read_to_string(folder.join(format!("System.map-{release}"))).unwrap();
    Some(Kernel { vmlinux: mapped(&folder.join(format!("vmlinux-{release}"))), map })
}

/// What a type is, in words that both sources share.
fn words(info: &dyn Source, ty: TypeId, depth: usize) -> String {
    match info.ty(ty).unwrap() {
        Type::Int { bytes, signed } => format!("{}{}", if signed { "i" } else { "u" }, bytes * 8),
        Type::Float(bytes) => format!("f{}", bytes * 8),
        Type::Pointer(None) => "* void".to_owned(),
        Type::Pointer(Some(_)) if depth == 0 => "* …".to_owned(),
        Type::Pointer(Some(to)) => format!("* {}", words(info, to, depth - 1)),
        Type::Struct { name } => format!("{name} of {:?} bytes", info.size(ty).unwrap()),
        // BTF has all dimensions of an array in one.
        Type::Array(mut element) => {
            while let Type::Array(inner) = info.ty(element).unwrap() {
                element = inner;
            }
            format!("[{}] of {:?} bytes", words(info, element, depth), info.size(ty).unwrap())
        }
        Type::Other(name) => name,
    }
}

fn signature(info: &dyn Source, function: &Function) -> Vec<String> {
    let param = |param: &Param| {
        let place = match &param.location {
            Location::Register(register) => register.to_string(),
            Location::Registers(first, count) => format!("{first} to {}", first + count - 1),
            Location::Stack(offset) => format!("stack {offset}"),
            Location::Unavailable(why) => why.clone(),
        };
        format!("{}: {} in {place}", param.name, words(info, param.ty, 2))
    };
    let value = function.returns.map_or("void".to_owned(), |ty| words(info, ty, 2));
    function.params.iter().map(param).chain([value]).collect()
}

/// The names of code in a System.map, every `step`th.
fn code(map: &str, step: usize) -> impl Iterator<Item = &str> {
    map.lines()
        .filter_map(|line| line.split_once(" T ").or_else(|| line.split_once(" t ")))
        .map(|(_, name)| name)
        .step_by(step)
}

/// Compares a sample of functions; every function with `STAPC_EVERY_FUNCTION` set, which takes a while
/// in a debug build.
fn compare_functions(btf: &Btf<'_>, dwarf: &Dwarf<'_>, map: &str) {
    let step = if std::env::var_os("STAPC_EVERY_FUNCTION").is_some() { 1 } else { 150 };
    let (mut compared, mut differ) = (0, Vec::new());
    for name in code(map, step) {
        let (Ok(Some(in_btf)), Ok(Some(in_dwarf))) = (btf.function(name), dwarf.function(name))
        else {
            continue;
        };
        compared += 1;
        let (one, other) = (signature(btf, &in_btf), signature(dwarf, &in_dwarf));
        // System calls that are configured away are weak, with a parameter of this name.
        let is_weak = in_btf.params.first().is_some_and(|param| param.name == "__unused");
        if one != other && !is_weak && !OTHERS_IN_BTF.contains(&name) {
            differ.push(format!("{name}:\n  BTF   {one:?}\n  DWARF {other:?}"));
        }
    }
    eprintln!("compared {compared} functions");
    assert!(compared > 200, "only {compared} functions were found in both");
    assert!(differ.is_empty(), "{} functions differ:\n{}", differ.len(), differ.join("\n"));
}

/// Compares all members of the structures of these names.
fn compare_members(btf: &Btf<'_>, dwarf: &Dwarf<'_>, names: &[&str]) {
    let (mut compared, mut bit_fields) = (0, 0);
    for name in names {
        let named = |info: &dyn Source| {
            info.named(name).unwrap().unwrap_or_else(|| panic!("{} has no {name}", info.source()))
        };
        let (in_btf, in_dwarf) = (named(btf), named(dwarf));
        assert_eq!(btf.size(in_btf), dwarf.size(in_dwarf), "{name}");
        let members = btf.members(in_btf).unwrap();
        assert_eq!(members, dwarf.members(in_dwarf).unwrap(), "{name}");
        for member in members {
            let place = |info: &dyn Source, ty| {
                let member = info.member(ty, &member).unwrap().unwrap();
                (member.offset, member.bitfield, words(info, member.ty, 2))
            };
            let (one, other) = (place(btf, in_btf), place(dwarf, in_dwarf));
            bit_fields += usize::from(one.1.is_some());
            compared += 1;
            assert_eq!(one, other, "{name}->{member}");
        }
    }
    eprintln!(
        "compared {compared} members of {} structures, {bit_fields} of them bit fields",
        names.len()
    );
    assert!(compared > 100 && bit_fields > 20);
}

#[test]
fn btf_and_dwarf_say_the_same() {
    let Some(kernel) = kernel() else { return };
    let (elf, btf) = (Elf::open(&kernel.vmlinux).unwrap(), Btf::open(&kernel.vmlinux).unwrap());
    let index = DwarfIndex::build(&elf, &|_, _| ()).unwrap();
    let index = DwarfIndex::from_bytes(index.as_bytes()).unwrap();
    let dwarf = Dwarf::open(&elf, &index).unwrap();
    compare_functions(&btf, &dwarf, &kernel.map);
    let well_known = "task_struct file inode dentry sk_buff cred mm_struct sock tcp_sock vm_area_struct page bio request \
         super_block signal_struct rq net_device pt_regs path qstr msghdr kiocb callback_head perf_event_attr";
    let names: Vec<String> =
        well_known.split_whitespace().map(|name| format!("struct {name}")).collect();
    compare_members(&btf, &dwarf, &names.iter().map(String::as_str).collect::<Vec<_>>());
    let dwarf = Probeable::new(dwarf, Symbols::parse(&kernel.map));
    well_known_functions(&dwarf);
    tracepoints_are_of_their_events_systems(&dwarf);
    well_known_functions(&Probeable::new(btf, Symbols::parse(&kernel.map)));
    assert_eq!(build_id(&kernel.vmlinux).unwrap().len(), 20);
}

/// Some are declared in a header that is not called after their system.
fn tracepoints_are_of_their_events_systems(info: &dyn Source) {
    let traced = |pattern: &str, system: Option<&str>| -> Vec<String> {
        let found = info.tracepoints(pattern, system).unwrap();
        found.into_iter().map(|(system, name)| format!("{}:{name}", system.unwrap())).collect()
    };
    let both = ["raw_syscalls:sys_enter", "raw_syscalls:sys_exit"];
    assert_eq!(traced("sys_e*", None), both);
    assert_eq!(traced("*", Some("raw_sys*")), both);
    assert_eq!(traced("sys_exit", Some("raw_syscalls")), both[1..]);
    assert_eq!(traced("sys_e*", Some("syscalls")), [""; 0]);
    assert_eq!(traced("sched_switch", None), ["sched:sched_switch"]);
    // It makes no event, and is of its header's.
    assert_eq!(traced("pelt_cfs_tp", None), ["sched:pelt_cfs_tp"]);
}

fn well_known_functions(info: &dyn Source) {
    let places = |name: &str| -> Vec<(String, Location)> {
        let function = info.function(name).unwrap().unwrap();
        function.params.into_iter().map(|param| (param.name, param.location)).collect()
    };
    let register = |name: &str, register| (name.to_owned(), Location::Register(register));
    let read = [register("file", 0), register("buf", 1), register("count", 2), register("pos", 3)];
    assert_eq!(places("vfs_read"), read);
    assert_eq!(places("tcp_sendmsg"), [register("sk", 0), register("msg", 1), register("size", 2)]);
    assert_eq!(places("schedule"), []);
    assert_eq!(info.function("no_such_function"), Ok(None));
    assert_eq!(info.functions_like("vfs_raed")[0], "vfs_read");
    assert!(info.function("start_kernel").unwrap_err().0.contains("boots"), "{}", info.source());
    assert!(
        info.function("exc_page_fault").unwrap_err().0.contains("noinstr"),
        "{}",
        info.source()
    );
}

#[test]
fn the_running_kernels_btf_can_be_read() {
    let Ok(data) = fs::read("/sys/kernel/btf/vmlinux") else {
        eprintln!("skipped: the running kernel offers no BTF");
        return;
    };
    let btf = Btf::open(&data).unwrap();
    assert!(btf.function("vfs_read").unwrap().is_some());
    let task = btf.named("struct task_struct").unwrap().unwrap();
    for member in btf.members(task).unwrap() {
        assert!(btf.member(task, &member).unwrap().is_some(), "{member}");
    }
}
