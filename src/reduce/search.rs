//! The search: edits are tried in halves, quarters and so on, down to each alone, and kept where the
//! command ends as before.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io,
};

use anyhow::Result;

use super::{
    Reducer,
    edit::{Edit, apply},
    run::{Ending, Runner},
};

/// A search for a smaller text.
pub struct Search<'s> {
    pub reducer: &'s dyn Reducer,
    pub runner: &'s mut Runner,
    /// How the command must end.
    pub wanted: Ending,
    /// Whether the command ends like that for the tidied text too, so that no other is tried.
    pub tidies: bool,
    /// The most runs.
    pub most: usize,
    /// Told of each text that is better than the last, and after how many runs.
    pub better: &'s mut dyn FnMut(&str, usize) -> io::Result<()>,
}

impl Search<'_> {
    /// The smallest text that was found.
    pub fn reduce(&mut self, text: &str) -> Result<String> {
        let mut tried = HashSet::new();
        let mut best = text.to_owned();
        match self.reducer.tidied(text) {
            None => self.tidies = true,
            Some(tidied) if self.works(&tidied, &mut tried)? => {
                best = tidied;
                self.tidies = true;
            }
            Some(_) => {}
        }
        loop {
            let before = best.clone();
            for phase in self.reducer.phases() {
                best = self.shrink(best, phase, &mut tried)?;
            }
            if best == before || self.is_spent() {
                return Ok(best);
            }
        }
    }

    /// Keeps as many edits of a phase as work together.
    fn shrink(
        &mut self,
        text: String,
        phase: &fn(&str) -> Vec<Edit>,
        tried: &mut HashSet<u64>,
    ) -> Result<String> {
        let mut open = phase(&text);
        let mut kept: Vec<Edit> = Vec::new();
        let mut best = text.clone();
        let mut size = open.len();
        while size > 0 && !self.is_spent() {
            let mut at = 0;
            while at < open.len() && !self.is_spent() {
                let end = (at + size).min(open.len());
                let mut candidate = apply(&text, kept.iter().chain(&open[at..end]));
                if let Some(tidied) = self.reducer.tidied(&candidate).filter(|_| self.tidies) {
                    candidate = tidied;
                }
                if candidate == best || self.works(&candidate, tried)? {
                    best = candidate;
                    kept.extend(open.drain(at..end));
                } else {
                    at = end;
                }
            }
            size /= 2;
        }
        Ok(best)
    }

    fn is_spent(&self) -> bool {
        self.runner.runs >= self.most
    }

    /// Whether the command ends as it must for this text. None is tried twice.
    fn works(&mut self, text: &str, tried: &mut HashSet<u64>) -> Result<bool> {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        if !tried.insert(hasher.finish()) || self.is_spent() || !self.reducer.accepts(text) {
            return Ok(false);
        }
        let works = self.runner.run(text)? == self.wanted;
        if works {
            (self.better)(text, self.runner.runs)?;
        }
        Ok(works)
    }
}
