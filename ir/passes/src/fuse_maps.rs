//! Accesses to one element of a map look it up once: `k in m` and then `m[k]`, `m[k]` read and then
//! written or deleted.
//!
//! What is looked up first is kept as an element, where nothing may have written the map before the
//! next access under the same keys.

use std::collections::{HashMap, HashSet};

use stapc_ir::{
    Block, Function, GlobalId, Immediate, Inst, InstData, Module, Opcode, Type, Value, Writes,
    cfg::{Dominance, Point, Step},
    versions::{Memory, Version, Versions},
};

use crate::common::each_function;

pub fn run(module: &mut Module) -> usize {
    let writes = Writes::of(module);
    each_function(module, |function| fuse(function, &writes))
}

fn fuse(function: &mut Function, writes: &Writes) -> usize {
    let maps: HashSet<GlobalId> =
        function.placed_insts().filter_map(|inst| Some(access(inst)?.0)).collect();
    if maps.is_empty() {
        return 0;
    }
    let dominance = Dominance::of(function);
    let versions = Versions::of(function, writes, &dominance, |global| maps.contains(&global));
    let mut search = Search::new(function, writes);
    for step in dominance.walk() {
        search.step(&versions, step);
    }
    let found = search.found;
    let fused = found.values().map(Vec::len).sum();
    if fused > 0 {
        replace(function, &found);
    }
    fused
}

/// The map and keys of an access that can be made of an element.
fn access(inst: &InstData) -> Option<(GlobalId, &[Value])> {
    let Immediate::Global(map) = inst.immediate else { return None };
    let keys = match inst.opcode {
        Opcode::Mhas | Opcode::Mget | Opcode::Mdel => inst.args.as_slice(),
        Opcode::Mset => inst.args.split_last()?.1,
        _ => return None,
    };
    Some((map, keys))
}

/// The accesses that a first one is shared by.
type Found = HashMap<Inst, Vec<Inst>>;
/// A map and keys.
type Keys = (GlobalId, Vec<Value>);

/// A walk over the tree of dominators: what it has looked up before comes before on every way.
struct Search<'a> {
    function: &'a Function,
    writes: &'a Writes,
    memory: Memory,
    /// The last look-ups under each keys, with the version that the map had.
    firsts: HashMap<Keys, Vec<(Inst, Version)>>,
    /// The keys looked up so far, and how many each step of the walk began with.
    looked_up: Vec<Keys>,
    marks: Vec<usize>,
    found: Found,
}

impl<'a> Search<'a> {
    fn new(function: &'a Function, writes: &'a Writes) -> Self {
        Self {
            function,
            writes,
            memory: Memory::default(),
            firsts: HashMap::new(),
            looked_up: Vec::new(),
            marks: Vec::new(),
            found: Found::new(),
        }
    }

    fn step(&mut self, versions: &Versions, step: Step) {
        match step {
            Step::Enter(point) => {
                self.memory.enter(versions, point);
                self.marks.push(self.looked_up.len());
                if let Point::End(block) = point {
                    self.block(block);
                }
            }
            Step::Leave(_) => {
                self.memory.leave();
                let mark = self.marks.pop().unwrap_or(0);
                for keys in self.looked_up.drain(mark..) {
                    self.firsts.get_mut(&keys).and_then(Vec::pop);
                }
            }
        }
    }

    fn block(&mut self, block: Block) {
        for (position, &inst) in self.function.block(block).insts.iter().enumerate() {
            let data = self.function.inst(inst);
            if let Some((map, keys)) = access(data) {
                self.look_up(inst, data.opcode, (map, keys.to_vec()));
            }
            self.memory.step(self.writes, (block, position), data);
        }
    }

    fn look_up(&mut self, inst: Inst, opcode: Opcode, keys: Keys) {
        let version = self.memory.version(keys.0);
        let last = self.firsts.get(&keys).and_then(|firsts| firsts.last());
        match last {
            Some((first, then)) if *then == version => {
                self.found.entry(*first).or_default().push(inst);
            }
            _ if matches!(opcode, Opcode::Mhas | Opcode::Mget) => {
                self.firsts.entry(keys.clone()).or_default().push((inst, version));
                self.looked_up.push(keys);
            }
            _ => {}
        }
    }
}

fn replace(function: &mut Function, found: &Found) {
    for block in function.layout.clone() {
        let insts = std::mem::take(&mut function.block_mut(block).insts);
        let mut kept = Vec::with_capacity(insts.len());
        for inst in insts {
            if let Some(sharing) = found.get(&inst) {
                let data = function.inst(inst);
                let (immediate, keys, location) =
                    (data.immediate.clone(), data.args.clone(), data.location);
                let find =
                    function.make_inst(Opcode::Mfind, immediate, keys, Some(Type::Elem), location);
                kept.push(find);
                if let Some(element) = function.inst(find).result {
                    for inst in sharing.iter().copied().chain([inst]) {
                        use_element(&mut function.insts[inst.0], element);
                    }
                }
            }
            kept.push(inst);
        }
        function.block_mut(block).insts = kept;
    }
}

/// Makes an access of an element that was found.
fn use_element(inst: &mut InstData, element: Value) {
    (inst.opcode, inst.args) = match inst.opcode {
        Opcode::Mhas => (Opcode::ElemHas, vec![element]),
        Opcode::Mget => (Opcode::ElemGet, vec![element]),
        Opcode::Mdel => (Opcode::ElemDel, vec![element]),
        _ => (Opcode::ElemSet, [&[element], inst.args.as_slice()].concat()),
    };
    if matches!(inst.opcode, Opcode::ElemHas | Opcode::ElemGet) {
        inst.immediate = Immediate::None;
    }
}
