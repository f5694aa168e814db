//! How deep a script's calls may be nested when nothing else is said.

use std::collections::HashSet;

use stapc_ir::{FuncId, Module};

/// Levels that a recursive script has beyond those of its functions.
const RECURSION: u32 = 10;

/// Levels that the kernel's stack has room for.
const MOST: u32 = 1000;

/// The nested calls that a module may need: those of its longest chain of different functions, and some
/// more if functions call themselves, directly or through others. At least 1.
pub fn nesting(module: &Module) -> u32 {
    let callees: Vec<Vec<usize>> = module
        .function_ids()
        .map(|id| module.function(id).callees().map(FuncId::index).collect())
        .collect();
    let mut walk = Walk { callees: &callees, levels: vec![None; callees.len()], recursive: false };
    let handlers = module.probes.iter().map(|probe| probe.handler.index());
    let levels = handlers.map(|handler| walk.levels_below(handler)).max().unwrap_or(0);
    (levels + if walk.recursive { RECURSION } else { 0 }).clamp(1, MOST)
}

struct Walk<'a> {
    callees: &'a [Vec<usize>],
    /// Of the functions that are done.
    levels: Vec<Option<u32>>,
    recursive: bool,
}

impl Walk<'_> {
    /// The nested calls below a function. A call back to one that is under way is none.
    fn levels_below(&mut self, start: usize) -> u32 {
        // The functions under way, each with the number of its callees that have been looked at.
        let mut chain = vec![(start, 0)];
        let mut under_way = HashSet::from([start]);
        while let Some((function, seen)) = chain.last_mut() {
            let (function, next) = (*function, self.callees[*function].get(*seen).copied());
            *seen += 1;
            match next {
                Some(callee) if under_way.contains(&callee) => self.recursive = true,
                Some(callee) if self.levels[callee].is_some() => {}
                Some(callee) => {
                    chain.push((callee, 0));
                    under_way.insert(callee);
                }
                None => {
                    let below = |&callee: &usize| self.levels[callee].map(|levels| levels + 1);
                    let levels = self.callees[function].iter().filter_map(below).max();
                    self.levels[function] = Some(levels.unwrap_or(0));
                    under_way.remove(&function);
                    chain.pop();
                }
            }
        }
        self.levels[start].unwrap_or(0)
    }
}
