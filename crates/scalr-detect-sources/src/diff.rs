//! Unified diffs: the lines that they add, at their true places in the new files.
//!
//! What git, diff, svn and hg write is read, combined diffs of merges included, and what stands between files (messages of
//! commits, for example) is passed over. A hunk's new text, context included, is searched as it will stand in the file;
//! reported is what touches an added line. Memory is bounded, whatever the size of hunks and lines.

use std::io::{self, BufRead, BufReader, Read};
use std::ops::Range;

use scalr_detect::{Input, Scanner};

use crate::ledger::{Ledger, Reason, Unread};
use crate::unit::{Origin, Unit};
use crate::worker::{Progress, Shared, Visitor, Worker};

/// A text that grew to so many bytes is searched before its hunk ends.
const LARGE: usize = 4 << 20;

/// How much of it is then kept, as what comes after may continue a secret: more than the longest match and the context
/// that it needs.
const OVERLAP: usize = 128 << 10;

/// Lines are read in pieces of so many bytes.
const PIECE: u64 = 64 << 10;

/// Scans the unified diff that `reader` yields. `name`: what it is called where it is damaged or has nothing in it.
///
/// Findings come in order. Their lines are those of the new file; their offsets count from the start of the hunk's text.
/// A binary patch is noted as not scanned. A diff without any file is incomplete, as it is a mistake, most likely.
pub fn scan_diff<V: Visitor>(
    reader: impl Read,
    name: &[u8],
    scanner: &Scanner,
    progress: &Progress,
    visitor: V,
) -> Ledger {
    let shared = Shared::new(scanner, progress);
    let mut diff = Diff {
        worker: Worker::new(&shared, visitor),
        old: Vec::new(),
        file: None,
        has_files: false,
        hunk: None,
        line: Line::None,
    };
    let read = diff.read(BufReader::new(reader));
    let is_cut = diff.hunk.as_ref().is_some_and(|hunk| hunk.is_open());
    diff.end_file();
    let has_files = diff.has_files;
    let mut ledger = diff.worker.into_ledger();
    if progress.is_interrupted() {
        ledger.interrupt();
    } else if let Err(e) = read {
        ledger.skip(Unread::new(e, true), name, true);
    } else if is_cut {
        let cause = io::Error::other("the diff ends in the middle of a hunk");
        ledger.skip(Unread::new(cause, true), name, true);
    } else if !has_files {
        ledger.skip(Reason::NothingScanned, name, true);
    }
    ledger
}

struct Diff<'a, V> {
    worker: Worker<'a, V>,
    /// The path of the old file, as the diff has it.
    old: Vec<u8>,
    file: Option<File>,
    has_files: bool,
    hunk: Option<Hunk>,
    /// What the line is that is being read, as long lines come in pieces.
    line: Line,
}

/// A new file.
struct File {
    path: Vec<u8>,
    bytes: u64,
    has_findings: bool,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Line {
    None,
    Context,
    Added,
    Removed,
}

struct Hunk {
    /// How many lines of each old file are to come, and of the new one.
    old: Vec<u64>,
    new: u64,
    /// The number of the first line of the text.
    first: usize,
    text: Vec<u8>,
    /// Where there are added lines in it.
    added: Vec<Range<usize>>,
    /// What starts before this was reported before.
    reported: usize,
}

impl Hunk {
    /// `@@ -a,b +c,d @@`, or with as many `@` more as there are more old files.
    fn parse(line: &[u8]) -> Option<Hunk> {
        let marks = line.iter().take_while(|byte| **byte == b'@').count();
        if marks < 2 {
            return None;
        }
        let mut words = line[marks..].split(|byte| *byte == b' ').filter(|word| !word.is_empty());
        let mut range = |sign: u8| -> Option<(u64, u64)> {
            let (first, rest) = words.next()?.split_first()?;
            let mut numbers = std::str::from_utf8(rest).ok()?.splitn(2, ',').map(str::parse);
            let start = numbers.next()?.ok()?;
            let count = numbers.next().unwrap_or(Ok(1)).ok()?;
            (*first == sign).then_some((start, count))
        };
        let old = (1..marks).map(|_| Some(range(b'-')?.1)).collect::<Option<_>>()?;
        let (first, new) = range(b'+')?;
        let first = usize::try_from(first).ok()?.max(1);
        Some(Hunk { old, new, first, text: Vec::new(), added: Vec::new(), reported: 0 })
    }

    /// Whether there are lines to come.
    fn is_open(&self) -> bool {
        self.new > 0 || self.old.iter().any(|lines| *lines > 0)
    }

    /// Takes the signs off a line, of which there is one for each old file, and counts it.
    fn begin<'l>(&mut self, line: &'l [u8]) -> (Line, &'l [u8]) {
        // Some programs drop the blanks of lines that are empty but for them.
        let is_blank = line.trim_ascii().is_empty() && line.len() <= self.old.len();
        let (signs, text) =
            if is_blank { (&b""[..], line) } else { line.split_at(self.old.len().min(line.len())) };
        let is_removed = signs.contains(&b'-');
        for (at, lines) in self.old.iter_mut().enumerate() {
            let is_there = match signs.get(at) {
                Some(b'+') => false,
                Some(b'-') => true,
                _ => !is_removed,
            };
            *lines = lines.saturating_sub(u64::from(is_there));
        }
        self.new = self.new.saturating_sub(u64::from(!is_removed));
        let kind = match is_removed {
            true => Line::Removed,
            false if signs.contains(&b'+') => Line::Added,
            false => Line::Context,
        };
        (kind, text)
    }

    fn push(&mut self, kind: Line, text: &[u8]) {
        if matches!(kind, Line::None | Line::Removed) {
            return;
        }
        let start = self.text.len();
        self.text.extend_from_slice(text);
        if kind == Line::Added {
            match self.added.last_mut() {
                Some(last) if last.end == start => last.end = self.text.len(),
                _ => self.added.push(start..self.text.len()),
            }
        }
    }
}

impl<V: Visitor> Diff<'_, V> {
    fn read(&mut self, mut reader: impl BufRead) -> io::Result<()> {
        let mut line = Vec::new();
        let mut is_start = true;
        while !self.worker.shared.stopped() {
            line.clear();
            reader.by_ref().take(PIECE).read_until(b'\n', &mut line)?;
            if line.is_empty() {
                break;
            }
            if is_start {
                self.line(&line)
            } else {
                self.rest(&line)
            }
            is_start = line.ends_with(b"\n");
        }
        Ok(())
    }

    /// A line, or its beginning.
    fn line(&mut self, line: &[u8]) {
        self.line = Line::None;
        if let Some(hunk) = &mut self.hunk {
            if line.starts_with(b"\\") {
                // `\ No newline at end of file`: of the line before, whichever file that is in.
                return;
            }
            if hunk.is_open() {
                let (kind, text) = hunk.begin(line);
                hunk.push(kind, text);
                self.line = kind;
                return self.search_if_large();
            }
        }
        let line = line.trim_ascii_end();
        if let Some(hunk) = Hunk::parse(line).filter(|_| self.file.is_some()) {
            self.end_hunk();
            self.hunk = Some(hunk);
        } else if let Some(paths) = line.strip_prefix(b"diff --git ") {
            self.end_file();
            self.has_files = true;
            self.old = second_of_pair(paths);
        } else if let Some(path) =
            line.strip_prefix(b"diff --cc ").or_else(|| line.strip_prefix(b"diff --combined "))
        {
            self.end_file();
            self.has_files = true;
            self.old = unquote(path);
        } else if line == b"GIT binary patch" || is_binary(line) {
            self.worker.ledger.skip(Reason::BinaryPatch, &self.old, false);
        } else if let Some(path) = line.strip_prefix(b"--- ") {
            self.end_hunk();
            self.old = header_path(path);
        } else if let Some(path) = line.strip_prefix(b"+++ ") {
            self.end_file();
            self.has_files = true;
            let path = header_path(path);
            // What is deleted has no lines that count.
            if path != b"/dev/null" {
                let path = without_prefix(&self.old, path);
                self.file = Some(File { path, bytes: 0, has_findings: false });
            }
        }
    }

    /// The rest of a long line.
    fn rest(&mut self, text: &[u8]) {
        if let Some(hunk) = &mut self.hunk {
            hunk.push(self.line, text);
            self.search_if_large();
        }
    }

    fn search_if_large(&mut self) {
        if self.hunk.as_ref().is_some_and(|hunk| hunk.text.len() >= LARGE) {
            let Some(mut hunk) = self.hunk.take() else { return };
            let end = hunk.text.len() - OVERLAP;
            self.search(&hunk, end);
            // From the start of a line on, so that its column is right; of a very long line, from where it must be.
            let cut = end - OVERLAP;
            let cut = hunk.text[..cut].iter().rposition(|byte| *byte == b'\n').map_or(cut, |at| at + 1);
            hunk.first += hunk.text[..cut].iter().filter(|byte| **byte == b'\n').count();
            hunk.text.drain(..cut);
            hunk.added.retain_mut(|added| {
                *added = added.start.saturating_sub(cut)..added.end.saturating_sub(cut);
                added.start < added.end
            });
            hunk.reported = end - cut;
            self.hunk = Some(hunk);
        }
    }

    /// Searches a hunk, and reports what starts before `end` and was not reported before.
    fn search(&mut self, hunk: &Hunk, end: usize) {
        let Some(file) = &mut self.file else { return };
        let added: u64 = hunk.added.iter().map(|added| added.len() as u64).sum();
        if added == 0 {
            return;
        }
        file.bytes += (end - hunk.reported) as u64;
        let unit = Unit::new(&file.path, &Origin::Diff);
        let input = Input::new(&hunk.text).first_line(hunk.first);
        file.has_findings |= self.worker.part(&unit, input, |secret| {
            let touches = |added: &Range<usize>| added.start < secret.end && secret.start < added.end;
            (hunk.reported..end).contains(&secret.start) && hunk.added.iter().any(touches)
        });
    }

    fn end_hunk(&mut self) {
        if let Some(hunk) = self.hunk.take() {
            self.search(&hunk, hunk.text.len());
        }
    }

    fn end_file(&mut self) {
        self.end_hunk();
        if let Some(file) = self.file.take() {
            self.worker.end_parts(&Unit::new(&file.path, &Origin::Diff), file.bytes, file.has_findings);
        }
    }
}

/// The path in a line that begins with `---` or `+++`: up to a tab, behind which there may be a time.
fn header_path(text: &[u8]) -> Vec<u8> {
    if text.starts_with(b"\"") {
        return unquote(text);
    }
    text.split(|byte| *byte == b'\t').next().unwrap_or_default().to_vec()
}

/// The new path of a line `diff --git a/old b/new`, whose paths are not told apart where there are blanks in them; they are
/// the same, though, unless a line that follows says more.
fn second_of_pair(paths: &[u8]) -> Vec<u8> {
    if paths.ends_with(b"\"") {
        let start = paths[..paths.len() - 1].windows(2).rposition(|two| two == b" \"");
        let path = unquote(&paths[start.map_or(0, |at| at + 1)..]);
        return path.strip_prefix(b"b/").map_or(path.clone(), <[u8]>::to_vec);
    }
    let half = &paths[paths.len().div_ceil(2)..];
    half.strip_prefix(b"b/").unwrap_or(half).to_vec()
}

/// Takes off the `b/` that git puts before the new path where it puts `a/` before the old one, or others of its pairs of
/// letters.
fn without_prefix(old: &[u8], new: Vec<u8>) -> Vec<u8> {
    const PREFIXES: [(&[u8], &[u8]); 5] =
        [(b"a/", b"b/"), (b"i/", b"w/"), (b"c/", b"i/"), (b"c/", b"w/"), (b"o/", b"w/")];
    let is_pair = |(a, b): &(&[u8], &[u8])| (old.starts_with(a) || old == b"/dev/null") && new.starts_with(b);
    if PREFIXES.iter().any(is_pair) { new[2..].to_vec() } else { new }
}

fn is_binary(line: &[u8]) -> bool {
    line.starts_with(b"Binary files ") && line.ends_with(b" differ")
}

/// A path as git quotes it: in quotes, with the escapes of C.
fn unquote(text: &[u8]) -> Vec<u8> {
    let Some(inner) = text.strip_prefix(b"\"") else { return text.to_vec() };
    let mut bytes = inner.iter().copied().peekable();
    let mut path = Vec::new();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => break,
            b'\\' => match bytes.next() {
                Some(first @ b'0'..=b'7') => {
                    let mut value = u32::from(first - b'0');
                    for _ in 0..2 {
                        if let Some(digit) = bytes.next_if(|byte| (b'0'..=b'7').contains(byte)) {
                            value = value * 8 + u32::from(digit - b'0');
                        }
                    }
                    path.push(value as u8);
                }
                Some(letter) => path.push(match letter {
                    b'a' => 7,
                    b'b' => 8,
                    b't' => b'\t',
                    b'n' => b'\n',
                    b'v' => 11,
                    b'f' => 12,
                    b'r' => b'\r',
                    other => other,
                }),
                None => break,
            },
            byte => path.push(byte),
        }
    }
    path
}
