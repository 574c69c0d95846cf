//! proxy: being built.
