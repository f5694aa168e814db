//! What a backend is given and what it hands back.
