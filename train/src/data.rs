//! Labelled files, and the candidates in them.

use scalr_detect_generic::{AHEAD, Candidate, Features, PathKind, TRIGGERS, candidate, features, is_plain};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Rows labelled true though nobody can log in with them: neither right nor wrong.
const NEUTRAL: [&str; 6] =
    ["UUID", "AWS S3 Bucket", "Firebase Domain", "Tencent WeChat API App ID", "Nonce", "Salt"];

/// A label: some lines of a file.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) lines: (usize, usize),
    pub(crate) secret: bool,
    pub(crate) neutral: bool,
    /// Columns of the value, if it stands on one line.
    pub(crate) value: Option<(usize, usize)>,
    pub(crate) category: String,
}

/// A candidate of the grammar.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) file: usize,
    pub(crate) line: usize,
    pub(crate) features: Features,
    /// Whether trees are trained on it: words and phrases are not for them, and of tables there are too few.
    pub(crate) teaches: bool,
    pub(crate) candidate: Candidate,
    pub(crate) text: String,
}

/// A labelled file.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) repository: String,
    pub(crate) rows: Vec<Row>,
    pub(crate) lines: Vec<String>,
}

pub(crate) struct Data {
    pub(crate) files: Vec<File>,
    pub(crate) samples: Vec<Sample>,
}

impl Data {
    /// Reads every file under `data`, with the labels in `meta`.
    pub(crate) fn read(data: &Path, meta: &Path) -> Result<Data, String> {
        let mut rows: BTreeMap<String, Vec<Row>> = BTreeMap::new();
        for path in files_of(meta)? {
            let text =
                std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}\n", path.display()))?;
            let mut lines = text.lines();
            let head: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
            let column = |name: &str| {
                head.iter().position(|column| *column == name).ok_or(format!("no column {name}\n"))
            };
            let columns =
                ["FilePath", "LineStart", "LineEnd", "GroundTruth", "ValueStart", "ValueEnd", "Category"];
            let columns: Vec<usize> = columns.into_iter().map(column).collect::<Result<_, _>>()?;
            for line in lines {
                let cells: Vec<&str> = line.split(',').collect();
                let cell = |i: usize| cells.get(columns[i]).copied().unwrap_or_default();
                let number = |i: usize| cell(i).parse::<f64>().ok().map(|n| n as usize);
                let (Some(first), Some(last)) = (number(1), number(2)) else { continue };
                rows.entry(cell(0).to_owned()).or_default().push(Row {
                    lines: (first, last),
                    secret: cell(3) == "T",
                    neutral: NEUTRAL.contains(&cell(6)),
                    value: number(4).zip(number(5)).filter(|(a, b)| a < b && first == last),
                    category: cell(6).to_owned(),
                });
            }
        }
        let (mut files, mut samples) = (Vec::new(), Vec::new());
        for path in files_of(data)? {
            let bytes = std::fs::read(&path).map_err(|error| format!("{}: {error}\n", path.display()))?;
            let inside = path.strip_prefix(data).map_err(|error| format!("{error}\n"))?;
            let name = format!("data/{}", inside.display());
            let rows = rows.remove(&name).unwrap_or_default();
            let repository = name.split('/').nth(1).unwrap_or_default().to_owned();
            let lines =
                bytes.split(|byte| *byte == b'\n').map(|line| String::from_utf8_lossy(line).into_owned());
            let file = files.len();
            let kind = PathKind::of(name.as_bytes());
            files.push(File { path: name, repository, rows, lines: lines.collect() });
            for found in candidates(&bytes) {
                let line = 1 + bytes[..found.value.start].iter().filter(|byte| **byte == b'\n').count();
                let features = features(&bytes, &found, kind);
                let text = String::from_utf8_lossy(&bytes[found.name.start..found.value.end]).into_owned();
                let teaches = !is_plain(&features) && !found.is_in_table();
                samples.push(Sample { file, line, features, teaches, candidate: found, text });
            }
        }
        Ok(Data { files, samples })
    }

    /// Whether a sample is a secret; none if it does not count.
    pub(crate) fn label(&self, sample: &Sample) -> Option<bool> {
        let rows = &self.files[sample.file].rows;
        let here = rows.iter().filter(|row| row.lines.0 <= sample.line && sample.line <= row.lines.1);
        let mut label = Some(false);
        for row in here {
            match (row.secret, row.neutral) {
                (true, false) => return Some(true),
                (_, true) => label = None,
                _ => {}
            }
        }
        label
    }
}

/// Every file under a folder, sorted.
fn files_of(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries =
            std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}\n", folder.display()))?;
        for entry in entries {
            let path = entry.map_err(|error| format!("{}: {error}\n", folder.display()))?.path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    Ok(files)
}

/// All candidates in a text.
pub(crate) fn candidates(text: &[u8]) -> Vec<Candidate> {
    // As if more text followed, so that nothing is left open.
    let padded = [text, &[b'\n'; 4 * AHEAD]].concat();
    let mut found = Vec::new();
    for at in 0..text.len() {
        for trigger in &TRIGGERS {
            let letters = padded[at..at + 3].to_ascii_lowercase();
            if letters == trigger.letters && at >= trigger.offset {
                let mut next = candidate(&padded, trigger, at - trigger.offset).candidate;
                while let Some(candidate) = next.filter(|candidate| candidate.value.end <= text.len()) {
                    next = candidate.below(text);
                    found.push(candidate);
                }
            }
        }
    }
    found
}
