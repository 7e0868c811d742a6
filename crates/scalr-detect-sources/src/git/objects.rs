//! The objects of a repository: numbered, so that sets of them are bits, and read without a lock.
//!
//! A repository of a million objects has twenty megabytes of ids. Every object in a pack has a place in the pack's
//! index, though, so it has a number: that place, behind the objects of the packs before. A set of objects is then one
//! bit an object, a list of them four bytes an object, and sorting by where they lie in the pack is a matter of looking
//! into the index. What is in no pack is numbered as it is met.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use gix::hash::{Kind as HashKind, ObjectId, oid};
use gix::objs::Kind;
use gix::odb::loose;
use gix::odb::pack::cache::DecodeEntry as _;
use gix::odb::pack::cache::lru::MemoryCappedHashmap;
use gix::odb::pack::{data, index};
use gix::zlib::Inflate;

use crate::ledger::{Ledger, Reason, Unread};

/// What is decoded in one go may take so many bytes, its delta base included: what claims more is not read. Git itself
/// packs what is larger than half of this without deltas.
const LARGEST: usize = 1 << 30;

/// How many bytes of decoded objects a reader keeps, as the bases of deltas to come.
const BASES: usize = 4 << 20;

/// What trees are kept under in the cache of bases: the id of no pack.
const TREES: u32 = u32::MAX;

/// A buffer that grew larger than this is given back once something small is read.
const BUFFER: usize = 1 << 20;

/// An object's number in its [`Objects`].
pub(super) type Number = u32;

/// The object store of a repository, its alternates included.
pub(super) struct Objects {
    hash: HashKind,
    packs: Vec<Pack>,
    loose: Vec<loose::Store>,
    /// The number of the first object that is in no pack.
    packed: Number,
    others: Mutex<Others>,
    /// Directories and packs that could not be read.
    unread: Vec<(PathBuf, String)>,
}

struct Pack {
    index: index::File,
    data: data::File,
    /// The number of its first object.
    first: Number,
}

/// Objects that are in no pack, in the order in which they were met.
#[derive(Default)]
struct Others {
    numbers: HashMap<ObjectId, Number>,
    ids: Vec<ObjectId>,
}

/// Why an object cannot be read.
#[derive(Debug)]
pub(super) enum Fault {
    Missing,
    Corrupt(String),
    /// Larger than the limit that was set.
    TooLarge,
}

impl Fault {
    /// Notes it for an object that is called `path`.
    pub(super) fn note(self, ledger: &mut Ledger, path: &[u8]) {
        match self {
            Fault::Missing => ledger.skip(Reason::MissingObject, path, true),
            Fault::Corrupt(cause) => ledger.skip(corrupt(cause), path, true),
            Fault::TooLarge => ledger.skip(Reason::TooLarge, path, true),
        }
    }
}

fn corrupt(cause: String) -> Unread {
    Unread::new(io::Error::other(cause), true)
}

impl Objects {
    /// The objects in these directories, such as `.git/objects`.
    pub(super) fn open(directories: Vec<PathBuf>, hash: HashKind) -> Objects {
        let mut objects = Objects {
            hash,
            packs: Vec::new(),
            loose: Vec::new(),
            packed: 0,
            others: Mutex::default(),
            unread: Vec::new(),
        };
        for directory in directories {
            objects.open_packs(&directory.join("pack"));
            let options = loose::Options { alloc_limit_bytes: Some(LARGEST), ..Default::default() };
            objects.loose.push(loose::Store::at_opts(directory, hash, options));
        }
        objects
    }

    fn open_packs(&mut self, directory: &Path) {
        let mut paths: Vec<PathBuf> = match fs::read_dir(directory) {
            Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
            Err(e) if e.kind() == io::ErrorKind::NotFound => return,
            Err(e) => return self.unread.push((directory.to_owned(), e.to_string())),
        };
        paths.retain(|path| path.extension().is_some_and(|e| e == "idx"));
        // An object that is in two packs has the number of the first: always the same one.
        paths.sort();
        for path in paths {
            if let Err(cause) = self.open_pack(&path) {
                self.unread.push((path, cause));
            }
        }
    }

    fn open_pack(&mut self, path: &Path) -> Result<(), String> {
        let index = index::File::at(path, self.hash).map_err(|e| e.to_string())?;
        let mut data = data::File::at(path.with_extension("pack"), self.hash).map_err(|e| e.to_string())?;
        data.id = u32::try_from(self.packs.len()).map_err(|e| e.to_string())?;
        data.alloc_limit_bytes = Some(LARGEST);
        let first = self.packed;
        self.packed = first.checked_add(index.num_objects()).ok_or("more objects than can be numbered")?;
        self.packs.push(Pack { index, data, first });
        Ok(())
    }

    pub(super) fn hash(&self) -> HashKind {
        self.hash
    }

    /// Notes which parts of the store could not be opened. What they hold is missing.
    pub(super) fn note_unread(&self, ledger: &mut Ledger) {
        for (path, cause) in &self.unread {
            ledger.skip(corrupt(cause.clone()), &crate::file::path_bytes(path), true);
        }
    }

    /// The number of an object, which need not exist.
    pub(super) fn number(&self, id: &oid) -> Number {
        match self.packed(id) {
            Some(number) => number,
            None => {
                let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(number) = others.numbers.get(id) {
                    return *number;
                }
                let number = self.packed + others.ids.len() as Number;
                others.numbers.insert(id.to_owned(), number);
                others.ids.push(id.to_owned());
                number
            }
        }
    }

    fn packed(&self, id: &oid) -> Option<Number> {
        self.packs.iter().find_map(|pack| Some(pack.first + pack.index.lookup(id)?))
    }

    /// Whether there is such an object.
    pub(super) fn contains(&self, id: &oid) -> bool {
        self.packed(id).is_some() || self.loose.iter().any(|store| store.contains(id))
    }

    /// The number of an object, if there is such a one.
    pub(super) fn existing(&self, id: &oid) -> Option<Number> {
        self.contains(id).then(|| self.number(id))
    }

    /// The id of the object with this number.
    pub(super) fn id(&self, number: Number) -> ObjectId {
        match self.pack_of(number) {
            Some(pack) => pack.index.oid_at_index(number - pack.first).to_owned(),
            None => {
                let others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
                others.ids[(number - self.packed) as usize]
            }
        }
    }

    fn pack_of(&self, number: Number) -> Option<&Pack> {
        if number >= self.packed {
            return None;
        }
        self.packs[..self.packs.partition_point(|pack| pack.first <= number)].last()
    }

    /// Where an object lies: objects that are read in this order find the bases of their deltas read just before, as git
    /// writes families of deltas together.
    pub(super) fn place(&self, number: Number) -> (u32, u64) {
        match self.pack_of(number) {
            Some(pack) => (pack.data.id, pack.index.pack_offset_at_index(number - pack.first)),
            None => (u32::MAX, u64::from(number)),
        }
    }
}

/// Reads objects for one thread.
pub(super) struct Reader<'o> {
    pub(super) objects: &'o Objects,
    bases: MemoryCappedHashmap,
    inflate: Inflate,
    buffer: Vec<u8>,
}

impl<'o> Reader<'o> {
    pub(super) fn new(objects: &'o Objects) -> Reader<'o> {
        Reader {
            objects,
            bases: MemoryCappedHashmap::new(BASES),
            inflate: Inflate::default(),
            buffer: Vec::new(),
        }
    }

    /// An object of at most so many bytes.
    pub(super) fn read(&mut self, number: Number, most: u64) -> Result<(Kind, &[u8]), Fault> {
        let kind = self.fill(number, most)?;
        Ok((kind, &self.buffer))
    }

    /// The bytes of a tree, which are kept for a while as it is likely to be asked for again; none if it cannot be read.
    pub(super) fn tree(&mut self, number: Number) -> Vec<u8> {
        if self.bases.get(TREES, u64::from(number), &mut self.buffer).is_none() {
            match self.fill(number, u64::MAX) {
                Ok(Kind::Tree) => self.bases.put(TREES, u64::from(number), &self.buffer, Kind::Tree, 0),
                _ => return Vec::new(),
            }
        }
        self.buffer.clone()
    }

    fn fill(&mut self, number: Number, most: u64) -> Result<Kind, Fault> {
        if self.buffer.capacity() > BUFFER {
            self.buffer = Vec::new();
        }
        let kind = match self.objects.pack_of(number) {
            Some(pack) => self.unpack(pack, number - pack.first, most).or_else(|fault| match fault {
                // There may be another copy.
                Fault::Corrupt(cause) => self
                    .fill_elsewhere(&self.objects.id(number), pack.data.id, most)
                    .or(Err(Fault::Corrupt(cause))),
                fault => Err(fault),
            }),
            None => self.fill_elsewhere(&self.objects.id(number), u32::MAX, most),
        }?;
        if self.buffer.len() as u64 > most { Err(Fault::TooLarge) } else { Ok(kind) }
    }

    fn unpack(&mut self, pack: &Pack, place: u32, most: u64) -> Result<Kind, Fault> {
        let entry = pack
            .data
            .entry(pack.index.pack_offset_at_index(place))
            .map_err(|e| Fault::Corrupt(e.to_string()))?;
        if !entry.header.is_delta() && entry.decompressed_size > most {
            return Err(Fault::TooLarge);
        }
        let in_pack = |id: &oid, _: &mut Vec<u8>| {
            let Some(place) = pack.index.lookup(id) else { return Ok(None) };
            let entry = pack.data.entry(pack.index.pack_offset_at_index(place))?;
            Ok(Some(data::decode::entry::ResolvedBase::InPack(entry)))
        };
        let outcome = pack
            .data
            .decode_entry(entry, &mut self.buffer, &mut self.inflate, &in_pack, &mut self.bases)
            .map_err(|e| Fault::Corrupt(e.to_string()))?;
        Ok(outcome.kind)
    }

    /// Looks for an object among the loose ones, and in packs other than the one with the id `not`.
    fn fill_elsewhere(&mut self, id: &oid, not: u32, most: u64) -> Result<Kind, Fault> {
        let mut fault = Fault::Missing;
        for store in &self.objects.loose {
            match store.try_header(id) {
                Ok(Some((size, _))) if size > most => return Err(Fault::TooLarge),
                Ok(Some(_)) => {}
                Ok(None) => continue,
                Err(e) => {
                    fault = Fault::Corrupt(e.to_string());
                    continue;
                }
            }
            match store.try_find(id, &mut self.buffer) {
                Ok(Some(object)) => return Ok(object.kind),
                Ok(None) => {}
                Err(e) => fault = Fault::Corrupt(e.to_string()),
            }
        }
        for pack in self.objects.packs.iter().filter(|pack| pack.data.id != not) {
            if let Some(place) = pack.index.lookup(id) {
                match self.unpack(pack, place, most) {
                    Ok(kind) => return Ok(kind),
                    Err(other) => fault = other,
                }
            }
        }
        Err(fault)
    }
}

/// A set of objects: one bit each.
#[derive(Clone, Default)]
pub(super) struct Set(Vec<u64>);

impl Set {
    pub(super) fn words(&self) -> &[u64] {
        &self.0
    }

    pub(super) fn contains(&self, number: Number) -> bool {
        self.0.get(number as usize / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    /// Whether it is new.
    pub(super) fn insert(&mut self, number: Number) -> bool {
        let at = number as usize / 64;
        if at >= self.0.len() {
            self.0.resize((at + 1).next_multiple_of(1 << 10), 0);
        }
        let (word, bit) = (&mut self.0[at], 1 << (number % 64));
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }
}
