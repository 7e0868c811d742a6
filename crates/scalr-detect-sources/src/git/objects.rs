//! The objects of a repository: numbered, so that sets of them are bits, and read without a lock.
//!
//! A repository of a million objects has twenty megabytes of ids. Every object in a pack has a place in the pack's
//! index, though, so it has a number: that place, behind the objects of the packs before. A set of objects is then one
//! bit an object, a list of them four bytes an object, and sorting by where they lie in the pack is a matter of looking
//! into the index. What is in no pack is numbered as it is met.
//!
//! Git may pack a repository anew at any time. The packs that were opened stay readable when they are removed; for what was
//! loose, and is not there any more when its turn comes, the new packs are opened.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::fs;
use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Mutex, OnceLock, PoisonError};

use clru::{CLruCache, CLruCacheConfig, WeightScale};
use gix::hash::{Kind as HashKind, ObjectId, oid};
use gix::objs::Kind;
use gix::odb::loose;
use gix::odb::pack::data::entry::Header;
use gix::odb::pack::{data, index};
use gix::zlib::Inflate;

use super::delta::{Composed, Delta, LARGEST, apply};
use super::large::{Inflated, Large, Source};
use crate::ledger::{Ledger, Reason, Unread};

/// How many bytes of decoded objects a reader keeps.
const KEPT: NonZeroUsize = NonZeroUsize::new(4 << 20).unwrap();

/// A buffer that grew larger than this is given back once something small is read.
const BUFFER: usize = 1 << 20;

/// What is larger than this, in bytes, or the base of its delta, is read by one thread at a time and not held, see
/// [`Reader::with`].
const LARGE: u64 = 8 << 20;

/// What objects are kept under that are in no pack.
const LOOSE: u32 = u32::MAX;

/// How many deltas may lie on each other: git makes no more.
const LONGEST_CHAIN: usize = 4_096;

/// An object's number in its [`Objects`].
pub(super) type Number = u32;

/// The object store of a repository, its alternates included.
pub(super) struct Objects {
    hash: HashKind,
    /// [`LARGE`], but for tests.
    pub(super) large: u64,
    packs: Vec<Pack>,
    loose: Vec<loose::Store>,
    directories: Vec<PathBuf>,
    /// Packs that came later.
    late: OnceLock<Vec<Pack>>,
    /// Whose turn it is to read something large.
    turn: Mutex<()>,
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
#[derive(Clone, Debug)]
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
            Fault::Corrupt(cause) => ledger.skip(unread(cause), path, true),
            Fault::TooLarge => ledger.skip(Reason::TooLarge, path, true),
        }
    }
}

impl From<io::Error> for Fault {
    fn from(e: io::Error) -> Fault {
        Fault::Corrupt(e.to_string())
    }
}

fn unread(cause: String) -> Unread {
    Unread::new(io::Error::other(cause), true)
}

impl Objects {
    /// The objects in these directories, such as `.git/objects`.
    pub(super) fn open(directories: Vec<PathBuf>, hash: HashKind) -> Objects {
        let mut objects = Objects {
            hash,
            large: LARGE,
            packs: Vec::new(),
            loose: Vec::new(),
            directories: Vec::new(),
            late: OnceLock::new(),
            turn: Mutex::default(),
            packed: 0,
            others: Mutex::default(),
            unread: Vec::new(),
        };
        for directory in &directories {
            objects.open_packs(&directory.join("pack"));
            let options = loose::Options { alloc_limit_bytes: Some(LARGEST), ..Default::default() };
            objects.loose.push(loose::Store::at_opts(directory.clone(), hash, options));
        }
        objects.directories = directories;
        objects
    }

    fn open_packs(&mut self, directory: &Path) {
        let paths = match indices(directory) {
            Ok(paths) => paths,
            Err(e) => return self.unread.push((directory.to_owned(), e.to_string())),
        };
        for path in paths {
            match self.open_pack(&path, self.packs.len(), self.packed) {
                Ok(pack) => {
                    self.packed = pack.first + pack.index.num_objects();
                    self.packs.push(pack);
                }
                // What was in a pack that has just been removed is in a later one.
                Err(_) if !path.exists() => {}
                Err(cause) => self.unread.push((path, cause)),
            }
        }
    }

    fn open_pack(&self, path: &Path, id: usize, first: Number) -> Result<Pack, String> {
        let index = index::File::at(path, self.hash).map_err(|e| e.to_string())?;
        let mut data = data::File::at(path.with_extension("pack"), self.hash).map_err(|e| e.to_string())?;
        data.id = u32::try_from(id).map_err(|e| e.to_string())?;
        first.checked_add(index.num_objects()).ok_or("more objects than can be numbered")?;
        Ok(Pack { index, data, first })
    }

    /// The packs that were not there when the store was opened.
    fn late(&self) -> &[Pack] {
        self.late.get_or_init(|| {
            let paths = self
                .directories
                .iter()
                .flat_map(|directory| indices(&directory.join("pack")).unwrap_or_default());
            let is_known = |path: &PathBuf| self.packs.iter().any(|pack| pack.index.path() == path);
            let mut packs = Vec::new();
            for path in paths.filter(|path| !is_known(path)) {
                // Their objects are numbered like those in no pack.
                packs.extend(self.open_pack(&path, self.packs.len() + packs.len(), 0));
            }
            packs
        })
    }

    pub(super) fn hash(&self) -> HashKind {
        self.hash
    }

    /// Notes which parts of the store could not be opened. What they hold is missing.
    pub(super) fn note_unread(&self, ledger: &mut Ledger) {
        for (path, cause) in &self.unread {
            ledger.skip(unread(cause.clone()), &crate::file::path_bytes(path), true);
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

    /// The pack that an object lies in, and where. None for what is in no pack.
    fn place(&self, number: Number) -> Option<(&Pack, u64)> {
        let pack = self.pack_of(number)?;
        Some((pack, pack.index.pack_offset_at_index(number - pack.first)))
    }

    /// The order in which to read these objects so that each comes soon after the base of its delta: families of deltas
    /// from their roots down, the families as they lie in the packs.
    pub(super) fn order(&self, numbers: impl Iterator<Item = Number>) -> Vec<u32> {
        let mut objects: Vec<(u32, u64, u32)> = Vec::new();
        for (at, number) in numbers.enumerate() {
            match self.place(number) {
                Some((pack, offset)) => objects.push((pack.data.id, offset, at as u32)),
                None => objects.push((LOOSE, u64::from(number), at as u32)),
            }
        }
        objects.sort_unstable();
        // Bases lie before their deltas; others, which are rare, are taken for roots.
        let parents: Vec<u32> = (0..objects.len()).map(|at| self.nearest_base(&objects[..=at])).collect();
        let mut children: Vec<(u32, u32)> =
            parents.iter().enumerate().map(|(child, parent)| (*parent, child as u32)).collect();
        children.sort_unstable();
        let below = |parent: u32| {
            let first = children.partition_point(|(of, _)| *of < parent);
            children[first..].iter().take_while(move |(of, _)| *of == parent).map(|(_, child)| *child)
        };
        let mut order = Vec::with_capacity(objects.len());
        let mut stack: Vec<u32> = Vec::new();
        for root in below(NO_PARENT) {
            stack.push(root);
            while let Some(at) = stack.pop() {
                order.push(objects[at as usize].2);
                let first = stack.len();
                stack.extend(below(at));
                stack[first..].reverse();
            }
        }
        order
    }

    /// Which of the objects before the last of them is the nearest base of it.
    fn nearest_base(&self, objects: &[(u32, u64, u32)]) -> u32 {
        let Some(((id, offset, _), before)) = objects.split_last() else { return NO_PARENT };
        let Some(pack) = self.packs.get(*id as usize) else { return NO_PARENT };
        let mut offset = *offset;
        for _ in 0..LONGEST_CHAIN {
            let base = pack.data.entry(offset).ok().and_then(|entry| match entry.header {
                Header::OfsDelta { base_distance } => entry.checked_base_pack_offset(base_distance),
                _ => None,
            });
            let Some(base) = base else { break };
            if let Ok(at) = before.binary_search_by(|object| (object.0, object.1).cmp(&(*id, base))) {
                return at as u32;
            }
            offset = base;
        }
        NO_PARENT
    }
}

/// The indices of the packs in a directory, in the order of their names: an object that is in two packs has the number of the
/// first, always the same one.
fn indices(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths: Vec<PathBuf> = match fs::read_dir(directory) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e),
    };
    paths.retain(|path| path.extension().is_some_and(|e| e == "idx"));
    paths.sort();
    Ok(paths)
}

/// The parent of roots.
const NO_PARENT: u32 = u32::MAX;

/// The numbers of ids that were asked for before: most entries of a tree are those of the tree before, and a look into the
/// index of a pack takes a dozen steps over memory.
pub(super) struct Numbers<'o> {
    objects: &'o Objects,
    /// The last of the ids that have a place in common.
    met: Vec<Option<(ObjectId, Number)>>,
}

impl<'o> Numbers<'o> {
    const PLACES: usize = 1 << 14;

    pub(super) fn new(objects: &'o Objects) -> Numbers<'o> {
        Numbers { objects, met: vec![None; Numbers::PLACES] }
    }

    /// The number of an object, which need not exist.
    pub(super) fn of(&mut self, id: &oid) -> Number {
        let [first, second, ..] = *id.as_bytes() else { return self.objects.number(id) };
        let met = &mut self.met[usize::from(u16::from_le_bytes([first, second])) % Numbers::PLACES];
        match met {
            Some((known, number)) if known.as_ref() == id => *number,
            _ => {
                let number = self.objects.number(id);
                *met = Some((id.to_owned(), number));
                number
            }
        }
    }
}

/// Reads objects for one thread.
pub(super) struct Reader<'o> {
    pub(super) objects: &'o Objects,
    kept: Kept,
    inflate: Inflate,
    /// The instructions of a delta.
    delta: Vec<u8>,
    object: Rc<Vec<u8>>,
}

/// Decoded objects, by pack and offset: those that have just been read, and the bases of their deltas. The first of a
/// family of deltas that is read takes all of its bases, the others then take a step each. What is in no pack is kept
/// under [`LOOSE`] and its number.
type Kept = CLruCache<(u32, u64), Object, RandomState, Weight>;

type Object = (Kind, Rc<Vec<u8>>);

/// What to do with an object that is large, or the base of its delta.
#[derive(Clone, Copy, PartialEq)]
enum Above {
    /// It is decoded into memory.
    Held,
    /// It is read while it is decoded.
    Streamed,
    /// It is left for later.
    Later,
}

/// What was found of an object.
enum Found<'o> {
    Held(Object),
    Large(Large<'o>),
    Later,
}

/// The bytes of an object.
pub(super) enum Content<'c> {
    Whole(&'c [u8]),
    Large(&'c Large<'c>),
}

/// Where a chain of deltas begins.
enum Root {
    /// An object that is kept, of the chain or below it.
    Kept(Object),
    /// The entry at this offset, which is no delta.
    At(u64, data::Entry),
}

struct Weight;

impl<K> WeightScale<K, Object> for Weight {
    fn weight(&self, _: &K, (_, object): &Object) -> usize {
        // What is around it counts too: most trees are small.
        object.len() + 128
    }
}

impl<'o> Reader<'o> {
    pub(super) fn new(objects: &'o Objects) -> Reader<'o> {
        let kept = CLruCacheConfig::new(KEPT).with_scale(Weight);
        Reader {
            objects,
            kept: CLruCache::with_config(kept),
            inflate: Inflate::default(),
            delta: Vec::new(),
            object: Rc::default(),
        }
    }

    /// An object of at most so many bytes.
    pub(super) fn read(&mut self, number: Number, most: u64) -> Result<(Kind, &[u8]), Fault> {
        let (kind, object) = within(self.find(number, most, Above::Held), most)?;
        self.object = object;
        Ok((kind, &self.object))
    }

    /// Does something with an object of at most so many bytes. Of all readers of a store one at a time has a large one, so
    /// that many threads need no more memory for them than one; and a large file is not held, unless `whole` wants it by
    /// how it begins.
    pub(super) fn with<T>(
        &mut self,
        number: Number,
        most: u64,
        whole: impl FnOnce(&[u8]) -> bool,
        work: impl FnOnce(Result<(Kind, Content<'_>), Fault>) -> T,
    ) -> T {
        let objects = self.objects;
        let (mut found, mut turn) = (self.find(number, most, Above::Later), None);
        if let Ok(Found::Later) = found {
            turn = Some(objects.turn.lock().unwrap_or_else(PoisonError::into_inner));
            found = self.find(number, most, Above::Streamed);
        }
        let done = match found {
            Ok(Found::Large(large)) if large.size > most => work(Err(Fault::TooLarge)),
            Ok(Found::Large(large)) if large.kind == Kind::Blob && !whole(&large.head) => {
                work(Ok((large.kind, Content::Large(&large))))
            }
            found => {
                let found = match found {
                    Ok(Found::Large(large)) => {
                        drop(large);
                        self.find(number, most, Above::Held)
                    }
                    found => found,
                };
                match &within(found, most) {
                    Ok((kind, object)) => work(Ok((*kind, Content::Whole(object)))),
                    Err(fault) => work(Err(fault.clone())),
                }
            }
        };
        if turn.is_some() {
            self.delta = Vec::new();
        }
        done
    }

    /// The bytes of a tree; none if it cannot be read.
    pub(super) fn tree(&mut self, number: Number) -> Rc<Vec<u8>> {
        match self.find(number, u64::MAX, Above::Held) {
            Ok(Found::Held((Kind::Tree, object))) => object,
            _ => Rc::default(),
        }
    }

    /// Finds an object. `above`: what if it or the base of its delta is large. One with more than `most` bytes that is no
    /// delta is a fault.
    fn find(&mut self, number: Number, most: u64, above: Above) -> Result<Found<'o>, Fault> {
        let objects = self.objects;
        let Some((pack, offset)) = objects.place(number) else {
            let place = (LOOSE, u64::from(number));
            if let Some(kept) = self.kept.get(&place) {
                return Ok(Found::Held(kept.clone()));
            }
            let found = self.find_elsewhere(&objects.id(number), LOOSE, most, above)?;
            if let Found::Held(found) = &found {
                _ = self.kept.put_with_weight(place, found.clone());
            }
            return Ok(found);
        };
        match self.unpack(pack, offset, most, above) {
            // There may be another copy.
            Err(Fault::Corrupt(cause)) => {
                let found = self.find_elsewhere(&objects.id(number), pack.data.id, most, above);
                found.or(Err(Fault::Corrupt(cause)))
            }
            found => found,
        }
    }

    /// Looks for an object among the loose ones, and in packs other than the one with the id `not`.
    fn find_elsewhere(&mut self, id: &oid, not: u32, most: u64, above: Above) -> Result<Found<'o>, Fault> {
        let mut fault = Fault::Missing;
        let objects = self.objects;
        for store in &objects.loose {
            let mut bytes = Vec::new();
            let found = match store.try_header(id) {
                Ok(Some((size, _))) if size > most => return Err(Fault::TooLarge),
                Ok(Some((size, kind))) if size > self.large(above) => {
                    if above == Above::Later {
                        return Ok(Found::Later);
                    }
                    match Large::loose(kind, size, &store.object_path(id)) {
                        Ok(large) => return Ok(Found::Large(large)),
                        Err(e) => {
                            fault = e.into();
                            continue;
                        }
                    }
                }
                Ok(_) => store.try_find(id, &mut bytes).map(|found| found.map(|object| object.kind)),
                Err(e) => Err(e),
            };
            match found {
                Ok(Some(kind)) => return Ok(Found::Held((kind, Rc::new(bytes)))),
                Ok(None) => {}
                Err(e) => fault = Fault::Corrupt(e.to_string()),
            }
        }
        // The later ones are looked for only when there is nothing in the others.
        let late = std::iter::once_with(|| objects.late()).flatten();
        for pack in objects.packs.iter().chain(late).filter(|pack| pack.data.id != not) {
            if let Some(place) = pack.index.lookup(id) {
                match self.unpack(pack, pack.index.pack_offset_at_index(place), most, above) {
                    Ok(found) => return Ok(found),
                    Err(other) => fault = other,
                }
            }
        }
        Err(fault)
    }

    /// How many bytes an object can have that is decoded into memory.
    fn large(&self, above: Above) -> u64 {
        if above == Above::Held { u64::MAX } else { self.objects.large }
    }

    /// Decodes an object and the bases of its delta, as far as they are not kept.
    fn unpack(&mut self, pack: &'o Pack, offset: u64, most: u64, above: Above) -> Result<Found<'o>, Fault> {
        let large = self.large(above);
        let (root, mut deltas) = self.chain(pack, offset)?;
        let (kind, mut object) = match root {
            Root::Kept(object) => object,
            Root::At(_, entry) if entry.decompressed_size > most => return Err(Fault::TooLarge),
            Root::At(_, entry) if entry.decompressed_size > large => {
                return self.above(pack, offset, most, above);
            }
            Root::At(offset, entry) => {
                let object = self.root(pack, &entry)?;
                _ = self.kept.put_with_weight((pack.data.id, offset), object.clone());
                object
            }
        };
        while let Some((base, entry)) = deltas.pop() {
            let mut delta = std::mem::take(&mut self.delta);
            let inflated = self.inflate(pack, &entry, &mut delta);
            let applied = inflated.and_then(|()| Ok(apply(&object, &delta, large)?));
            self.delta = delta;
            let Some(applied) = applied? else { return self.above(pack, offset, most, above) };
            object = Rc::new(applied);
            _ = self.kept.put_with_weight((pack.data.id, base), (kind, Rc::clone(&object)));
        }
        Ok(Found::Held((kind, object)))
    }

    /// What to do with a large object, or one with a large object below it.
    fn above(&mut self, pack: &'o Pack, offset: u64, most: u64, above: Above) -> Result<Found<'o>, Fault> {
        if above != Above::Streamed {
            return Ok(Found::Later);
        }
        match self.stream(pack, offset)? {
            Some(Found::Large(large)) if large.size <= self.objects.large => {
                let mut bytes = Vec::new();
                large.reader()?.read_to_end(&mut bytes)?;
                Ok(Found::Held((large.kind, Rc::new(bytes))))
            }
            Some(found) => Ok(found),
            None => self.unpack(pack, offset, most, Above::Held),
        }
    }

    /// Opens an object to be read while it is decoded; none if it is better held.
    fn stream(&mut self, pack: &'o Pack, offset: u64) -> Result<Option<Found<'o>>, Fault> {
        let (root, deltas) = self.chain(pack, offset)?;
        let Some(((_, last), below)) = deltas.split_first() else {
            return match root {
                Root::Kept(object) => Ok(Some(Found::Held(object))),
                Root::At(_, entry) => {
                    let bytes = compressed(pack, &entry)?;
                    let kind = kind(&entry)?;
                    let large = Large::new(kind, entry.decompressed_size, Source::Packed(bytes))?;
                    Ok(Some(Found::Large(large)))
                }
            };
        };
        let (kind, root) = match root {
            Root::Kept(object) => object,
            Root::At(_, entry) => self.root(pack, &entry)?,
        };
        let mut base = Composed::new(root);
        for (_, entry) in below.iter().rev() {
            let delta = Inflated::new(compressed(pack, entry)?, entry.decompressed_size);
            if !base.apply(Delta::new(delta, base.size())?)? {
                return Ok(None);
            }
        }
        let large = Large::delta(kind, compressed(pack, last)?, last.decompressed_size, base)?;
        Ok(Some(Found::Large(large)))
    }

    /// The deltas that an object is made of, the last to be applied first, and what they are applied to.
    fn chain(&mut self, pack: &Pack, offset: u64) -> Result<(Root, Vec<(u64, data::Entry)>), Fault> {
        let mut deltas = Vec::new();
        let mut offset = offset;
        loop {
            if let Some(kept) = self.kept.get(&(pack.data.id, offset)) {
                return Ok((Root::Kept(kept.clone()), deltas));
            }
            let entry = pack.data.entry(offset).map_err(|e| Fault::Corrupt(e.to_string()))?;
            let base = match entry.header {
                Header::OfsDelta { base_distance } => entry.checked_base_pack_offset(base_distance),
                Header::RefDelta { base_id } => {
                    pack.index.lookup(base_id).map(|place| pack.index.pack_offset_at_index(place))
                }
                _ => return Ok((Root::At(offset, entry), deltas)),
            };
            deltas.push((offset, entry));
            if deltas.len() > LONGEST_CHAIN {
                return Err(corrupt("deltas of deltas without an end"));
            }
            offset = base.ok_or_else(|| corrupt("a delta without a base"))?;
        }
    }

    /// Decodes an entry that is no delta.
    fn root(&mut self, pack: &Pack, entry: &data::Entry) -> Result<Object, Fault> {
        let mut bytes = Vec::new();
        self.inflate(pack, entry, &mut bytes)?;
        Ok((kind(entry)?, Rc::new(bytes)))
    }

    /// Inflates what an entry holds: an object, or the instructions of a delta.
    fn inflate(&mut self, pack: &Pack, entry: &data::Entry, bytes: &mut Vec<u8>) -> Result<(), Fault> {
        compressed(pack, entry)?;
        let size = entry.decompressed_size as usize;
        if bytes.capacity() > BUFFER.max(size) {
            *bytes = Vec::new();
        }
        bytes.resize(size, 0);
        let inflated = pack.data.decompress_entry(entry, &mut self.inflate, bytes);
        inflated.map(|_| ()).map_err(|e| Fault::Corrupt(e.to_string()))
    }
}

/// The bytes of an entry as they are in the pack, and what follows.
fn compressed<'p>(pack: &'p Pack, entry: &data::Entry) -> Result<&'p [u8], Fault> {
    let size = entry.decompressed_size;
    let bytes = pack.data.entry_slice(entry.data_offset..pack.data.pack_end() as u64).unwrap_or_default();
    // Nothing is compressed to less than a thousandth: what claims so lies, and memory is only taken for what may be.
    if size > LARGEST as u64 || size / 1_100 > bytes.len() as u64 {
        return Err(Fault::Corrupt(format!("{size} bytes, or so it says, which are too many")));
    }
    Ok(bytes)
}

/// What kind of object an entry is that is no delta.
fn kind(entry: &data::Entry) -> Result<Kind, Fault> {
    entry.header.as_kind().ok_or_else(|| corrupt("an object of no kind"))
}

/// What was found, if it is held and has at most so many bytes.
fn within(found: Result<Found<'_>, Fault>, most: u64) -> Result<Object, Fault> {
    match found? {
        Found::Held((kind, object)) if object.len() as u64 <= most => Ok((kind, object)),
        _ => Err(Fault::TooLarge),
    }
}

fn corrupt(cause: &str) -> Fault {
    Fault::Corrupt(cause.to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::{History, References, Repository};
    use crate::unit::Unit;
    use crate::worker::{Progress, Visitor};
    use scalr_detect::{Finding, Scanner};
    use std::ops::ControlFlow;
    use std::process::Command;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn run_git(directory: &Path, args: &[&str]) -> String {
        let mut command = Command::new("git");
        command.current_dir(directory).args(["-c", "user.name=a", "-c", "user.email=a@example.com"]);
        for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"] {
            command.env_remove(name);
        }
        let output = command.args(args).output().expect("git is needed: install it");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    fn bytes_of(content: &Content<'_>) -> Vec<u8> {
        match content {
            Content::Whole(bytes) => bytes.to_vec(),
            Content::Large(large) => {
                let mut bytes = Vec::new();
                large.reader().unwrap().read_to_end(&mut bytes).unwrap();
                assert_eq!(large.size, bytes.len() as u64);
                bytes
            }
        }
    }

    /// A repository is packed anew while it is scanned.
    #[test]
    fn what_was_loose_is_found_in_a_later_pack() {
        let tree = tempfile::tempdir().unwrap();
        let git = |args: &[&str]| run_git(tree.path(), args);
        git(&["init", "-q"]);
        let commit = |text: &str| {
            fs::write(tree.path().join("a"), text).unwrap();
            git(&["add", "a"]);
            git(&["commit", "-qm", text]);
            ObjectId::from_hex(git(&["rev-parse", "HEAD:a"]).as_bytes()).unwrap()
        };
        let packed = commit("packed");
        git(&["gc", "-q"]);
        let loose = commit("loose");
        let objects = Objects::open(vec![tree.path().join(".git/objects")], HashKind::Sha1);
        let missing = ObjectId::from_hex(&[b'1'; 40]).unwrap();
        git(&["gc", "-q", "--prune=now"]);
        let mut reader = Reader::new(&objects);
        for (id, text) in [(loose, "loose"), (packed, "packed"), (loose, "loose")] {
            let (kind, bytes) = reader.read(objects.number(&id), u64::MAX).unwrap();
            assert_eq!((kind, bytes), (Kind::Blob, text.as_bytes()));
        }
        assert!(matches!(reader.read(objects.number(&missing), u64::MAX), Err(Fault::Missing)));
    }

    /// However many threads want something large, one at a time has it.
    #[test]
    fn large_objects_take_turns() {
        let tree = tempfile::tempdir().unwrap();
        let git = |args: &[&str]| run_git(tree.path(), args);
        git(&["init", "-q"]);
        // Kept as a whole, as a delta of that, and in no pack.
        let text = |size: usize, end: &str| "0123456789abcde\n".repeat(size / 16) + end;
        let texts = [text(9 << 20, ""), text(9 << 20, "more"), text(10 << 20, "loose"), text(8 << 20, "")];
        let mut ids = Vec::new();
        for (at, text) in texts.iter().enumerate() {
            if at == 2 {
                git(&["gc", "-q"]);
            }
            fs::write(tree.path().join("a"), text).unwrap();
            git(&["add", "a"]);
            git(&["commit", "-qm", "a"]);
            ids.push(ObjectId::from_hex(git(&["rev-parse", "HEAD:a"]).as_bytes()).unwrap());
        }
        let objects = Objects::open(vec![tree.path().join(".git/objects")], HashKind::Sha1);
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let mut reader = Reader::new(&objects);
                    for (id, text) in ids.iter().zip(&texts) {
                        let is_large = text.len() as u64 > LARGE;
                        reader.with(
                            objects.number(id),
                            u64::MAX,
                            |_| false,
                            |object| {
                                most.fetch_max(
                                    now.fetch_add(usize::from(is_large), Ordering::SeqCst)
                                        + usize::from(is_large),
                                    Ordering::SeqCst,
                                );
                                let content = object.unwrap().1;
                                assert_eq!(matches!(content, Content::Large(_)), is_large);
                                assert!(bytes_of(&content) == text.as_bytes());
                                now.fetch_sub(usize::from(is_large), Ordering::SeqCst);
                            },
                        );
                        let small =
                            reader.with(objects.number(id), 100, |_| false, |object| object.map(|_| ()));
                        assert!(matches!(small, Err(Fault::TooLarge)));
                    }
                });
            }
        });
        assert_eq!(most.into_inner(), 1);
    }

    /// What is found in a history whose objects are large above so many bytes: findings and what was skipped.
    fn scan(directory: &Path, large: u64, introductions: bool) -> (Vec<String>, String) {
        struct All<'a>(&'a Mutex<Vec<String>>);
        impl Visitor for All<'_> {
            fn finding(&mut self, unit: &Unit<'_>, finding: &Finding<'_, '_>) -> ControlFlow<()> {
                let (span, position) = (finding.secret_span(), finding.position());
                let path = String::from_utf8_lossy(unit.path());
                let said =
                    format!("{path} {span:?} {position:?} {} {:?}", finding.detector().id, unit.origin());
                self.0.lock().unwrap().push(said);
                ControlFlow::Continue(())
            }
        }
        let mut repository = Repository::discover(directory).unwrap();
        repository.objects.large = large;
        let selection = repository.all(References::default());
        let history = History::new(&repository, &selection).introductions(introductions);
        let found = Mutex::default();
        let ledger = history.scan(&Scanner::new(), &Progress::default(), || All(&found));
        let mut found = found.into_inner().unwrap();
        if !introductions {
            found.sort();
        }
        let skipped: Vec<_> = ledger.skipped().collect();
        (found, format!("{} {} {skipped:?}", ledger.units(), ledger.bytes()))
    }

    /// Whole, or read while they are decoded: objects and findings are the same, and so is what is wrong with them.
    #[test]
    fn large_objects_are_read_as_whole_ones_are() {
        let commands: [(&str, &str, &[&str]); 7] = [
            ("sha1", "loose", &[]),
            ("sha256", "loose", &[]),
            ("sha1", "true", &["repack", "-adfq", "--depth=1"]),
            ("sha1", "true", &["repack", "-adfq", "--depth=50", "--window=60"]),
            ("sha1", "false", &["repack", "-adfq", "--depth=50", "--window=60"]),
            ("sha256", "true", &["repack", "-adfq", "--depth=50", "--window=60"]),
            ("sha256", "false", &["repack", "-adfq", "--depth=5"]),
        ];
        for (hash, offsets, command) in commands {
            let tree = tempfile::tempdir().unwrap();
            let git = |args: &[&str]| run_git(tree.path(), args);
            git(&["init", "-q", &format!("--object-format={hash}")]);
            let token = concat!("npm_", "vkhonuv9Ghesv6tKavA1QQ468KUybS1YkQaP");
            let mut lines: Vec<String> =
                (0..6_000u32).map(|at| format!("line {}", at.wrapping_mul(2_654_435_761))).collect();
            for version in 0..24 {
                lines[version * 113] = format!("key {version} = {token}");
                lines.remove(7 + version);
                let text = lines.join("\n");
                // A file that grows, one that has its last 0x10000 bytes alone, one with its start: copies, no insertion.
                for (name, text) in
                    [("a", &text[..]), ("b", &text[text.len() - 0x1_0000..]), ("c", &text[..20_000])]
                {
                    fs::write(tree.path().join(name), text).unwrap();
                }
                git(&["add", "."]);
                git(&["commit", "-qm", "a"]);
            }
            if !command.is_empty() {
                git(&[&["-c", &format!("repack.useDeltaBaseOffset={offsets}")], command].concat());
            }
            let what = format!("{hash} {offsets} {command:?}");
            for introductions in [true, false] {
                let (whole, large) =
                    (scan(tree.path(), u64::MAX, introductions), scan(tree.path(), 1 << 10, introductions));
                assert!(whole.0.len() > 24, "{what}: {}", whole.0.len());
                assert_eq!(whole, large, "{what}");
            }
            let directory = tree.path().join(".git/objects");
            let ids: Vec<ObjectId> = git(&["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"])
                .lines()
                .map(|id| ObjectId::from_hex(id.as_bytes()).unwrap())
                .collect();
            let compare = |what: &str| {
                let open = |large| {
                    let kind = if hash == "sha1" { HashKind::Sha1 } else { HashKind::Sha256 };
                    Objects { large, ..Objects::open(vec![directory.clone()], kind) }
                };
                let (whole, large) = (open(u64::MAX), open(1 << 10));
                let (mut streamed, mut damaged) = (0, 0);
                for id in &ids {
                    let mut read = |objects: &Objects| {
                        Reader::new(objects).with(
                            objects.number(id),
                            u64::MAX,
                            |_| false,
                            |object| {
                                streamed += usize::from(matches!(object, Ok((_, Content::Large(_)))));
                                object.map(|(kind, content)| (kind, bytes_of(&content))).map_err(|_| ())
                            },
                        )
                    };
                    let (whole, large) = (read(&whole), read(&large));
                    damaged += usize::from(whole.is_err());
                    assert!(whole == large, "{what}: {id}: {:?} {:?}", whole.is_ok(), large.is_ok());
                }
                (streamed, damaged)
            };
            let (streamed, damaged) = compare(&what);
            assert!(streamed > 40 && damaged == 0, "{what}: {streamed} {damaged}");
            // Damaged packs: cut off, and a byte that is another one.
            let Ok(packs) = fs::read_dir(directory.join("pack")) else { continue };
            let mut packs = packs.map(|entry| entry.unwrap().path());
            let Some(pack) = packs.find(|path| path.extension().is_some_and(|e| e == "pack")) else {
                continue;
            };
            let bytes = fs::read(&pack).unwrap();
            // Git makes packs that nobody may write to.
            let write = |bytes: &[u8]| {
                fs::remove_file(&pack).unwrap();
                fs::write(&pack, bytes).unwrap();
            };
            let mut damaged = 0;
            for part in [1, 4, 7] {
                let at = bytes.len() * part / 8;
                write(&bytes[..at]);
                damaged += compare(&format!("{what} cut at {at}")).1;
                let mut other = bytes.clone();
                other[at] ^= 0x55;
                write(&other);
                damaged += compare(&format!("{what} damaged at {at}")).1;
            }
            assert!(damaged > 0, "{what}");
        }
    }
}
