//! The probe IR: entities, opcodes, builder, verifier, printer.
