//! The rules of the IR: the one table of what the verifier checks.

use super::Stage;

/// A row of the table.
#[derive(Debug)]
pub struct RuleInfo {
    /// The rule.
    pub rule: Rule,
    /// What it is called.
    pub name: &'static str,
    /// The stage from which on it is checked.
    pub stage: Stage,
    /// What is asked.
    pub doc: &'static str,
}

macro_rules! rules {
    ($($variant:ident $name:literal $stage:ident $doc:literal;)*) => {
        /// Something that the IR asks of every module.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Rule {
            $(#[doc = $doc] $variant,)*
        }

        /// Every rule, in the order of [`Rule`].
        pub static RULES: &[RuleInfo] = &[
            $(RuleInfo { rule: Rule::$variant, name: $name, stage: Stage::$stage, doc: $doc },)*
        ];
    };
}

rules! {
    Handles "handles" Lowered "What is referred to exists, and each value, instruction and block stands in one place.";
    Names "names" Lowered "No two globals have one name, no two functions and no two externals; those of externals are names in C.";
    Limits "limits" Lowered "`string_max` is from 8 to 65536, `max_nesting` from 1 to 1000.";
    MapShape "map-shape" Lowered "A map has room, and 1 to 255 keys that are `i64` or `str`.";
    HistogramShape "histogram-shape" Lowered "A linear histogram has buckets, and not more than 65536.";
    PercpuKind "percpu-kind" Lowered "Per CPU are integers, aggregates, and maps of them that do not wrap.";
    TextNul "text-nul" Lowered "No text holds a NUL.";
    HandlerSignature "handler-signature" Lowered "A probe's handler takes, returns and requires nothing.";
    HandlerCalled "handler-called" Lowered "A probe's handler is not called.";
    Signature "signature" Lowered "Functions and externals take and return `i64` and `str`.";

    Condition "condition" Lowered "A condition has a number of its own, probes have numbers of conditions if they can be disarmed, and only handlers of conditions say `arm`.";
    Call "call" Lowered "A probe of a call is followed by that of the return of the same code.";
    Kept "kept" Lowered "Only handlers of calls keep anything: one type at each position, up to 63, on every path to a return; and the handlers of the returns behind them read only that, or anything if there is no path to a return. What nothing runs may do either.";

    Entry "entry" Lowered "A function has an entry, and no edge leads there.";
    BlockEnd "block-end" Lowered "Every block ends.";
    BlockParam "block-param" Lowered "No parameter is an iteration or an element.";
    EdgeValues "edge-values" Lowered "An edge gives its block's parameters as many values as there are, of their types.";
    BranchCondition "branch-condition" Lowered "A branch goes by a `bool`.";
    ReturnValue "return-value" Lowered "`return` gives what the function returns.";
    Immediate "immediate" Lowered "An instruction carries what its row of the table says, within its bounds.";
    GlobalKind "global-kind" Lowered "An instruction works on a global of its sort, in an order that this has.";
    Operands "operands" Lowered "An instruction takes what its row says.";
    Result "result" Lowered "An instruction gives what its row says.";
    Place "place" Lowered "A place is in a file that there is.";
    LockOrder "lock-order" Lowered "Locks are named in the order of their globals, each once.";
    Dominance "dominance" Lowered "A use is preceded by its definition, on every way.";

    FaultHandler "fault-handler" Lowered "A block that handles faults has no parameters, is not the entry, and nothing but faults leads there.";
    FaultCircle "fault-circle" Lowered "No blocks handle each other's faults in a circle.";
    FaultLasting "fault-lasting" Lowered "`fault.text`, `fault.end` and `raise` stand where a fault lasts.";
    FaultInFault "fault-in-fault" Lowered "Nothing faults or calls while a fault lasts.";
    FaultEnded "fault-ended" Lowered "A handler ends its fault or raises it.";

    IterationNesting "iteration-nesting" Lowered "Iterations run where they are used, end innermost first, and before the function returns.";
    IterationElement "iteration-element" Lowered "An iteration's element is read where there is one.";
    ElementStale "element-stale" Lowered "An element is used only while nothing may have written its map.";
    ElementOrigin "element-origin" Lowered "An element is changed in the map, and under the keys, that it was looked for in and under.";
    Pattern "pattern" Lowered "A string is searched for a regular expression that is one, and of a table that has room.";
    Divisor "divisor" Lowered "What divides without a check divides by what cannot be 0.";
    PartsAtOnce "parts-at-once" Lowered "What runs at once only adds to its part of a per-CPU global, but for timers of a millisecond and more; what runs alone does not.";
    PartsMerged "parts-merged" Lowered "A handler that runs alone merges a per-CPU global in its first block before it uses it, and nothing but handlers merges.";

    PartsUnlocked "parts-unlocked" Lowered "What works on all of a per-CPU global adds to no part of one that a timer works on all of.";

    LockHeld "lock-held" Placed "A global that something writes is accessed under its lock, in the mode needed, and functions are called with the locks they require.";
    LockPaths "lock-paths" Placed "All ways to a block hold the same locks.";
    LockLeft "lock-left" Placed "Nothing leaves with other locks than it came with, faults included.";
    LockPlace "lock-place" Placed "Only handlers of probes take and give back locks: when they hold none, and those they hold.";
    FuelLoop "fuel-loop" Placed "Every loop uses fuel.";
    FuelCall "fuel-call" Placed "A function that may call itself takes fuel before it calls anything; others without are short, those they call included.";

    Storage "storage" Final "What makes a string has a slot of the frame, nothing else has; what reads one may have.";
    StringOverwritten "string-overwritten" Final "No string is overwritten before its last use.";
    Reached "reached" Final "Control can come to every block.";
    Order "order" Final "Blocks stand behind those that define what they use.";
}

impl Rule {
    /// The rule's row.
    pub fn info(self) -> &'static RuleInfo {
        &RULES[self as usize]
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        self.info().name
    }
}
