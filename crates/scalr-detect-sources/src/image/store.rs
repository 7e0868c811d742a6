//! Where the parts of an image are: in a directory, in a tar, or in a tar that is compressed.
//!
//! In a tar that is compressed a part can only be read when it comes. So it is read twice: first for the small parts in
//! JSON, which say what the image is, and for the paths of all layers; then for the layers.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256, Sha512};

use super::paths::{self, LayerPaths};
use crate::archive::compressed::{Format, decoder};
use crate::archive::tar::{Headers, Next, What};
use crate::archive::{ArchiveLimits, Base, Budget, FileAt, HEAD, Kind, Range, Stream, recognize};
use crate::file;
use crate::worker::read_full;

/// The largest part in JSON that is read. Registries take up to 4 MiB, but the tree of values that is made of it can be
/// thirty times as large as the text.
pub(super) const JSON: u64 = 1 << 20;

/// How much of them is kept of a compressed tar.
const KEPT: usize = 8 << 20;

/// How many parts an image may have.
const PARTS: usize = 1 << 16;

/// How long the name of a part may be. What has a longer one is named by nothing.
const NAME: usize = 4 << 10;

/// How many links lead to a part, at most.
const LINKS: usize = 8;

/// The parts of an image, by name.
pub(super) enum Store {
    Directory(PathBuf),
    Tar { file: File, size: u64, names: Names<(u64, u64)> },
    Compressed { file: File, size: u64, format: Format, limits: ArchiveLimits, names: Names<Kept> },
}

/// What is known of the names in a tar.
pub(super) struct Names<T> {
    parts: HashMap<Vec<u8>, T>,
    links: HashMap<Vec<u8>, Vec<u8>>,
}

/// What is kept of a part of a compressed tar.
pub(super) enum Kept {
    Json(Vec<u8>),
    Layer(LayerPaths),
}

impl<T> Names<T> {
    fn new() -> Names<T> {
        Names { parts: HashMap::new(), links: HashMap::new() }
    }

    /// The name of the part that a name leads to.
    fn resolve(&self, name: &str) -> Vec<u8> {
        let mut name = paths::clean(name.as_bytes()).to_vec();
        for _ in 0..LINKS {
            match self.links.get(&name) {
                Some(target) => name.clone_from(target),
                None => break,
            }
        }
        name
    }

    fn link(&mut self, from: &[u8], target: &[u8], symbolic: bool) {
        let target = if symbolic { beside(from, target) } else { paths::clean(target).to_vec() };
        self.links.insert(from.to_vec(), target);
    }
}

/// The path that a link leads to. What leads out of the tar leads to nothing in it.
fn beside(link: &[u8], target: &[u8]) -> Vec<u8> {
    let mut names: Vec<&[u8]> = Vec::new();
    if !target.starts_with(b"/") {
        names.extend(link.split(|&b| b == b'/'));
        names.pop();
    }
    for name in target.split(|&b| b == b'/') {
        match name {
            b"" | b"." => {}
            b".." => drop(names.pop()),
            name => names.push(name),
        }
    }
    names.join(&b'/')
}

impl Store {
    /// Opens what is at this path; None if it can be no image.
    pub(super) fn open(path: &Path, limits: &ArchiveLimits) -> io::Result<Option<Store>> {
        if fs::metadata(path)?.is_dir() {
            return Ok(Some(Store::Directory(path.to_owned())));
        }
        let mut file = file::open(path, true)?;
        let meta = file.metadata()?;
        if !meta.is_file() {
            return Ok(None);
        }
        let mut head = [0; HEAD];
        let (read, error) = read_full(&mut file, &mut head);
        if let Some(e) = error {
            return Err(e);
        }
        let size = meta.len();
        match recognize(&head[..read]) {
            Some(Kind::Tar) => {
                let names = index(&file, size)?;
                Ok(Some(Store::Tar { file, size, names }))
            }
            Some(Kind::Compressed(format)) => {
                let mut limits = limits.clone();
                limits.max_depth = limits.max_depth.max(2);
                let mut store = Store::Compressed { file, size, format, limits, names: Names::new() };
                store.read_names()?;
                Ok(Some(store))
            }
            _ => Ok(None),
        }
    }

    /// Whether its parts can be read only as they come.
    pub(super) fn is_sequential(&self) -> bool {
        matches!(self, Store::Compressed { .. })
    }

    /// The name of the part that a name leads to.
    pub(super) fn resolve(&self, name: &str) -> Vec<u8> {
        match self {
            Store::Directory(_) => paths::clean(name.as_bytes()).to_vec(),
            Store::Tar { names, .. } => names.resolve(name),
            Store::Compressed { names, .. } => names.resolve(name),
        }
    }

    /// Opens a part; None if there is none of this name.
    pub(super) fn part(&self, name: &str) -> io::Result<Option<Box<dyn Read + '_>>> {
        match self {
            Store::Directory(root) => {
                let Some(path) = resolve(root, name) else { return Ok(None) };
                match file::open(&path, false) {
                    Ok(file) if file.metadata()?.is_file() => Ok(Some(Box::new(file))),
                    Ok(_) => Ok(None),
                    Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
                    Err(e) => Err(e),
                }
            }
            Store::Tar { file, size, names } => {
                Ok(names.parts.get(&names.resolve(name)).map(|&(at, length)| {
                    let end = at.saturating_add(length).min(*size);
                    Box::new(Part { file: FileAt::new(file, *size), at, end }) as Box<dyn Read>
                }))
            }
            Store::Compressed { names, .. } => Ok(match names.parts.get(&names.resolve(name)) {
                Some(Kept::Json(text)) => Some(Box::new(&text[..])),
                _ => None,
            }),
        }
    }

    /// Reads a part in JSON; None if there is none of this name. Of one that is too large, the first [`JSON`] bytes and
    /// one more.
    pub(super) fn json(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let Some(part) = self.part(name)? else { return Ok(None) };
        let mut text = Vec::new();
        part.take(JSON + 1).read_to_end(&mut text)?;
        Ok(Some(text))
    }

    /// What a layer hides, where that is known before it is scanned.
    pub(super) fn paths_of(&self, name: &str) -> Option<std::sync::Arc<LayerPaths>> {
        let Store::Compressed { names, .. } = self else { return None };
        match names.parts.get(&names.resolve(name)) {
            Some(Kept::Layer(paths)) => Some(std::sync::Arc::new(paths.clone())),
            _ => None,
        }
    }

    /// Hands over the files of a compressed tar as they come, until told to stop.
    pub(super) fn walk(&self, each: &mut dyn FnMut(&[u8], &mut dyn Read) -> bool) -> io::Result<()> {
        let Store::Compressed { file, size, format, limits, .. } = self else { return Ok(()) };
        walk(file, *size, *format, limits, &mut |name, what, _, _, reader| {
            what != What::File || each(name, reader)
        })
    }

    fn read_names(&mut self) -> io::Result<()> {
        let Store::Compressed { file, size, format, limits, names } = self else { return Ok(()) };
        let room = std::sync::atomic::AtomicUsize::new(paths::MOST);
        let mut kept = 0;
        walk(file, *size, *format, limits, &mut |name, what, target, symbolic, reader| {
            if names.parts.len() + names.links.len() >= PARTS {
                return false;
            }
            match what {
                _ if name.len().max(target.len()) > NAME => {}
                What::File => {
                    let mut stream = Stream::new(reader);
                    let part = match stream.peek(1) {
                        [b'{' | b'['] => {
                            let mut text = Vec::new();
                            let read = stream.take(JSON + 1).read_to_end(&mut text);
                            kept += text.len();
                            let fits = read.is_ok() && kept <= KEPT;
                            fits.then_some(Kept::Json(text))
                        }
                        _ => Some(Kept::Layer(list(&mut stream, limits, &room))),
                    };
                    names.parts.extend(part.map(|part| (name.to_vec(), part)));
                }
                What::Other if !target.is_empty() => names.link(name, target, symbolic),
                _ => {}
            }
            true
        })
    }
}

type Visit<'v> = &'v mut dyn FnMut(&[u8], What, &[u8], bool, &mut dyn Read) -> bool;

/// Hands over the entries of a compressed tar: name, kind, where a link leads to and whether it is symbolic, data.
fn walk(file: &File, size: u64, format: Format, limits: &ArchiveLimits, visit: Visit<'_>) -> io::Result<()> {
    let budget = Budget::new(limits);
    let file = FileAt::new(file, size);
    let mut base = Base { reader: Range { source: &file, at: 0, end: size }, budget: &budget };
    let mut outer = Stream::new(&mut base);
    let (mut output, _memory) = decoder(format, &mut outer, &budget)?;
    let mut stream = Stream::new(&mut output);
    let mut headers = Headers::default();
    while let Next::Entry(entry) = headers.next(&mut stream, |_| {})? {
        let mut part = crate::archive::Part { stream: &mut stream, left: entry.size };
        let name = paths::clean(&entry.path);
        let goes_on = visit(name, entry.what, &entry.target, entry.symbolic, &mut part);
        part.finish()?;
        if !goes_on {
            break;
        }
        let padding = entry.padding();
        stream.skip(padding)?;
    }
    Ok(())
}

/// What the layer in a stream hides, if there is one.
fn list(
    stream: &mut Stream<'_>,
    limits: &ArchiveLimits,
    room: &std::sync::atomic::AtomicUsize,
) -> LayerPaths {
    let budget = Budget::new(limits);
    // The ratio is that of the whole tar.
    budget.count_read(u64::MAX);
    let mut paths = LayerPaths::default();
    match recognize(stream.peek(HEAD)) {
        Some(Kind::Compressed(format)) => {
            if let Ok((mut output, _memory)) = decoder(format, stream, &budget) {
                list_tar(&mut Stream::new(&mut output), &mut paths, room);
            }
        }
        Some(Kind::Tar) => list_tar(stream, &mut paths, room),
        _ => {}
    }
    paths.sort();
    paths
}

fn list_tar(stream: &mut Stream<'_>, paths: &mut LayerPaths, room: &std::sync::atomic::AtomicUsize) {
    let mut headers = Headers::default();
    // What is damaged is noted when it is scanned.
    while let Ok(Next::Entry(entry)) = headers.next(stream, |_| {}) {
        paths.add(paths::clean(&entry.path), entry.what, room);
        if stream.skip(entry.size.saturating_add(entry.padding())).is_err() {
            break;
        }
    }
}

/// Where the parts are in a tar that is a file.
fn index(file: &File, size: u64) -> io::Result<Names<(u64, u64)>> {
    let mut names = Names::new();
    let file = FileAt::new(file, size);
    let mut reader = Range { source: &file, at: 0, end: size };
    let mut headers = Headers::default();
    loop {
        match headers.next(&mut reader, |_| {}) {
            Ok(Next::Entry(entry)) if names.parts.len() + names.links.len() < PARTS => {
                let name = paths::clean(&entry.path);
                match entry.what {
                    _ if name.len().max(entry.target.len()) > NAME => {}
                    What::File => drop(names.parts.insert(name.to_vec(), (reader.at, entry.size))),
                    What::Other if !entry.target.is_empty() => {
                        names.link(name, &entry.target, entry.symbolic);
                    }
                    _ => {}
                }
                let next = reader.at.saturating_add(entry.size).saturating_add(entry.padding());
                reader.at = next.min(size);
            }
            // A tar that is cut off is found out when its parts are read.
            Err(e) if e.kind() != io::ErrorKind::UnexpectedEof && e.kind() != io::ErrorKind::InvalidData => {
                return Err(e);
            }
            _ => return Ok(names),
        }
    }
}

/// Reads a part of a tar that is a file.
struct Part<'f> {
    file: FileAt<'f>,
    at: u64,
    end: u64,
}

impl Read for Part<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut range = Range { source: &self.file, at: self.at, end: self.end };
        let read = range.read(buffer)?;
        self.at = range.at;
        Ok(read)
    }
}

/// The path of a part in a directory: links are followed as long as they lead to nowhere else.
fn resolve(root: &Path, name: &str) -> Option<PathBuf> {
    let mut left: Vec<String> = name.split('/').rev().map(str::to_owned).collect();
    let (mut names, mut links) = (Vec::<String>::new(), 0);
    while let Some(name) = left.pop() {
        match &name[..] {
            "" | "." => continue,
            ".." => {
                names.pop()?;
                continue;
            }
            _ => names.push(name),
        }
        let path = names.iter().fold(root.to_owned(), |path, name| path.join(name));
        let Ok(meta) = fs::symlink_metadata(&path) else { return Some(path) };
        if meta.is_symlink() {
            links += 1;
            let target = fs::read_link(&path).ok().filter(|target| links <= LINKS && target.is_relative())?;
            names.pop();
            left.extend(target.to_str()?.split('/').rev().map(str::to_owned));
        }
    }
    Some(names.iter().fold(root.to_owned(), |path, name| path.join(name)))
}

/// Compares what is read with a digest and a size.
pub(super) struct Checked<'d, R> {
    reader: R,
    sum: Sum,
    digest: Option<&'d str>,
    size: Option<u64>,
    read: u64,
}

enum Sum {
    Sha256(Sha256),
    Sha512(Sha512),
    None,
}

impl<'d, R> Checked<'d, R> {
    /// `digest`: the algorithm, `:`, hexadecimal digits.
    pub(super) fn new(reader: R, digest: Option<&'d str>, size: Option<u64>) -> Checked<'d, R> {
        let sum = match digest.and_then(|digest| digest.split_once(':')) {
            Some(("sha256", _)) => Sum::Sha256(Sha256::new()),
            Some(("sha512", _)) => Sum::Sha512(Sha512::new()),
            _ => Sum::None,
        };
        Checked { reader, sum, digest, size, read: 0 }
    }

    fn update(&mut self, bytes: &[u8]) {
        match &mut self.sum {
            Sum::Sha256(sum) => sum.update(bytes),
            Sum::Sha512(sum) => sum.update(bytes),
            Sum::None => {}
        }
        self.read += bytes.len() as u64;
    }

    /// Whether all that was read is what it should be. A digest of an algorithm that nobody uses says nothing.
    pub(super) fn holds(&self) -> bool {
        let sum: Option<Vec<u8>> = match &self.sum {
            Sum::Sha256(sum) => Some(sum.clone().finalize().to_vec()),
            Sum::Sha512(sum) => Some(sum.clone().finalize().to_vec()),
            Sum::None => None,
        };
        let expected = self.digest.and_then(|digest| digest.split_once(':')).map(|(_, hex)| hex);
        let sum_holds = match (sum, expected) {
            (Some(sum), Some(hex)) => {
                let shown: String = sum.iter().map(|byte| format!("{byte:02x}")).collect();
                shown.eq_ignore_ascii_case(hex)
            }
            _ => true,
        };
        sum_holds && self.size.is_none_or(|size| size == self.read)
    }
}

impl<R: Read> Read for Checked<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.update(&buffer[..read]);
        Ok(read)
    }
}

/// Sums up what is read on its way.
pub(super) struct Tee<'t, 'd, R> {
    pub(super) reader: R,
    pub(super) sum: &'t mut Checked<'d, io::Empty>,
}

impl<R: Read> Read for Tee<'_, '_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.sum.update(&buffer[..read]);
        Ok(read)
    }
}
