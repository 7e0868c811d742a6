//! Cross-validation over repositories, and the model for all.

use crate::data::{Data, Sample};
use crate::trees::{self, Settings};
use scalr_detect_generic::{Features, LIKELY, Model, SURE, TREE, is_sure};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

const FOLDS: u64 = 5;
const SETTINGS: Settings = Settings { trees: 120, rate: 0.12, lambda: 3.0, least: 3.0 };

/// The fold of a repository: never both trained on and scored.
fn fold(repository: &str) -> u64 {
    // FNV-1a.
    let hash = repository.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash >> 20) % FOLDS
}

/// Labels and, by models that have not seen their repositories, scores of all samples.
fn cross_validate(data: &Data) -> (Vec<Option<bool>>, Vec<i32>) {
    let labels: Vec<Option<bool>> = data.samples.iter().map(|sample| data.label(sample)).collect();
    let this_fold = |sample: &Sample| fold(&data.files[sample.file].repository);
    let mut scores = vec![0; data.samples.len()];
    for this in 0..FOLDS {
        let trees = trees::train(&labelled(data, &labels, |sample| this_fold(sample) != this), SETTINGS);
        let model = Model::read(&trees);
        for (score, sample) in scores.iter_mut().zip(&data.samples) {
            if this_fold(sample) == this {
                *score = model.score(&sample.candidate, &sample.features);
            }
        }
    }
    (labels, scores)
}

fn labelled<'d>(
    data: &'d Data,
    labels: &[Option<bool>],
    keep: impl Fn(&Sample) -> bool,
) -> Vec<(&'d Features, bool, f64)> {
    let samples = data.samples.iter().zip(labels);
    samples
        .filter(|(sample, _)| sample.teaches && keep(sample))
        .filter_map(|(sample, label)| Some((&sample.features, (*label)?, 1.0)))
        .collect()
}

/// Trains, evaluates and writes the trees.
pub(crate) fn train(data: &Path, meta: &Path, out: &Path, findings: Option<&Path>) -> Result<String, String> {
    let data = Data::read(data, meta)?;
    let (labels, scores) = cross_validate(&data);
    let others = match findings {
        Some(path) => others(path)?,
        None => BTreeSet::new(),
    };
    let samples = || data.samples.iter().zip(&scores);
    let lines = |kept: &dyn Fn(&Sample, i32) -> bool| -> BTreeSet<(usize, usize)> {
        let kept = samples().filter(|(sample, score)| kept(sample, **score));
        kept.map(|(sample, _)| (sample.file, sample.line)).collect()
    };
    let found = |threshold: i32| lines(&|_, score| score >= threshold);
    let count = |label| labels.iter().filter(|l| **l == label).count();
    let mut text = format!("candidates: {} secret, {} not\n", count(Some(true)), count(Some(false)));
    let mut line = |name: &str, found: &BTreeSet<(usize, usize)>| {
        let (tp, fp, missed, _) = score(&data, found, &others);
        let (p, r) = (tp as f64 / (tp + fp).max(1) as f64, tp as f64 / (tp + missed) as f64);
        let f1 = 2.0 * p * r / (p + r);
        writeln!(
            text,
            "{name:>18}  precision {p:.3}  recall {r:.3}  F1 {f1:.3}  TP {tp} FP {fp} FN {missed}"
        )
        .expect(STRING);
    };
    line("low confidence", &found(LIKELY));
    line("default confidence", &lines(&|sample, score| is_sure(score, &sample.features)));
    for threshold in [-100, 0, 100, 200, 300, 400, SURE, 600, 800, 1000] {
        line(&format!("from {threshold}"), &found(threshold));
    }
    let (.., categories) = score(&data, &found(LIKELY), &others);
    let mut categories: Vec<_> = categories.into_iter().collect();
    categories.sort_by_key(|(name, (_, all))| (usize::MAX - all, name.clone()));
    text.push_str("recall by category at low confidence:\n");
    for (name, (hit, all)) in categories.iter().take(24) {
        writeln!(text, "  {name}: {hit} of {all}").expect(STRING);
    }
    let model = trees::train(&labelled(&data, &labels, |_| true), SETTINGS);
    writeln!(text, "{} trees, {} bytes", model.len() / TREE, model.len()).expect(STRING);
    std::fs::write(out, &model).map_err(|error| format!("{}: {error}\n", out.display()))?;
    Ok(text)
}

/// What the model judges wrongly in cross-validation, the surest first.
pub(crate) fn mistakes(data: &Path, meta: &Path) -> Result<String, String> {
    let data = Data::read(data, meta)?;
    let (labels, scores) = cross_validate(&data);
    let is_wrong = |i: &usize| labels[*i].is_some_and(|label| label != (scores[*i] >= LIKELY));
    let mut wrong: Vec<usize> = (0..data.samples.len()).filter(is_wrong).collect();
    wrong.sort_by_key(|i| -scores[*i].abs());
    let mut text = String::new();
    for i in wrong {
        let sample = &data.samples[i];
        let shown: String = sample.text.chars().take(140).collect();
        let kind = if labels[i] == Some(true) { "missed" } else { "false" };
        writeln!(text, "{kind} {} {}:{} {shown:?}", scores[i], data.files[sample.file].path, sample.line)
            .expect(STRING);
    }
    Ok(text)
}

const STRING: &str = "writing to a string cannot fail";

/// `path:line` of the other detectors' findings.
fn others(path: &Path) -> Result<BTreeSet<(String, usize)>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}\n", path.display()))?;
    let field = |line: &str, name: &str| {
        let at = line.find(&format!("\"{name}\":"))? + name.len() + 3;
        let rest = line[at..].trim_start_matches(['"', ' ']);
        Some(rest[..rest.find(['"', ',', '}'])?].to_owned())
    };
    Ok(text
        .lines()
        .filter_map(|line| Some((field(line, "path")?, field(line, "line")?.parse().ok()?)))
        .collect())
}

type Categories = BTreeMap<String, (usize, usize)>;

/// True and false positives and what is missed, by line, and recall by category.
fn score(
    data: &Data,
    found: &BTreeSet<(usize, usize)>,
    others: &BTreeSet<(String, usize)>,
) -> (usize, usize, usize, Categories) {
    let (mut tp, mut fp, mut missed, mut categories) = (0, 0, 0, Categories::new());
    for (index, file) in data.files.iter().enumerate() {
        let ours = found.range((index, 0)..(index + 1, 0)).map(|(_, line)| *line);
        let theirs =
            others.range((file.path.clone(), 0)..=(file.path.clone(), usize::MAX)).map(|(_, line)| *line);
        let lines: BTreeSet<usize> = ours.chain(theirs).collect();
        let within = |line: usize, of: &dyn Fn(&crate::data::Row) -> bool| {
            file.rows.iter().any(|row| of(row) && row.lines.0 <= line && line <= row.lines.1)
        };
        for row in file.rows.iter().filter(|row| row.secret && !row.neutral) {
            let hit = lines.range(row.lines.0..=row.lines.1).next().is_some();
            (tp, missed) = (tp + usize::from(hit), missed + usize::from(!hit));
            for category in row.category.split(':') {
                let entry = categories.entry(category.to_owned()).or_default();
                (entry.0, entry.1) = (entry.0 + usize::from(hit), entry.1 + 1);
            }
        }
        for line in lines {
            let right = within(line, &|row| row.secret && !row.neutral);
            let neutral = within(line, &|row| row.neutral) && !within(line, &|row| !row.neutral);
            fp += usize::from(!right && !neutral);
        }
    }
    (tp, fp, missed, categories)
}

/// The labelled values on whose lines there is no candidate.
pub(crate) fn missed(data: &Path, meta: &Path) -> Result<String, String> {
    let data = Data::read(data, meta)?;
    let reached: BTreeSet<(usize, usize)> =
        data.samples.iter().map(|sample| (sample.file, sample.line)).collect();
    let mut text = String::new();
    let (mut hit, mut all) = (0, 0);
    for (index, file) in data.files.iter().enumerate() {
        for row in file.rows.iter().filter(|row| row.secret && !row.neutral) {
            all += 1;
            if reached.range((index, row.lines.0)..=(index, row.lines.1)).next().is_some() {
                hit += 1;
                continue;
            }
            let line = file.lines.get(row.lines.0 - 1).map_or("", String::as_str);
            let from = row.value.map_or(0, |(start, _)| start.saturating_sub(60));
            let shown: String = line.chars().skip(from).take(130).collect();
            writeln!(text, "{} {}:{} {shown:?}", row.category, file.path, row.lines.0).expect(STRING);
        }
    }
    writeln!(text, "{hit} of {all} reached; {} candidates", data.samples.len()).expect(STRING);
    Ok(text)
}
