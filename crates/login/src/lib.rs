//! login: being built.
