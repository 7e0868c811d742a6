//! `config`: the configuration that is obeyed, and whether it is right.

use std::io::Write;
use std::path::PathBuf;

use scalr_detect::Confidence;
use scalr_detect_report::terminal::plain;
use scalr_detect_triage::{Tool, config::Located};
use serde_json::{Value, json};

use crate::args::{Format, Looking, Report};
use crate::settings::{LEAST, Root, Settings};
use crate::{Error, Outcome, note, output};

/// Show or check the configuration, scalr-detect.toml
///
/// The nearest one is obeyed, in what is scanned or above it, up to the root of the git repository or the home directory. Flags
/// win over it.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum ConfigCommand {
    /// Show what is settled, and where: by which flag, in which line of the configuration
    Show(Box<Show>),
    /// Say what is wrong with the configuration, and end with code 2 if anything is
    Check(Check),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Show {
    /// What would be scanned [default: the current directory]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    report: Report,

    #[command(flatten)]
    looking: Looking,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Check {
    /// The configuration [default: the one that would be obeyed here]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

pub(crate) fn run(command: &ConfigCommand) -> Result<Outcome, Error> {
    match command {
        ConfigCommand::Show(args) => show(args),
        ConfigCommand::Check(args) => check(args),
    }
}

fn check(args: &Check) -> Result<Outcome, Error> {
    let flags = Looking { config: args.file.clone(), ..Looking::default() };
    let settings = Settings::new(&flags, Root::Paths(&[]), false)?;
    let Some(source) = &settings.source else {
        return Err(Error("there is no scalr-detect.toml here or above: name one".to_owned()));
    };
    let name = source.name.clone();
    settings.with_baseline()?;
    note(format_args!("{name}: nothing is wrong"));
    Ok(Outcome::Clean)
}

/// A setting, and what settled it.
struct Said {
    name: &'static str,
    value: Value,
    from: String,
}

fn show(args: &Show) -> Result<Outcome, Error> {
    let settings = Settings::new(&args.looking, Root::Paths(&args.paths), false)?;
    let all = effective(&args.looking, &settings);
    output::print(args.report.color, |out, _| {
        for said in &all {
            match args.report.format {
                Format::Jsonl => {
                    let line = json!({ "setting": said.name, "value": said.value, "from": said.from });
                    writeln!(out, "{line}")?;
                }
                Format::Terminal => {
                    let value = text(&said.value);
                    let value = plain(settings.masked(&value).as_bytes());
                    let from = plain(said.from.as_bytes());
                    writeln!(out, "{:22}  {value}  ({from})", said.name)?;
                }
            }
        }
        Ok(())
    })
}

/// A value, for people.
fn text(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(all) if all.is_empty() => "none".to_owned(),
        Value::Array(all) => all.iter().map(text).collect::<Vec<_>>().join(", "),
        Value::Object(all) => {
            let set =
                all.iter().filter(|(_, value)| !value.is_null() && value.as_array() != Some(&Vec::new()));
            set.map(|(name, value)| format!("{name} {}", text(value))).collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    }
}

/// Every setting.
fn effective(args: &Looking, settings: &Settings) -> Vec<Said> {
    let config = &settings.config;
    let file = settings.source.as_ref().map_or("", |source| &*source.name);
    let at = |line: usize| format!("{file}:{line}");
    let mut all = Vec::new();
    let mut say = |name, value: Value, from: String| all.push(Said { name, value, from });
    // A flag wins, then the file; what neither says is as it is by default.
    let flag = |is_set: bool, flag: &str| is_set.then(|| flag.to_owned());
    let or_default = |from: Option<String>| from.unwrap_or_else(|| "default".to_owned());
    fn line<T>(located: Option<&Located<T>>) -> Option<usize> {
        located.map(|located| located.line)
    }

    let source = settings.source.as_ref();
    let because = flag(args.no_config, "--no-config").or(source.map(|s| s.because.to_owned()));
    say("configuration", json!(source.map(|s| &s.name)), or_default(because));
    let confidence = args.min_confidence.or(config.min_confidence.as_ref().map(|c| c.value));
    let from = flag(args.min_confidence.is_some(), "--min-confidence")
        .or(line(config.min_confidence.as_ref()).map(at));
    say("min-confidence", json!(confidence.unwrap_or(LEAST).name()), or_default(from));
    let from = flag(args.baseline.is_some(), "--baseline").or(line(config.baseline.as_ref()).map(at));
    say("baseline", json!(settings.baseline.as_ref().map(|b| b.display().to_string())), or_default(from));
    for (name, globs) in [("paths.exclude", &config.exclude), ("paths.include", &config.include)] {
        let value = globs.as_ref().map_or(&[][..], |globs| globs.value.patterns());
        say(name, json!(value), or_default(line(globs.as_ref()).map(at)));
    }
    let lists = [
        ("detectors.only", "--only", &args.only, &config.only),
        ("detectors.except", "--except", &args.except, &config.except),
    ];
    for (name, flag_name, of_flag, of_file) in lists {
        let value: Vec<&String> =
            of_flag.iter().chain(of_file.iter().flat_map(|names| &names.value)).collect();
        let from: Vec<String> = [flag(!of_flag.is_empty(), flag_name), line(of_file.as_ref()).map(at)]
            .into_iter()
            .flatten()
            .collect();
        say(name, json!(value), or_default((!from.is_empty()).then(|| from.join(", "))));
    }
    let files = args.detectors.iter().map(|f| f.display().to_string());
    let of_file = config.files.iter().flat_map(|files| &files.value).map(|f| f.display().to_string());
    let value: Vec<String> = files.chain(of_file).collect();
    let from: Vec<String> =
        [flag(!args.detectors.is_empty(), "--detectors"), line(config.files.as_ref()).map(at)]
            .into_iter()
            .flatten()
            .collect();
    say("detectors.files", json!(value), or_default((!from.is_empty()).then(|| from.join(", "))));
    let lines = config.custom.iter().map(|custom| at(custom.line)).collect::<Vec<_>>();
    let from = if lines.is_empty() { None } else { Some(lines.join(", ")) };
    say("detectors.custom", json!(config.custom.len()), or_default(from));

    let tools: Vec<&str> =
        config.markers.iter().flat_map(|m| &m.value).map(|tool: &Tool| tool.name()).collect();
    let off = flag(args.no_markers, "--no-markers");
    let from =
        off.clone().or(flag(!args.markers.is_empty(), "--markers")).or(line(config.markers.as_ref()).map(at));
    say("inline.markers", json!(tools), or_default(from));
    let required = config.require_reason.as_ref();
    let value = required.is_some_and(|on| on.value);
    say("inline.require-reason", json!(value), or_default(line(required).map(at)));
    say("inline", json!(off.is_none()), or_default(off));
    for over in &config.overrides {
        let value = json!({
            "paths": over.paths.patterns(),
            "min-confidence": over.min_confidence.map(Confidence::name),
            "only": over.only,
            "except": over.except,
        });
        say("override", value, at(over.line));
    }
    all
}
