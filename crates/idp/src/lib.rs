//! idp: being built.
