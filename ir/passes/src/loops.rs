//! The loops of a function: which blocks are in which, and which loops are in others.

use std::collections::HashMap;

use stapc_ir::{
    Block, Function,
    cfg::{Dominance, Point, Step},
};

/// A loop that is entered by one block only.
#[derive(Debug)]
pub struct Loop {
    /// The block by which it is entered.
    pub head: Block,
    /// The blocks from which control goes back to the head.
    pub ends: Vec<Block>,
    /// The next loop around it.
    pub parent: Option<usize>,
    /// The outermost loop around it, itself if there is none.
    pub outermost: usize,
    /// When a walk over the loops in loops enters and leaves it.
    times: (usize, usize),
}

/// The loops of a function.
#[derive(Debug, Default)]
pub struct Loops {
    /// The loops, those around others behind them.
    pub all: Vec<Loop>,
    innermost: HashMap<Block, usize>,
}

impl Loops {
    /// Of a function.
    pub fn of(function: &Function, dominance: &Dominance) -> Self {
        let mut before: HashMap<Block, Vec<Block>> = HashMap::new();
        for &block in function.layout.iter().filter(|&&block| dominance.reaches(block)) {
            for next in function.successors(block) {
                before.entry(next).or_default().push(block);
            }
        }
        let mut loops = Self::default();
        let mut tops = Tops::default();
        // A head that another dominates comes before it: inner loops first.
        for step in dominance.walk() {
            let Step::Leave(Point::Start(head)) = step else { continue };
            let entries = before.get(&head).into_iter().flatten().copied();
            let ends: Vec<Block> = entries.filter(|&end| dominance.dominates(head, end)).collect();
            if !ends.is_empty() {
                loops.add(head, ends, &before, &mut tops);
            }
        }
        loops.time();
        loops
    }

    /// The innermost loop that a block is in.
    pub fn innermost(&self, block: Block) -> Option<usize> {
        self.innermost.get(&block).copied()
    }

    /// Whether two blocks are in the same loops.
    pub fn same(&self, one: Block, other: Block) -> bool {
        self.innermost(one) == self.innermost(other)
    }

    /// Whether a loop is another, or around it.
    pub fn contains(&self, outer: usize, inner: usize) -> bool {
        let (enter, leave) = self.all[outer].times;
        (enter..leave).contains(&self.all[inner].times.0)
    }

    fn add(
        &mut self,
        head: Block,
        ends: Vec<Block>,
        before: &HashMap<Block, Vec<Block>>,
        tops: &mut Tops,
    ) {
        let number = self.all.len();
        let mut work = ends.clone();
        self.all.push(Loop { head, ends, parent: None, outermost: number, times: (0, 0) });
        tops.0.push(number);
        self.innermost.entry(head).or_insert(number);
        while let Some(block) = work.pop() {
            match self.innermost.get(&block).copied() {
                None => {
                    self.innermost.insert(block, number);
                    work.extend(before.get(&block).into_iter().flatten());
                }
                Some(inner) => {
                    let top = tops.top(inner);
                    if top != number {
                        self.all[top].parent = Some(number);
                        tops.0[top] = number;
                        work.extend(before.get(&self.all[top].head).into_iter().flatten());
                    }
                }
            }
        }
    }

    /// A loop's parent comes behind it, so that from the last to the first each parent is done before.
    fn time(&mut self) {
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); self.all.len()];
        for number in 0..self.all.len() {
            if let Some(parent) = self.all[number].parent {
                children[parent].push(number);
            }
        }
        let mut now = 0;
        for root in (0..self.all.len()).rev() {
            if self.all[root].parent.is_some() {
                continue;
            }
            let mut path = vec![(root, 0)];
            while let Some((at, next)) = path.last_mut() {
                if *next == 0 {
                    self.all[*at].times.0 = now;
                    self.all[*at].outermost = root;
                    now += 1;
                }
                if let Some(&child) = children[*at].get(*next) {
                    *next += 1;
                    path.push((child, 0));
                } else {
                    self.all[*at].times.1 = now;
                    path.pop();
                }
            }
        }
    }
}

/// The outermost loop known so far around each, by ways that are made shorter as they are gone.
#[derive(Default)]
struct Tops(Vec<usize>);

impl Tops {
    fn top(&mut self, mut of: usize) -> usize {
        while self.0[of] != of {
            self.0[of] = self.0[self.0[of]];
            of = self.0[of];
        }
        of
    }
}
