//! What systems say, over one small history:
//!
//! ```text
//! a - b - c - d      main
//!      \       \
//!       e - f - 9    feature is f; 9 is the merge that a system makes for a build
//! ```

use std::collections::{BTreeMap, BTreeSet};

use super::*;

#[derive(Clone)]
struct History {
    parents: BTreeMap<char, &'static str>,
    references: BTreeMap<&'static str, char>,
    /// Commits whose parents are not there.
    shallow: BTreeSet<char>,
    default: Option<&'static str>,
}

fn full() -> History {
    History {
        parents: [('a', ""), ('b', "a"), ('c', "b"), ('d', "c"), ('e', "b"), ('f', "e"), ('9', "df")].into(),
        references: [("HEAD", 'f'), ("refs/remotes/origin/main", 'd'), ("refs/remotes/origin/feature", 'f')]
            .into(),
        shallow: BTreeSet::new(),
        default: None,
    }
}

/// What is left of it by a clone of `depth` with one reference.
fn shallow(depth: usize, reference: &'static str, commit: char) -> History {
    let full = full();
    let mut here = History { references: [("HEAD", commit), (reference, commit)].into(), ..full.clone() };
    here.parents.clear();
    let mut layer = vec![commit];
    for level in 1..=depth {
        let mut next = vec![];
        for commit in layer {
            let parents = full.parents[&commit];
            here.parents.insert(commit, if level < depth { parents } else { "" });
            if level == depth && !parents.is_empty() {
                here.shallow.insert(commit);
            }
            next.extend(parents.chars());
        }
        layer = next;
    }
    here
}

fn whole(commit: char) -> String {
    String::from(commit).repeat(40)
}

fn letter(id: &str) -> char {
    id.chars().next().unwrap()
}

impl History {
    fn reach(&self, commit: char, into: &mut BTreeSet<char>) {
        if into.insert(commit) {
            self.parents[&commit].chars().for_each(|parent| self.reach(parent, into));
        }
    }
}

impl Repository for History {
    fn find(&self, revision: &Revision) -> Option<String> {
        match revision {
            Revision::Id(id) => self.parents.contains_key(&letter(id)).then(|| id.clone()),
            Revision::Reference(name) => self.references.get(&**name).copied().map(whole),
        }
    }

    fn default_branch(&self) -> Option<String> {
        self.default.map(str::to_owned)
    }

    fn parents(&self, commit: &str) -> Vec<String> {
        self.parents[&letter(commit)].chars().map(whole).collect()
    }

    fn is_shallow(&self) -> bool {
        !self.shallow.is_empty()
    }

    fn count(&self, head: &str, without: &[String]) -> Result<Count, String> {
        let (mut new, mut old) = (BTreeSet::new(), BTreeSet::new());
        self.reach(letter(head), &mut new);
        without.iter().for_each(|id| self.reach(letter(id), &mut old));
        let new: BTreeSet<char> = &new - &old;
        Ok(Count { commits: new.len() as u64, tags: 0, is_cut: !new.is_disjoint(&self.shallow) })
    }
}

/// Variables as `NAME=value` in a line; a value of one letter and `*` is the whole id of that commit.
fn environment(text: &str) -> Environment {
    let value = |value: &str| match value.strip_suffix('*') {
        Some(commit) => whole(letter(commit)),
        None => value.to_owned(),
    };
    let pair = |word: &str| {
        let (name, text) = word.split_once('=').unwrap();
        (name.to_owned(), value(text))
    };
    text.split_whitespace().map(pair).collect()
}

/// What comes out, in short: the head, what is left out and the number of commits; or what there is instead.
fn outcome(build: &Build, history: &History) -> String {
    match build.resolve(history).unwrap() {
        Resolution::Selected(s) => {
            let without: String = s.without.iter().map(|id| letter(id)).collect();
            assert!(s.why.contains(&s.head[..10]), "{}", s.why);
            format!("{} -{without}: {}", letter(&s.head), s.commits)
        }
        Resolution::Nothing(why) => format!("nothing: {}", why.split(':').next().unwrap()),
        Resolution::Incomplete { why, .. } => {
            assert!(why.contains(build.system().whole_history()) && why.contains("--fetch"), "{why}");
            "incomplete".to_owned()
        }
    }
}

#[test]
fn what_each_system_says() {
    use System::*;
    let main = || History { default: Some("main"), ..full() };
    #[rustfmt::skip]
    let cases = [
        (GitLab, "CI_COMMIT_SHA=f* CI_COMMIT_BRANCH=feature CI_COMMIT_BEFORE_SHA=e* CI_DEFAULT_BRANCH=main", full(), "push to feature", "f -e: 1"),
        (GitLab, "CI_COMMIT_SHA=f* CI_COMMIT_BRANCH=feature CI_COMMIT_BEFORE_SHA=0* CI_DEFAULT_BRANCH=main", full(), "push to feature", "f -d: 2"),
        // Pushed away by force.
        (GitLab, "CI_COMMIT_SHA=f* CI_COMMIT_BRANCH=feature CI_COMMIT_BEFORE_SHA=7* CI_DEFAULT_BRANCH=main", full(), "push to feature", "f -d: 2"),
        (GitLab, "CI_COMMIT_SHA=d* CI_COMMIT_BRANCH=main CI_COMMIT_BEFORE_SHA=7* CI_DEFAULT_BRANCH=main", full(), "push to main", "d -: 4"),
        (GitLab, "CI_COMMIT_SHA=f* CI_COMMIT_BRANCH=feature CI_COMMIT_BEFORE_SHA=b* CI_DEFAULT_BRANCH=main", shallow(2, "refs/remotes/origin/feature", 'f'), "push to feature", "incomplete"),
        (GitLab, "CI_COMMIT_SHA=f* CI_COMMIT_BRANCH=feature CI_COMMIT_BEFORE_SHA=e* CI_DEFAULT_BRANCH=main", shallow(2, "refs/remotes/origin/feature", 'f'), "push to feature", "f -e: 1"),
        (GitLab, "CI_COMMIT_SHA=f* CI_COMMIT_BRANCH=feature CI_COMMIT_BEFORE_SHA=0* CI_DEFAULT_BRANCH=main", shallow(2, "refs/remotes/origin/feature", 'f'), "push to feature", "incomplete"),
        (GitLab, "CI_PIPELINE_SOURCE=merge_request_event CI_COMMIT_SHA=f* CI_COMMIT_BEFORE_SHA=0* CI_MERGE_REQUEST_IID=7 CI_MERGE_REQUEST_DIFF_BASE_SHA=b* CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main", full(), "merge request 7", "f -bd: 2"),
        (GitLab, "CI_PIPELINE_SOURCE=merge_request_event CI_COMMIT_SHA=9* CI_MERGE_REQUEST_IID=7 CI_MERGE_REQUEST_DIFF_BASE_SHA=b* CI_MERGE_REQUEST_SOURCE_BRANCH_SHA=f* CI_MERGE_REQUEST_TARGET_BRANCH_SHA=c*", full(), "merge request 7", "9 -d: 3"),
        (GitLab, "CI_PIPELINE_SOURCE=schedule CI_COMMIT_SHA=d* CI_COMMIT_BRANCH=main CI_COMMIT_BEFORE_SHA=0* CI_DEFAULT_BRANCH=main", full(), "schedule pipeline of main", "d -: 4"),
        (GitLab, "CI_COMMIT_SHA=c* CI_COMMIT_TAG=v1 CI_COMMIT_BEFORE_SHA=0* CI_DEFAULT_BRANCH=main", full(), "tag v1", "nothing: no new commits"),
        (GitLab, "CI_COMMIT_SHA=0* CI_COMMIT_BRANCH=feature", full(), "deletion of a branch or tag", "nothing: a deletion brings nothing new"),
        (GitLab, "CI_COMMIT_SHA=8* CI_COMMIT_BRANCH=feature CI_COMMIT_BEFORE_SHA=e*", full(), "push to feature", "incomplete"),
        (Circle, "CIRCLE_SHA1=f* CIRCLE_BRANCH=feature", main(), "push to feature", "f -d: 2"),
        (Circle, "CIRCLE_SHA1=f* CIRCLE_BRANCH=feature", full(), "push to feature", "f -: 4"),
        (Circle, "CIRCLE_SHA1=d* CIRCLE_BRANCH=main", main(), "push to main", "d -: 4"),
        (Travis, "TRAVIS_COMMIT=d* TRAVIS_BRANCH=main TRAVIS_PULL_REQUEST=false TRAVIS_EVENT_TYPE=push", full(), "push to main", "d -: 4"),
        (Travis, "TRAVIS_COMMIT=9* TRAVIS_BRANCH=main TRAVIS_PULL_REQUEST=3 TRAVIS_PULL_REQUEST_SHA=f*", full(), "pull request 3", "9 -d: 3"),
        (Travis, "TRAVIS_COMMIT=9* TRAVIS_BRANCH=main TRAVIS_PULL_REQUEST=3 TRAVIS_PULL_REQUEST_SHA=f*", shallow(1, "refs/heads/main", '9'), "pull request 3", "incomplete"),
        (Travis, "TRAVIS_COMMIT=c* TRAVIS_BRANCH=v1 TRAVIS_TAG=v1 TRAVIS_EVENT_TYPE=push", main(), "tag v1", "nothing: no new commits"),
        (Travis, "TRAVIS_COMMIT=d* TRAVIS_BRANCH=main TRAVIS_EVENT_TYPE=cron", main(), "cron build of main", "d -: 4"),
        (Bitbucket, "BITBUCKET_COMMIT=f* BITBUCKET_BRANCH=feature", main(), "push to feature", "f -d: 2"),
        (Bitbucket, "BITBUCKET_COMMIT=f* BITBUCKET_PR_ID=4 BITBUCKET_PR_DESTINATION_BRANCH=main BITBUCKET_PR_DESTINATION_COMMIT=dddddddddddd", full(), "pull request 4", "f -d: 2"),
        (Bitbucket, "BITBUCKET_COMMIT=f* BITBUCKET_PR_ID=4 BITBUCKET_PR_DESTINATION_BRANCH=other", full(), "pull request 4", "incomplete"),
        (Azure, "BUILD_SOURCEVERSION=9* SYSTEM_PULLREQUEST_TARGETBRANCH=refs/heads/main SYSTEM_PULLREQUEST_SOURCECOMMITID=f* SYSTEM_PULLREQUEST_PULLREQUESTID=5", full(), "pull request 5", "9 -d: 3"),
        (Azure, "BUILD_SOURCEVERSION=9* SYSTEM_PULLREQUEST_TARGETBRANCH=main SYSTEM_PULLREQUEST_SOURCECOMMITID=f* SYSTEM_PULLREQUEST_PULLREQUESTID=5 SYSTEM_PULLREQUEST_PULLREQUESTNUMBER=12", shallow(1, "refs/remotes/pull/5/merge", '9'), "pull request 12", "incomplete"),
        (Azure, "BUILD_SOURCEVERSION=f* BUILD_SOURCEBRANCH=refs/heads/feature BUILD_REASON=IndividualCI", main(), "push to feature", "f -d: 2"),
        (Azure, "BUILD_SOURCEVERSION=d* BUILD_SOURCEBRANCH=refs/heads/main BUILD_REASON=Schedule", main(), "Schedule build of main", "d -: 4"),
        (Azure, "BUILD_SOURCEVERSION=c* BUILD_SOURCEBRANCH=refs/tags/v1 BUILD_REASON=IndividualCI", main(), "tag v1", "nothing: no new commits"),
        (Buildkite, "BUILDKITE_COMMIT=HEAD BUILDKITE_BRANCH=feature BUILDKITE_PULL_REQUEST=false BUILDKITE_PIPELINE_DEFAULT_BRANCH=main BUILDKITE_SOURCE=webhook", full(), "push to feature", "f -d: 2"),
        (Buildkite, "BUILDKITE_COMMIT=f* BUILDKITE_BRANCH=feature BUILDKITE_PULL_REQUEST=6 BUILDKITE_PULL_REQUEST_BASE_BRANCH=main", full(), "pull request 6", "f -d: 2"),
        (Woodpecker, "CI_COMMIT_SHA=f* CI_COMMIT_BRANCH=feature CI_PIPELINE_EVENT=push CI_PREV_COMMIT_SHA=e* CI_PREV_COMMIT_BRANCH=feature CI_REPO_DEFAULT_BRANCH=main", full(), "push to feature", "f -e: 1"),
        (Woodpecker, "CI_COMMIT_SHA=f* CI_COMMIT_BRANCH=feature CI_PIPELINE_EVENT=push CI_PREV_COMMIT_SHA=f* CI_PREV_COMMIT_BRANCH=main CI_REPO_DEFAULT_BRANCH=main", full(), "push to feature", "f -d: 2"),
        (Woodpecker, "CI_COMMIT_SHA=f* CI_COMMIT_BRANCH=main CI_PIPELINE_EVENT=pull_request CI_COMMIT_PULL_REQUEST=8 CI_COMMIT_TARGET_BRANCH=main", full(), "pull request 8", "f -d: 2"),
        (Woodpecker, "CI_COMMIT_SHA=d* CI_COMMIT_BRANCH=main CI_PIPELINE_EVENT=cron CI_PREV_COMMIT_SHA=c* CI_REPO_DEFAULT_BRANCH=main", full(), "cron pipeline of main", "d -: 4"),
        (Drone, "DRONE_COMMIT_SHA=f* DRONE_COMMIT_BRANCH=feature DRONE_BUILD_EVENT=push DRONE_COMMIT_BEFORE=e*", full(), "push to feature", "f -e: 1"),
        (Drone, "DRONE_COMMIT_SHA=f* DRONE_COMMIT_BRANCH=main DRONE_BUILD_EVENT=pull_request DRONE_PULL_REQUEST=9 DRONE_TARGET_BRANCH=main DRONE_COMMIT_BEFORE=0*", full(), "pull request 9", "f -d: 2"),
        (Drone, "DRONE_COMMIT_SHA=c* DRONE_TAG=v1 DRONE_BUILD_EVENT=tag DRONE_REPO_BRANCH=main", full(), "tag v1", "nothing: no new commits"),
        (Jenkins, "GIT_COMMIT=d* GIT_BRANCH=origin/main GIT_PREVIOUS_COMMIT=c* GIT_PREVIOUS_SUCCESSFUL_COMMIT=b*", full(), "push to main", "d -b: 2"),
        (Jenkins, "GIT_COMMIT=d* GIT_BRANCH=origin/main GIT_PREVIOUS_COMMIT=c*", full(), "push to main", "d -c: 1"),
        (Jenkins, "GIT_COMMIT=f* GIT_BRANCH=origin/feature", main(), "push to feature", "f -d: 2"),
        (Jenkins, "GIT_COMMIT=f* CHANGE_ID=10 CHANGE_TARGET=main BRANCH_NAME=PR-10", full(), "pull request 10", "f -d: 2"),
        // Nothing but the name of the system.
        (Jenkins, "", main(), "push", "f -d: 2"),
        // It may be the default branch that is built: then it is no base.
        (Jenkins, "GIT_COMMIT=d*", main(), "push", "d -: 4"),
        (Jenkins, "GIT_COMMIT=c*", main(), "push", "c -: 3"),
        (GitHub, "GITHUB_SHA=9* GITHUB_EVENT_NAME=pull_request GITHUB_BASE_REF=main", full(), "pull request", "9 -d: 3"),
        (GitHub, "GITHUB_SHA=f* GITHUB_EVENT_NAME=push GITHUB_REF=refs/heads/feature", main(), "push to feature", "f -d: 2"),
    ];
    for (system, variables, history, event, expected) in cases {
        let build = Build::new(system, &environment(variables), None).unwrap();
        assert_eq!(build.event(), event, "{system}: {variables}");
        assert_eq!(outcome(&build, &history), expected, "{system}: {variables}");
    }
    // TRAVIS_COMMIT_RANGE is two ids in one word.
    let mut variables = environment("TRAVIS_COMMIT=f* TRAVIS_BRANCH=feature TRAVIS_PULL_REQUEST=false");
    for (range, expected) in [
        (format!("{}...{}", whole('e'), whole('f')), "f -e: 1"),
        (format!("{}..{}", whole('e'), whole('f')), "f -e: 1"),
        (format!("{}...{}", whole('7'), whole('f')), "f -d: 2"),
        ("...".to_owned(), "f -d: 2"),
    ] {
        variables.insert("TRAVIS_COMMIT_RANGE".to_owned(), range.clone());
        let build = Build::new(System::Travis, &variables, None).unwrap();
        assert_eq!(outcome(&build, &main()), expected, "{range}");
    }
}

#[test]
fn what_github_writes_into_its_event_file() {
    let merge = || shallow(1, "refs/remotes/pull/12/merge", '9');
    let request = r#"{"action":"opened","number":12,"pull_request":{"number":12,"base":{"sha":"d*","ref":"main"},"head":{"sha":"f*","ref":"feature"}}}"#;
    let stale = request.replace("d*", "b*");
    let push = r#"{"ref":"refs/heads/feature","before":"e*","after":"f*","created":false,"deleted":false,"forced":false,"repository":{"default_branch":"main"}}"#;
    let (new, forced) = (push.replace("e*", "0*"), push.replace("e*", "7*"));
    let first = r#"{"ref":"refs/heads/main","before":"0*","after":"d*","created":true,"repository":{"default_branch":"main"}}"#;
    let group = r#"{"merge_group":{"head_sha":"9*","head_ref":"refs/heads/gh-readonly-queue/main/pr-12","base_sha":"d*","base_ref":"refs/heads/main"}}"#;
    let tag = r#"{"ref":"refs/tags/v1","before":"0*","after":"c*","repository":{"default_branch":"main"}}"#;
    let gone = r#"{"ref":"refs/heads/feature","before":"e*","after":"0*","deleted":true}"#;
    let dispatch =
        r#"{"ref":"refs/heads/feature","inputs":{"after":"b*"},"repository":{"default_branch":"main"}}"#;
    let schedule = r#"{"schedule":"0 4 * * *","repository":{"default_branch":"main"}}"#;
    #[rustfmt::skip]
    let cases = [
        ("pull_request", "9*", request, full(), "pull request 12", "9 -d: 3"),
        ("pull_request", "9*", &stale, full(), "pull request 12", "9 -d: 3"),
        ("pull_request", "9*", request, merge(), "pull request 12", "incomplete"),
        // Depth 2 has both parents, but not what is before the head.
        ("pull_request", "9*", request, shallow(2, "refs/remotes/pull/12/merge", '9'), "pull request 12", "incomplete"),
        // The head of the request is checked out in place of the merge.
        ("pull_request", "8*", request, full(), "pull request 12", "f -d: 2"),
        ("pull_request_target", "d*", request, full(), "pull_request_target, pull request 12", "f -d: 2"),
        ("pull_request_target", "d*", request, shallow(1, "refs/heads/main", 'd'), "pull_request_target, pull request 12", "incomplete"),
        ("merge_group", "9*", group, full(), "merge group for main", "9 -d: 3"),
        ("push", "f*", push, full(), "push to feature", "f -e: 1"),
        ("push", "f*", push, shallow(1, "refs/heads/feature", 'f'), "push to feature", "incomplete"),
        ("push", "f*", &new, full(), "push to feature", "f -d: 2"),
        ("push", "f*", &forced, full(), "push to feature", "f -d: 2"),
        ("push", "d*", first, full(), "push to main", "d -: 4"),
        ("push", "d*", first, shallow(1, "refs/heads/main", 'd'), "push to main", "incomplete"),
        ("push", "c*", tag, full(), "tag v1", "nothing: no new commits"),
        ("push", "d*", gone, full(), "deletion of feature", "nothing: a deletion brings nothing new"),
        ("delete", "d*", r#"{"ref":"feature","ref_type":"branch"}"#, full(), "deletion of feature", "nothing: a deletion brings nothing new"),
        ("workflow_dispatch", "f*", dispatch, full(), "workflow_dispatch of feature", "f -d: 2"),
        ("schedule", "d*", schedule, full(), "schedule of main", "d -: 4"),
        ("push", "f*", "{}", full(), "push to main", "f -: 4"),
    ];
    for (name, sha, event, history, called, expected) in cases {
        let variables = format!("GITHUB_EVENT_NAME={name} GITHUB_SHA={sha} GITHUB_REF=refs/heads/main");
        let mut text = event.to_owned();
        for commit in "abcdef0789".chars() {
            text = text.replace(&format!("{commit}*\""), &format!("{}\"", whole(commit)));
        }
        let build = Build::new(System::GitHub, &environment(&variables), Some(text.as_bytes())).unwrap();
        assert_eq!(build.event(), called, "{name} {event}");
        assert_eq!(outcome(&build, &history), expected, "{name} {event}");
    }
}

#[test]
fn what_is_no_event_file_is_an_error_that_quotes_nothing() {
    let deep = "[".repeat(100_000);
    for event in [
        "",
        "null",
        "[]",
        "{",
        r#"{"before":7}"#,
        r#"{"number":"hunter2hunter2"}"#,
        r#"{"deleted":"hunter2hunter2"}"#,
        r#"{"pull_request":{"head":{"sha":"x"}}}"#,
        r#"{"pull_request":{"base":{"sha":[]},"head":{"sha":"x"}}}"#,
        r#"{"hunter2hunter2":{"x":}}"#,
        "{\"before\":\"\u{0}\"}",
        &format!(r#"{{"x":{deep}"#),
    ] {
        let error = Build::new(System::GitHub, &Environment::new(), Some(event.as_bytes())).unwrap_err();
        assert!(error.contains("line") && !error.contains("hunter2"), "{error}");
    }
    // Names that git would not take are none.
    let event = br#"{"ref":"refs/heads/--upload-pack=x","before":"HEAD~1","after":"$(id)"}"#;
    let build = Build::new(System::GitHub, &Environment::new(), Some(event)).unwrap();
    assert_eq!((build.event(), &*outcome(&build, &full())), ("push", "f -: 4"));
}

#[test]
fn what_a_base_that_is_given_does() {
    let build =
        || Build::new(System::Circle, &environment("CIRCLE_SHA1=f* CIRCLE_BRANCH=feature"), None).unwrap();
    let main = History { default: Some("main"), ..full() };
    let given = build().with_base(Some(Revision::Id(whole('e'))), "--base");
    assert_eq!(outcome(&given, &main), "f -e: 1");
    let gone = build().with_base(Some(Revision::Id(whole('7'))), "--base");
    assert_eq!(outcome(&gone, &main), "f -d: 2");
    assert_eq!(outcome(&gone, &shallow(2, "refs/heads/feature", 'f')), "incomplete");
    assert_eq!(outcome(&build().with_base(None, "--base"), &main), "f -d: 2");
}

#[test]
fn systems_are_told_by_their_variable_alone() {
    for system in System::ALL {
        let (name, value) = system.variable();
        let variables = |value: &str| Environment::from([(name.to_owned(), value.to_owned())]);
        assert_eq!(System::detect(&variables(value.unwrap_or("7"))), Some(system));
        for other in ["", " ", "false"].iter().filter(|v| value.is_some() || v.trim().is_empty()) {
            assert_eq!(System::detect(&variables(other)), None, "{name}={other}");
        }
    }
    assert_eq!(System::detect(&environment("CI=true")), None);
    assert_eq!(System::detect(&environment("TF_BUILD=True")), Some(System::Azure));
    assert_eq!(System::detect(&environment("CI=woodpecker DRONE=true")), Some(System::Woodpecker));
}

#[test]
fn names_of_branches() {
    for (text, expected) in [
        ("main", Some("main")),
        ("refs/heads/feature/a-b", Some("feature/a-b")),
        ("", None),
        ("-x", None),
        ("a..b", None),
        ("a b", None),
        ("a:b", None),
        ("a^", None),
        ("/a", None),
        ("a/", None),
        ("a/.b", None),
        ("a.lock", None),
        ("a\u{1b}[2J", None),
        ("refs/heads/", None),
        ("grün", Some("grün")),
    ] {
        assert_eq!(branch(text).as_deref(), expected, "{text:?}");
    }
}
