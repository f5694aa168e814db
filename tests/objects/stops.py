"""Runs a program in gdb and tells what it finds at addresses, as events of `stapc interp`.

Prints one JSON object for each stop. `PLACES` (set by whoever runs this) maps addresses to whether the
return of the function that begins there is wanted, too.
"""

import gdb
import json

# By their numbers in DWARF (System V ABI for x86-64, figure 3.36).
REGISTERS = "rax rdx rcx rbx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip".split()
ARGUMENTS = [5, 4, 1, 2, 8, 9]
STACK_POINTER, RESULT = 7, 0
# Leaf functions use so many bytes below the stack pointer.
RED_ZONE = 128


def registers():
    frame = gdb.newest_frame()
    values = [int(frame.read_register(name)) % (1 << 64) for name in REGISTERS]
    return [value - (1 << 64) if value >> 63 else value for value in values]


def memory(stack):
    """What is mapped and can be read, but for code; of the stack, what is in use."""
    inferior = gdb.selected_inferior()
    found = []
    for line in open(f"/proc/{inferior.pid}/maps"):
        words = line.split()
        start, end = (int(number, 16) for number in words[0].split("-"))
        name = words[5] if len(words) > 5 else ""
        if name == "[stack]":
            start = stack - RED_ZONE
        elif name.startswith("[") or words[1][0] != "r" or words[1][2] == "x":
            continue
        content = inferior.read_memory(start, end - start)
        found.append({"address": hex(start), "bytes": bytes(content).hex()})
    return found


def event(probe, number, returns):
    values = registers()
    context = {
        "args": [values[register] for register in ARGUMENTS],
        "registers": {str(number): value for number, value in enumerate(values)},
    }
    if returns:
        context["ret"] = values[RESULT]
    place = {"probe": probe, "at": number, "context": context}
    print(json.dumps({**place, "memory": memory(values[STACK_POINTER])}), flush=True)


def run():
    # The stack shall be short.
    gdb.execute("unset environment")
    for setting in "startup-with-shell off", "pagination off", "debuginfod enabled off":
        gdb.execute(f"set {setting}")
    for address in PLACES:
        gdb.Breakpoint(f"*{address:#x}", internal=True).silent = True
    gdb.execute("run", to_string=True)
    # Functions that are under way: what is probed, and its return breakpoint.
    called, number = [], 0
    while gdb.selected_inferior().pid:
        frame = gdb.newest_frame()
        address, stack = int(frame.read_register("rip")), int(frame.read_register("rsp"))
        number += 1
        for call in [call for call in called if call[:2] == (address, stack)]:
            event(f"{call[2]:#x} return", number, True)
            call[3].delete()
            called.remove(call)
        if address in PLACES:
            event(f"{address:#x}", number, False)
        if PLACES.get(address):
            behind = int.from_bytes(gdb.selected_inferior().read_memory(stack, 8), "little")
            breakpoint = gdb.Breakpoint(f"*{behind:#x}", internal=True)
            breakpoint.silent = True
            called.append((behind, stack + 8, address, breakpoint))
        gdb.execute("continue", to_string=True)


run()
