//! The door with a real store beneath it: who passes, and what ends it.

mod credentials;
mod interleavings;
mod rig;
mod sessions;
