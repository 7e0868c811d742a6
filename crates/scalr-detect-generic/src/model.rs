//! How likely a candidate is a secret: the sum of small decision trees, in whole numbers.

use crate::features::{Features, index};
use crate::grammar::Word;

/// Trees are complete and so deep.
pub const DEPTH: usize = 5;
/// Inner nodes and leaves of a tree.
const INNER: usize = (1 << DEPTH) - 1;
const LEAVES: usize = 1 << DEPTH;
/// Bytes of a tree: a feature and a threshold for each inner node, a weight for each leaf.
pub const TREE: usize = 3 * INNER + 2 * LEAVES;

/// The trees, one after the other; numbers with the lowest byte first. Written by the trainer.
static MODEL: &[u8] = include_bytes!("model.bin");

/// The logarithm of the odds that a candidate is a secret, in 256ths.
pub fn score(features: &Features) -> i32 {
    score_with(MODEL, features)
}

/// [`score`] with other trees.
pub fn score_with(model: &[u8], features: &Features) -> i32 {
    let trees = model.chunks_exact(TREE).map(|tree| tree_score(tree, features)).sum();
    if is_random(features) || is_chosen(features) { LIKELY.max(trees) } else { trees }
}

/// The least score that makes a candidate worth reporting.
pub const LIKELY: i32 = -200;
/// The least score that makes it believed.
pub const SURE: i32 = 500;

/// Whether the value is a password as people choose them when they are told to: letters of both cases, digits and signs.
fn is_chosen(features: &Features) -> bool {
    let is_code = index::CODE.iter().any(|count| features[*count] > 0);
    let word = features[index::WORD];
    let is_password =
        word == Word::Password as i16 && !name_says_else(features) || word == Word::Identified as i16;
    is_password
        && (8..=40).contains(&features[index::LENGTH])
        && features[index::KINDS] == 4
        && !is_code
        && features[index::PLACEHOLDER] == 0
}

/// Whether a word in the name says that the value is something else, is shown to people, or is public. Those of numbers do
/// not count: `min` is in `admin`.
fn name_says_else(features: &Features) -> bool {
    [0, 2, 3].iter().any(|group| features[index::NAME + group] > 0)
}

/// Whether the value can hardly be anything but made by a machine, and the name has no word that says what else it is.
/// Labelled code does not have every place where a secret may stand, so such a value is reported wherever it is.
fn is_random(features: &Features) -> bool {
    let [length, lower, upper, digit, special] = [0, 1, 2, 3, 4].map(|i| features[index::LENGTH + i]);
    let is_mixed = [lower, upper, digit].iter().filter(|share| **share > 0).count() >= 2;
    (12..=128).contains(&length)
        && is_mixed
        && special <= 10
        && features[index::HEX] == 0
        && features[index::RARITY] >= 52
        && !name_says_else(features)
}

fn tree_score(tree: &[u8], features: &Features) -> i32 {
    let number = |at: usize| i16::from_le_bytes([tree[at], tree[at + 1]]);
    let mut node = 0;
    for _ in 0..DEPTH {
        let feature = usize::from(tree[3 * node]) % features.len();
        node = 2 * node + 1 + usize::from(features[feature] > number(3 * node + 1));
    }
    i32::from(number(3 * INNER + 2 * (node - INNER)))
}
