//! How likely a candidate is a secret: the sum of small decision trees, in whole numbers.

use crate::features::{Features, index};
use crate::grammar::{Candidate, Operator, TEXT, Word};
use crate::path::{Folder, Form};

/// Trees are complete and so deep.
pub const DEPTH: usize = 5;
/// Inner nodes and leaves of a tree.
const INNER: usize = (1 << DEPTH) - 1;
const LEAVES: usize = 1 << DEPTH;
/// Bytes of a tree: a feature and a threshold for each inner node, a weight for each leaf.
pub const TREE: usize = 3 * INNER + 2 * LEAVES;

/// Trees, read from bytes.
///
/// The bytes are those of each tree in turn: feature (one byte) and threshold (two) of each inner node, weight (two) of each
/// leaf; numbers with the lowest byte first.
#[derive(Clone, Debug)]
pub struct Model {
    trees: Vec<Tree>,
}

/// A tree, and the most that the trees behind it can add.
#[derive(Clone, Copy, Debug)]
struct Tree {
    /// Feature of each inner node, and its threshold above 16 bits. The last is none: a table of a power of two needs no
    /// checks of bounds.
    nodes: [i32; LEAVES],
    weights: [i16; LEAVES],
    behind: i32,
}

impl Tree {
    const EMPTY: Tree = Tree { nodes: [0; LEAVES], weights: [0; LEAVES], behind: 0 };

    const fn read(bytes: &[u8], at: usize) -> Tree {
        let mut tree = Tree::EMPTY;
        let mut i = 0;
        while i < INNER {
            let node = at + 3 * i;
            tree.nodes[i] = i32::from_le_bytes([bytes[node], 0, bytes[node + 1], bytes[node + 2]]);
            i += 1;
        }
        i = 0;
        while i < LEAVES {
            let leaf = at + 3 * INNER + 2 * i;
            tree.weights[i] = i16::from_le_bytes([bytes[leaf], bytes[leaf + 1]]);
            i += 1;
        }
        tree
    }

    const fn most(&self) -> i32 {
        let (mut most, mut i) = (self.weights[0], 1);
        while i < LEAVES {
            if self.weights[i] > most {
                most = self.weights[i];
            }
            i += 1;
        }
        most as i32
    }

    /// The weights of some trees, added. Level by level through all of them: a step in one tree need not wait for another's.
    #[inline]
    fn score<const N: usize>(trees: &[Tree; N], features: &Features) -> i32 {
        let mut nodes = [0; N];
        for _ in 0..DEPTH {
            for (node, tree) in nodes.iter_mut().zip(trees) {
                let test = tree.nodes[*node % LEAVES];
                let feature = test as usize % features.len();
                *node = 2 * *node + 1 + usize::from(i32::from(features[feature]) > test >> 16);
            }
        }
        nodes.iter().zip(trees).map(|(node, tree)| i32::from(tree.weights[(node - INNER) % LEAVES])).sum()
    }
}

/// Fills in what the trees behind each can add.
const fn add_up(trees: &mut [Tree]) {
    let (mut behind, mut i) = (0, trees.len());
    while i > 0 {
        i -= 1;
        trees[i].behind = behind;
        behind += trees[i].most();
    }
}

static TREES: [Tree; BYTES.len() / TREE] = {
    let mut trees = [Tree::EMPTY; BYTES.len() / TREE];
    let mut i = 0;
    while i < trees.len() {
        trees[i] = Tree::read(BYTES, i * TREE);
        i += 1;
    }
    add_up(&mut trees);
    trees
};

/// Written by the trainer.
const BYTES: &[u8] = include_bytes!("model.bin");

/// The logarithm of the odds that a candidate is a secret, in 256ths. Below [`LIKELY`] it may be any number below it.
pub fn score(candidate: &Candidate, features: &Features) -> i32 {
    score_with(&TREES, candidate, features)
}

impl Model {
    /// Reads trees from bytes. A rest that is no whole tree is ignored.
    pub fn read(bytes: &[u8]) -> Model {
        let mut trees: Vec<Tree> = bytes.chunks_exact(TREE).map(|tree| Tree::read(tree, 0)).collect();
        add_up(&mut trees);
        Model { trees }
    }

    /// As [`score`], with these trees.
    pub fn score(&self, candidate: &Candidate, features: &Features) -> i32 {
        score_with(&self.trees, candidate, features)
    }
}

fn score_with(trees: &[Tree], candidate: &Candidate, features: &Features) -> i32 {
    if candidate.ending {
        return i32::MIN;
    }
    let plain = candidate.plain;
    let is_meant = plain && is_meant(features);
    if is_plain(features) || plain && features[index::PATH] / 4 == Folder::Translation as i16 {
        return if is_meant { LIKELY } else { i32::MIN };
    }
    let is_likely = is_meant || is_random(features) || is_chosen(features);
    let mut sum = 0;
    let (groups, rest) = trees.as_chunks::<8>();
    for some in groups {
        sum += Tree::score(some, features);
        let most = sum + some[7].behind;
        if most < LIKELY && !is_likely {
            return most;
        }
    }
    sum += rest.iter().map(|tree| Tree::score(&[*tree], features)).sum::<i32>();
    if is_likely { LIKELY.max(sum) } else { sum }
}

/// The least score that makes a candidate worth reporting.
pub const LIKELY: i32 = -200;
/// The least score that makes it believed.
pub const SURE: i32 = 440;
/// The same in tests and documentation, where values are made up more often than not.
const SURE_IN_EXAMPLES: i32 = 770;

/// Whether a candidate of this score is believed. One that looks like a placeholder never is.
pub fn is_sure(score: i32, features: &Features) -> bool {
    let folder = features[index::PATH] / 4;
    let is_example = folder == Folder::Documentation as i16 || folder == Folder::Test as i16;
    let is_word = features[index::KINDS] == 1
        && features[index::DIGITS] == 0
        && features[index::RARITY] < crate::weak::TEXT;
    features[index::PLACEHOLDER] == 0 && !is_word && score >= if is_example { SURE_IN_EXAMPLES } else { SURE }
}

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

/// Whether the value is a word or a phrase, as the grammar lets them pass. Labelled code has random letters in the place of
/// words, so that trees know nothing of them.
pub fn is_plain(features: &Features) -> bool {
    features[index::SPACES] > 0 || features[index::DIGITS] == 0 && features[index::RARITY] < TEXT
}

/// Whether a word or a phrase stands where a password is meant.
fn is_meant(features: &Features) -> bool {
    let path = features[index::PATH];
    let is_in = |folder: Folder| path / 4 == folder as i16;
    if name_says_else(features) || features[index::NAME + 1] > 0 || is_in(Folder::Translation) {
        return false;
    }
    features[index::SPACES] > 0
        || features[index::ENDING] == 0
            && (features[index::OPERATOR] == Operator::Is as i16
                || is_in(Folder::Other) && path % 4 != Form::Prose as i16 && features[index::COMMENT] == 0)
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
