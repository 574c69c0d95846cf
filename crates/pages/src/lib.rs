//! pages: being built.
