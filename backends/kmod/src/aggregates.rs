//! Instructions on aggregates: samples go in, figures and drawings come out.

use stapc_ir::{GlobalId, Histogram, InstData, Opcode, Value};

use crate::{function::FunctionEmitter, text::integer};

impl<'a> FunctionEmitter<'_, 'a> {
    /// An instruction on an aggregate, a global or in a map.
    pub fn stat_inst(&mut self, inst: &'a InstData, id: GlobalId, histogram: Histogram) {
        let name = self.emit.global_name(id);
        let keys = self.emit.module.global(id).kind.keys().len();
        let (key_args, rest) = inst.args.split_at(keys.min(inst.args.len()));
        let part = inst.opcode == Opcode::PartAgg;
        if part || inst.opcode == Opcode::AggAdd {
            let place = if part { format!("parts(c)->{name}") } else { name.clone() };
            let (stat, buckets) = match keys {
                0 => (format!("{place}.stat"), format!("{place}.buckets")),
                _ => {
                    let element = self.get(inst, &name, &format!("&{place}"), key_args);
                    (format!("{element}->value"), format!("{element}->buckets"))
                }
            };
            return self.sample(id, &stat, &buckets, rest, histogram);
        }
        if inst.opcode == Opcode::AggClear {
            self.line(format!("stapc_stat_clear(&{name}.stat)"));
            if histogram != Histogram::None {
                self.line(format!(
                    "stapc_histogram_clear({name}.buckets, {name}_histogram.buckets)"
                ));
            }
            return;
        }
        let (stat, buckets) = match keys {
            0 => (format!("&{name}.stat"), format!("{name}.stat.count ? {name}.buckets : NULL")),
            _ => {
                let element = self.find(inst, &name, key_args);
                (
                    format!("{element} ? &{element}->value : NULL"),
                    format!("{element} && {element}->value.count ? {element}->buckets : NULL"),
                )
            }
        };
        self.figure(inst, &name, &stat, &buckets);
    }

    fn sample(
        &mut self,
        id: GlobalId,
        stat: &str,
        buckets: &str,
        value: &[Value],
        histogram: Histogram,
    ) {
        let mut value = self.list(value);
        let keep = self.emit.usage.global(id).keep();
        if histogram != Histogram::None {
            self.elements += 1;
            let sample = format!("sample_{}", self.elements);
            self.line(format!("s64 {sample} = {value}"));
            value = sample;
        }
        self.line(format!("stapc_stat_add(&{stat}, {value}, {keep})"));
        match histogram {
            Histogram::None => {}
            Histogram::Log => self.line(format!("stapc_histogram_log_add({buckets}, {value})")),
            Histogram::Linear { low, high, width } => {
                self.line(format!(
                    "stapc_histogram_linear_add({buckets}, {value}, {}, {}, {})",
                    integer(low),
                    integer(high),
                    integer(width)
                ));
            }
        }
    }

    fn figure(&mut self, inst: &InstData, name: &str, stat: &str, buckets: &str) {
        let function = match inst.opcode {
            Opcode::AggCount => {
                return self.integer_result(inst, &format!("stapc_stat_count({stat})"));
            }
            Opcode::AggSum => return self.integer_result(inst, &format!("stapc_stat_sum({stat})")),
            Opcode::AggMin => "stapc_stat_min",
            Opcode::AggMax => "stapc_stat_max",
            Opcode::AggAvg => "stapc_stat_avg",
            Opcode::AggVariance => "stapc_stat_variance",
            Opcode::AggBucket => {
                let index = inst.args.last().map(|&arg| self.use_of(arg).text).unwrap_or_default();
                return self.integer_result(
                    inst,
                    &format!("stapc_histogram_bucket(&{name}_histogram, {buckets}, {index})"),
                );
            }
            _ => {
                let site = self.site(inst);
                return self.check(format!(
                    "stapc_print_histogram(c, &{name}_histogram, {buckets}, {site})"
                ));
            }
        };
        let site = self.site(inst);
        let result = self.declare(inst);
        self.check(format!("{function}(c, {stat}, &{result}, {site})"));
    }
}
