//! Declarations of globals: a variable with its lock, or a map with its element and look-ups.

use stapc_ir::{Global, GlobalId, GlobalKind, Histogram, MapValue, Module, Type};

use crate::{
    Emit,
    pools::cut,
    text::{comment, identifier, integer, literal},
};

impl Emit<'_> {
    /// The declarations of all globals.
    pub fn globals(&self) -> String {
        self.module.global_ids().map(|id| self.declare(id, self.module.global(id))).collect()
    }

    /// The declaration of what each processor has of the per-CPU globals, if there are any.
    pub fn parts(&self) -> String {
        let mut parts: String = self
            .module
            .global_ids()
            .filter(|&id| self.module.global(id).percpu)
            .map(|id| self.part(id, &self.module.global(id).kind))
            .collect();
        if self.usage.keeps_matches() {
            parts += "\tstruct stapc_match match;\n\tstruct stapc_str matched;\n";
        }
        if parts.is_empty() {
            return parts;
        }
        format!(
            "\n/* What each processor has: of the globals that are only added to, and of matches. */\nstruct parts {{\n{parts}}};\n\n\
             static __maybe_unused inline struct parts *parts(struct stapc_cpu *c)\n{{\n\treturn stapc_parts(c);\n}}\n"
        )
    }

    fn part(&self, id: GlobalId, kind: &GlobalKind) -> String {
        let name = self.global_name(id);
        match kind {
            GlobalKind::Stat(histogram) => {
                let buckets = buckets(*histogram);
                format!("\tstruct {{\n\tstruct stapc_stat stat;\n{buckets}\t}} {name};\n")
            }
            GlobalKind::Map { .. } => format!("\tstruct stapc_map {name};\n"),
            _ => format!("\ts64 {name};\n"),
        }
    }

    /// What a global is called in C.
    pub fn global_name(&self, id: GlobalId) -> String {
        name(self.module, id)
    }

    fn declare(&self, id: GlobalId, global: &Global) -> String {
        let name = self.global_name(id);
        let title = format!("\n/* global {} */\n", comment(&global.name));
        title
            + &match &global.kind {
                GlobalKind::I64(init) => scalar(&name, "s64", &integer(*init)),
                GlobalKind::Str(init) => scalar(
                    &name,
                    "struct stapc_str",
                    &format!("STAPC_STR({})", literal(cut(init, self.module))),
                ),
                GlobalKind::Stat(histogram) => {
                    let buckets = buckets(*histogram);
                    format!(
                        "{}static struct {{\n\tstruct stapc_lock lock;\n\tstruct stapc_stat stat;\n{buckets}}} {name};\n",
                        shape(&name, *histogram)
                    )
                }
                GlobalKind::Map { keys, value, capacity, wrap } => {
                    self.map(id, &name, keys, *value, *capacity, *wrap)
                }
            }
    }

    fn map(
        &self,
        id: GlobalId,
        name: &str,
        keys: &[Type],
        value: MapValue,
        capacity: u32,
        wrap: bool,
    ) -> String {
        let mut out = String::new();
        if let MapValue::Stat(histogram) = value {
            out += &shape(name, histogram);
        }
        out += &format!("struct {name}_element {{\n\tstruct stapc_element element;\n");
        for (position, key) in keys.iter().enumerate() {
            out += &format!("\t{} key_{position};\n", member(*key));
        }
        out += &match value {
            MapValue::I64 => "\ts64 value;\n".to_owned(),
            MapValue::Str => "\tstruct stapc_str value;\n".to_owned(),
            MapValue::Stat(histogram) => {
                format!("\tstruct stapc_stat value;\n{}", buckets(histogram))
            }
        };
        out += &format!("}};\n\nstatic const struct stapc_field {name}_keys[] = {{\n");
        for (position, key) in keys.iter().enumerate() {
            out += &format!(
                "\tSTAPC_FIELD_OF(struct {name}_element, key_{position}, {}),\n",
                kind(*key)
            );
        }
        let value_kind = match value {
            MapValue::I64 => "STAPC_INTEGER",
            MapValue::Str => "STAPC_STRING",
            MapValue::Stat(_) => "STAPC_STAT",
        };
        let make = if wrap { "STAPC_MAP_WRAP" } else { "STAPC_MAP" };
        out += &format!(
            "}};\n\nstatic struct stapc_map {name} =\n\t{make}(struct {name}_element, {name}_keys, {capacity},\n\t\tSTAPC_FIELD_OF(struct {name}_element, value, {value_kind}));\n"
        );
        let usage = self.usage.global(id);
        if usage.find || usage.get {
            out += &find(name, keys);
        }
        if usage.get {
            out += &get(name, keys);
        }
        out
    }
}

/// What a global is called in C.
pub fn name(module: &Module, id: GlobalId) -> String {
    // Two names of the script may look the same in C.
    let name = &module.global(id).name;
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain { identifier("g", name) } else { identifier(&format!("g{}", id.as_u32()), name) }
}

fn scalar(name: &str, ty: &str, init: &str) -> String {
    format!(
        "static struct {{\n\tstruct stapc_lock lock;\n\t{ty} value;\n}} {name} = {{ .value = {init} }};\n"
    )
}

fn member(key: Type) -> &'static str {
    if key == Type::Str { "struct stapc_str" } else { "s64" }
}

fn parameter(key: Type) -> &'static str {
    if key == Type::Str { "const struct stapc_str *" } else { "s64 " }
}

fn kind(key: Type) -> &'static str {
    if key == Type::Str { "STAPC_STRING" } else { "STAPC_INTEGER" }
}

/// The description of a histogram, if there is one.
fn shape(name: &str, histogram: Histogram) -> String {
    let shape = match histogram {
        Histogram::None => return String::new(),
        Histogram::Log => "STAPC_HISTOGRAM_LOG".to_owned(),
        Histogram::Linear { low, high, width } => format!(
            "STAPC_HISTOGRAM_LINEAR({}, {}, {})",
            integer(low),
            integer(high),
            integer(width)
        ),
    };
    format!("static const struct stapc_histogram {name}_histogram = {shape};\n")
}

fn buckets(histogram: Histogram) -> String {
    match histogram {
        Histogram::None => String::new(),
        Histogram::Log => "\ts64 buckets[STAPC_HISTOGRAM_LOG_BUCKETS];\n".to_owned(),
        Histogram::Linear { low, high, width } => {
            format!(
                "\ts64 buckets[STAPC_HISTOGRAM_LINEAR_BUCKETS({}, {}, {})];\n",
                integer(low),
                integer(high),
                integer(width)
            )
        }
    }
}

fn parameters(keys: &[Type]) -> String {
    keys.iter()
        .enumerate()
        .map(|(position, key)| format!("{}key_{position}", parameter(*key)))
        .collect::<Vec<_>>()
        .join(", ")
}

fn arguments(keys: &[Type]) -> String {
    (0..keys.len()).map(|position| format!("key_{position}")).collect::<Vec<_>>().join(", ")
}

/// The search of a map: the hash of the keys, and the element that has them.
fn find(name: &str, keys: &[Type]) -> String {
    let hash =
        keys.iter().enumerate().fold("STAPC_HASH_SEED".to_owned(), |hash, (position, key)| {
            let function = if *key == Type::Str { "stapc_hash_str" } else { "stapc_hash_integer" };
            format!("{function}({hash}, key_{position})")
        });
    let equal = keys.iter().enumerate().map(|(position, key)| match key {
        Type::Str => format!(" && stapc_str_equal(&element->key_{position}, key_{position})"),
        _ => format!(" && element->key_{position} == key_{position}"),
    });
    let (equal, parameters, arguments) =
        (equal.collect::<String>(), parameters(keys), arguments(keys));
    format!(
        "
static inline u64 {name}_hash({parameters})
{{
	return {hash};
}}

static inline struct {name}_element *{name}_in_bucket(const struct stapc_map *map, u64 hash, {parameters})
{{
	struct stapc_element *e;

	for (e = stapc_map_first(map, hash); e; e = e->next_in_bucket) {{
		struct {name}_element *element = (struct {name}_element *)e;

		if (e->hash == hash{equal})
			return element;
	}}
	return NULL;
}}

/* {name}[...], or NULL. */
static __maybe_unused inline struct {name}_element *{name}_find(const struct stapc_map *map, {parameters})
{{
	return {name}_in_bucket(map, {name}_hash({arguments}), {arguments});
}}
"
    )
}

/// The search of a map that makes what is not there.
fn get(name: &str, keys: &[Type]) -> String {
    let (parameters, arguments) = (parameters(keys), arguments(keys));
    let store = keys.iter().enumerate().map(|(position, key)| match key {
        Type::Str => format!("\tstapc_str_copy(&element->key_{position}, key_{position});\n"),
        _ => format!("\telement->key_{position} = key_{position};\n"),
    });
    let store = store.collect::<String>();
    format!(
        "
/* {name}[...], which is not there; NULL and a fault if there is no room. */
static __maybe_unused inline struct {name}_element *{name}_add(struct stapc_cpu *c, struct stapc_map *map, u64 hash, {parameters}, u32 site)
{{
	struct {name}_element *element = (struct {name}_element *)stapc_map_insert(c, map, hash, site);

	if (unlikely(!element))
		return NULL;
{store}	return element;
}}

/* {name}[...], made if it is not there. */
static __maybe_unused inline struct {name}_element *{name}_get(struct stapc_cpu *c, struct stapc_map *map, {parameters}, u32 site)
{{
	u64 hash = {name}_hash({arguments});
	struct {name}_element *element = {name}_in_bucket(map, hash, {arguments});

	if (likely(element))
		return element;
	return {name}_add(c, map, hash, {arguments}, site);
}}
"
    )
}
