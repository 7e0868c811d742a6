//! Takes a secret out of a file: what was written there is read from the environment instead.
//!
//! ```
//! use scalr_detect_respond::fix::{Fixer, Source};
//!
//! let secret = format!("glpat-{}", "aB3dE5gH7jK9mN1pQ3sT");
//! let text = format!("token = \"{secret}\"\n");
//! let mut fixer = Fixer::new();
//! let fixed = fixer.fix(&Source::new("deploy.py", text.as_bytes()));
//! assert_eq!(fixed.text, b"import os\n\ntoken = os.environ[\"GITLAB_TOKEN\"]\n");
//! ```
//!
//! The scanner says where secrets are; a small lexer for the language says what is around each of them. A secret is
//! replaced only where it is the whole of a string, or what the language has in place of one, and where an expression may
//! stand in its place. All else is left alone, and for each that is there is a reason ([`Why`]). Whatever is not replaced
//! stays as it is, byte by byte: line ends, indentation, quotes, encoding.
//!
//! What was replaced is looked for again in the result. If it is still found there, it is put back and left alone.

mod diff;
mod import;
mod language;
mod lexer;
mod name;
mod shell;
mod site;
mod yaml;

pub use diff::diff;
pub use name::Environment;

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use scalr_detect::{Finding, Position, Scanner};

use crate::snippet::{Manager, NameError};
use import::File;
use language::{FileKind, Language, Reader};
use lexer::Lexed;
use name::Names;
use site::{Place, Site, Target, has_form};

/// No file that people write is larger, in bytes.
pub const MAX_SIZE: usize = 2 << 20;

/// Nor has more secrets.
const MOST: usize = 1000;

/// A file to be fixed.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    path: &'a str,
    text: &'a [u8],
    siblings: &'a [Vec<u8>],
}

impl<'a> Source<'a> {
    /// A file with this path, `/` between its parts, and this content. The path is not opened; it says what kind of file
    /// it is.
    pub fn new(path: &'a str, text: &'a [u8]) -> Source<'a> {
        Source { path, text, siblings: &[] }
    }

    /// The contents of the other files of the same configuration of Terraform: what they declare is not declared again.
    #[must_use]
    pub fn siblings(self, siblings: &'a [Vec<u8>]) -> Source<'a> {
        Source { siblings, ..self }
    }
}

/// Without the content, which has secrets.
impl fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Fixes files. The same secret gets the same variable in all of them.
#[derive(Debug)]
pub struct Fixer {
    scanner: Scanner,
    manager: Manager,
    names: Names,
    keeps_values: bool,
}

impl Default for Fixer {
    fn default() -> Fixer {
        Fixer::new()
    }
}

impl Fixer {
    /// Replaces secrets by variables of the environment.
    pub fn new() -> Fixer {
        Fixer { scanner: Scanner::new(), manager: Manager::Env, names: Names::default(), keeps_values: false }
    }

    /// Finds secrets with this scanner.
    #[must_use]
    pub fn scanner(mut self, scanner: Scanner) -> Fixer {
        self.scanner = scanner;
        self
    }

    /// Reads secrets from this manager, in languages that do so in one line.
    #[must_use]
    pub fn manager(mut self, manager: Manager) -> Fixer {
        self.manager = manager;
        self
    }

    /// Gives the secret this name. If there are several secrets, only the first one that is replaced gets it, and the
    /// others are left alone.
    ///
    /// # Errors
    ///
    /// The manager allows no such name.
    pub fn name(mut self, name: &str) -> Result<Fixer, NameError> {
        crate::snippet::check_name(self.manager, name)?;
        self.names = Names::fixed(name);
        Ok(self)
    }

    /// The values of secrets are wanted, to be kept elsewhere: those that are written with escapes, and cannot simply be
    /// copied, are left alone.
    #[must_use]
    pub fn keeps_values(mut self) -> Fixer {
        self.keeps_values = true;
        self
    }

    /// Fixes a file.
    pub fn fix(&mut self, source: &Source<'_>) -> Fixed {
        let scanner = self.scanner.for_path(source.path);
        let findings: Vec<Finding<'_, '_>> = scanner.find_iter(source.text).collect();
        let mut fixed =
            Fixed { text: source.text.to_vec(), changes: Vec::new(), left: Vec::new(), advice: None };
        if findings.is_empty() {
            return fixed;
        }
        let (kind, lexed) = match self.read(source) {
            Ok(read) => read,
            Err(why) => {
                fixed.left = findings.iter().map(|finding| Left::new(finding, why)).collect();
                return fixed;
            }
        };
        let file = File { kind, text: source.text, lexed: &lexed };
        let mut planned: Vec<Planned<'_>> = Vec::new();
        for (number, finding) in findings.iter().enumerate() {
            let plan = if number < MOST { self.plan(finding, &file) } else { Err(Why::TooMany) };
            match (plan, planned.last()) {
                // Several secrets in one string, which is replaced as a whole.
                (Ok(plan), Some(last)) if last.site.range.end > plan.site.range.start => {}
                (Ok(plan), _) => planned.push(plan),
                (Err(why), _) => fixed.left.push(Left::new(finding, why)),
            }
        }
        let mut declared = import::declared(source.text, &lexed);
        if kind.reader == Reader::Terraform {
            let of_sibling = |text: &Vec<u8>| import::declared(text, &kind.lex(text));
            declared.extend(source.siblings.iter().flat_map(of_sibling));
        }
        replace(&file, &scanner, planned, &declared, &mut fixed);
        fixed.left.sort_by_key(|left| (left.position.line, left.position.column));
        fixed
    }

    /// What kind of file it is, and its pieces.
    fn read(&self, source: &Source<'_>) -> Result<(FileKind, Lexed), Why> {
        if source.text.len() > MAX_SIZE {
            return Err(Why::TooLarge);
        }
        let kind = FileKind::of(source.path, source.text)?;
        if !has_form(kind.language, self.manager) {
            return Err(Why::NoForm);
        }
        let lexed = kind.lex(source.text);
        // Variables are declared at the end, which must be no part of a string.
        if kind.reader == Reader::Terraform && lexed.end < source.text.len() {
            return Err(Why::NotUnderstood);
        }
        Ok((kind, lexed))
    }

    /// What is written in the place of a finding, and the name of the variable.
    fn plan<'f>(&mut self, finding: &'f Finding<'f, 'f>, file: &File<'_>) -> Result<Planned<'f>, Why> {
        if !finding.decoded_by().is_empty() {
            return Err(Why::Decoded);
        }
        let place = Place { file, secret: finding.secret_span(), span: finding.span() };
        // Whether it can be replaced does not depend on the name.
        let site = place.site(&Target { manager: self.manager, name: "X" })?;
        if self.keeps_values && site.has_escapes {
            return Err(Why::Escapes);
        }
        let value = &file.text[site.value.clone()];
        let line = name::line_before(file.text, site.range.start);
        let name = self.names.of(finding.detector().id, value, line, self.manager).ok_or(Why::OtherName)?;
        let variable = file.kind.variable(&name);
        let site = place.site(&Target { manager: self.manager, name: &variable })?;
        Ok(Planned { finding, site, variable })
    }
}

/// A secret that can be replaced.
struct Planned<'f> {
    finding: &'f Finding<'f, 'f>,
    site: Site,
    variable: String,
}

/// Replaces what can be, and puts back what would still be found.
fn replace(
    file: &File<'_>,
    scanner: &Scanner,
    mut planned: Vec<Planned<'_>>,
    declared: &[String],
    fixed: &mut Fixed,
) {
    while !planned.is_empty() {
        let edits = edits(file, &planned, declared);
        if edits.windows(2).any(|pair| pair[1].range.start < pair[0].range.end) {
            // What is imported would stand within what is replaced: the file is not as it seems.
            fixed.left.extend(planned.iter().map(|plan| Left::new(plan.finding, Why::NotUnderstood)));
            return;
        }
        let (text, places) = apply(file.text, &edits);
        // What is found in what was written.
        let still: Vec<Range<usize>> = scanner.find_iter(&text).map(|finding| finding.span()).collect();
        let is_found = |plan: &Planned<'_>| {
            let mut written = edits.iter().zip(&places).filter(|(edit, _)| edit.range == plan.site.range);
            written.any(|(_, at)| still.iter().any(|found| found.start < at.end && at.start < found.end))
        };
        let (bad, good): (Vec<_>, Vec<_>) = planned.into_iter().partition(is_found);
        if bad.is_empty() {
            fixed.text = text;
            fixed.changes = good.into_iter().map(|plan| Change::new(file, plan)).collect();
            fixed.advice = file.kind.advice();
            return;
        }
        fixed.left.extend(bad.iter().map(|plan| Left::new(plan.finding, Why::StillFound)));
        planned = good;
    }
}

/// All that is changed in a file, in order.
fn edits(file: &File<'_>, planned: &[Planned<'_>], declared: &[String]) -> Vec<Edit> {
    let mut edits: Vec<Edit> = Vec::new();
    for Planned { site, .. } in planned {
        edits.extend(site.also.iter().map(|(range, by)| Edit { range: range.clone(), by: by.clone() }));
        edits.push(Edit { range: site.range.clone(), by: site.by.clone() });
    }
    let used = planned.first().map_or(0, |plan| plan.site.range.start);
    let imports: BTreeSet<&str> = planned.iter().filter_map(|plan| plan.site.import).collect();
    edits.extend(imports.iter().filter_map(|module| file.import(module, used)));
    let variables: BTreeSet<&String> = planned.iter().map(|plan| &plan.variable).collect();
    let new: Vec<String> = variables.into_iter().filter(|name| !declared.contains(name)).cloned().collect();
    edits.extend(file.declare(&new));
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    edits
}

/// A range of a file and what is written there instead.
#[derive(Debug)]
struct Edit {
    range: Range<usize>,
    by: String,
}

/// The text with edits, which are in order and do not overlap, and where each of them is in it.
fn apply(text: &[u8], edits: &[Edit]) -> (Vec<u8>, Vec<Range<usize>>) {
    let (mut out, mut places, mut done) = (Vec::with_capacity(text.len() + 256), Vec::new(), 0);
    for edit in edits {
        out.extend_from_slice(&text[done..edit.range.start]);
        places.push(out.len()..out.len() + edit.by.len());
        out.extend_from_slice(edit.by.as_bytes());
        done = edit.range.end;
    }
    out.extend_from_slice(&text[done..]);
    (out, places)
}

/// A file after it was fixed.
#[non_exhaustive]
pub struct Fixed {
    /// The new content; the old one if nothing was changed. What was left alone is still in it.
    pub text: Vec<u8>,
    /// What was replaced, in order.
    pub changes: Vec<Change>,
    /// What was left alone, in order.
    pub left: Vec<Left>,
    /// What must hold of such a file for the change to work, in a clause, if that is not plain.
    pub advice: Option<&'static str>,
}

/// Without the content, which may have secrets.
impl fmt::Debug for Fixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fixed")
            .field("changes", &self.changes)
            .field("left", &self.left)
            .field("advice", &self.advice)
            .finish_non_exhaustive()
    }
}

/// A secret that was replaced.
#[derive(Clone)]
pub struct Change {
    detector: String,
    position: Position,
    masked: String,
    name: String,
    value: Vec<u8>,
}

impl Change {
    fn new(file: &File<'_>, plan: Planned<'_>) -> Change {
        Change {
            detector: plan.finding.detector().id.to_owned(),
            position: plan.finding.position(),
            masked: plan.finding.masked().to_string(),
            name: file.kind.environment(&plan.variable),
            value: file.text[plan.site.value].to_vec(),
        }
    }

    /// The id of the detector that found it.
    pub fn detector(&self) -> &str {
        &self.detector
    }

    /// Where the secret started in the old content.
    pub fn position(&self) -> Position {
        self.position
    }

    /// The secret, masked.
    pub fn masked(&self) -> &str {
        &self.masked
    }

    /// The variable of the environment that must be set, or the name of the secret in the manager.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value that was there. Handle with care: nothing else of a change shows it.
    pub fn value(&self) -> &[u8] {
        &self.value
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change")
            .field("detector", &self.detector)
            .field("position", &self.position)
            .field("masked", &self.masked)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// A secret that was left alone.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Left {
    /// The id of the detector that found it.
    pub detector: String,
    /// Where the secret starts.
    pub position: Position,
    /// The secret, masked.
    pub masked: String,
    /// Why.
    pub why: Why,
}

impl Left {
    fn new(finding: &Finding<'_, '_>, why: Why) -> Left {
        Left {
            detector: finding.detector().id.to_owned(),
            position: finding.position(),
            masked: finding.masked().to_string(),
            why,
        }
    }
}

/// Why a secret was left alone. `Display` says it in a clause.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Why {
    /// It is in a comment, or in documentation.
    Comment,
    /// It is a part of a longer string.
    Longer,
    /// Something is put into the string when the program runs.
    Interpolated,
    /// It is encoded.
    Decoded,
    /// It is in no string.
    NotAString,
    /// No expression may stand there, so far as is known.
    NotAValue,
    /// It is the key of a map or an object.
    Key,
    /// It is in a pattern that something is compared with.
    Pattern,
    /// It must be known when the program is compiled.
    Constant,
    /// It is in an annotation or attribute of the language, whose arguments are constants.
    Annotation,
    /// It may be an attribute of an element of JSX.
    Attribute,
    /// It is an argument of a macro.
    Macro,
    /// It is returned as a reference, which what is read when the program runs cannot be.
    Returned,
    /// It is a byte string.
    NotText,
    /// A function makes something of the template it is in.
    Tagged,
    /// It is the default of a variable of Terraform.
    Default,
    /// It is in the configuration of Terraform itself, where no variables are.
    Backend,
    /// The file has values only.
    OnlyValues,
    /// It cannot be told which functions the reader of the file knows.
    NoFunctions,
    /// The kind of the file is not known.
    UnknownFile,
    /// The file could not be understood so far.
    NotUnderstood,
    /// The language does not read a secret from the manager in one line.
    NoForm,
    /// The name that was chosen is that of another secret.
    OtherName,
    /// It is written with escapes, and its value is wanted.
    Escapes,
    /// It would be found in what is written instead.
    StillFound,
    /// The file is too large.
    TooLarge,
    /// There are too many secrets in the file.
    TooMany,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Why::Comment => "it is in a comment: delete it there",
            Why::Longer => "it is a part of a longer string",
            Why::Interpolated => "something is put into the string when the program runs",
            Why::Decoded => "it is encoded",
            Why::NotAString => "it is in no string",
            Why::NotAValue => "it is not certain that an expression may stand there",
            Why::Key => "it is a key, not a value",
            Why::Pattern => "it is in a pattern that something is compared with",
            Why::Constant => "it is a constant, which must be known when the program is compiled",
            Why::Annotation => "it is in an annotation, which takes constants only",
            Why::Attribute => "it may be an attribute of a JSX element",
            Why::Macro => "it is an argument of a macro",
            Why::Returned => "it is returned as a reference",
            Why::NotText => "it is a string of bytes",
            Why::Tagged => "a function may make something else of the template",
            Why::Default => {
                "it is the default of a variable: delete it, and set TF_VAR_ and the variable's name"
            }
            Why::Backend => "no variables may stand there: delete it, and set TF_TOKEN_ and the host's name",
            Why::OnlyValues => "the file has values only: delete it, and set TF_VAR_ and the variable's name",
            Why::NoFunctions => "it is not known which functions may be used in this file",
            Why::UnknownFile => "this kind of file is not known",
            Why::NotUnderstood => "the file is not understood up to there",
            Why::NoForm => {
                "in this language it takes more than a line to read it from there: see `scalr-detect snippet`"
            }
            Why::OtherName => "the name that was chosen is that of another secret: fix one at a time",
            Why::Escapes => "it is written with escapes: copy it by hand",
            Why::StillFound => "what would be written instead looks like a secret too: choose another name",
            Why::TooLarge => "the file has more than 2 MiB",
            Why::TooMany => "there are more than 1000 secrets in the file",
        })
    }
}
