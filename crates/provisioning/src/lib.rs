//! provisioning: being built.
