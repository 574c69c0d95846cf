//! demo: being built.
