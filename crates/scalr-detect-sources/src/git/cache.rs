//! Which texts of a repository are known to be clean.
//!
//! One file, `scalr-detect/clean` in the repository's common directory: a line that names the format; the identity of the
//! scanner, so that another catalogue begins anew; then the ids of objects; and at the end a hash of all that. No
//! text, no path and no secret is in it. Whoever can write there could have objects passed over, as they could put
//! anything else into the repository; so it is heeded only where the repository belongs to the user.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::PathBuf;

use gix::hash::ObjectId;

use super::Repository;
use super::objects::{Number, Objects, Set};

const FORMAT: &[u8] = b"scalr-detect clean 1\n";
const HASH: usize = 32;

pub(super) struct Cache {
    path: PathBuf,
    scanner: [u8; 16],
    known: Set,
}

impl Cache {
    /// The cache of a repository, if it may have one. `scanner`: what decides whether a text is clean.
    pub(super) fn open(repository: &Repository, scanner: &[u8; 16]) -> Option<Cache> {
        let local = repository.gix.to_thread_local();
        if local.git_dir_trust() != gix::sec::Trust::Full {
            return None;
        }
        let path = local.common_dir().join("scalr-detect").join("clean");
        let mut cache = Cache { path, scanner: *scanner, known: Set::default() };
        // One that is damaged, or another scanner's, is as good as none.
        if let Ok(Some(known)) = cache.read(&repository.objects) {
            cache.known = known;
        }
        Some(cache)
    }

    /// What is known to be clean.
    pub(super) fn take(&mut self) -> Set {
        self.known.clone()
    }

    fn read(&self, objects: &Objects) -> io::Result<Option<Set>> {
        let file = File::open(&self.path)?;
        if !file.metadata()?.is_file() {
            return Ok(None);
        }
        let size = objects.hash().len_in_bytes();
        let head = FORMAT.len() + self.scanner.len();
        let Some(ids) = (file.metadata()?.len() as usize).checked_sub(head + HASH) else { return Ok(None) };
        let (mut file, mut hasher, mut known) = (BufReader::new(file), blake3::Hasher::new(), Set::default());
        let mut buffer = [0; 64];
        let mut next = |n: usize| -> io::Result<[u8; 64]> {
            file.read_exact(&mut buffer[..n])?;
            Ok(buffer)
        };
        let start = next(head)?;
        if start[..FORMAT.len()] != *FORMAT || start[FORMAT.len()..head] != self.scanner || ids % size != 0 {
            return Ok(None);
        }
        hasher.update(&start[..head]);
        for _ in 0..ids / size {
            let id = next(size)?;
            hasher.update(&id[..size]);
            // What is gone is forgotten.
            if let Some(number) = objects.existing(&ObjectId::from_bytes_or_panic(&id[..size])) {
                known.insert(number);
            }
        }
        Ok((next(HASH)?[..HASH] == *hasher.finalize().as_bytes()).then_some(known))
    }

    /// Remembers what is clean, if it is more than was known. A cache that cannot be written is no error: the next scan
    /// takes as long as this one.
    pub(super) fn save(&self, objects: &Objects, clean: &Set) {
        if clean.len() > self.known.len() {
            _ = self.write(objects, clean);
        }
    }

    fn write(&self, objects: &Objects, clean: &Set) -> io::Result<()> {
        let directory = self.path.parent().ok_or(io::ErrorKind::NotFound)?;
        fs::create_dir_all(directory)?;
        // Written beside it and renamed: a scan at the same time sees the old one or the new one, and of two that end
        // together the later wins.
        let temporary = directory.join(format!("clean.{}", std::process::id()));
        let result =
            self.write_to(&temporary, objects, clean).and_then(|()| fs::rename(&temporary, &self.path));
        if result.is_err() {
            _ = fs::remove_file(&temporary);
        }
        result
    }

    fn write_to(&self, path: &PathBuf, objects: &Objects, clean: &Set) -> io::Result<()> {
        // Not through a link that somebody has put there.
        _ = fs::remove_file(path);
        let mut file = BufWriter::new(File::create_new(path)?);
        let mut hasher = blake3::Hasher::new();
        let mut write = |bytes: &[u8]| {
            hasher.update(bytes);
            file.write_all(bytes)
        };
        write(FORMAT)?;
        write(&self.scanner)?;
        for number in clean.iter() {
            write(objects.id(number).as_slice())?;
        }
        let hash = hasher.finalize();
        file.write_all(hash.as_bytes())?;
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_data()
    }
}

impl Set {
    fn len(&self) -> u64 {
        self.words().iter().map(|word| u64::from(word.count_ones())).sum()
    }

    fn iter(&self) -> impl Iterator<Item = Number> {
        let bits = |(at, word): (usize, &u64)| {
            let word = *word;
            (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| (at * 64 + bit) as Number)
        };
        self.words().iter().enumerate().flat_map(bits)
    }
}
