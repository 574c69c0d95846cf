//! Tests of the pages: every sample as committed, nothing gets out of its place, words for every kind of rule.

mod escaping;
mod kinds;
mod samples;
