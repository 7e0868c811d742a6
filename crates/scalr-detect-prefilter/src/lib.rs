#![doc = include_str!("../README.md")]

mod classify;
mod hits;
mod tables;

pub use classify::{Fingerprints, Level};
pub use hits::{Hit, Hits, MAX_RUN, MIN_RUN, OUT_OF_ORDER, Run, RunFilter};
pub use tables::{
    Anchor, BIT_WORDS, BUCKETS, BuildError, ByteSet, Entry, Place, Tables, TablesBuf, frequency,
};

#[cfg(test)]
mod tests;
