//! Storage of globals.

use std::{
    collections::{BTreeMap, HashMap},
    rc::Rc,
};

use stapc_ir::{GlobalKind, Histogram, MapValue};

use crate::{
    stat::Stat,
    value::{Cell, Text},
};

/// A global's storage.
#[derive(Debug)]
pub struct Store<'m> {
    pub kind: &'m GlobalKind,
    /// How many elements a map has room for.
    capacity: usize,
    /// What a global is that is no map.
    pub scalar: Cell,
    pub elements: Vec<Element>,
    /// Elements by their keys, as [`push_key`] writes them.
    index: HashMap<Box<[u8]>, u32>,
    /// Elements by when they were made.
    by_age: BTreeMap<u64, u32>,
    free: Vec<u32>,
    made: u64,
    /// Another one after each write.
    pub stamp: u32,
}

/// An element of a map.
#[derive(Debug)]
pub struct Element {
    pub keys: Vec<Cell>,
    pub value: Cell,
    /// When it was made, counted from 1; 0 if it is not in use.
    pub made: u64,
    name: Box<[u8]>,
}

/// The map has no room.
#[derive(Debug)]
pub struct Full;

impl<'m> Store<'m> {
    /// A global as it is at first, its strings cut to the longest that there may be.
    pub fn new(kind: &'m GlobalKind, longest: usize) -> Self {
        let scalar = match kind {
            GlobalKind::I64(first) => Cell::Int(*first),
            GlobalKind::Str(first) => Cell::Text(first[..first.len().min(longest)].into()),
            GlobalKind::Stat(_) => Cell::Stat(Box::default()),
            GlobalKind::Map { .. } => Cell::Int(0),
        };
        let capacity = match kind {
            GlobalKind::Map { capacity, .. } => *capacity as usize,
            _ => 0,
        };
        Self {
            kind,
            capacity,
            scalar,
            elements: Vec::new(),
            index: HashMap::new(),
            by_age: BTreeMap::new(),
            free: Vec::new(),
            made: 0,
            stamp: 0,
        }
    }

    /// With room for the elements of as many parts beside its own.
    pub fn with_parts(mut self, parts: u32) -> Self {
        self.capacity = self.capacity.saturating_mul(parts as usize + 1);
        self
    }

    /// A processor's part of a global, with nothing in it.
    pub fn part(kind: &'m GlobalKind) -> Self {
        let mut part = Self::new(kind, 0);
        part.empty_scalar();
        part
    }

    fn empty_scalar(&mut self) {
        match &mut self.scalar {
            Cell::Int(value) => *value = 0,
            Cell::Text(text) => *text = Rc::from([]),
            Cell::Stat(stat) => **stat = Stat::default(),
        }
    }

    /// Whether it is a map.
    pub fn is_map(&self) -> bool {
        matches!(self.kind, GlobalKind::Map { .. })
    }

    /// The buckets of its aggregates.
    pub fn histogram(&self) -> Histogram {
        self.kind.histogram().unwrap_or_default()
    }

    /// The elements in use, the oldest first.
    pub fn in_order(&self) -> impl Iterator<Item = u32> + '_ {
        self.by_age.values().copied()
    }

    /// The element of these keys.
    pub fn find(&self, name: &[u8]) -> Option<u32> {
        self.index.get(name).copied()
    }

    /// A new element for keys that have none.
    pub fn insert(&mut self, name: &[u8], keys: Vec<Cell>) -> Result<u32, Full> {
        let GlobalKind::Map { wrap, .. } = self.kind else { return Err(Full) };
        if self.by_age.len() >= self.capacity {
            let oldest = self.by_age.values().next().copied();
            match oldest.filter(|_| *wrap) {
                Some(oldest) => self.remove(oldest),
                None => return Err(Full),
            }
        }
        Ok(self.add(name, keys))
    }

    /// A new element, whether the map has room or not.
    fn add(&mut self, name: &[u8], keys: Vec<Cell>) -> u32 {
        let value = match self.kind {
            GlobalKind::Map { value: MapValue::Str, .. } => Cell::Text(Rc::from([])),
            GlobalKind::Map { value: MapValue::Stat(_), .. } => Cell::Stat(Box::default()),
            _ => Cell::Int(0),
        };
        self.made += 1;
        let element = Element { keys, value, made: self.made, name: name.into() };
        let at = match self.free.pop() {
            Some(at) => {
                self.elements[at as usize] = element;
                at
            }
            None => {
                self.elements.push(element);
                self.elements.len() as u32 - 1
            }
        };
        self.index.insert(name.into(), at);
        self.by_age.insert(self.made, at);
        at
    }

    /// Adds a processor's part and empties it. There is room for all that parts can hold.
    pub fn merge(&mut self, part: &mut Self) {
        merge(&mut self.scalar, &part.scalar);
        part.empty_scalar();
        for element in part.by_age.values().map(|&at| &part.elements[at as usize]) {
            let found = self.find(&element.name);
            let at = found.unwrap_or_else(|| self.add(&element.name, element.keys.clone()));
            merge(&mut self.elements[at as usize].value, &element.value);
        }
        part.clear();
    }

    /// Likewise, but for elements that would be more than the map may have without its parts: those
    /// stay in the part. Whether there were none.
    pub fn collect(&mut self, part: &mut Self) -> bool {
        merge(&mut self.scalar, &part.scalar);
        part.empty_scalar();
        for at in part.in_order().collect::<Vec<_>>() {
            let element = &part.elements[at as usize];
            let found = self.find(&element.name);
            if found.is_none() && self.by_age.len() >= part.capacity {
                return false;
            }
            let to = found.unwrap_or_else(|| self.add(&element.name, element.keys.clone()));
            merge(&mut self.elements[to as usize].value, &element.value);
            part.remove(at);
        }
        true
    }

    /// Whether nothing was added to it: a part.
    pub fn is_empty(&self) -> bool {
        self.by_age.is_empty()
            && match &self.scalar {
                Cell::Int(value) => *value == 0,
                Cell::Text(text) => text.is_empty(),
                Cell::Stat(stat) => stat.count == 0,
            }
    }

    /// Takes an element out of the map.
    pub fn remove(&mut self, element: u32) {
        let data = &mut self.elements[element as usize];
        self.by_age.remove(&data.made);
        data.made = 0;
        let name = std::mem::take(&mut data.name);
        self.index.remove(&name);
        self.free.push(element);
    }

    /// Empties the map.
    pub fn clear(&mut self) {
        while let Some((_, &element)) = self.by_age.last_key_value() {
            self.remove(element);
        }
    }

    /// As the dump of globals writes it.
    pub fn show(&self) -> String {
        if !self.is_map() {
            return self.scalar.show();
        }
        let mut elements: Vec<&Element> =
            self.in_order().map(|at| &self.elements[at as usize]).collect();
        elements.sort_by_key(|element| element.keys.iter().map(sort_key).collect::<Vec<_>>());
        let line = |element: &&Element| {
            let keys: Vec<String> = element.keys.iter().map(Cell::show).collect();
            format!("\n  [{}] = {}", keys.join(", "), element.value.show())
        };
        format!("map{}", elements.iter().map(line).collect::<String>())
    }
}

fn merge(to: &mut Cell, part: &Cell) {
    match (to, part) {
        (Cell::Int(to), Cell::Int(part)) => *to = (i128::from(*to) + i128::from(*part)) as i64,
        (Cell::Stat(to), Cell::Stat(part)) => to.merge(part),
        _ => {}
    }
}

fn sort_key(cell: &Cell) -> (i64, Text) {
    match cell {
        Cell::Int(value) => (*value, Rc::from([])),
        Cell::Text(text) => (0, Rc::clone(text)),
        Cell::Stat(_) => (0, Rc::from([])),
    }
}

/// Adds a key to the bytes that stand for all keys of an element.
pub fn push_key(name: &mut Vec<u8>, key: &Cell) {
    match key {
        Cell::Int(value) => name.extend(value.to_le_bytes()),
        Cell::Text(text) => {
            name.extend((text.len() as u32).to_le_bytes());
            name.extend(&**text);
        }
        Cell::Stat(_) => {}
    }
}
