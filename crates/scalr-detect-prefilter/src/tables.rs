//! What to look for, as tables: from a list of anchors to bit tables, buckets and nibble tables.

use crate::classify::Fingerprints;
use crate::hits::MIN_RUN;

/// A set of bytes.
#[derive(Clone, Copy, Default, Eq, Hash, PartialEq)]
pub struct ByteSet([u64; 4]);

impl ByteSet {
    /// The empty set.
    pub const EMPTY: ByteSet = ByteSet([0; 4]);

    /// The set that holds each byte whose bit is set, bit `b % 64` of word `b / 64` for byte `b`.
    pub const fn from_words(words: [u64; 4]) -> ByteSet {
        ByteSet(words)
    }

    /// The words [`ByteSet::from_words`] takes.
    pub const fn words(&self) -> [u64; 4] {
        self.0
    }

    /// The set of these bytes.
    pub fn of(bytes: impl IntoIterator<Item = u8>) -> ByteSet {
        let mut set = ByteSet::EMPTY;
        bytes.into_iter().for_each(|byte| set.insert(byte));
        set
    }

    /// Adds a byte.
    pub const fn insert(&mut self, byte: u8) {
        self.0[(byte >> 6) as usize] |= 1 << (byte & 63);
    }

    /// Whether `byte` is in the set.
    #[inline]
    pub const fn contains(&self, byte: u8) -> bool {
        self.0[(byte >> 6) as usize] >> (byte & 63) & 1 != 0
    }

    /// How many bytes are in the set.
    pub const fn len(&self) -> usize {
        (self.0[0].count_ones() + self.0[1].count_ones() + self.0[2].count_ones() + self.0[3].count_ones())
            as usize
    }

    /// Whether no byte is in the set.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes in either set.
    pub const fn union(self, other: ByteSet) -> ByteSet {
        let (a, b) = (self.0, other.0);
        ByteSet([a[0] | b[0], a[1] | b[1], a[2] | b[2], a[3] | b[3]])
    }

    /// Whether some byte is in both sets.
    pub const fn intersects(self, other: ByteSet) -> bool {
        let (a, b) = (self.0, other.0);
        (a[0] & b[0]) | (a[1] & b[1]) | (a[2] & b[2]) | (a[3] & b[3]) != 0
    }

    /// Whether every byte of this set is in `other`.
    pub const fn is_subset_of(self, other: ByteSet) -> bool {
        let (a, b) = (self.0, other.0);
        (a[0] & !b[0]) | (a[1] & !b[1]) | (a[2] & !b[2]) | (a[3] & !b[3]) == 0
    }

    /// The bytes, ascending.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..=255).filter(move |byte| self.contains(*byte))
    }
}

impl std::fmt::Debug for ByteSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{}]", self.iter().collect::<Vec<_>>().escape_ascii())
    }
}

/// Where an anchor's three key bytes stand.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Place {
    /// They are the first bytes of a long run.
    RunStart,
    /// A long run starts right behind them.
    BeforeRun,
    /// Anywhere. The key bytes must be ASCII; few such anchors, with rare bytes, keep the search fast.
    Anywhere,
}

/// Three bytes to look for, each out of a set, at a place. The index in the list of anchors is its name in hits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Anchor {
    /// Where to look.
    pub place: Place,
    /// What the three bytes may be.
    pub key: [ByteSet; 3],
    /// The least length of the run at whose start or before which they stand, in bytes. The greater, the less often
    /// the anchor costs anything: few runs of ordinary text are much longer than [`MIN_RUN`](crate::MIN_RUN). Without
    /// meaning for [`Place::Anywhere`].
    pub run: u8,
}

/// A key (three bytes, little end first, and the place above them) and an anchor that has it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: u32,
    /// The anchor's index.
    pub anchor: u16,
    /// The anchor's least length of a run.
    pub run: u8,
}

/// How many words of 64 bits a bit table has: 32 KiB, of which ordinary text uses little, so that it stays in the
/// first-level cache.
pub const BIT_WORDS: usize = 4096;
/// How many bit tables there are: for runs of less than 20, 24, 28, 32 and 36 bytes, and for all longer ones.
pub const BIT_TABLES: usize = 6;
/// How many words of 64 bits the table of keys has that may stand anywhere: 2 KiB, as it is asked at every place that the
/// sets let pass.
pub const LITERAL_WORDS: usize = 256;
/// How many buckets the entries are spread over.
pub const BUCKETS: usize = 4096;

/// Compiled anchors, borrowed: from static data or from a [`TablesBuf`].
#[derive(Clone, Copy, Debug)]
pub struct Tables<'t> {
    /// Bit `h % 64` of word `h / 64` is set when some key has the 18-bit hash `h`, and its anchor's run is not longer
    /// than those that the table is for.
    pub bits: &'t [[u64; BIT_WORDS]; BIT_TABLES],
    /// `entries[buckets[b]..buckets[b + 1]]` have keys whose hash begins with the 12 bits `b`.
    pub buckets: &'t [u16; BUCKETS + 1],
    /// The entries by bucket.
    pub entries: &'t [Entry],
    /// The sets of the anchors that may stand anywhere.
    pub literals: &'t Fingerprints,
    /// Bit `h % 64` of word `h / 64` is set when some key of theirs has the 14-bit hash `h`.
    pub literal_bits: &'t [u64; LITERAL_WORDS],
}

impl<'t> Tables<'t> {
    /// The anchors that these tables were built from.
    pub fn anchors(&self) -> Vec<Anchor> {
        const PLACES: [Place; 3] = [Place::RunStart, Place::BeforeRun, Place::Anywhere];
        let mut anchors: Vec<Anchor> = Vec::new();
        for entry in self.entries {
            let [key @ .., place] = entry.key.to_le_bytes();
            let (place, run) = (PLACES[usize::from(place)], entry.run);
            let index = usize::from(entry.anchor);
            if anchors.len() <= index {
                anchors.resize(index + 1, Anchor { place, key: [ByteSet::EMPTY; 3], run });
            }
            // The keys of an anchor are all combinations of bytes of three sets, so the sets are those of their bytes.
            (anchors[index].place, anchors[index].run) = (place, run);
            anchors[index].key.iter_mut().zip(key).for_each(|(set, byte)| set.insert(byte));
        }
        anchors
    }

    /// Whether an anchor for a run of this length may have this key.
    #[inline]
    pub(crate) fn may_have_key(&self, key: u32, run: usize) -> bool {
        let hash = hash(key);
        self.bits[bit_table(run)][hash >> 6] >> (hash & 63) & 1 != 0
    }

    /// The entries that may have this key and be for a run of this length.
    #[inline]
    pub(crate) fn get(&self, key: u32, run: usize) -> &'t [Entry] {
        if !self.may_have_key(key, run) {
            return &[];
        }
        let bucket = hash(key) >> 6;
        &self.entries[usize::from(self.buckets[bucket])..usize::from(self.buckets[bucket + 1])]
    }
}

/// Whether an anchor that may stand anywhere may have these three bytes as its key.
#[inline]
pub(crate) fn may_be_literal(bits: &[u64; LITERAL_WORDS], bytes: u32) -> bool {
    let hash = hash(key(Place::Anywhere, bytes)) >> 4;
    bits[hash >> 6] >> (hash & 63) & 1 != 0
}

/// Which bit table is for runs of this length, in bytes.
#[inline]
const fn bit_table(run: usize) -> usize {
    let table = run.saturating_sub(MIN_RUN) / 4;
    if table < BIT_TABLES { table } else { BIT_TABLES - 1 }
}

/// Eighteen bits of a multiplicative hash (Knuth's golden ratio).
#[inline]
const fn hash(key: u32) -> usize {
    (key.wrapping_mul(0x9e37_79b1) >> 14) as usize
}

/// The key of three bytes at a place.
#[inline]
pub(crate) const fn key(place: Place, bytes: u32) -> u32 {
    (bytes & 0xff_ffff) | ((place as u32) << 24)
}

/// [`Tables::bits`] of these entries.
#[expect(
    clippy::large_stack_arrays,
    reason = "a constant function can return nothing else; it is called once a build"
)]
pub const fn bits(entries: &[Entry]) -> [[u64; BIT_WORDS]; BIT_TABLES] {
    let mut bits = [[0; BIT_WORDS]; BIT_TABLES];
    let mut i = 0;
    while i < entries.len() {
        let hash = hash(entries[i].key);
        let mut table = bit_table(entries[i].run as usize);
        while table < BIT_TABLES {
            bits[table][hash >> 6] |= 1 << (hash & 63);
            table += 1;
        }
        i += 1;
    }
    bits
}

/// [`Tables::literal_bits`] of these entries.
pub const fn literal_bits(entries: &[Entry]) -> [u64; LITERAL_WORDS] {
    let mut bits = [0; LITERAL_WORDS];
    let mut i = 0;
    while i < entries.len() {
        if entries[i].key >> 24 == Place::Anywhere as u32 {
            let hash = hash(entries[i].key) >> 4;
            bits[hash >> 6] |= 1 << (hash & 63);
        }
        i += 1;
    }
    bits
}

/// [`Tables::buckets`] of these entries, which are in the order of [`TablesBuf::build`].
pub const fn buckets(entries: &[Entry]) -> [u16; BUCKETS + 1] {
    let mut buckets = [0; BUCKETS + 1];
    let (mut i, mut bucket) = (0, 0);
    while bucket < BUCKETS {
        while i < entries.len() && hash(entries[i].key) >> 6 == bucket {
            i += 1;
        }
        bucket += 1;
        buckets[bucket] = i as u16;
    }
    buckets
}

/// Compiled anchors, owned.
#[derive(Clone, Debug)]
pub struct TablesBuf {
    bits: Box<[[u64; BIT_WORDS]; BIT_TABLES]>,
    buckets: Box<[u16; BUCKETS + 1]>,
    entries: Vec<Entry>,
    literals: Fingerprints,
    literal_bits: Box<[u64; LITERAL_WORDS]>,
}

/// The anchors cannot be compiled.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum BuildError {
    /// More anchors than 65,536, or more than 65,535 keys in all: use keys with fewer alternatives.
    TooMany,
    /// The key of this anchor (by index) has an empty set, or stands anywhere and is not ASCII.
    BadKey(usize),
}

impl std::fmt::Display for BuildError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            BuildError::TooMany => f.write_str("too many anchors or keys: at most 65,535"),
            BuildError::BadKey(anchor) => write!(f, "anchor {anchor} has a key that no text can have"),
        }
    }
}

impl std::error::Error for BuildError {}

impl TablesBuf {
    /// Compiles anchors.
    ///
    /// # Errors
    ///
    /// When there are too many, or one can never be found.
    pub fn build(anchors: &[Anchor]) -> Result<TablesBuf, BuildError> {
        TablesBuf::build_for(anchors, roughly)
    }

    /// As [`TablesBuf::build`], for texts in which three bytes of these sets are met so often, in whatever measure: the less often
    /// what is let pass by chance is met, the faster the search.
    ///
    /// # Errors
    ///
    /// As [`TablesBuf::build`].
    pub fn build_for(
        anchors: &[Anchor],
        often: impl Fn(&[ByteSet; 3]) -> u64,
    ) -> Result<TablesBuf, BuildError> {
        TablesBuf::build_from(anchors, Vec::new(), often)
    }

    /// As [`TablesBuf::build`], where most of the anchors have been compiled before: keeps the sets of then, which may have been
    /// made with more knowledge and at more cost.
    ///
    /// # Errors
    ///
    /// As [`TablesBuf::build`].
    pub fn build_onto(anchors: &[Anchor], literals: &Fingerprints) -> Result<TablesBuf, BuildError> {
        TablesBuf::build_from(anchors, groups(literals), roughly)
    }

    fn build_from(
        anchors: &[Anchor],
        groups: Vec<[ByteSet; 3]>,
        often: impl Fn(&[ByteSet; 3]) -> u64,
    ) -> Result<TablesBuf, BuildError> {
        let ascii = ByteSet::from_words([u64::MAX, u64::MAX, 0, 0]);
        let mut entries = Vec::new();
        for (index, anchor) in anchors.iter().enumerate() {
            let name = u16::try_from(index).map_err(|_| BuildError::TooMany)?;
            let [a, b, c] = anchor.key;
            let keys = a.len() * b.len() * c.len();
            if keys == 0
                || anchor.place == Place::Anywhere && !anchor.key.iter().all(|s| s.is_subset_of(ascii))
            {
                return Err(BuildError::BadKey(index));
            }
            if entries.len() + keys > usize::from(u16::MAX) {
                return Err(BuildError::TooMany);
            }
            for a in a.iter() {
                for b in b.iter() {
                    entries.extend(c.iter().map(|c| Entry {
                        key: key(anchor.place, u32::from_le_bytes([a, b, c, 0])),
                        anchor: name,
                        run: if anchor.place == Place::Anywhere { 0 } else { anchor.run },
                    }));
                }
            }
        }
        entries.sort_by_key(|entry| (hash(entry.key), entry.key, entry.anchor));
        let anywhere =
            anchors.iter().filter(|anchor| anchor.place == Place::Anywhere).map(|anchor| anchor.key);
        Ok(TablesBuf {
            bits: Box::new(bits(&entries)),
            buckets: Box::new(buckets(&entries)),
            literals: fingerprints(anywhere, groups, often),
            literal_bits: Box::new(literal_bits(&entries)),
            entries,
        })
    }

    /// The tables, to search with or to print.
    pub fn as_tables(&self) -> Tables<'_> {
        Tables {
            bits: &self.bits,
            buckets: &self.buckets,
            entries: &self.entries,
            literals: &self.literals,
            literal_bits: &self.literal_bits,
        }
    }
}

/// How often a byte is met in source code and prose: very roughly, in parts of a thousand. To choose what to look for.
const fn frequency(byte: u8) -> u64 {
    match byte {
        b' ' => 150,
        b'a' | b'e' | b'i' | b'n' | b'o' | b'r' | b's' | b't' => 50,
        b'\n' | b'\t' | b'*' | b'-' | b'=' | b'_' | b'b'..=b'z' => 20,
        b'0' | b'1' | b'"' | b'(' | b')' | b',' | b'.' | b'/' => 10,
        b'A'..=b'Z' | b'2'..=b'9' | b':' | b';' => 8,
        b'!'..=b'~' => 2,
        _ => 1,
    }
}

/// How many sets are told apart.
const SETS: usize = 24;

/// How often three bytes of these sets are met, told byte by byte.
fn roughly(sets: &[ByteSet; 3]) -> u64 {
    sets.iter().map(|set| set.iter().map(frequency).sum::<u64>()).product()
}

/// The least set with these bytes that can be told by nibbles.
fn by_nibbles(set: ByteSet) -> ByteSet {
    let add = |(low, high): (u16, u16), byte: u8| (low | 1 << (byte & 15), high | 1 << (byte >> 4));
    let (low, high) = set.iter().fold((0, 0), add);
    ByteSet::of((0..128).filter(|byte| low >> (byte & 15) & 1 != 0 && high >> (byte >> 4) & 1 != 0))
}

/// The sets that were made before.
fn groups(literals: &Fingerprints) -> Vec<[ByteSet; 3]> {
    let set = |index: usize, k: usize| {
        let bytes = literals.sets()[index / 8][k].iter().enumerate();
        ByteSet::of(bytes.filter(|(_, sets)| *sets >> (index % 8) & 1 != 0).map(|(byte, _)| byte as u8))
    };
    let groups = (0..SETS).map(|index| [0, 1, 2].map(|k| set(index, k)));
    groups.filter(|group| !group[0].is_empty()).collect()
}

/// Distributes keys over the sets, of which some may be there, so that they let little else pass: while there are too many groups, the two whose union
/// is met least often beyond what they let pass already are made one. Told by nibbles, as most machines do.
fn fingerprints(
    keys: impl Iterator<Item = [ByteSet; 3]>,
    groups: Vec<[ByteSet; 3]>,
    often: impl Fn(&[ByteSet; 3]) -> u64,
) -> Fingerprints {
    let union = |a: &[ByteSet; 3], b: &[ByteSet; 3]| [0, 1, 2].map(|k| a[k].union(b[k]));
    let passing = |key: &[ByteSet; 3]| often(&key.map(by_nibbles));
    let mut groups: Vec<([ByteSet; 3], u64)> =
        groups.into_iter().map(|group| (group, passing(&group))).collect();
    let is_in = |key: &[ByteSet; 3], group: &[ByteSet; 3]| (0..3).all(|k| key[k].is_subset_of(group[k]));
    for key in keys {
        if !groups.iter().any(|(group, _)| is_in(&key, group)) {
            groups.push((key, passing(&key)));
        }
    }
    let growth = |(a, a_often): &([ByteSet; 3], u64), (b, b_often): &([ByteSet; 3], u64)| {
        passing(&union(a, b)).saturating_sub(a_often + b_often)
    };
    // What it costs to make one of each two: computed once, and anew for a group that has grown.
    let mut costs: Vec<Vec<u64>> = Vec::new();
    for b in 0..groups.len() {
        costs.push((0..b).map(|a| growth(&groups[a], &groups[b])).collect());
    }
    while groups.len() > SETS {
        let pairs = (0..groups.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
        let (a, b) = pairs.min_by_key(|(a, b)| costs[*b][*a]).expect("there are too many groups");
        let key = union(&groups[a].0, &groups[b].0);
        groups[a] = (key, passing(&key));
        groups.remove(b);
        costs.remove(b);
        costs.iter_mut().skip(b).for_each(|row| _ = row.remove(b));
        for c in 0..groups.len() {
            if c != a {
                costs[a.max(c)][a.min(c)] = growth(&groups[a], &groups[c]);
            }
        }
    }
    let groups = groups.into_iter().map(|(group, _)| group);
    let mut sets = [[[0; 128]; 3]; 3];
    for (index, group) in groups.enumerate() {
        for (k, set) in group.iter().enumerate() {
            for byte in set.iter() {
                sets[index / 8][k][usize::from(byte)] |= 1 << (index % 8);
            }
        }
    }
    Fingerprints::new(sets)
}
