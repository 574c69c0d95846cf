//! Mutated inputs for tests, begun from a corpus.
//!
//! Every run replays the corpus and a fixed number of mutations of a fixed seed. `cargo xtask fuzz` goes on for as long as it is told, from
//! another seed; what it finds belongs into the corpus.

mod corpus;

pub use corpus::Corpus;
