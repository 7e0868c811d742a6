//! The history of a repository, made up: what `git fast-import` reads.

use std::io::{self, Write};

use crate::text::{Random, Text};
use crate::{SECRETS, expand};

/// How many files there are at the end, and how many a commit changes.
const FILES: usize = 400;
const CHANGED: usize = 4;

/// How large a file is when it is added, in bytes.
const SIZE: usize = 25 << 10;

/// In every so many commits is one that adds a secret to a file, a merge that adds one, and a message that has one.
const SECRET_EVERY: usize = 32;
const MERGE_EVERY: usize = 40;
const SECRET_MERGE_EVERY: usize = 240;
const SECRET_MESSAGE_EVERY: usize = 250;

/// When the first commit is made, in seconds since 1970, and how long it is to the next.
const START: usize = 1_600_000_000;
const STEP: usize = 1_800;

/// How many secrets there are in a history, each of which is in one version of one file or in one message.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Secrets {
    /// In files, the ones that merges add among them.
    pub files: usize,
    /// In files of merges, where no parent has them.
    pub merges: usize,
    /// In messages of commits.
    pub messages: usize,
}

/// Writes a history of so many commits on `main`, beside those of branches that are merged into it, for `git fast-import`.
/// A commit changes a few lines of four files. The same for the same number, always.
///
/// # Errors
///
/// Those of writing.
pub fn history(out: &mut impl Write, commits: usize) -> io::Result<Secrets> {
    let mut history = History {
        out,
        random: Random(0x9157_0417),
        text: Text::new(0x415_7041),
        files: Vec::new(),
        secrets: Secrets::default(),
        time: START,
        mark: 0,
    };
    let mut branch = None;
    for number in 1..=commits {
        history.commit("main", None, number % SECRET_EVERY == 0, number % SECRET_MESSAGE_EVERY == 0)?;
        match number % MERGE_EVERY {
            // The branch begins where main is then, and changes other files than main does.
            1 => branch = Some(history.mark),
            2 | 3 => {
                let from = branch.unwrap_or(history.mark);
                branch = Some(history.side(from)?);
            }
            4 => {
                let secret = number % SECRET_MERGE_EVERY == 4;
                history.secrets.merges += usize::from(secret);
                history.commit("main", branch.take(), secret, false)?;
            }
            _ => {}
        }
    }
    Ok(history.secrets)
}

struct History<'o, W> {
    out: &'o mut W,
    random: Random,
    text: Text,
    /// The files of main: lines, and whether one of them is a secret.
    files: Vec<(Vec<Vec<u8>>, bool)>,
    secrets: Secrets,
    time: usize,
    mark: usize,
}

impl<W: Write> History<'_, W> {
    /// A commit that changes some files, and adds a secret to the last of them.
    fn commit(
        &mut self,
        branch: &str,
        merge: Option<usize>,
        secret: bool,
        in_message: bool,
    ) -> io::Result<()> {
        self.head(branch, in_message)?;
        if let Some(mark) = merge {
            writeln!(self.out, "merge :{mark}")?;
        }
        for change in 0..CHANGED {
            let at = if self.files.len() < FILES {
                let lines = self.lines(SIZE);
                self.files.push((lines, false));
                self.files.len() - 1
            } else {
                self.random.below(FILES)
            };
            self.change(at);
            if secret && change == CHANGED - 1 {
                let (line, place) = (self.secret(), self.random.below(self.files[at].0.len()));
                self.files[at].0.insert(place, line);
                self.files[at].1 = true;
                self.secrets.files += 1;
            }
            let bytes = self.files[at].0.concat();
            self.file(&path(at), &bytes)?;
        }
        // What git calls the end of a commit.
        self.out.write_all(b"\n")
    }

    /// A commit on a branch: a file of its own.
    fn side(&mut self, from: usize) -> io::Result<usize> {
        self.reset("side", from)?;
        self.head("side", false)?;
        let bytes = self.lines(SIZE).concat();
        let path = format!("side/{}.c", self.mark);
        self.file(&path, &bytes)?;
        self.out.write_all(b"\n")?;
        Ok(self.mark)
    }

    fn reset(&mut self, branch: &str, to: usize) -> io::Result<()> {
        write!(self.out, "reset refs/heads/{branch}\nfrom :{to}\n\n")
    }

    fn head(&mut self, branch: &str, secret: bool) -> io::Result<()> {
        self.mark += 1;
        self.time += STEP;
        let mut message = b"Change what is read and when\n\n".to_vec();
        self.text.prose(120);
        message.append(&mut self.text.out);
        if secret {
            message.push(b'\n');
            message.append(&mut self.secret());
            self.secrets.messages += 1;
        }
        let (mark, time, size) = (self.mark, self.time, message.len());
        write!(self.out, "commit refs/heads/{branch}\nmark :{mark}\n")?;
        write!(self.out, "committer Ada Example <ada@example.com> {time} +0000\ndata {size}\n")?;
        self.out.write_all(&message)?;
        self.out.write_all(b"\n")
    }

    fn file(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        write!(self.out, "M 100644 inline {path}\ndata {}\n", bytes.len())?;
        self.out.write_all(bytes)?;
        self.out.write_all(b"\n")
    }

    /// Replaces a few lines of a file; a secret that is in it goes.
    fn change(&mut self, at: usize) {
        let new = self.lines(200);
        let (lines, has_secret) = &mut self.files[at];
        if std::mem::take(has_secret) {
            lines.retain(|line| !line.starts_with(b"#! "));
        }
        let first = self.random.below(lines.len());
        let last = lines.len().min(first + new.len());
        lines.splice(first..last, new);
    }

    /// Source code of about so many bytes.
    fn lines(&mut self, size: usize) -> Vec<Vec<u8>> {
        while self.text.out.len() < size {
            if self.random.below(3) == 0 { self.text.script() } else { self.text.c_function() }
        }
        let text = std::mem::take(&mut self.text.out);
        text.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
    }

    /// A line with a secret of a kind that every scanner knows.
    fn secret(&mut self) -> Vec<u8> {
        let number = self.secrets.files + self.secrets.messages;
        let mut line = b"#! ".to_vec();
        line.append(&mut expand(SECRETS[number % 5], number as u64));
        line.push(b'\n');
        line
    }
}

fn path(file: usize) -> String {
    let end = if file.is_multiple_of(3) { "py" } else { "c" };
    format!("src/part{}/unit{}/file{file}.{end}", file % 7, file % 31)
}
