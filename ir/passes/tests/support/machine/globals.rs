//! Globals, maps and iterations of the machine.

use stapc_ir::{
    Effects, Function, GlobalId, GlobalKind, Immediate, InstData, MapValue, Opcode, Order, OrderBy,
    Type,
};

use super::{Cell, Datum, Element, Iteration, Machine, Place};

impl Machine<'_> {
    /// Instructions on globals and iterations.
    pub(super) fn global(
        &mut self,
        function: &Function,
        inst: &InstData,
        args: &[Datum],
    ) -> Result<Option<Datum>, String> {
        if inst.opcode.effects().has(Effects::WRITE) {
            self.changes += 1;
        }
        match (&inst.immediate, inst.opcode) {
            (Immediate::Iterate(map, order), _) => {
                let Some(Datum::Int(limit)) = args.first() else { panic!("no limit") };
                let list = self.sorted(*map, *order, *limit);
                self.iterations.push(Iteration { map: *map, list, at: 0 });
                return Ok(Some(Datum::Iter(self.iterations.len() - 1)));
            }
            (Immediate::Global(global), Opcode::Gload) => {
                return Ok(Some(match &self.stores[global.index()].scalar {
                    Some(Cell::Int(value)) => Datum::Int(*value),
                    _ => Datum::Str(Place::Scalar(*global)),
                }));
            }
            (Immediate::Global(global), Opcode::Gstore) => {
                let value = self.cells(args).pop();
                self.stores[global.index()].scalar = value;
                return Ok(None);
            }
            (Immediate::Global(global), _) => return self.element(*global, inst.opcode, args),
            _ => {}
        }
        let Some(Datum::Iter(number)) = args.first() else { panic!("{}", inst.opcode.name()) };
        let _ = function;
        let iteration = &mut self.iterations[*number];
        let elements = &self.stores[iteration.map.index()].elements;
        Ok(match (inst.opcode, &inst.immediate) {
            (Opcode::IterNext, _) => {
                while iteration
                    .list
                    .get(iteration.at)
                    .is_some_and(|&element| elements[element].order == 0)
                {
                    iteration.at += 1;
                }
                iteration.at += 1;
                Some(Datum::Bool(iteration.at <= iteration.list.len()))
            }
            (Opcode::IterKey, Immediate::Index(key)) => {
                let (map, element) = (iteration.map, iteration.list[iteration.at - 1]);
                Some(match &elements[element].keys[*key as usize] {
                    Cell::Int(value) => Datum::Int(*value),
                    _ => Datum::Str(Place::Key(map, element, *key as usize)),
                })
            }
            (Opcode::IterValue, _) => {
                let (map, element) = (iteration.map, iteration.list[iteration.at - 1]);
                Some(match &elements[element].value {
                    Some(Cell::Int(value)) => Datum::Int(*value),
                    _ => Datum::Str(Place::Element(map, element)),
                })
            }
            _ => {
                iteration.list.clear();
                None
            }
        })
    }

    fn sorted(&self, map: GlobalId, order: Order, limit: i64) -> Vec<usize> {
        let elements = &self.stores[map.index()].elements;
        let mut list: Vec<usize> =
            (0..elements.len()).filter(|&at| elements[at].order > 0).collect();
        list.sort_by_key(|&at| elements[at].order);
        let text = |at: usize| match order.by {
            OrderBy::Unsorted => String::new(),
            OrderBy::Key(key) => format!("{:?}", elements[at].keys[key as usize]),
            _ => format!("{:?}", elements[at].value),
        };
        list.sort_by_key(|&at| text(at));
        if order.descending {
            list.reverse();
        }
        list.truncate(limit.max(0) as usize);
        list
    }

    fn find(&self, map: GlobalId, keys: &[Cell]) -> Option<usize> {
        self.stores[map.index()]
            .elements
            .iter()
            .position(|element| element.order > 0 && element.keys == keys)
    }

    fn remove(&mut self, map: GlobalId, element: usize) {
        let store = &mut self.stores[map.index()];
        store.elements[element].order = 0;
        store.free.push(element);
    }

    /// The element under the keys, made if it is not there.
    fn insert(&mut self, map: GlobalId, keys: Vec<Cell>) -> Result<usize, String> {
        if let Some(element) = self.find(map, &keys) {
            return Ok(element);
        }
        let GlobalKind::Map { capacity, wrap, value, .. } = &self.module.global(map).kind else {
            panic!("no map")
        };
        let used =
            self.stores[map.index()].elements.iter().filter(|element| element.order > 0).count();
        if used >= *capacity as usize {
            if !wrap {
                return Err("full map".to_owned());
            }
            let elements = &self.stores[map.index()].elements;
            let oldest = (0..elements.len())
                .filter(|&at| elements[at].order > 0)
                .min_by_key(|&at| elements[at].order)
                .unwrap();
            self.remove(map, oldest);
        }
        let store = &mut self.stores[map.index()];
        store.made += 1;
        let value = match value {
            MapValue::I64 => Cell::Int(0),
            MapValue::Str => Cell::Text(Vec::new()),
            MapValue::Stat(_) => Cell::Samples(Vec::new()),
        };
        let element = Element { keys, value: Some(value), order: store.made };
        match store.free.pop() {
            Some(at) => {
                store.elements[at] = element;
                Ok(at)
            }
            None => {
                store.elements.push(element);
                Ok(store.elements.len() - 1)
            }
        }
    }

    fn element(
        &mut self,
        global: GlobalId,
        opcode: Opcode,
        args: &[Datum],
    ) -> Result<Option<Datum>, String> {
        let kind = &self.module.global(global).kind;
        let mut cells = self.cells(args);
        let rest = cells.split_off(kind.keys().len().min(cells.len()));
        let map = matches!(kind, GlobalKind::Map { .. });
        match opcode {
            Opcode::Mclear => {
                let elements = &self.stores[global.index()].elements;
                let used: Vec<usize> =
                    (0..elements.len()).filter(|&at| elements[at].order > 0).collect();
                used.into_iter().for_each(|element| self.remove(global, element));
                return Ok(None);
            }
            Opcode::Mdel => {
                if let Some(element) = self.find(global, &cells) {
                    self.remove(global, element);
                }
                return Ok(None);
            }
            Opcode::Mhas => return Ok(Some(Datum::Bool(self.find(global, &cells).is_some()))),
            Opcode::Mget => {
                let found = self.find(global, &cells);
                return Ok(Some(
                    match (
                        kind.value_type(),
                        found
                            .map(|at| (at, self.stores[global.index()].elements[at].value.clone())),
                    ) {
                        (Some(Type::Str), Some((at, _))) => Datum::Str(Place::Element(global, at)),
                        (Some(Type::Str), None) => Datum::Str(Place::Own(Vec::new())),
                        (_, Some((_, Some(Cell::Int(value))))) => Datum::Int(value),
                        _ => Datum::Int(0),
                    },
                ));
            }
            Opcode::Mset | Opcode::Madd => {
                let at = self.insert(global, cells)?;
                let value = &mut self.stores[global.index()].elements[at].value;
                let Some(Cell::Int(by)) = rest.first().filter(|_| opcode == Opcode::Madd) else {
                    *value = rest.first().cloned();
                    return Ok(None);
                };
                let Some(Cell::Int(old)) = *value else { panic!("madd of no integer") };
                *value = Some(Cell::Int(old.wrapping_add(*by)));
                return Ok(Some(Datum::Int(old)));
            }
            _ => {}
        }
        let at = match opcode {
            Opcode::AggAdd if map => Some(self.insert(global, cells)?),
            _ if map => self.find(global, &cells),
            _ => None,
        };
        let store = &mut self.stores[global.index()];
        let cell = if map {
            at.map(|at| store.elements[at].value.as_mut().unwrap())
        } else {
            store.scalar.as_mut()
        };
        let mut none = Vec::new();
        let samples = match cell {
            Some(Cell::Samples(samples)) => samples,
            _ => &mut none,
        };
        let figure = match (opcode, rest.first()) {
            (Opcode::AggAdd, Some(Cell::Int(sample))) => {
                samples.push(*sample);
                return Ok(None);
            }
            (Opcode::AggClear, _) => {
                samples.clear();
                return Ok(None);
            }
            (Opcode::AggCount, _) => samples.len() as i64,
            (Opcode::AggSum, _) => {
                samples.iter().fold(0, |sum: i64, sample| sum.wrapping_add(*sample))
            }
            _ if samples.is_empty() => return Err("empty aggregate".to_owned()),
            (Opcode::AggMin, _) => *samples.iter().min().unwrap(),
            (Opcode::AggMax, _) => *samples.iter().max().unwrap(),
            (Opcode::PrintHist, _) => {
                self.output += &format!("histogram {samples:?}\n");
                return Ok(None);
            }
            _ => {
                samples.iter().fold(0, |sum: i64, sample| sum.wrapping_add(*sample))
                    / samples.len() as i64
            }
        };
        Ok(Some(Datum::Int(figure)))
    }
}
