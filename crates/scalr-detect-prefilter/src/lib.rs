#![doc = include_str!("../README.md")]

mod classify;
mod hits;
mod tables;

pub use classify::{Fingerprints, Kinds, Level};
pub use hits::{Hit, Hits, MAX_RUN, MIN_RUN, OUT_OF_ORDER, Run, RunFilter};
pub use tables::{
    Anchor, BIT_TABLES, BIT_WORDS, BUCKETS, BuildError, ByteSet, Entry, LITERAL_WORDS, Place, Tables,
    TablesBuf, bits, buckets, literal_bits,
};

#[cfg(test)]
mod tests;
