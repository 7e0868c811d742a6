//! The commits of a selection, parents before children.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};
use std::ops::Range;

use gix::hash::ObjectId;
use gix::objs::{CommitRefIter, Kind, TagRefIter};

use super::objects::{Fault, Number, Reader};
use crate::ledger::Ledger;

/// Clocks are believed to be wrong by no more than this, in seconds. Where they are, more commits are taken for new than
/// are, never fewer.
const SKEW: i64 = 86_400;

/// How many tags may point to tags.
const MOST_TAGS: usize = 16;

/// What to walk.
#[derive(Clone, Debug, Default)]
pub(super) struct Tips {
    pub(super) include: Vec<ObjectId>,
    /// References that hold notes.
    pub(super) notes: Vec<ObjectId>,
    /// What is reachable from these is known.
    pub(super) exclude: Vec<ObjectId>,
    /// Commits before this are known, in seconds since 1970.
    pub(super) since: Option<i64>,
}

/// A commit. Parents and trees are numbers of [`Objects`](super::objects::Objects).
pub(super) struct Node {
    pub(super) number: Number,
    pub(super) tree: Number,
    time: i64,
    parents: Range<usize>,
    /// Its place in the order.
    pub(super) rank: u32,
    known: bool,
    popped: bool,
    /// It has parents, which are not here.
    pub(super) is_cut: bool,
    pub(super) is_note: bool,
}

/// The commits of a selection.
pub(super) struct Graph {
    nodes: Vec<Node>,
    /// The parents of all nodes, one after another.
    parents: Vec<Number>,
    index: HashMap<Number, u32>,
    /// The nodes that are not known, parents before children and otherwise by time.
    pub(super) order: Vec<u32>,
    /// Tags, trees and files that references point to.
    pub(super) tags: Vec<Number>,
    pub(super) trees: Vec<Number>,
    pub(super) blobs: Vec<Number>,
}

impl Graph {
    /// Walks the commits. `shallow`: commits whose parents are not here, and are not asked for.
    pub(super) fn new(
        tips: &Tips,
        shallow: &BTreeSet<ObjectId>,
        reader: &mut Reader<'_>,
        ledger: &mut Ledger,
        stopped: impl Fn() -> bool,
    ) -> Graph {
        let mut walk = Walk {
            graph: Graph {
                nodes: Vec::new(),
                parents: Vec::new(),
                index: HashMap::new(),
                order: Vec::new(),
                tags: Vec::new(),
                trees: Vec::new(),
                blobs: Vec::new(),
            },
            shallow,
            reader,
            ledger,
            heap: BinaryHeap::new(),
            open: 0,
            oldest: i64::MAX,
        };
        for id in &tips.exclude {
            walk.tip(id, true, false);
        }
        // What they point to is known, whatever their clocks say.
        for at in walk.heap.drain().map(|(_, at)| at).collect::<Vec<_>>() {
            walk.expand(at, None);
        }
        for id in &tips.include {
            walk.tip(id, false, false);
        }
        for id in &tips.notes {
            walk.tip(id, false, true);
        }
        while let Some((time, at)) = walk.heap.pop() {
            if stopped() || walk.open == 0 && time < walk.oldest.saturating_sub(SKEW) {
                break;
            }
            walk.expand(at, tips.since);
        }
        let mut graph = walk.graph;
        graph.sort(reader);
        graph
    }

    /// The nodes of the parents of a commit, as far as they are here.
    pub(super) fn parents(&self, at: u32) -> impl Iterator<Item = &Node> {
        self.parent_indices(at).map(|at| &self.nodes[at as usize])
    }

    fn parent_indices(&self, at: u32) -> impl Iterator<Item = u32> {
        self.parents[self.nodes[at as usize].parents.clone()]
            .iter()
            .filter_map(|n| self.index.get(n).copied())
    }

    pub(super) fn node(&self, at: u32) -> &Node {
        &self.nodes[at as usize]
    }

    /// The trees of known commits that are parents of new ones: what is in them is known.
    pub(super) fn known_trees(&self) -> impl Iterator<Item = Number> {
        self.order.iter().flat_map(|at| self.parents(*at)).filter(|node| node.known).map(|node| node.tree)
    }

    /// Orders the nodes that are not known: parents before children, and of those that could come next the oldest.
    fn sort(&mut self, reader: &Reader<'_>) {
        let mut waits = vec![0u32; self.nodes.len()];
        let mut children: Vec<(u32, u32)> = Vec::new();
        let mut ready = BinaryHeap::new();
        let key = |at: u32| {
            let node = &self.nodes[at as usize];
            Reverse((node.time, reader.objects.id(node.number), at))
        };
        for at in 0..self.nodes.len() as u32 {
            if self.node(at).known {
                continue;
            }
            for parent in self.parent_indices(at).filter(|parent| !self.node(*parent).known) {
                waits[at as usize] += 1;
                children.push((parent, at));
            }
            if waits[at as usize] == 0 {
                ready.push(key(at));
            }
        }
        children.sort_unstable();
        let mut order = Vec::with_capacity(self.nodes.len());
        let mut ranks = vec![u32::MAX; self.nodes.len()];
        while let Some(Reverse((_, _, at))) = ready.pop() {
            ranks[at as usize] = order.len() as u32;
            order.push(at);
            let first = children.partition_point(|(parent, _)| *parent < at);
            for (_, child) in children[first..].iter().take_while(|(parent, _)| *parent == at) {
                waits[*child as usize] -= 1;
                if waits[*child as usize] == 0 {
                    ready.push(key(*child));
                }
            }
        }
        self.nodes.iter_mut().zip(ranks).for_each(|(node, rank)| node.rank = rank);
        self.order = order;
    }
}

struct Walk<'w, 'o> {
    graph: Graph,
    shallow: &'w BTreeSet<ObjectId>,
    reader: &'w mut Reader<'o>,
    ledger: &'w mut Ledger,
    /// Nodes whose parents have not been looked at, the youngest first.
    heap: BinaryHeap<(i64, u32)>,
    /// How many of them are not known.
    open: usize,
    /// The time of the oldest node that is not known.
    oldest: i64,
}

impl Walk<'_, '_> {
    /// Starts at an object of any kind.
    fn tip(&mut self, id: &ObjectId, known: bool, is_note: bool) {
        let mut number = self.reader.objects.number(id);
        for _ in 0..MOST_TAGS {
            let (kind, target) = match self.reader.read(number, u64::MAX) {
                Ok((Kind::Tag, bytes)) => {
                    (Kind::Tag, TagRefIter::from_bytes(bytes, id.kind()).target_id().ok())
                }
                Ok((kind, _)) => (kind, None),
                // Of what is excluded more or less may be here.
                Err(_) if known => return,
                Err(fault) => return self.note(fault, number),
            };
            match (kind, target) {
                (Kind::Commit, _) => return self.add(number, known, is_note),
                (Kind::Tag, Some(target)) => {
                    if !known {
                        self.graph.tags.push(number);
                    }
                    number = self.reader.objects.number(&target);
                }
                (Kind::Tag, None) => return self.note(Fault::Corrupt("not a tag".to_owned()), number),
                (Kind::Tree, _) if !known => return self.graph.trees.push(number),
                (Kind::Blob, _) if !known => return self.graph.blobs.push(number),
                _ => return,
            }
        }
        self.note(Fault::Corrupt("too many tags that point to tags".to_owned()), number);
    }

    fn note(&mut self, fault: Fault, number: Number) {
        fault.note(self.ledger, self.reader.objects.id(number).to_string().as_bytes());
    }

    /// Adds a commit, or what is new about it.
    fn add(&mut self, number: Number, known: bool, is_note: bool) {
        if let Some(&at) = self.graph.index.get(&number) {
            let node = &mut self.graph.nodes[at as usize];
            node.is_note &= is_note;
            if known && !node.known {
                self.make_known(at);
            }
            return;
        }
        let hash = self.reader.objects.hash();
        let bytes = match self.reader.read(number, u64::MAX) {
            Ok((Kind::Commit, bytes)) => bytes,
            Ok(_) => return self.note(Fault::Corrupt("not a commit".to_owned()), number),
            Err(_) if known => return,
            Err(fault) => return self.note(fault, number),
        };
        let mut commit = CommitRefIter::from_bytes(bytes, hash);
        let Ok(tree) = commit.tree_id() else {
            return self.note(Fault::Corrupt("not a commit".to_owned()), number);
        };
        let time = commit.committer().map_or(0, |committer| committer.seconds());
        let parents: Vec<ObjectId> = CommitRefIter::from_bytes(bytes, hash).parent_ids().collect();
        let first = self.graph.parents.len();
        if !self.shallow.contains(&self.reader.objects.id(number)) {
            self.graph.parents.extend(parents.iter().map(|id| self.reader.objects.number(id)));
        }
        let at = self.graph.nodes.len() as u32;
        self.graph.nodes.push(Node {
            number,
            tree: self.reader.objects.number(&tree),
            time,
            parents: first..self.graph.parents.len(),
            rank: u32::MAX,
            known,
            popped: false,
            is_cut: first + parents.len() > self.graph.parents.len(),
            is_note,
        });
        self.graph.index.insert(number, at);
        self.heap.push((time, at));
        if !known {
            self.open += 1;
            self.oldest = self.oldest.min(time);
        }
    }

    /// Goes on to the parents of a node.
    fn expand(&mut self, at: u32, since: Option<i64>) {
        let node = &mut self.graph.nodes[at as usize];
        node.popped = true;
        if !node.known {
            self.open -= 1;
            node.known = since.is_some_and(|since| node.time < since);
        }
        let (known, is_note) = (node.known, node.is_note);
        for parent in node.parents.clone() {
            self.add(self.graph.parents[parent], known, is_note);
        }
    }

    /// A node turns out to be reachable from what is excluded, and with it all behind it.
    fn make_known(&mut self, at: u32) {
        let mut stack = vec![at];
        while let Some(at) = stack.pop() {
            let node = &mut self.graph.nodes[at as usize];
            if node.known {
                continue;
            }
            node.known = true;
            if node.popped {
                stack.extend(self.graph.parent_indices(at));
            } else {
                self.open -= 1;
            }
        }
    }
}
