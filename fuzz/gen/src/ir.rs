//! Probe IR made of bytes: modules that the verifier accepts, in the shapes that lowering makes (locals
//! as values, joins with parameters, loops, iterations, handlers of faults, calls), and what happens to
//! their probes.

mod expressions;
mod formats;
mod idioms;
mod iterations;
mod maker;
mod statements;
mod stores;
mod world;

use stapc_interp::Event;
use stapc_ir::Module;

use crate::Random;

/// Bytes that programs are made of: those for what all share, then those of each function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe(pub Vec<Vec<u8>>);

/// A module and the world that it runs in.
#[derive(Debug, Clone)]
pub struct Program {
    /// The module, as lowering could have made it.
    pub module: Module,
    /// What hits its probes.
    pub events: Vec<Event>,
    /// The process that the session is about.
    pub target: i64,
    /// Whether time may pass while a handler runs: no value depends on how often it was asked for.
    pub ticks: bool,
}

/// The most bytes that a seed gives to a function.
const MOST_BYTES: u64 = 240;

impl Recipe {
    /// As many bytes as there are functions, and more or fewer from seed to seed.
    pub fn of_seed(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let most = 40 + random.below(MOST_BYTES - 40);
        let part = |_| {
            let count = random.below(most);
            (0..32.max(count)).map(|_| random.below(256) as u8).collect()
        };
        Self((0..world::PARTS).map(part).collect())
    }

    /// Bytes shared out evenly.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        let share = bytes.len().div_ceil(world::PARTS).max(1);
        Self(bytes.chunks(share).map(<[u8]>::to_vec).collect())
    }

    /// Recipes with less in them, those with much less first.
    pub fn smaller(&self) -> impl Iterator<Item = Self> + '_ {
        let cut = |part: usize, from: usize, to: usize| {
            let mut recipe = self.clone();
            recipe.0[part].drain(from..to);
            recipe
        };
        let spans = self.0.iter().enumerate().flat_map(|(part, bytes)| {
            let lengths = std::iter::successors(Some(bytes.len()), |length| Some(length / 2));
            let lengths = lengths.take_while(|length| *length > 0);
            lengths.flat_map(move |length| {
                (0..bytes.len()).step_by(length).map(move |from| (part, from, from + length))
            })
        });
        let mut spans: Vec<_> = spans.collect();
        spans.sort_by_key(|(_, from, to)| std::cmp::Reverse(to - from));
        let cut_short = move |(part, from, to): (usize, usize, usize)| {
            cut(part, from, to.min(self.0[part].len()))
        };
        let zeros = self.0.iter().enumerate().flat_map(move |(part, bytes)| {
            let nonzero = bytes.iter().enumerate().filter(|(_, byte)| **byte > 0);
            nonzero.map(move |(at, _)| {
                let mut recipe = self.clone();
                recipe.0[part][at] = 0;
                recipe
            })
        });
        spans.into_iter().map(cut_short).chain(zeros)
    }
}

/// The program of a recipe.
pub fn program(recipe: &Recipe) -> Program {
    world::program(recipe)
}

/// A module made of these bytes.
pub fn module(bytes: &[u8]) -> Module {
    program(&Recipe::of_bytes(bytes)).module
}
