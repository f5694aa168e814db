//! The daemon that loads a probe module, relays its output and unloads it.
