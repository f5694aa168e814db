//! Probe points.

use super::Writer;

/// Points as they are, and how often they come: those that need nothing first.
const POINTS: &[&str] = &[
    "begin",
    "end",
    "begin(1)",
    "timer.ms(100)",
    "timer.s(1).randomize(2)",
    "error",
    "kernel.function(\"vfs_read\")",
    "kernel.function(\"vfs_read\").return",
    "kernel.function(\"*@fs/*.c:12\").call",
    "module(\"ext4\").function(\"x*\").inline",
    "kernel.trace(\"sched_*\")",
    "kernel.statement(0xffffffff)",
    "process(\"/bin/ls\").mark(\"m\")",
    "process.begin",
    "process(1).syscall.return",
    "procfs(\"x\").write.maxsize(9)",
    "netfilter.ip",
    "syscall.{open,read}.return",
    "vfs.read",
    "timer.profile",
    "perf.type(1).config(2).sample(3)",
    "perf.type(1).config(2).counter(\"p\")",
    "perf.type(1).config(2).process(\"/bin/ls\").counter(\"p\")",
    "perf.type(1).config(2).process",
    "kprobe.function(\"f\")",
    "python3.module(\"m\").function(\"f\")",
    "never",
    "timer.jiffies(1)",
    "kernel.data(0x10).rw",
    "java(\"C\").class(\"D\").method(\"e\")",
    "x.*",
    "*",
];

/// Names of parts of a point.
const PARTS: &[&str] = &[
    "kernel", "function", "return", "module", "process", "syscall", "call", "*", "s*", "timer",
    "private", "probe", "long", "in", "x", "limit", "*x*",
];

impl Writer<'_> {
    /// At least one point.
    pub(super) fn points(&mut self) {
        self.list(",", Self::point);
    }

    fn point(&mut self) {
        self.part(&[
            |w| w.one_token(POINTS),
            |w| w.one_token(POINTS),
            |w| w.one_token(POINTS),
            Self::dotted,
            |w| w.conditional(Self::dotted),
            |w| {
                if !w.uses("point", &["(", "\"vfs_read\"", ")"]) {
                    w.one_token(POINTS);
                }
            },
        ]);
        self.perhaps(10, |w| w.one_token(&["?", "!"]));
        if self.chance(10) {
            self.tokens(&["if", "("]);
            self.expression();
            self.token(")");
        }
    }

    fn dotted(&mut self) {
        self.list(".", Self::component);
    }

    fn component(&mut self) {
        if self.chance(8) {
            self.token("{");
            self.part(&[|w| w.one_token(PARTS), |w| w.list(",", Self::dotted)]);
            self.token("}");
            return;
        }
        self.one_token(PARTS);
        if self.chance(3) {
            self.token("(");
            self.literal();
            self.token(")");
        }
    }

    /// The name of an alias.
    pub(super) fn alias_name(&mut self) {
        self.list(".", Self::component);
    }
}
