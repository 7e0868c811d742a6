//! Images: what `docker save`, `podman save` or `skopeo copy` writes, and OCI layouts, without a daemon.
//!
//! An image is a configuration and a pile of layers, each a tar. [`layout`] finds out which there are and what they are
//! called, [`store`] reads them from a directory or a tar, [`paths`] knows which files a layer hides of those below.
//! Here is how they are scanned.
//!
//! # Deleted files
//!
//! What a later layer deletes or replaces is still in the image, and whoever has the image has it. It is reported with
//! the layer that hides it. So later layers come first: their paths are known (as hashes, 8 bytes each) when the earlier
//! ones are scanned. Several threads take one layer after another from the top; a thread that has found something waits
//! until those above are done, as only then its place is known. Findings are rare, and the topmost layer waits for
//! nobody. Each layer is read once.
//!
//! # Layers that images share
//!
//! are scanned once, for the first image that has them.

mod layout;
mod paths;
mod store;

use std::cell::RefCell;
use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use scalr_detect::Scanner;

use crate::archive::{ArchiveLimits, Base, Budget, Frame, Kind, Label, Opener, Over, Stream, recognize};
use crate::archive::{HEAD, tar};
use crate::file::path_bytes;
use crate::ledger::{Ledger, Reason, Unread};
use crate::unit::{ImageOrigin, Origin, Unit};
use crate::worker::{self, Attribution, Progress, Shared, Visitor, Worker};
use layout::{Image, Layer};
use paths::{Hidden, LayerPaths};
use store::{Checked, Store};

/// Images to scan: tars that `docker save` or the like wrote, OCI layouts as directories or tars; tars may be compressed.
#[derive(Clone, Debug)]
pub struct Images {
    paths: Vec<PathBuf>,
    threads: usize,
    limits: ArchiveLimits,
    archives: bool,
    check_digests: bool,
}

/// What was to be scanned as an image is none.
#[derive(Debug)]
pub struct NotAnImage {
    path: PathBuf,
    why: &'static str,
}

impl fmt::Display for NotAnImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        write!(
            f,
            "{path} is not an image: {}. An image is a tar that `docker save`, `podman save` or `skopeo copy … \
             oci-archive:FILE` wrote, or the directory of an OCI layout. For other files there is `scan`",
            self.why
        )
    }
}

impl std::error::Error for NotAnImage {}

impl Images {
    /// Scans the images at these paths.
    pub fn new<P: Into<PathBuf>>(paths: impl IntoIterator<Item = P>) -> Images {
        let paths = paths.into_iter().map(Into::into).collect();
        Images { paths, threads: 0, limits: ArchiveLimits::default(), archives: true, check_digests: false }
    }

    /// How many threads read and scan. 0, the default: as many as can run at once.
    pub fn threads(mut self, threads: usize) -> Images {
        self.threads = threads;
        self
    }

    /// How far each layer is looked into. None: the default limits for layers, and archives in them are scanned as they
    /// are.
    pub fn archives(mut self, limits: Option<ArchiveLimits>) -> Images {
        self.archives = limits.is_some();
        self.limits = limits.unwrap_or_default();
        self
    }

    /// Whether the digests of layers are checked, too; those of manifests and configurations always are, and so are all
    /// sizes. Off by default: it is a quarter of the time, and what is read of a layer is scanned in any case.
    pub fn check_digests(mut self, on: bool) -> Images {
        self.check_digests = on;
        self
    }

    /// Scans everything. `visitor` makes the visitor of each worker thread.
    ///
    /// # Errors
    ///
    /// If one of the paths is no image; then nothing is scanned. What cannot be read is in the ledger.
    pub fn scan<V: Visitor>(
        &self,
        scanner: &Scanner,
        progress: &Progress,
        visitor: impl Fn() -> V + Sync,
    ) -> Result<Ledger, NotAnImage> {
        let mut limits = self.limits.clone();
        if !self.archives {
            // The layer itself, and its compression.
            limits.max_depth = 0;
        }
        let (mut ledger, mut loaded) = (Ledger::default(), Vec::new());
        for path in &self.paths {
            match self.load(path, &limits)? {
                Ok(one) => loaded.push(one),
                Err(why) => ledger.skip(why, &path_bytes(path), true),
            }
        }
        for (store, contents) in &loaded {
            let shared = Shared::new(scanner, progress);
            let plan = Plan::new(self, store, contents, &limits);
            let threads = if store.is_sequential() { 1 } else { worker::count(self.threads) };
            let threads = threads.min(plan.tasks.len()).max(1);
            ledger.merge(&shared.on_threads(threads, || plan.work(Worker::new(&shared, visitor()))));
            ledger.merge(&contents.ledger);
        }
        ledger.note_if_empty(&self.paths.first().map_or(b"".as_slice().into(), |path| path_bytes(path)));
        Ok(ledger)
    }

    fn load(
        &self,
        path: &Path,
        limits: &ArchiveLimits,
    ) -> Result<Result<(Store, layout::Contents), Unread>, NotAnImage> {
        let not = |why| NotAnImage { path: path.to_owned(), why };
        if path.as_os_str() == "-" {
            return Err(not("an image is not read from standard input, as its parts come in no order"));
        }
        let store = match Store::open(path, limits) {
            Ok(Some(store)) => store,
            Ok(None) => return Err(not("it is neither a tar nor a directory")),
            Err(e) => return Ok(Err(Unread::new(e, true))),
        };
        match layout::read(&store, path) {
            Ok(Some(contents)) => Ok(Ok((store, contents))),
            Ok(None) => Err(not("it has neither index.json nor manifest.json")),
            Err(e) => Ok(Err(Unread::new(e, true))),
        }
    }
}

/// What is to be done, in this order.
struct Plan<'p> {
    settings: &'p Images,
    store: &'p Store,
    contents: &'p layout::Contents,
    limits: &'p ArchiveLimits,
    tasks: Vec<Task>,
    next: AtomicUsize,
    /// Of each task, what its layer hides, once it is done.
    done: Mutex<Vec<Option<Arc<LayerPaths>>>>,
    news: Condvar,
    /// How many paths there is still room for.
    room: AtomicUsize,
}

struct Task {
    image: usize,
    /// From 0; None: what is in no layer.
    layer: Option<usize>,
    /// Tasks of the later layers of the image, with their numbers from 1, the lowest first.
    above: Vec<(usize, usize)>,
    /// Whether there are layers below.
    hides: bool,
}

impl<'p> Plan<'p> {
    fn new(
        settings: &'p Images,
        store: &'p Store,
        contents: &'p layout::Contents,
        limits: &'p ArchiveLimits,
    ) -> Plan<'p> {
        let (mut tasks, mut of_layer) = (Vec::<Task>::new(), std::collections::HashMap::new());
        for (image, of) in contents.images.iter().enumerate() {
            tasks.push(Task { image, layer: None, above: Vec::new(), hides: false });
            let mut above = Vec::new();
            for (layer, what) in of.layers.iter().enumerate().rev() {
                let task = *of_layer.entry(what.identity()).or_insert_with(|| {
                    tasks.push(Task { image, layer: Some(layer), above: above.clone(), hides: false });
                    tasks.len() - 1
                });
                tasks[task].hides |= layer > 0;
                above.insert(0, (task, layer + 1));
            }
        }
        Plan {
            settings,
            store,
            contents,
            limits,
            next: AtomicUsize::new(0),
            done: Mutex::new(vec![None; tasks.len()]),
            news: Condvar::new(),
            room: AtomicUsize::new(paths::MOST),
            tasks,
        }
    }

    fn work<V: Visitor>(&self, worker: Worker<'_, V>) -> Ledger {
        let place = Place { plan: self, at: RefCell::default(), shared: worker.shared };
        let mut worker = worker;
        worker.attribute(Some(&place));
        if self.store.is_sequential() {
            self.work_in_order(&mut worker, &place);
            return worker.into_ledger();
        }
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(task) = self.tasks.get(number) else { break };
            let done = Done { plan: self, number, paths: None };
            self.task(&mut worker, &place, task, None, done);
            if worker.shared.stopped() {
                break;
            }
        }
        worker.into_ledger()
    }

    /// The parts of a tar that is compressed, as they come. What layers hide is known from reading it the first time.
    fn work_in_order<V: Visitor>(&self, worker: &mut Worker<'_, V>, place: &Place<'_>) {
        for (number, task) in self.tasks.iter().enumerate() {
            let paths = task.layer.and_then(|layer| {
                let layer = &self.contents.images[task.image].layers[layer];
                self.store.paths_of(&layer.part.name)
            });
            lock(&self.done)[number] = Some(paths.unwrap_or_default());
        }
        let mut left: Vec<usize> = Vec::new();
        for (number, task) in self.tasks.iter().enumerate() {
            match task.layer {
                None => self.task(worker, place, task, None, Done { plan: self, number, paths: None }),
                Some(_) => left.push(number),
            }
        }
        let walked = self.store.walk(&mut |name, reader| {
            let mut here = None;
            left.retain(|&number| {
                let task = &self.tasks[number];
                let layer = task.layer.map(|layer| &self.contents.images[task.image].layers[layer]);
                let is = layer.is_some_and(|layer| self.store.resolve(&layer.part.name) == name);
                if is {
                    here = Some(number);
                }
                !is
            });
            if let Some(number) = here {
                let done = Done { plan: self, number, paths: None };
                self.task(worker, place, &self.tasks[number], Some(reader), done);
            }
            !worker.shared.stopped()
        });
        if let Err(e) = walked {
            worker.ledger.skip(Unread::new(e, true), &self.contents.path, true);
        }
        for number in left {
            if worker.shared.stopped() {
                break;
            }
            let task = &self.tasks[number];
            let done = Done { plan: self, number, paths: None };
            self.task(worker, place, task, None, done);
        }
    }

    fn task<V: Visitor>(
        &self,
        worker: &mut Worker<'_, V>,
        place: &Place<'_>,
        task: &Task,
        reader: Option<&mut dyn Read>,
        mut done: Done<'_>,
    ) {
        let image = &self.contents.images[task.image];
        let Some(layer) = task.layer else { return self.texts(worker, image) };
        let origin = origin(image, Some(layer));
        let what = &image.layers[layer];
        *place.at.borrow_mut() = Some((done.number, Vec::new()));
        let mut paths = task.hides.then(LayerPaths::default);
        let result = match reader {
            Some(reader) => Some(self.layer(worker, place, &origin, what, &mut paths, reader)),
            None => match self.store.part(&what.part.name) {
                Ok(Some(mut reader)) => {
                    Some(self.layer(worker, place, &origin, what, &mut paths, &mut reader))
                }
                Ok(None) => None,
                Err(e) => Some(Err(e)),
            },
        };
        let name = what.part.name.as_bytes();
        match result {
            None => worker.ledger.skip(Reason::MissingPart, name, true),
            Some(Err(e)) => worker.ledger.skip(Unread::new(e, true), name, true),
            Some(Ok(())) => {}
        }
        *place.at.borrow_mut() = None;
        done.paths = paths;
    }

    /// Scans a layer, and lists what it hides.
    fn layer<V: Visitor>(
        &self,
        worker: &mut Worker<'_, V>,
        place: &Place<'_>,
        origin: &Origin,
        layer: &Layer,
        paths: &mut Option<LayerPaths>,
        reader: &mut dyn Read,
    ) -> io::Result<()> {
        let name = layer.part.name.as_bytes();
        if layer.encrypted {
            worker.ledger.skip(Reason::Encrypted, name, true);
            return Ok(());
        }
        let budget = Budget::new(self.limits);
        // The digest is that of the bytes as they are stored, or, where none is given, of the tar in it.
        let digests = self.settings.check_digests;
        let (stored, inside) = (layer.part.digest.as_deref(), layer.diff_id.as_deref());
        let mut checked = Checked::new(reader, stored.filter(|_| digests), layer.part.size);
        let mut sum = (digests && stored.is_none()).then(|| Checked::new(io::empty(), inside, None));
        let mut base = Base { reader: &mut checked, budget: &budget };
        let mut opener = Opener { worker, budget: &budget, origin };
        let mut scan = LayerScan { plan: self, place, layer, paths };
        let over = {
            let mut stream = Stream::new(&mut base);
            let over = scan.stream(&mut opener, &mut stream, &mut sum);
            // What is behind the last block belongs to the size and the digest, too.
            let _ = io::copy(&mut stream, &mut io::sink());
            over
        };
        let stopped = opener.worker.shared.stopped();
        opener.conclude(name)?;
        let holds = checked.holds() && sum.as_ref().is_none_or(|sum| over.is_err() || sum.holds());
        if !holds && !stopped {
            opener.note(Reason::DigestMismatch, name);
        }
        Ok(())
    }

    /// Scans what is in no layer.
    fn texts<V: Visitor>(&self, worker: &mut Worker<'_, V>, image: &Image) {
        let origin = origin(image, None);
        for text in &image.texts {
            worker.plain_bytes(&Unit::new(text.path.as_bytes(), &origin), text.text.as_bytes());
        }
    }

    /// The first later layer that hides a path of a task's layer: its number from 1. Waits until those are done.
    fn hidden_in(&self, number: usize, path: &[u8], shared: &Shared<'_>) -> Option<usize> {
        let hidden = Hidden::new(path);
        for &(task, layer) in &self.tasks[number].above {
            let mut done = lock(&self.done);
            let paths = loop {
                if let Some(paths) = &done[task] {
                    break Arc::clone(paths);
                }
                if shared.stopped() {
                    return None;
                }
                let wait = self.news.wait_timeout(done, Duration::from_millis(100));
                done = wait.unwrap_or_else(PoisonError::into_inner).0;
            };
            drop(done);
            if paths.hides(&hidden) {
                return Some(layer);
            }
        }
        None
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn origin(image: &Image, layer: Option<usize>) -> Origin {
    let what = layer.map(|layer| &image.layers[layer]);
    Origin::Image(Arc::new(ImageOrigin {
        image: image.name.clone(),
        platform: image.platform.clone(),
        layer: layer.map_or(0, |layer| layer + 1),
        layers: image.layers.len(),
        digest: what.map_or_else(|| image.digest.clone(), Layer::shown_digest),
        command: what.map_or_else(String::new, |layer| layer.command.clone()),
        deleted_in: None,
    }))
}

/// Says that a task is done, whatever ends it: others may wait.
struct Done<'p> {
    plan: &'p Plan<'p>,
    number: usize,
    paths: Option<LayerPaths>,
}

impl Drop for Done<'_> {
    fn drop(&mut self) {
        let mut paths = self.paths.take().unwrap_or_default();
        paths.sort();
        let mut done = lock(&self.plan.done);
        done[self.number].get_or_insert_with(|| Arc::new(paths));
        self.plan.news.notify_all();
    }
}

/// Where a thread is: the task, and the path in the layer, which is empty for what is no file of it.
struct Place<'p> {
    plan: &'p Plan<'p>,
    at: RefCell<Option<(usize, Vec<u8>)>>,
    shared: &'p Shared<'p>,
}

impl Attribution for Place<'_> {
    fn origin(&self, unit: &Unit<'_>) -> Option<Origin> {
        let at = self.at.borrow();
        let (number, path) = at.as_ref().filter(|(_, path)| !path.is_empty())?;
        let Origin::Image(image) = unit.origin() else { return None };
        let deleted_in = self.plan.hidden_in(*number, path, self.shared)?;
        Some(Origin::Image(Arc::new(ImageOrigin { deleted_in: Some(deleted_in), ..(**image).clone() })))
    }
}

/// Scans one layer.
struct LayerScan<'s, 'p> {
    plan: &'s Plan<'p>,
    place: &'s Place<'s>,
    layer: &'s Layer,
    paths: &'s mut Option<LayerPaths>,
}

impl LayerScan<'_, '_> {
    fn stream<V: Visitor>(
        &mut self,
        opener: &mut Opener<'_, '_, V>,
        stream: &mut Stream<'_>,
        sum: &mut Option<Checked<'_, io::Empty>>,
    ) -> Result<(), Over> {
        match recognize(stream.peek(HEAD)) {
            Some(Kind::Compressed(format)) => {
                let name = self.layer.part.name.as_bytes();
                opener.decompress(name, format, stream, |opener, stream| self.tar(opener, stream, sum))
            }
            _ => self.tar(opener, stream, sum),
        }
    }

    fn tar<V: Visitor>(
        &mut self,
        opener: &mut Opener<'_, '_, V>,
        stream: &mut Stream<'_>,
        sum: &mut Option<Checked<'_, io::Empty>>,
    ) -> Result<(), Over> {
        match sum {
            Some(sum) => {
                let mut tee = store::Tee { reader: stream, sum };
                self.entries(opener, &mut Stream::new(&mut tee))
            }
            None => self.entries(opener, stream),
        }
    }

    fn entries<V: Visitor>(
        &mut self,
        opener: &mut Opener<'_, '_, V>,
        stream: &mut Stream<'_>,
    ) -> Result<(), Over> {
        let title = self.layer.title.as_bytes();
        // Empty: a layer that changes nothing. Else, what is no tar: an attestation, a chart, …
        if recognize(stream.peek(HEAD)) != Some(Kind::Tar) && !is_empty_tar(stream.peek(HEAD)) {
            return opener.content(&Label::of(title), stream, 0);
        }
        let unit = Unit::new(title, opener.origin);
        let mut frame = Frame::new(opener.worker, &unit);
        let result = opener.tar_entries(&mut frame, stream, &mut |opener, entry, part| {
            let path = paths::clean(&entry.path);
            if let Some(paths) = self.paths.as_mut() {
                paths.add(path, entry.what, &self.plan.room);
            }
            if entry.what != tar::What::File || paths::is_whiteout(path) {
                return Ok(());
            }
            if let Some((_, at)) = &mut *self.place.at.borrow_mut() {
                at.clear();
                at.extend_from_slice(path);
            }
            let label = Label::of(path);
            if !self.plan.settings.archives {
                opener.plain(path, &mut entry.with_holes(part))
            } else if entry.is_sparse() {
                opener.content(&label, &mut Stream::new(&mut entry.with_holes(part)), 0)
            } else {
                opener.part(&label, part, 0)
            }
        });
        if let Some((_, at)) = &mut *self.place.at.borrow_mut() {
            at.clear();
        }
        frame.finish(opener.worker);
        match result? {
            Ok(()) => Ok(()),
            Err(e) => opener.failed(self.layer.part.name.as_bytes(), &e),
        }
    }
}

/// A tar without entries is zeros.
fn is_empty_tar(head: &[u8]) -> bool {
    head.iter().all(|&b| b == 0)
}
