//! Playbooks of every kind, golden texts, and what must be in none of them.

use super::*;
use crate::practices::tests::{faults, is_link};
use scalr_detect::{Catalog, Confidence, Scanner};

fn detector(id: &str) -> &'static Detector {
    Catalog::builtin().get(id).unwrap_or_else(|| panic!("no detector {id}"))
}

fn place(path: &str, line: u64) -> Place {
    Place { path: path.into(), line, ..Place::default() }
}

/// What is known of a token of Scalr with this kind of owner.
fn token(owner: &str, details: &[(&str, &str)]) -> Facts {
    let mut facts = Facts { fingerprint: "0f".repeat(16), ..Facts::default() };
    let all = [
        ("token-id", "at-v0example1234567"),
        ("owner-kind", owner),
        ("host", "acme.scalr.io"),
        ("last-six", "Ab_3-x"),
    ];
    for (name, value) in all.iter().chain(details) {
        facts.add_detail("Scalr", name, value);
    }
    facts.add_place(Place {
        path: "infra/main.tf".into(),
        line: 12,
        commit: "1f2e3d4c".into(),
        author: "Jo Example".into(),
        date: "2026-01-02T03:04:05Z".into(),
    });
    facts
}

fn lines(playbook: &Playbook) -> impl Iterator<Item = &Step> {
    playbook.sections.iter().flat_map(|section| &section.steps)
}

/// What is wrong with a playbook, whatever it is about.
fn faults_of(playbook: &Playbook) -> Vec<String> {
    let mut faults = Vec::new();
    for section in &playbook.sections {
        if section.steps.is_empty() {
            faults.push(format!("{}: {:?} is empty", playbook.detector, section.id));
        }
        for step in &section.steps {
            let texts = [Some(&step.action), step.why.as_ref(), step.command.as_ref(), step.query.as_ref()];
            for text in texts.into_iter().flatten() {
                if text.trim().is_empty() || text.contains("{token") || text.contains("{host") {
                    faults.push(format!("{}: {text:?}", playbook.detector));
                }
            }
            if !step.action.ends_with(['.', '?', '!', ')']) {
                faults.push(format!("{}: no full stop: {:?}", playbook.detector, step.action));
            }
            if step.link.as_ref().is_some_and(|link| !is_link(link)) {
                faults.push(format!("{}: {:?}", playbook.detector, step.link));
            }
        }
    }
    faults
}

#[test]
fn every_kind_has_a_whole_playbook() {
    let mut faults = Vec::new();
    for detector in Catalog::builtin().iter() {
        let playbook = Playbook::new(detector, &[], None);
        faults.extend(faults_of(&playbook));
        let (text, markdown, json) = (playbook.to_text(), playbook.to_markdown(), playbook.to_json());
        for stage in Stage::ALL {
            for form in [&text, &markdown, &json] {
                if !form.contains(stage.title()) {
                    faults.push(format!("{}: {:?} is missing", detector.id, stage));
                }
            }
        }
        if !(4..=10).contains(&Playbook::short(detector).len()) {
            faults.push(format!("{}: {:?}", detector.id, Playbook::short(detector)));
        }
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["sections"].as_array().unwrap().len(), Stage::ALL.len());
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn style() {
    let mut all = Vec::new();
    let brackets = |text: &str| {
        let marks: String = text.chars().filter(|c| matches!(c, '[' | ']')).collect();
        marks == "[]".repeat(marks.len() / 2)
    };
    for script in [&*GENERAL, &*COMMON, &*SCALR] {
        for line in Stage::ALL.iter().flat_map(|stage| script.lines(*stage)) {
            assert!(line.r#do.is_some() != line.slot.is_some(), "a step or a slot, not both: {line:?}");
            for text in [&line.r#do, &line.why].into_iter().flatten() {
                all.extend(faults(&text.replace(".]", ".").replace(['[', ']'], "")));
                assert!(brackets(text), "{text}");
            }
            // What a sentence starts with after "If it is a run token:".
            if let (Some(text), false) = (&line.r#do, line.kinds.is_empty()) {
                assert!(text.starts_with(char::is_lowercase), "{text:?}");
            }
            assert!(line.link.as_deref().is_none_or(is_link), "{line:?}");
            assert!(
                !line.tool || line.run.as_ref().is_some_and(|run| run.contains("scalr-detect ")),
                "{line:?}"
            );
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

/// The text of a playbook is what the file has; with `UPDATE_GOLDEN` set it is written there.
fn golden(name: &str, playbook: &Playbook) {
    let path = format!("{}/tests/playbooks/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    let text = playbook.to_text();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(std::path::Path::new(&path).parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        text, expected,
        "{path}; if the new text is right, run the test with UPDATE_GOLDEN=1 and read the diff"
    );
}

#[test]
fn golden_texts_of_scalr() {
    let scalr = detector("scalr-api-token");
    golden("scalr", &Playbook::new(scalr, &[], None));
    for (name, owner, details) in [
        ("scalr-personal", "user", &[][..]),
        ("scalr-service-account", "service-account", &[("owner-id", "sa-v0example1234567")]),
        (
            "scalr-ephemeral",
            "service-account",
            &[("owner-id", "sa-v0example1234567"), ("expires", "2030-01-01T00:00:00Z")],
        ),
        ("scalr-agent-pool", "agent-pool", &[]),
        ("scalr-agent", "agent", &[]),
        ("scalr-run", "run", &[]),
    ] {
        let mut facts = token(owner, details);
        if name == "scalr-personal" {
            (facts.validity, facts.evidence) = (Validity::Live, "200 with a list of accounts".into());
        }
        golden(name, &Playbook::new(scalr, &[facts], None));
    }
}

#[test]
fn golden_texts_of_every_class() {
    let mut classes = std::collections::BTreeSet::new();
    for id in [
        "github-personal-access-token",
        "circleci-personal-access-token",
        "aws-secret-access-key",
        "pulumi-access-token",
        "openai-api-key",
        "stripe-secret-key",
        "slack-bot-token",
        "sendgrid-api-key",
        "mysql-command-password",
        "datadog-api-key",
        "okta-api-token",
        "npm-access-token",
        "dropbox-short-lived-access-token",
        "hubspot-private-app-token",
        "notion-integration-token",
        "weatherapi-api-key",
        "postman-api-key",
        "twitch-api-token",
        "tailscale-api-key",
        "generic-password",
        "private-key",
    ] {
        let detector = detector(id);
        let class = crate::practices::class(detector);
        classes.insert(class);
        golden(class, &Playbook::new(detector, &[], None));
    }
    let all = crate::practices::CLASSES.classes.iter();
    let missing: Vec<_> =
        all.map(|class| class.id.as_str()).filter(|class| !classes.contains(class)).collect();
    assert!(missing.is_empty(), "no golden text of {missing:?}");
}

#[test]
fn facts_are_filled_in() {
    let playbook = Playbook::new(detector("scalr-api-token"), &[token("user", &[])], None);
    let all = playbook.to_text();
    for part in [
        "https://acme.scalr.io/api/iacp/v3/access-tokens/at-v0example1234567",
        "@actor.access-token.token:*Ab_3\\-x",
        "scalr-detect playbook 0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f --report REPORT.jsonl --inventory .",
        "commit 1f2e3d4c by Jo Example, 2026",
        "git show 1f2e3d4c:infra/main.tf | scalr-detect verify -",
        "\"suffix\": \"Ab_3-x\"",
        ", -6) = 'Ab_3-x'",
    ] {
        assert!(all.contains(part), "{part}\n{all}");
    }
    // Of the other kinds of owner nothing is said, and the kind is not repeated.
    assert!(!all.contains("pool page") && !all.contains("If it is a"), "{all}");
    let revoke = lines(&playbook).find(|step| step.action.starts_with("Revoke the token")).unwrap();
    assert_eq!(revoke.facts["token-id"], "at-v0example1234567");
    assert_eq!(revoke.status, Status::Open);
}

#[test]
fn a_command_is_repeated_for_each_secret() {
    let mut secrets: Vec<Facts> = Vec::new();
    for i in 0..30 {
        let mut facts = Facts { fingerprint: format!("{i:032x}"), ..Facts::default() };
        facts.add_detail("Scalr", "owner-kind", "user");
        facts.add_detail("Scalr", "token-id", &format!("at-v0example12345{i:02}"));
        facts.add_detail("Scalr", "host", "acme.scalr.io");
        secrets.push(facts);
    }
    let playbook = Playbook::new(detector("scalr-api-token"), &secrets, None);
    let revoke = lines(&playbook).find(|step| step.action.starts_with("Revoke the token")).unwrap();
    let command = revoke.command.as_ref().unwrap();
    assert_eq!(command.matches("-X DELETE").count(), REPEATED);
    assert!(command.ends_with("# and the same for 10 more"));
    // What differs is left out of the sentence.
    assert!(revoke.action.contains("by its id. "), "{}", revoke.action);
    assert!(playbook.to_text().contains("And 10 more secrets of this kind"));
    // The same command is not repeated.
    let agents =
        lines(&playbook).filter_map(|step| step.command.as_ref()).find(|c| c.contains("/runs?")).unwrap();
    assert_eq!(agents.matches("curl").count(), 1);
}

/// Facts that somebody wrote who wants to do harm.
fn hostile() -> Facts {
    let mut facts = Facts { fingerprint: "aa".repeat(16), ..Facts::default() };
    for (name, value) in [
        ("owner-kind", "service-account"),
        ("owner-id", "sa-x; rm -rf ~ #"),
        ("host", "evil.example$(id)"),
        ("token-id", "-rf"),
        ("last-six", "'`*}{x"),
    ] {
        facts.add_detail("Scalr", name, value);
    }
    facts.add_place(Place {
        path: "a`b`\u{1b}[31m\n# c <script>\u{202e}.tf".into(),
        line: 1,
        commit: "c`".into(),
        author: "Jo `[x](javascript:1)` <img>".into(),
        date: "2026`".into(),
    });
    facts
}

#[test]
fn hostile_facts_do_no_harm() {
    let playbook = Playbook::new(detector("scalr-api-token"), &[hostile()], None);
    for step in lines(&playbook) {
        for copied in [&step.command, &step.query].into_iter().flatten() {
            for part in ["rm -rf", "$(id)", "'`*", "/-rf", "<script>"] {
                assert!(!copied.contains(part), "{copied}");
            }
        }
    }
    assert!(lines(&playbook).any(|s| s.command.as_ref().is_some_and(|c| c.contains("https://HOST/"))));
    for form in [playbook.to_text(), playbook.to_markdown()] {
        assert!(!form.contains(['\u{1b}', '\u{202e}', '\r']), "{form}");
        assert!(form.lines().all(|line| !line.starts_with("# c")), "{form}");
    }
}

/// What a reader of Markdown sees: the text of each paragraph or item without markup, and where links lead.
fn seen(markdown: &str) -> (String, Vec<String>) {
    use pulldown_cmark::{Event, Options, Parser, Tag};
    let (mut text, mut links) = (String::new(), Vec::new());
    for event in Parser::new_ext(markdown, Options::ENABLE_TASKLISTS | Options::ENABLE_TABLES) {
        match event {
            Event::Text(part) | Event::Code(part) => text.push_str(&part),
            Event::Html(html) => assert_eq!(html.trim(), "<!-- -->"),
            Event::InlineHtml(html) => panic!("a tag: {html}"),
            Event::Start(Tag::Link { dest_url, .. }) => links.push(dest_url.to_string()),
            Event::Start(Tag::Image { dest_url, .. }) => panic!("an image: {dest_url}"),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            Event::End(_) => text.push('\n'),
            _ => {}
        }
    }
    (text, links)
}

fn check_markdown(playbook: &Playbook) {
    let (text, links) = seen(&playbook.to_markdown());
    let expected: Vec<&String> = lines(playbook).filter_map(|step| step.link.as_ref()).collect();
    assert!(links.iter().eq(expected), "{}: {links:?}", playbook.detector);
    for step in lines(playbook) {
        for part in [Some(&step.action), step.why.as_ref()].into_iter().flatten() {
            // Backticks in pairs are markup, in the sentences as in Markdown.
            assert!(text.replace('`', "").contains(&part.replace('`', "")), "{}: {part}", playbook.detector);
        }
        for copied in [&step.command, &step.query].into_iter().flatten() {
            assert!(text.contains(copied.trim_end()), "{}: {copied}", playbook.detector);
        }
    }
    for facts in &playbook.secrets {
        for value in facts.details().iter().map(|detail| &detail.value) {
            assert!(text.contains(value.as_str()), "{value}");
        }
    }
}

#[test]
fn readers_of_markdown_see_what_is_there() {
    for detector in Catalog::builtin().iter() {
        check_markdown(&Playbook::new(detector, &[], None));
    }
    check_markdown(&Playbook::new(detector("scalr-api-token"), &[token("user", &[]), hostile()], None));
}

#[test]
fn conditions() {
    let scalr = detector("scalr-api-token");
    let with = |validity| {
        let facts = Facts { validity, ..token("user", &[]) };
        Playbook::new(scalr, &[facts], None).to_text()
    };
    let (live, dead, unknown) = (with(Validity::Live), with(Validity::Dead), with(Validity::Unknown));
    for (text, has, has_not) in [
        (&live, "The secret works, so", "scalr-detect verify"),
        (&dead, "no longer worked", "scalr-detect verify"),
        (&unknown, "scalr-detect verify", "The secret works, so"),
    ] {
        assert!(text.contains(has) && !text.contains(has_not), "{text}");
    }
    let facts = Facts { validity: Validity::Unknown, ..Facts::default() };
    let without_host = Playbook::new(scalr, &[facts], None).to_text();
    assert!(without_host.contains("Find the host of the account first"));
    assert!(!unknown.contains("Find the host of the account first"));
    // A publishable key is no reason to hurry.
    let public = Playbook::new(detector("stripe-publishable-key"), &[], None).to_text();
    assert!(public.contains("public by design"));
    assert!(!Playbook::new(detector("stripe-secret-key"), &[], None).to_text().contains("public by design"));
}

#[test]
fn last_characters_are_kept_of_scalr_only() {
    let mut facts = Facts::default();
    facts.add_detail("Acme", "last-six", "abcdef");
    assert_eq!(facts.detail("last-six"), None);
    facts.add_detail("Scalr", "last-six", "abcdef");
    assert_eq!(facts.detail("last-six"), Some("abcdef"));
}

/// Every example of the catalogue is scanned, and a playbook made of what is found: the secret is in no form of it.
#[test]
fn no_secret_is_in_a_playbook() {
    let scanner = Scanner::builder().min_confidence(Confidence::Low).build().unwrap();
    let mut seen = 0;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../scalr-detect-catalog/detectors");
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.display().to_string();
        let catalogue = match scalr_detect_spec::load([(name.as_str(), text.as_str())]) {
            Ok(catalogue) => catalogue,
            // A file that refers to another cannot be loaded alone.
            Err(_) => continue,
        };
        for entry in &catalogue.entries {
            let expanded = scalr_detect_spec::template::expand(&entry.hit[0], 1).unwrap();
            for finding in scanner.find_iter(&expanded.text) {
                let secret = String::from_utf8_lossy(finding.secret()).into_owned();
                // A short one may be a word of ours.
                if secret.len() < 8 {
                    continue;
                }
                let detector = Catalog::builtin().get(finding.detector().id).unwrap();
                let mut inventory = Inventory::new([(detector.id, &Facts::of(&finding, b"a/b.tf"))]);
                inventory.visit(b"ci/.gitlab-ci.yml", &finding);
                let playbook = Playbook::new(detector, &[Facts::of(&finding, b"a/b.tf")], Some(&inventory));
                assert_eq!(inventory.of(detector.id).len(), 1);
                for form in [playbook.to_text(), playbook.to_markdown(), playbook.to_json()] {
                    assert!(!form.contains(&secret), "{} is shown by {}", detector.id, entry.id);
                }
                assert!(!format!("{playbook:?}").contains(&secret));
                seen += 1;
            }
        }
    }
    assert!(seen > 1500, "only {seen} examples");
}

#[test]
fn the_inventory_says_who_reads_it() {
    let facts = token("user", &[]);
    let empty = Inventory::new([("scalr-api-token", &facts)]);
    let text =
        Playbook::new(detector("scalr-api-token"), std::slice::from_ref(&facts), Some(&empty)).to_text();
    assert!(text.contains("[x] The paths of the inventory were scanned"), "{text}");
    assert!(!text.contains("--inventory ."), "{text}");
}

#[test]
fn merging_keeps_the_worse_answer() {
    for (a, b, expected) in [
        (Validity::Unknown, Validity::Dead, Validity::Dead),
        (Validity::Dead, Validity::Live, Validity::Live),
        (Validity::Live, Validity::Dead, Validity::Live),
        (Validity::Live, Validity::Unknown, Validity::Live),
    ] {
        let mut facts = Facts { validity: a, ..Facts::default() };
        facts.add_place(place("a", 1));
        let mut other = Facts { validity: b, ..Facts::default() };
        (0..150).for_each(|i| other.add_place(place("b", i)));
        facts.merge(other);
        assert_eq!((facts.validity, facts.occurrences, facts.places().len()), (expected, 151, 100));
    }
}

#[test]
fn fields_are_replaced_and_other_braces_are_not() {
    let by = |field: Field| format!("<{}>", field.name());
    for (text, expected) in [
        ("a {host} b", "a <host> b"),
        ("{\"a\": {\"b\": \"{last-six}\"}}", "{\"a\": {\"b\": \"<last-six>\"}}"),
        ("{hosts} {", "{hosts} {"),
        ("{{host}}", "{<host>}"),
        ("%{http_code}", "%{http_code}"),
    ] {
        assert_eq!(Field::replace(text, by), expected);
    }
}
