//! Instructions on maps: look-ups by the functions that are declared with each map.

use stapc_ir::{GlobalId, InstData, Opcode, Type, Value};

use crate::{error, function::FunctionEmitter};

impl<'a> FunctionEmitter<'_, 'a> {
    pub fn map_inst(&mut self, inst: &'a InstData, id: GlobalId) {
        let map = self.emit.global_name(id);
        let keys = self.emit.module.global(id).kind.keys().len();
        let string = self.emit.module.global(id).kind.value_type() == Some(Type::Str);
        let (key_args, rest) = inst.args.split_at(keys.min(inst.args.len()));
        match inst.opcode {
            Opcode::Mclear => self.line(format!("stapc_map_clear(&{map})")),
            Opcode::Mdel => {
                let keys = self.list(key_args);
                self.line(format!(
                    "stapc_map_delete(&{map}, (struct stapc_element *){map}_find(&{map}, {keys}))"
                ));
            }
            Opcode::Mhas => {
                let keys = self.list(key_args);
                self.integer_result(inst, &format!("{map}_find(&{map}, {keys}) != NULL"));
            }
            Opcode::Mget => {
                let element = self.find(inst, &map, key_args);
                if string {
                    let empty = self.emit.pools.string("", self.emit.module);
                    self.string_from(inst, &format!("{element} ? &{element}->value : {empty}"));
                } else {
                    self.integer_result(inst, &format!("{element} ? {element}->value : 0"));
                }
            }
            Opcode::Mset => {
                let value = self.list(rest);
                let element = self.get(inst, &map, &format!("&{map}"), key_args);
                let store = if string {
                    format!("stapc_str_copy(&{element}->value, {value})")
                } else {
                    format!("{element}->value = {value}")
                };
                self.line(store);
            }
            Opcode::Madd => {
                let by = self.list(rest);
                let element = self.get(inst, &map, &format!("&{map}"), key_args);
                self.integer_result(inst, &format!("{element}->value"));
                self.line(format!("{element}->value = stapc_add({element}->value, {by})"));
            }
            Opcode::PartMadd => {
                let by = self.list(rest);
                let element = self.get(inst, &map, &format!("&parts(c)->{map}"), key_args);
                self.line(format!("{element}->value = stapc_add({element}->value, {by})"));
            }
            Opcode::Mfind | Opcode::ElemSet | Opcode::ElemDel => self.element_inst(inst, &map),
            opcode => {
                self.failed.get_or_insert_with(|| {
                    error(format!("the instruction {} on a map", opcode.name()))
                });
            }
        }
    }

    /// An instruction on an element that was found.
    fn element_inst(&mut self, inst: &InstData, map: &str) {
        let string = inst.args.last().is_some_and(|&value| self.function.ty(value) == Type::Str);
        match (inst.opcode, inst.args.split_first()) {
            (Opcode::Mfind, _) => {
                let Some(result) = inst.result else { return };
                let (name, keys) = (self.name(result), self.list(&inst.args));
                self.line(format!("struct {map}_element *{name} = {map}_find(&{map}, {keys})"));
            }
            (Opcode::ElemSet, Some((&found, rest))) => {
                let (value, keys) =
                    rest.split_last().map_or((None, rest), |(value, keys)| (Some(value), keys));
                let (found, keys, site) = (self.name(found), self.list(keys), self.site(inst));
                self.elements += 1;
                let element = format!("element_{}", self.elements);
                self.line(format!("struct {map}_element *{element} = {found} ? {found} : {map}_add(c, &{map}, {map}_hash({keys}), {keys}, {site})"));
                self.check(&element);
                let value = value.map(|&value| self.use_of(value).text).unwrap_or_default();
                self.line(if string {
                    format!("stapc_str_copy(&{element}->value, {value})")
                } else {
                    format!("{element}->value = {value}")
                });
            }
            (_, Some((&found, _))) => {
                let found = self.name(found);
                self.line(format!("stapc_map_delete(&{map}, (struct stapc_element *){found})"));
            }
            _ => {}
        }
    }

    /// The value of an element that was found.
    pub fn element_value(&mut self, inst: &InstData) {
        let element = self.arg(inst, 0);
        if inst.result.is_some_and(|result| self.function.ty(result) == Type::Str) {
            let empty = self.emit.pools.string("", self.emit.module);
            self.string_from(inst, &format!("{element} ? &{element}->value : {empty}"));
        } else {
            self.integer_result(inst, &format!("{element} ? {element}->value : 0"));
        }
    }

    /// A variable for the element under the keys, or NULL.
    pub fn find(&mut self, inst: &InstData, map: &str, keys: &[Value]) -> String {
        let element = self.element_name(inst);
        let keys = self.list(keys);
        self.line(format!("struct {map}_element *{element} = {map}_find(&{map}, {keys})"));
        element
    }

    /// A variable for the element under the keys in the map or in a part of it, made if it is not there.
    pub fn get(&mut self, inst: &InstData, map: &str, place: &str, keys: &[Value]) -> String {
        let element = self.element_name(inst);
        let (keys, site) = (self.list(keys), self.site(inst));
        self.line(format!(
            "struct {map}_element *{element} = {map}_get(c, {place}, {keys}, {site})"
        ));
        self.check(&element);
        element
    }

    fn element_name(&mut self, inst: &InstData) -> String {
        match inst.result {
            Some(result) => format!("{}_element", self.name(result)),
            None => {
                self.elements += 1;
                format!("element_{}", self.elements)
            }
        }
    }
}
