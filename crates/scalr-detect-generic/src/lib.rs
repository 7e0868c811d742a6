//! Secrets without a shape: passwords and keys that only their place gives away.
//!
//! ```text
//! a word (`password`, `token`, …) -> grammar -> candidate -> features -> trees -> how likely
//! ```
//!
//! The prefilter finds the words, the grammar the value that one of them names, and a small model, trained on labelled
//! code, says how likely it is a secret.

#![forbid(unsafe_code)]

mod features;
mod grammar;
mod model;
mod path;
mod plain;
pub mod rarity;
mod table;
mod weak;

pub use features::{FEATURES, Features, describe, features};
pub use grammar::{
    Candidate, KNOWN, Operator, Outcome, Quote, TRIGGERS, Trigger, VALUE, Word, candidate, named,
};
pub use model::{DEPTH, LIKELY, Model, SURE, TREE, is_plain, is_sure, score};
pub use path::{Folder, Form, PathKind};
pub use plain::is_chosen_word;
pub use weak::is_weak;

/// How far behind a value the text is looked at, in bytes.
pub const AHEAD: usize = 48;
/// How far before a word the text is looked at, in bytes.
pub const BEHIND: usize = features::BEHIND + grammar::NAME;
