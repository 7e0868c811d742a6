//! The reports of a scan: any number of forms and places, written from the same records.
//!
//! Some forms are written as it is found, a page of a thread at a time. The others need all findings: for those the records are
//! kept, sorted when the scan is over, and written to a file whole or not at all.

use std::fs::{File, Metadata};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use scalr_detect::Detector;
use scalr_detect_report::bitbucket::{self, Edition};
use scalr_detect_report::terminal::{self, Repeats};
use scalr_detect_report::{
    Checkout, Record, Report, Summary, csv, github, gitlab, html, json, jsonl, junit, sarif, sort,
};
use scalr_detect_respond::playbook::{Playbook, Step};

use crate::args::{ScanFormat, ScanReport};
use crate::output::{self, Output};
use crate::{Error, note};

/// A report that is written as it is found.
struct Stream {
    format: ScanFormat,
    output: Output,
}

/// A report that is written at the end.
struct Document {
    format: ScanFormat,
    /// None: standard output.
    file: Option<PathBuf>,
}

/// All reports of a scan.
pub(crate) struct Reports<'a> {
    args: &'a ScanReport,
    streams: Vec<Stream>,
    documents: Vec<Document>,
    own_outputs: Vec<Metadata>,
    checkout: Checkout,
}

/// What was found so far.
#[derive(Default)]
pub(crate) struct Found {
    /// Where a form is written at the end.
    records: Mutex<Vec<Record>>,
    /// Where the terminal shows a secret once.
    repeats: Mutex<Repeats>,
}

impl<'a> Reports<'a> {
    /// Opens what is written to as it is found, and finds out whether the rest can be written. Nothing at all, if `quiet`.
    pub(crate) fn open(args: &'a ScanReport, quiet: bool) -> Result<Reports<'a>, Error> {
        let mut reports = Reports {
            args,
            streams: Vec::new(),
            documents: Vec::new(),
            own_outputs: Vec::new(),
            checkout: checkout(|name| std::env::var(name).ok()),
        };
        if quiet {
            return Ok(reports);
        }
        for (format, file) in targets(args)? {
            let streams = matches!(
                format,
                ScanFormat::Terminal | ScanFormat::Jsonl | ScanFormat::Csv | ScanFormat::Github
            );
            if !streams {
                if let Some(file) = &file {
                    reports.own_outputs.extend(output::check(file)?);
                }
                reports.documents.push(Document { format, file });
                continue;
            }
            let output = match &file {
                Some(file) => Output::file(file, args.color)?,
                None => Output::stdout(args.color),
            };
            reports.own_outputs.extend(output.metadata());
            if format == ScanFormat::Csv {
                let mut head = Vec::new();
                csv::head(&mut head).map_err(cannot_write)?;
                // A failure is kept in the output.
                let _ = output.write(&head);
            }
            reports.streams.push(Stream { format, output });
        }
        if reports.documents.iter().any(|document| document.file.is_none()) {
            reports.own_outputs.extend(Output::stdout(args.color).metadata());
        }
        Ok(reports)
    }

    /// The metadata of the files that reports go to, so that they do not find themselves.
    pub(crate) fn own_outputs(&self) -> &[Metadata] {
        &self.own_outputs
    }

    /// Whether a report goes to standard output while the scan runs.
    pub(crate) fn stream_to_stdout(&self) -> bool {
        self.streams.iter().any(|stream| stream.output.is_stdout())
    }

    /// Whether somebody at a terminal is told the end of the scan by a report.
    pub(crate) fn tell_a_person(&self) -> bool {
        let is_told = |s: &Stream| s.format == ScanFormat::Terminal && s.output.is_stdout();
        self.streams.iter().any(is_told) && io::stdout().is_terminal()
    }

    /// An empty page for a thread.
    pub(crate) fn page(&self) -> Page {
        Page { texts: vec![Vec::new(); self.streams.len()], records: Vec::new() }
    }

    fn has(&self, formats: &[ScanFormat]) -> bool {
        self.streams.iter().any(|s| formats.contains(&s.format))
            || self.documents.iter().any(|d| formats.contains(&d.format))
    }

    /// Whether some report shows the lines around secrets.
    pub(crate) fn need_context(&self) -> bool {
        self.has(&[ScanFormat::Terminal, ScanFormat::Html])
    }

    /// Whether some report counts columns as editors do.
    pub(crate) fn need_columns(&self) -> bool {
        self.has(&[ScanFormat::Sarif, ScanFormat::Github])
    }

    /// Puts a finding on a page.
    pub(crate) fn add(&self, page: &mut Page, found: &Found, record: Record) {
        let is_each = self.args.each || record.suppressed_by.is_some();
        let mut is_shown = true;
        if !is_each && self.streams.iter().any(|stream| stream.format == ScanFormat::Terminal) {
            is_shown = found.repeats.lock().unwrap_or_else(PoisonError::into_inner).add(&record);
        }
        for (stream, text) in self.streams.iter().zip(&mut page.texts) {
            let written = match stream.format {
                ScanFormat::Jsonl => jsonl::finding(text, &record),
                ScanFormat::Csv => csv::finding(text, &record),
                ScanFormat::Github => github::finding(text, &record),
                _ if is_shown => terminal::finding(text, &record, stream.output.colors()),
                _ => Ok(()),
            };
            // Memory takes everything.
            debug_assert!(written.is_ok());
        }
        if !self.documents.is_empty() {
            page.records.push(record);
        }
    }

    /// Passes a page on, and empties it. `Break`: of what there was to write to, nothing is left.
    pub(crate) fn pass_on(&self, page: &mut Page, found: &Found) -> ControlFlow<()> {
        if !page.records.is_empty() {
            found.records.lock().unwrap_or_else(PoisonError::into_inner).append(&mut page.records);
        }
        let mut alive = self.streams.is_empty() || !self.documents.is_empty();
        for (stream, text) in self.streams.iter().zip(&mut page.texts) {
            alive |= stream.output.write(text).is_continue();
            text.clear();
        }
        if alive { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    /// Ends all reports. The error is that of the first that could not be written; the others are.
    pub(crate) fn finish(self, found: Found, summary: &Summary<'_>) -> Result<(), Error> {
        let repeats = found.repeats.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut records = found.records.into_inner().unwrap_or_else(PoisonError::into_inner);
        sort(&mut records);
        let report = Report { records: &records, summary, each: self.args.each, checkout: &self.checkout };
        let mut files: Vec<PathBuf> = targets(self.args)?.into_iter().filter_map(|(_, file)| file).collect();
        let mut failed = None;
        let to_stdout = self.stream_to_stdout() || self.documents.iter().any(|d| d.file.is_none());
        for document in &self.documents {
            let options = sarif::Options {
                category: self.args.sarif_category.as_deref(),
                root: std::env::current_dir().ok(),
            };
            let written = match &document.file {
                Some(file) => write_files(document.format, file, &report, &options, &mut files),
                None => write_stdout(document.format, &report, &options),
            };
            failed = failed.or(written.err());
        }
        for Stream { format, output } in self.streams {
            let mut out = Vec::new();
            match format {
                ScanFormat::Jsonl => jsonl::summary(&mut out, summary),
                ScanFormat::Csv => Ok(()),
                ScanFormat::Github => github::summary(&mut out, summary),
                _ => {
                    let secrets = (!self.args.each).then(|| repeats.secrets());
                    terminal::repeats(&mut out, &repeats, output.colors())
                        .and_then(|()| terminal::summary(&mut out, summary, secrets, output.colors()))
                }
            }
            .map_err(cannot_write)?;
            // A failure is kept in the output.
            let _ = output.write(&out);
            failed = failed.or(output.finish().err());
            if format == ScanFormat::Github {
                failed = failed.or(step_summary(summary).err());
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        if !to_stdout {
            let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
            let findings = match summary.tally.total() {
                1 => "1 finding".to_owned(),
                n => format!("{n} findings"),
            };
            note(format_args!("scalr-detect: {findings}; written: {}", names.join(", ")));
        }
        Ok(())
    }
}

fn cannot_write(e: io::Error) -> Error {
    Error(format!("cannot write the report: {e}"))
}

/// What a thread has to report.
pub(crate) struct Page {
    /// For each stream.
    texts: Vec<Vec<u8>>,
    records: Vec<Record>,
}

impl Page {
    /// How large its texts are, in bytes.
    pub(crate) fn len(&self) -> usize {
        self.texts.iter().map(Vec::len).sum()
    }
}

/// Forms and places: no two to one place.
fn targets(args: &ScanReport) -> Result<Vec<(ScanFormat, Option<PathBuf>)>, Error> {
    let default = args.format.unwrap_or(ScanFormat::Terminal);
    let mut targets: Vec<(ScanFormat, Option<PathBuf>)> = Vec::new();
    for target in &args.output {
        let file = Some(target.file.clone()).filter(|file| file.as_os_str() != "-");
        targets.push((target.format.unwrap_or(default), file));
    }
    // A form that is asked for and has no file is for standard output.
    let has_file = args.output.iter().any(|target| target.format.is_none());
    if targets.is_empty() || (args.format.is_some() && !has_file) {
        targets.push((default, None));
    }
    let mut seen: Vec<Option<PathBuf>> = Vec::new();
    for (_, file) in &targets {
        let bare = |file: &PathBuf| file.components().filter(|part| *part != Component::CurDir).collect();
        let bare: Option<PathBuf> = file.as_ref().map(bare);
        if seen.contains(&bare) {
            let place = file.as_ref().map_or("standard output".to_owned(), |file| file.display().to_string());
            return Err(Error(format!(
                "two reports cannot both go to {place}: give each its own file with -o FORMAT=FILE"
            )));
        }
        seen.push(bare);
    }
    Ok(targets)
}

/// Writes a report into a file, or into several where the form has limits; adds the others to `also`.
fn write_files(
    format: ScanFormat,
    file: &Path,
    report: &Report<'_>,
    options: &sarif::Options<'_>,
    also: &mut Vec<PathBuf>,
) -> Result<(), Error> {
    match format {
        ScanFormat::Sarif => {
            let split = sarif::Split::new(report, options.clone());
            for i in 0..split.files() {
                let file = numbered(file, i);
                output::replace(&file, |out| split.write(out, i))?;
                also.extend(Some(file).filter(|_| i > 0));
            }
            if split.files() > 1 {
                note(format_args!(
                    "scalr-detect: GitHub's limits do not allow all results in one file: there are {}, to be uploaded apart",
                    split.files()
                ));
            }
            Ok(())
        }
        ScanFormat::Bitbucket | ScanFormat::BitbucketDc => {
            let bodies = bitbucket::bodies(report, edition(format));
            for (i, body) in bodies.iter().enumerate() {
                let name = format!("annotations-{i}");
                let file = if i == 0 { file.to_owned() } else { suffixed(file, &name) };
                output::replace(&file, |out| out.write_all(body))?;
                also.extend(Some(file).filter(|_| i > 0));
            }
            Ok(())
        }
        _ => output::replace(file, |out| write(format, out, report)),
    }
}

fn write_stdout(format: ScanFormat, report: &Report<'_>, options: &sarif::Options<'_>) -> Result<(), Error> {
    let mut out = BufWriter::new(io::stdout().lock());
    let written = match format {
        ScanFormat::Sarif => sarif::Split::one_file(report, options.clone()).write(&mut out, 0),
        ScanFormat::Bitbucket | ScanFormat::BitbucketDc => {
            bitbucket::write(&mut out, report, edition(format))
        }
        _ => write(format, &mut out, report),
    };
    match written.and_then(|()| out.flush()) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => Err(cannot_write(e)),
        _ => Ok(()),
    }
}

fn write(format: ScanFormat, out: &mut impl Write, report: &Report<'_>) -> io::Result<()> {
    match format {
        ScanFormat::Gitlab => gitlab::write(out, report),
        ScanFormat::Junit => junit::write(out, report),
        ScanFormat::Html => html::write(out, report, &playbook),
        _ => json::write(out, report),
    }
}

/// What to do about secrets of a kind: the few steps that matter most.
fn playbook(detector: &Detector) -> Vec<html::Step> {
    let step = |step: Step| html::Step {
        action: step.action,
        why: step.why.unwrap_or_default(),
        command: step.command.or(step.query).unwrap_or_default(),
        link: step.link.unwrap_or_default(),
    };
    Playbook::short(detector).into_iter().map(step).collect()
}

fn edition(format: ScanFormat) -> Edition {
    if format == ScanFormat::BitbucketDc { Edition::DataCenter } else { Edition::Cloud }
}

/// `x.sarif`, `x-2.sarif`, …
fn numbered(file: &Path, i: usize) -> PathBuf {
    if i == 0 { file.to_owned() } else { suffixed(file, &(i + 1).to_string()) }
}

/// `x-suffix.sarif` for `x.sarif`.
fn suffixed(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.file_stem().unwrap_or_default().to_owned();
    name.push("-");
    name.push(suffix);
    if let Some(extension) = file.extension() {
        name.push(".");
        name.push(extension);
    }
    file.with_file_name(name)
}

/// Adds the scan to the summary of the step, where GitHub has one.
fn step_summary(summary: &Summary<'_>) -> Result<(), Error> {
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else {
        return Ok(());
    };
    let mut text = Vec::new();
    github::step_summary(&mut text, summary).map_err(cannot_write)?;
    let append =
        || -> io::Result<()> { File::options().append(true).create(true).open(&path)?.write_all(&text) };
    append()
        .map_err(|e| Error(format!("cannot write the step summary to {}: {e}", Path::new(&path).display())))
}

/// What a CI system says of the commit that it has checked out. Names of variables are those of its documentation.
fn checkout(variable: impl Fn(&str) -> Option<String>) -> Checkout {
    let get = |name: &str| variable(name).filter(|value| !value.is_empty());
    let github = || Some(format!("{}/{}", get("GITHUB_SERVER_URL")?, get("GITHUB_REPOSITORY")?));
    // What tells the system, and the repository, the commit and the branch there.
    let systems = [
        ("GITHUB_ACTIONS", "", "GITHUB_SHA", "GITHUB_REF_NAME"),
        ("GITLAB_CI", "CI_PROJECT_URL", "CI_COMMIT_SHA", "CI_COMMIT_REF_NAME"),
        ("BITBUCKET_BUILD_NUMBER", "BITBUCKET_GIT_HTTP_ORIGIN", "BITBUCKET_COMMIT", "BITBUCKET_BRANCH"),
        ("CIRCLECI", "CIRCLE_REPOSITORY_URL", "CIRCLE_SHA1", "CIRCLE_BRANCH"),
        ("TF_BUILD", "BUILD_REPOSITORY_URI", "BUILD_SOURCEVERSION", "BUILD_SOURCEBRANCHNAME"),
        ("DRONE", "DRONE_REPO_LINK", "DRONE_COMMIT_SHA", "DRONE_BRANCH"),
        ("BUILDKITE", "BUILDKITE_REPO", "BUILDKITE_COMMIT", "BUILDKITE_BRANCH"),
        ("TRAVIS", "", "TRAVIS_COMMIT", "TRAVIS_BRANCH"),
        ("JENKINS_URL", "GIT_URL", "GIT_COMMIT", "GIT_BRANCH"),
    ];
    let Some((_, repository, commit, branch)) =
        systems.into_iter().find(|(system, ..)| get(system).is_some())
    else {
        return Checkout::default();
    };
    let is_id = |id: &String| id.len() >= 7 && id.bytes().all(|b| b.is_ascii_hexdigit());
    Checkout {
        repository: get(repository).or_else(github).and_then(|url| without_user(&url)),
        commit: get(commit).filter(is_id),
        branch: get(branch),
    }
}

/// A URL without the user and the password in it, which may be a token; none of what is no URL.
fn without_user(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let host = rest[..end].rsplit('@').next()?;
    // What follows the path may be a token, too.
    let path = rest[end..].split(['?', '#']).next()?;
    Some(format!("{scheme}://{host}{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_user_or_password_is_left_in_a_url() {
        for (url, expected) in [
            ("https://example.com/a/b", Some("https://example.com/a/b")),
            ("https://user:pass@example.com/a", Some("https://example.com/a")),
            ("https://a@b:c@example.com:8443/a?token=x#y", Some("https://example.com:8443/a")),
            ("ssh://git@example.com", Some("ssh://example.com")),
            ("git@example.com:a/b", None),
            ("", None),
        ] {
            assert_eq!(without_user(url).as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn ci_systems_say_what_they_checked_out() {
        let of = |variables: &[(&str, &str)]| {
            checkout(|name| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()))
        };
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let github = of(&[
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_SERVER_URL", "https://github.example"),
            ("GITHUB_REPOSITORY", "a/b"),
            ("GITHUB_SHA", commit),
            ("GITHUB_REF_NAME", "main"),
        ]);
        assert_eq!(github.repository.as_deref(), Some("https://github.example/a/b"));
        assert_eq!((github.commit.as_deref(), github.branch.as_deref()), (Some(commit), Some("main")));
        let buildkite = of(&[("BUILDKITE", "true"), ("BUILDKITE_COMMIT", "HEAD")]);
        assert_eq!(buildkite, Checkout::default());
        assert_eq!(of(&[("GITHUB_SHA", commit)]), Checkout::default());
    }

    #[test]
    fn names_of_further_files() {
        for (file, name) in [("a/x.sarif", "a/x-2.sarif"), ("x", "x-2"), ("a.b/x.y.z", "a.b/x.y-2.z")] {
            assert_eq!(numbered(Path::new(file), 1), Path::new(name));
            assert_eq!(numbered(Path::new(file), 0), Path::new(file));
        }
    }
}
