//! `snippet`: a program that reads a secret from a secret manager.

use std::io::{self, Write};

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use scalr_detect_respond::snippet::{self, Language, Manager, SNIPPETS, Snippet as Program};

use crate::args::Color;
use crate::output;
use crate::{Error, Outcome};

/// Print a program that reads a secret from where it is safe, instead of having it in the code
///
/// With --manager and --language the whole file is printed, which says at its head how to store the secret first and what
/// to install. Without both of them those that there are are listed, and for each what the tests of scalr-detect do with
/// it: it is run, compiled, or parsed.
#[derive(clap::Args, Debug)]
pub(crate) struct Snippet {
    /// Where the secret is kept
    #[arg(long, value_name = "MANAGER", value_parser = manager())]
    manager: Option<Manager>,

    /// What the program is written in; that of terraform configures the provider of Scalr
    #[arg(long, value_name = "LANGUAGE", value_parser = language())]
    language: Option<Language>,

    /// The name of the secret: a variable, a name, or a path in the manager [default: SCALR_TOKEN, or scalr/api-token]
    #[arg(long, value_name = "NAME", requires = "manager", requires = "language")]
    secret: Option<String>,

    /// Form of the list
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Form::Terminal)]
    format: Form,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Form {
    /// A table for people
    Terminal,
    /// A JSON array
    Json,
    /// One JSON object a line
    Jsonl,
}

pub(crate) fn run(args: &Snippet) -> Result<Outcome, Error> {
    if let (Some(manager), Some(language)) = (args.manager, args.language) {
        let secret = args.secret.as_deref().unwrap_or(manager.default_secret());
        let code =
            snippet::get(manager, language).code(secret).map_err(|e| Error(format!("--secret: {e}")))?;
        return output::print(Color::Never, |out, _| out.write_all(code.as_bytes()));
    }
    let is_wanted = |program: &&Program| {
        args.manager.is_none_or(|manager| manager == program.manager)
            && args.language.is_none_or(|language| language == program.language)
    };
    let listed: Vec<&Program> = SNIPPETS.iter().filter(is_wanted).collect();
    output::print(Color::Never, |out, _| match args.format {
        Form::Terminal => table(out, &listed),
        Form::Json => {
            serde_json::to_writer_pretty(&mut *out, &listed.iter().copied().map(json).collect::<Vec<_>>())?;
            writeln!(out)
        }
        Form::Jsonl => listed.iter().try_for_each(|program| writeln!(out, "{}", json(program))),
    })
}

fn table(out: &mut impl Write, listed: &[&Program]) -> io::Result<()> {
    writeln!(out, "{:<19}  {:<10}  {:<8}  HOW", "MANAGER", "LANGUAGE", "TESTED")?;
    for program in listed {
        let (manager, language) = (program.manager.id(), program.language.id());
        writeln!(out, "{manager:<19}  {language:<10}  {:<8}  {}", program.tested.id(), program.how)?;
    }
    writeln!(
        out,
        "\nTo print one: scalr-detect snippet --manager MANAGER --language LANGUAGE [--secret NAME]"
    )
}

fn json(program: &Program) -> serde_json::Value {
    serde_json::json!({
        "manager": program.manager.id(),
        "manager_name": program.manager.name(),
        "language": program.language.id(),
        "file": program.language.file_name(),
        "tested": program.tested.id(),
        "how": program.how,
    })
}

pub(crate) fn manager() -> impl TypedValueParser<Value = Manager> {
    PossibleValuesParser::new(Manager::ALL.map(Manager::id))
        .try_map(|id| Manager::ALL.into_iter().find(|m| m.id() == id).ok_or("no such manager"))
}

fn language() -> impl TypedValueParser<Value = Language> {
    PossibleValuesParser::new(Language::ALL.map(Language::id))
        .try_map(|id| Language::ALL.into_iter().find(|l| l.id() == id).ok_or("no such language"))
}
