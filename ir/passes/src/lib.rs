//! Analyses, optimisations and lowerings over the probe IR.
