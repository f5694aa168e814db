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
                    "stapc_map_delete(&{map}, (struct stapc_element *){map}_find({keys}))"
                ));
            }
            Opcode::Mhas => {
                let keys = self.list(key_args);
                self.integer_result(inst, &format!("{map}_find({keys}) != NULL"));
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
                let element = self.get(inst, &map, key_args);
                let store = if string {
                    format!("stapc_str_copy(&{element}->value, {value})")
                } else {
                    format!("{element}->value = {value}")
                };
                self.line(store);
            }
            Opcode::Madd => {
                let by = self.list(rest);
                let element = self.get(inst, &map, key_args);
                self.integer_result(inst, &format!("{element}->value"));
                self.line(format!("{element}->value = stapc_add({element}->value, {by})"));
            }
            opcode => {
                self.failed.get_or_insert_with(|| {
                    error(format!("the instruction {} on a map", opcode.name()))
                });
            }
        }
    }

    /// A variable for the element under the keys, or NULL.
    pub fn find(&mut self, inst: &InstData, map: &str, keys: &[Value]) -> String {
        let element = self.element_name(inst);
        let keys = self.list(keys);
        self.line(format!("struct {map}_element *{element} = {map}_find({keys})"));
        element
    }

    /// A variable for the element under the keys, made if it is not there.
    pub fn get(&mut self, inst: &InstData, map: &str, keys: &[Value]) -> String {
        let element = self.element_name(inst);
        let (keys, site) = (self.list(keys), self.site(inst));
        self.line(format!("struct {map}_element *{element} = {map}_get(c, {keys}, {site})"));
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
