#!/usr/bin/env python3
"""Prints what each function of a module calls and does, those it calls included.

    stapc compile --emit=ir --format=json SCRIPT | python3 ir_report.py

Knows of the IR what docs/ir.md and the JSON Schema say, and nothing else.
"""

import json
import sys

# What only says how a result is computed or stored.
QUIET = {"slot", "borrow"}


def instructions(function):
    for block in function["blocks"]:
        yield from block["instructions"]


def callees(function):
    """The names of the functions it calls, each once, in the order of the first calls."""
    calls = (i["immediate"]["function"] for i in instructions(function) if i["opcode"] == "call")
    return list(dict.fromkeys(calls))


def mapped(function):
    """The map of each iteration and element, by the number of its value."""
    made = (i for i in instructions(function) if i["opcode"] in ("iter.begin", "mfind"))
    return {i["result"]["id"]: i["immediate"]["global"] for i in made}


def globals_used(function, effects):
    """Pairs of an effect (read, write) and the global it is on."""
    maps = mapped(function)
    for inst in instructions(function):
        immediate, args = inst["immediate"], inst["args"]
        if isinstance(immediate, dict) and "global" in immediate:
            name = immediate["global"]
        elif args and args[0] in maps:
            name = maps[args[0]]
        else:
            continue
        for effect in ("read", "write"):
            if effect in effects[inst["opcode"]]:
                yield effect, name


def reached(name, graph):
    """The functions that are executed when this one is, itself first, each once."""
    seen, work = [], [name]
    while work:
        name = work.pop(0)
        if name not in seen:
            seen.append(name)
            work.extend(graph[name])
    return seen


def line(title, words):
    words = sorted(set(words))
    return f"  {title}: {', '.join(words)}" if words else None


def report(module):
    effects = {name: set(row["effects"]) for name, row in module["opcodes"].items()}
    functions = {function["name"]: function for function in module["functions"]}
    graph = {name: callees(function) for name, function in functions.items()}
    points = {}
    for probe in module["probes"]:
        points.setdefault(probe["handler"], []).append(probe["point"])
    for name, function in functions.items():
        all_of = [functions[other] for other in reached(name, graph)]
        recursive = any(name in reached(callee, graph) for callee in graph[name])
        done = {e for f in all_of for i in instructions(f) for e in effects[i["opcode"]]}
        used = {pair for f in all_of for pair in globals_used(f, effects)}
        # A call does what is called; that is told instead. It faults itself where that is too deep.
        lines = [
            f"%{name}{' (recursive)' if recursive else ''}",
            *(f"  handles {point}" for point in points.get(name, [])),
            line("calls", (f"%{callee}" for callee in graph[name])),
            line("effects", done - QUIET - {"call"}),
            line("reads", (f"@{n}" for effect, n in used if effect == "read")),
            line("writes", (f"@{n}" for effect, n in used if effect == "write")),
        ]
        yield "\n".join(text for text in lines if text)


def main():
    module = json.load(sys.stdin)
    if (module["format"], module["version"]) != ("stapc-ir", 5):
        sys.exit("this is not version 5 of stapc's IR")
    print("\n\n".join(report(module)))


if __name__ == "__main__":
    main()
