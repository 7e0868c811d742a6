//! `scalr-detect ci` as CI systems run it: the scripts of `docs/ci`, with the variables set as each system sets them, in
//! clones made as each system makes them, of a real repository.
//!
//! ```text
//! main:     start - old (old.txt) - tip
//! feature:          old - leak (leak.txt) - unleak (removes it)
//! forced:           old - kept                 was: old - gone, pushed away by force
//! ```
//!
//! The tags v1 and v2 are main; v2 has a message with a secret in it. `refs/pull/12/head` is feature, and `refs/pull/12/merge` its merge with main, which adds a secret (merge.txt).

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use common::home::Home;
use common::{Ran, token};
use yaml_rust2::{Yaml, YamlLoader};

/// The repository that is cloned, and the names of its commits.
struct World {
    home: Home,
    ids: BTreeMap<&'static str, String>,
}

impl World {
    fn new() -> World {
        let home = Home::new();
        home.git(".", "init -q seed");
        let secret = |n| Some(format!("key = \"{}\"\n", token(n)));
        let mut ids = BTreeMap::new();
        let mut commit = |name, subject, files: &[(&str, Option<String>)]| {
            ids.insert(name, home.commit("seed", subject, files));
        };
        commit("start", "start", &[("README", Some("hello\n".to_owned()))]);
        commit("old", "old", &[("old.txt", secret(1))]);
        home.git("seed", "branch feature");
        home.git("seed", "branch forced");
        commit("main", "tip", &[("tip.txt", Some("clean\n".to_owned()))]);
        home.git("seed", "tag v1");
        let message = format!("release, key {}", token(6));
        assert_eq!(home.run("seed", "git", &["tag", "-a", "v2", "-m", &message]).code, 0);
        home.git("seed", "checkout -q feature");
        commit("leak", "leak", &[("leak.txt", secret(2))]);
        commit("feature", "unleak", &[("leak.txt", None)]);
        home.git("seed", "checkout -q --detach main");
        home.git("seed", "merge -q --no-commit --no-ff feature");
        commit("merge", "merge", &[("merge.txt", secret(3))]);
        home.git("seed", "checkout -q forced");
        commit("gone", "gone", &[("gone.txt", secret(4))]);
        home.git("seed", "reset -q --hard HEAD~1");
        commit("forced", "kept", &[("kept.txt", secret(5))]);
        home.git("seed", "checkout -q main");
        home.git(".", "init -q --bare origin.git");
        home.git("seed", "remote add origin ../origin.git");
        home.git("seed", "push -q origin main feature forced v1 v2");
        home.git(
            "seed",
            &format!("push -q origin {}:refs/pull/12/merge feature:refs/pull/12/head", ids["merge"]),
        );
        ids.insert("zeros", "0".repeat(40));
        World { home, ids }
    }

    /// Replaces the names of commits in braces by their ids, and `{origin}` by where the repository is.
    fn fill(&self, text: &str) -> String {
        // Of a path git would take what it needs, whatever the depth; and a space in a URL is `%20`.
        let origin = format!("file://{}", self.home.path("origin.git").display()).replace(' ', "%20");
        let mut text = text.replace("{origin}", &origin);
        for (name, id) in &self.ids {
            text = text.replace(&format!("{{{name}}}"), id);
        }
        assert!(!text.contains('{') || text.contains("\":"), "{text}");
        text
    }

    /// Makes a clone by a list of git commands.
    fn clone(&self, commands: &[&str]) -> &'static str {
        let folder = "work";
        let _ = fs::remove_dir_all(self.home.path(folder));
        fs::create_dir(self.home.path(folder)).unwrap();
        for command in commands {
            self.home.git(folder, &self.fill(command));
        }
        folder
    }
}

/// The whole repository, as `git clone` makes it, with this checked out.
macro_rules! full {
    ($head:literal) => {
        &["clone -q --no-checkout {origin} .", concat!("checkout -q ", $head)]
    };
}

/// One commit by its reference, and so many of those before it.
macro_rules! shallow {
    ($depth:literal, $from:literal, $to:literal) => {
        &[
            "init -q .",
            "remote add origin {origin}",
            concat!("fetch -q --no-tags --depth=", $depth, " origin +", $from, ":", $to),
            concat!("checkout -q --detach ", $to),
        ]
    };
}

/// What actions/checkout does with a pull request and `fetch-depth: 0`.
const GITHUB_MERGE: &[&str] = &[
    "init -q .",
    "remote add origin {origin}",
    "fetch -q --no-tags origin +refs/heads/*:refs/remotes/origin/* +{merge}:refs/remotes/pull/12/merge",
    "checkout -q --detach refs/remotes/pull/12/merge",
];

/// The head of a pull request and nothing else of its repository.
const HEAD_ALONE: &[&str] = &[
    "init -q .",
    "remote add origin {origin}",
    "fetch -q --no-tags origin refs/pull/12/head",
    "checkout -q --detach FETCH_HEAD",
];

struct Case {
    /// The configuration.
    file: &'static str,
    clone: &'static [&'static str],
    /// The variables that the system sets, in one line.
    variables: &'static str,
    /// The event file of GitHub.
    event: &'static str,
    code: i32,
    /// The files in which something is found; where the exit code is 3, when it may fetch.
    found: &'static [&'static str],
    /// What is said, among other things.
    said: &'static str,
}

const PULL_REQUEST: &str = r#"{"number":12,"pull_request":{"number":12,"base":{"sha":"{old}","ref":"main"},"head":{"sha":"{feature}","ref":"feature"}},"repository":{"default_branch":"main"}}"#;

#[rustfmt::skip]
const CASES: &[Case] = &[
    // GitHub Actions.
    Case { file: "github-actions.yml", clone: GITHUB_MERGE, variables: "GITHUB_ACTIONS=true GITHUB_EVENT_NAME=pull_request GITHUB_SHA={merge} GITHUB_REF=refs/pull/12/merge", event: PULL_REQUEST,
           code: 1, found: &["leak.txt", "merge.txt"], said: "GitHub Actions, pull request 12: 3 commits of " },
    Case { file: "github-actions.yml", clone: shallow!("1", "refs/pull/12/merge", "refs/remotes/pull/12/merge"), variables: "GITHUB_ACTIONS=true GITHUB_EVENT_NAME=pull_request GITHUB_SHA={merge} GITHUB_REF=refs/pull/12/merge", event: PULL_REQUEST,
           code: 3, found: &["leak.txt", "merge.txt"], said: "`fetch-depth: 0`" },
    Case { file: "github-actions.yml", clone: shallow!("2", "refs/pull/12/merge", "refs/remotes/pull/12/merge"), variables: "GITHUB_ACTIONS=true GITHUB_EVENT_NAME=pull_request GITHUB_SHA={merge} GITHUB_REF=refs/pull/12/merge", event: PULL_REQUEST,
           code: 3, found: &["leak.txt", "merge.txt"], said: "ends within the commits to be scanned" },
    Case { file: "github-actions.yml", clone: full!("main"), variables: "GITHUB_ACTIONS=true GITHUB_EVENT_NAME=pull_request_target GITHUB_SHA={main} GITHUB_REF=refs/heads/main", event: PULL_REQUEST,
           code: 1, found: &["leak.txt"], said: "pull_request_target, pull request 12: 2 commits of " },
    Case { file: "github-actions.yml", clone: shallow!("1", "refs/heads/main", "refs/remotes/origin/main"), variables: "GITHUB_ACTIONS=true GITHUB_EVENT_NAME=pull_request_target GITHUB_SHA={main} GITHUB_REF=refs/heads/main", event: PULL_REQUEST,
           code: 3, found: &["leak.txt"], said: "the commit that is built is not in this clone" },
    Case { file: "github-actions.yml", clone: full!("feature"), variables: "GITHUB_ACTIONS=true GITHUB_EVENT_NAME=push GITHUB_SHA={feature} GITHUB_REF=refs/heads/feature", event: r#"{"ref":"refs/heads/feature","before":"{leak}","after":"{feature}","repository":{"default_branch":"main"}}"#,
           code: 0, found: &[], said: "push to feature: 1 commit of " },
    // Added and removed in one push.
    Case { file: "github-actions.yml", clone: full!("feature"), variables: "GITHUB_ACTIONS=true GITHUB_EVENT_NAME=push GITHUB_SHA={feature} GITHUB_REF=refs/heads/feature", event: r#"{"ref":"refs/heads/feature","before":"{old}","after":"{feature}","repository":{"default_branch":"main"}}"#,
           code: 1, found: &["leak.txt"], said: "push to feature: 2 commits of " },
    Case { file: "github-actions.yml", clone: full!("feature"), variables: "GITHUB_ACTIONS=true GITHUB_EVENT_NAME=push GITHUB_SHA={feature} GITHUB_REF=refs/heads/feature", event: r#"{"ref":"refs/heads/feature","before":"{zeros}","after":"{feature}","created":true,"repository":{"default_branch":"main"}}"#,
           code: 1, found: &["leak.txt"], said: "the branch is new" },
    Case { file: "github-actions.yml", clone: full!("forced"), variables: "GITHUB_ACTIONS=true GITHUB_EVENT_NAME=push GITHUB_SHA={forced} GITHUB_REF=refs/heads/forced", event: r#"{"ref":"refs/heads/forced","before":"{gone}","after":"{forced}","forced":true,"repository":{"default_branch":"main"}}"#,
           code: 1, found: &["kept.txt"], said: "pushed away by force" },
    Case { file: "github-actions.yml", clone: shallow!("1", "refs/heads/forced", "refs/remotes/origin/forced"), variables: "GITHUB_ACTIONS=true GITHUB_EVENT_NAME=push GITHUB_SHA={forced} GITHUB_REF=refs/heads/forced", event: r#"{"ref":"refs/heads/forced","before":"{gone}","after":"{forced}","forced":true,"repository":{"default_branch":"main"}}"#,
           code: 3, found: &["kept.txt"], said: "`fetch-depth: 0`" },
    Case { file: "github-actions.yml", clone: full!("main"), variables: "GITHUB_ACTIONS=true GITHUB_EVENT_NAME=push GITHUB_SHA={main} GITHUB_REF=refs/heads/main", event: r#"{"ref":"refs/heads/main","before":"{zeros}","after":"{main}","repository":{"default_branch":"main"}}"#,
           code: 1, found: &["old.txt"], said: "main is the default branch" },
    Case { file: "github-actions.yml", clone: full!("v1"), variables: "GITHUB_ACTIONS=true GITHUB_EVENT_NAME=push GITHUB_SHA={main} GITHUB_REF=refs/tags/v1", event: r#"{"ref":"refs/tags/v1","before":"{zeros}","after":"{main}","repository":{"default_branch":"main"}}"#,
           code: 0, found: &[], said: "tag v1: no new commits" },
    Case { file: "github-actions.yml", clone: full!("main"), variables: "GITHUB_ACTIONS=true GITHUB_EVENT_NAME=push GITHUB_SHA={main} GITHUB_REF=refs/heads/feature", event: r#"{"ref":"refs/heads/feature","before":"{feature}","after":"{zeros}","deleted":true}"#,
           code: 0, found: &[], said: "deletion of feature: a deletion brings nothing new" },
    Case { file: "github-actions.yml", clone: GITHUB_MERGE, variables: "GITHUB_ACTIONS=true GITHUB_EVENT_NAME=merge_group GITHUB_SHA={merge}", event: r#"{"merge_group":{"head_sha":"{merge}","base_sha":"{main}","base_ref":"refs/heads/main"}}"#,
           code: 1, found: &["leak.txt", "merge.txt"], said: "merge group for main: 3 commits of " },
    Case { file: "github-actions.yml", clone: full!("main"), variables: "GITHUB_ACTIONS=true GITHUB_EVENT_NAME=schedule GITHUB_SHA={main} GITHUB_REF=refs/heads/main", event: r#"{"schedule":"0 4 * * *","repository":{"default_branch":"main"}}"#,
           code: 1, found: &["old.txt"], said: "schedule of main: 3 commits of " },
    Case { file: "github-actions.yml", clone: full!("feature"), variables: "GITHUB_ACTIONS=true GITHUB_EVENT_NAME=workflow_dispatch GITHUB_SHA={feature} GITHUB_REF=refs/heads/feature", event: r#"{"ref":"refs/heads/feature","repository":{"default_branch":"main"}}"#,
           code: 1, found: &["leak.txt"], said: "workflow_dispatch of feature: 2 commits of " },
    Case { file: "github-actions.yml", clone: full!("main"), variables: "GITHUB_ACTIONS=true GITHUB_EVENT_NAME=push GITHUB_SHA={main}", event: r#"{"before":["x"]}"#,
           code: 2, found: &[], said: "the event file has something else than GitHub writes at line 1" },
    // GitLab CI.
    Case { file: "gitlab-ci.yml", clone: full!("--detach {feature}"), variables: "GITLAB_CI=true CI_PIPELINE_SOURCE=merge_request_event CI_COMMIT_SHA={feature} CI_COMMIT_BEFORE_SHA={zeros} CI_MERGE_REQUEST_IID=7 CI_MERGE_REQUEST_DIFF_BASE_SHA={old} CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main CI_DEFAULT_BRANCH=main", event: "",
           code: 1, found: &["leak.txt"], said: "GitLab CI, merge request 7: 2 commits of " },
    Case { file: "gitlab-ci.yml", clone: GITHUB_MERGE, variables: "GITLAB_CI=true CI_PIPELINE_SOURCE=merge_request_event CI_COMMIT_SHA={merge} CI_MERGE_REQUEST_IID=7 CI_MERGE_REQUEST_DIFF_BASE_SHA={old} CI_MERGE_REQUEST_SOURCE_BRANCH_SHA={feature} CI_MERGE_REQUEST_TARGET_BRANCH_SHA={main}", event: "",
           code: 1, found: &["leak.txt", "merge.txt"], said: "its first parent: the target" },
    Case { file: "gitlab-ci.yml", clone: shallow!("1", "refs/heads/feature", "refs/remotes/origin/feature"), variables: "GITLAB_CI=true CI_PIPELINE_SOURCE=merge_request_event CI_COMMIT_SHA={feature} CI_MERGE_REQUEST_IID=7 CI_MERGE_REQUEST_DIFF_BASE_SHA={old} CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main", event: "",
           code: 3, found: &["leak.txt"], said: "`GIT_DEPTH: \"0\"`" },
    Case { file: "gitlab-ci.yml", clone: full!("feature"), variables: "GITLAB_CI=true CI_PIPELINE_SOURCE=push CI_COMMIT_SHA={feature} CI_COMMIT_BRANCH=feature CI_COMMIT_BEFORE_SHA={leak} CI_DEFAULT_BRANCH=main", event: "",
           code: 0, found: &[], said: "push to feature: 1 commit of " },
    Case { file: "gitlab-ci.yml", clone: full!("feature"), variables: "GITLAB_CI=true CI_PIPELINE_SOURCE=push CI_COMMIT_SHA={feature} CI_COMMIT_BRANCH=feature CI_COMMIT_BEFORE_SHA={zeros} CI_DEFAULT_BRANCH=main", event: "",
           code: 1, found: &["leak.txt"], said: "the branch is new" },
    // Enough of it, though it is shallow.
    Case { file: "gitlab-ci.yml", clone: shallow!("2", "refs/heads/feature", "refs/remotes/origin/feature"), variables: "GITLAB_CI=true CI_PIPELINE_SOURCE=push CI_COMMIT_SHA={feature} CI_COMMIT_BRANCH=feature CI_COMMIT_BEFORE_SHA={leak} CI_DEFAULT_BRANCH=main", event: "",
           code: 0, found: &[], said: "push to feature: 1 commit of " },
    Case { file: "gitlab-ci.yml", clone: full!("main"), variables: "GITLAB_CI=true CI_PIPELINE_SOURCE=schedule CI_COMMIT_SHA={main} CI_COMMIT_BRANCH=main CI_COMMIT_BEFORE_SHA={zeros} CI_DEFAULT_BRANCH=main", event: "",
           code: 1, found: &["old.txt"], said: "schedule pipeline of main: 3 commits of " },
    Case { file: "gitlab-ci.yml", clone: full!("v1"), variables: "GITLAB_CI=true CI_PIPELINE_SOURCE=push CI_COMMIT_SHA={main} CI_COMMIT_TAG=v1 CI_COMMIT_BEFORE_SHA={zeros} CI_DEFAULT_BRANCH=main", event: "",
           code: 0, found: &[], said: "tag v1: no new commits" },
    // A tag with a message of its own; what it points to is known.
    Case { file: "gitlab-ci.yml", clone: full!("v2"), variables: "GITLAB_CI=true CI_PIPELINE_SOURCE=push CI_COMMIT_SHA={main} CI_COMMIT_TAG=v2 CI_COMMIT_BEFORE_SHA={zeros} CI_DEFAULT_BRANCH=main", event: "",
           code: 1, found: &["refs/tags/v2"], said: "tag v2: 0 commits and 1 tag of " },
    // Bitbucket Pipelines.
    Case { file: "bitbucket-pipelines.yml", clone: full!("feature"), variables: "BITBUCKET_BUILD_NUMBER=3 BITBUCKET_COMMIT={feature} BITBUCKET_BRANCH=feature", event: "",
           code: 1, found: &["leak.txt"], said: "Bitbucket Pipelines, push to feature: 2 commits of " },
    Case { file: "bitbucket-pipelines.yml", clone: full!("feature"), variables: "BITBUCKET_BUILD_NUMBER=3 BITBUCKET_COMMIT={feature} BITBUCKET_BRANCH=feature BITBUCKET_PR_ID=4 BITBUCKET_PR_DESTINATION_BRANCH=main", event: "",
           code: 1, found: &["leak.txt"], said: "pull request 4: 2 commits of " },
    Case { file: "bitbucket-pipelines.yml", clone: shallow!("1", "refs/heads/main", "refs/remotes/origin/main"), variables: "BITBUCKET_BUILD_NUMBER=3 BITBUCKET_COMMIT={main} BITBUCKET_BRANCH=main", event: "",
           code: 3, found: &["old.txt"], said: "`depth: full` under `clone:`" },
    // CircleCI.
    Case { file: "circleci.yml", clone: full!("feature"), variables: "CIRCLECI=true CIRCLE_SHA1={feature} CIRCLE_BRANCH=feature BASE_REVISION={leak}", event: "",
           code: 0, found: &[], said: "CircleCI, push to feature: 1 commit of " },
    Case { file: "circleci.yml", clone: full!("feature"), variables: "CIRCLECI=true CIRCLE_SHA1={feature} CIRCLE_BRANCH=feature BASE_REVISION=", event: "",
           code: 1, found: &["leak.txt"], said: "not in " },
    Case { file: "circleci.yml", clone: full!("forced"), variables: "CIRCLECI=true CIRCLE_SHA1={forced} CIRCLE_BRANCH=forced BASE_REVISION={gone}", event: "",
           code: 1, found: &["kept.txt"], said: "pushed away by force" },
    Case { file: "circleci.yml", clone: shallow!("1", "refs/heads/feature", "refs/heads/feature"), variables: "CIRCLECI=true CIRCLE_SHA1={feature} CIRCLE_BRANCH=feature BASE_REVISION={leak}", event: "",
           code: 3, found: &[], said: "`method: full`" },
    // Travis CI.
    Case { file: "travis.yml", clone: full!("feature"), variables: "TRAVIS=true TRAVIS_EVENT_TYPE=push TRAVIS_PULL_REQUEST=false TRAVIS_BRANCH=feature TRAVIS_COMMIT={feature} TRAVIS_COMMIT_RANGE={old}...{feature}", event: "",
           code: 1, found: &["leak.txt"], said: "Travis CI, push to feature: 2 commits of " },
    Case { file: "travis.yml", clone: full!("forced"), variables: "TRAVIS=true TRAVIS_EVENT_TYPE=push TRAVIS_PULL_REQUEST=false TRAVIS_BRANCH=forced TRAVIS_COMMIT={forced} TRAVIS_COMMIT_RANGE={gone}...{forced}", event: "",
           code: 1, found: &["kept.txt"], said: "pushed away by force" },
    Case { file: "travis.yml", clone: GITHUB_MERGE, variables: "TRAVIS=true TRAVIS_EVENT_TYPE=pull_request TRAVIS_PULL_REQUEST=12 TRAVIS_BRANCH=main TRAVIS_COMMIT={merge} TRAVIS_PULL_REQUEST_SHA={feature}", event: "",
           code: 1, found: &["leak.txt", "merge.txt"], said: "pull request 12: 3 commits of " },
    Case { file: "travis.yml", clone: shallow!("1", "refs/heads/feature", "refs/heads/feature"), variables: "TRAVIS=true TRAVIS_EVENT_TYPE=push TRAVIS_PULL_REQUEST=false TRAVIS_BRANCH=feature TRAVIS_COMMIT={feature} TRAVIS_COMMIT_RANGE=", event: "",
           code: 3, found: &["leak.txt", "old.txt"], said: "`depth: false` under `git:`" },
    // Jenkins.
    Case { file: "Jenkinsfile", clone: full!("--detach {feature}"), variables: "JENKINS_URL=https://user:password@jenkins.example/ GIT_COMMIT={feature} GIT_BRANCH=origin/feature GIT_PREVIOUS_COMMIT={leak} GIT_PREVIOUS_SUCCESSFUL_COMMIT={old}", event: "",
           code: 1, found: &["leak.txt"], said: "Jenkins, push to feature: 2 commits of " },
    Case { file: "Jenkinsfile", clone: full!("--detach {feature}"), variables: "JENKINS_URL=https://jenkins.example/ GIT_COMMIT={feature} BRANCH_NAME=PR-12 CHANGE_ID=12 CHANGE_TARGET=main", event: "",
           code: 1, found: &["leak.txt"], said: "pull request 12: 2 commits of " },
    Case { file: "Jenkinsfile", clone: HEAD_ALONE, variables: "JENKINS_URL=https://jenkins.example/ GIT_COMMIT={feature} BRANCH_NAME=PR-12 CHANGE_ID=12 CHANGE_TARGET=main", event: "",
           code: 3, found: &["leak.txt"], said: "no branch main" },
    Case { file: "Jenkinsfile", clone: shallow!("1", "refs/heads/feature", "refs/remotes/origin/feature"), variables: "JENKINS_URL=https://jenkins.example/ GIT_COMMIT={feature} GIT_BRANCH=origin/feature", event: "",
           code: 3, found: &["leak.txt", "old.txt"], said: "`shallow: false`" },
    // Azure Pipelines.
    Case { file: "azure-pipelines.yml", clone: GITHUB_MERGE, variables: "TF_BUILD=True BUILD_REASON=PullRequest BUILD_SOURCEVERSION={merge} BUILD_SOURCEBRANCH=refs/pull/12/merge SYSTEM_PULLREQUEST_TARGETBRANCH=refs/heads/main SYSTEM_PULLREQUEST_SOURCECOMMITID={feature} SYSTEM_PULLREQUEST_PULLREQUESTID=12", event: "",
           code: 1, found: &["leak.txt", "merge.txt"], said: "Azure Pipelines, pull request 12: 3 commits of " },
    Case { file: "azure-pipelines.yml", clone: shallow!("1", "refs/pull/12/merge", "refs/remotes/pull/12/merge"), variables: "TF_BUILD=True BUILD_REASON=PullRequest BUILD_SOURCEVERSION={merge} SYSTEM_PULLREQUEST_TARGETBRANCH=refs/heads/main SYSTEM_PULLREQUEST_SOURCECOMMITID={feature}", event: "",
           code: 3, found: &["leak.txt", "merge.txt"], said: "`fetchDepth: 0`" },
    Case { file: "azure-pipelines.yml", clone: full!("--detach {feature}"), variables: "TF_BUILD=True BUILD_REASON=IndividualCI BUILD_SOURCEVERSION={feature} BUILD_SOURCEBRANCH=refs/heads/feature", event: "",
           code: 1, found: &["leak.txt"], said: "push to feature: 2 commits of " },
    // Drone.
    Case { file: "drone.yml", clone: full!("feature"), variables: "DRONE=true DRONE_BUILD_EVENT=push DRONE_COMMIT_SHA={feature} DRONE_COMMIT_BEFORE={old} DRONE_COMMIT_BRANCH=feature DRONE_REPO_BRANCH=main", event: "",
           code: 1, found: &["leak.txt"], said: "Drone, push to feature: 2 commits of " },
    Case { file: "drone.yml", clone: &["init -q .", "remote add origin {origin}", "fetch -q origin +refs/heads/main:", "checkout -q main", "fetch -q origin refs/pull/12/head:", "merge -q {feature}"], variables: "DRONE=true DRONE_BUILD_EVENT=pull_request DRONE_PULL_REQUEST=12 DRONE_COMMIT_SHA={feature} DRONE_COMMIT_BEFORE={old} DRONE_COMMIT_BRANCH=main DRONE_TARGET_BRANCH=main DRONE_REPO_BRANCH=main", event: "",
           code: 1, found: &["leak.txt"], said: "pull request 12: 2 commits of " },
    Case { file: "drone.yml", clone: shallow!("1", "refs/heads/feature", "refs/remotes/origin/feature"), variables: "DRONE=true DRONE_BUILD_EVENT=push DRONE_COMMIT_SHA={feature} DRONE_COMMIT_BEFORE={old} DRONE_COMMIT_BRANCH=feature DRONE_REPO_BRANCH=main", event: "",
           code: 3, found: &["leak.txt"], said: "take `depth` out of `clone:`" },
    // Woodpecker: its configuration fetches.
    Case { file: "woodpecker.yml", clone: HEAD_ALONE, variables: "CI=woodpecker CI_PIPELINE_EVENT=pull_request CI_COMMIT_PULL_REQUEST=12 CI_COMMIT_SHA={feature} CI_COMMIT_BRANCH=main CI_COMMIT_TARGET_BRANCH=main CI_REPO_DEFAULT_BRANCH=main", event: "",
           code: 1, found: &["leak.txt"], said: "Woodpecker, pull request 12: 2 commits of " },
    Case { file: "woodpecker.yml", clone: full!("feature"), variables: "CI=woodpecker CI_PIPELINE_EVENT=push CI_COMMIT_SHA={feature} CI_PREV_COMMIT_SHA={leak} CI_COMMIT_BRANCH=feature CI_REPO_DEFAULT_BRANCH=main", event: "",
           code: 0, found: &[], said: "push to feature: 1 commit of " },
    Case { file: "woodpecker.yml", clone: shallow!("1", "refs/heads/feature", "refs/remotes/origin/feature"), variables: "CI=woodpecker CI_PIPELINE_EVENT=push CI_COMMIT_SHA={feature} CI_PREV_COMMIT_SHA={old} CI_COMMIT_BRANCH=feature CI_REPO_DEFAULT_BRANCH=main", event: "",
           code: 1, found: &["leak.txt"], said: "fetching the history from origin" },
    // Buildkite: its configuration fetches.
    Case { file: "buildkite.yml", clone: full!("feature"), variables: "BUILDKITE=true BUILDKITE_COMMIT=HEAD BUILDKITE_BRANCH=feature BUILDKITE_PULL_REQUEST=false BUILDKITE_SOURCE=webhook BUILDKITE_PIPELINE_DEFAULT_BRANCH=main", event: "",
           code: 1, found: &["leak.txt"], said: "Buildkite, push to feature: 2 commits of " },
    Case { file: "buildkite.yml", clone: HEAD_ALONE, variables: "BUILDKITE=true BUILDKITE_COMMIT={feature} BUILDKITE_BRANCH=feature BUILDKITE_PULL_REQUEST=12 BUILDKITE_PULL_REQUEST_BASE_BRANCH=main BUILDKITE_PIPELINE_DEFAULT_BRANCH=main", event: "",
           code: 1, found: &["leak.txt"], said: "pull request 12: 2 commits of " },
];

/// The commands of a configuration.
fn script(file: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/ci").join(file);
    let text = fs::read_to_string(&path).unwrap();
    if file == "Jenkinsfile" {
        let (_, rest) = text.split_once("sh '''").unwrap();
        return rest.split_once("'''").unwrap().0.trim().lines().map(|line| line.trim().to_owned()).collect();
    }
    let yaml = YamlLoader::load_from_str(&text).unwrap().remove(0);
    let strings = |list: &Yaml| -> Vec<String> {
        list.as_vec().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect()
    };
    let each = |list: &Yaml, key: &str| -> Vec<String> {
        list.as_vec().unwrap().iter().filter_map(|step| step[key].as_str()).map(str::to_owned).collect()
    };
    let commands = match file {
        "github-actions.yml" => each(&yaml["jobs"]["scalr-detect"]["steps"], "run"),
        "gitlab-ci.yml" => strings(&yaml["scalr-detect"]["script"]),
        "bitbucket-pipelines.yml" => strings(&yaml["definitions"]["steps"][0]["step"]["script"]),
        "circleci.yml" => each(&yaml["jobs"]["scalr-detect"]["steps"], "run"),
        "travis.yml" => [strings(&yaml["install"]), strings(&yaml["script"])].concat(),
        "azure-pipelines.yml" => each(&yaml["jobs"][0]["steps"], "script"),
        "drone.yml" | "woodpecker.yml" => strings(&yaml["steps"][0]["commands"]),
        // What goes through `buildkite-agent pipeline upload` has its dollars doubled.
        "buildkite.yml" => {
            strings(&yaml["steps"][0]["commands"]).iter().map(|c| c.replace("$$", "$")).collect()
        }
        other => panic!("{other}"),
    };
    assert!(commands.len() >= 2, "{file}: {commands:?}");
    commands
}

/// Runs a case as its system would.
fn run(world: &World, case: &Case, more: &[&str]) -> Ran {
    let work = world.clone(case.clone);
    let script = script(case.file).join("\n");
    let mut command = world.home.command(work, "sh", &["-e", "-c", &format!("{script} {}", more.join(" "))]);
    for pair in world.fill(case.variables).split_whitespace() {
        let (name, value) = pair.split_once('=').unwrap();
        command.env(name, value);
    }
    if !case.event.is_empty() {
        world.home.file("event.json", world.fill(case.event));
        command.env("GITHUB_EVENT_PATH", world.home.path("event.json"));
    }
    command.env("SCALR_DETECT_VERSION", "0.1.0").env("WORKSPACE_TMP", world.home.path("tmp"));
    Ran::of(command.output().unwrap())
}

#[test]
fn the_configurations_run_in_what_their_systems_make() {
    let world = World::new();
    // The program is on PATH already; here is seen that a version is asked for.
    for installer in ["pip", "pipx"] {
        world
            .home
            .script(&format!("bin/{installer}"), "for last do :; done\n[ \"$last\" = scalr-detect==0.1.0 ]");
    }
    for case in CASES {
        let about = format!("{} {} {}", case.file, case.variables, case.event);
        let ran = run(&world, case, &["--format", "jsonl"]);
        assert_eq!(ran.code, case.code, "{about}\n{ran:?}");
        assert!(ran.stderr.contains(&world.fill(case.said)), "{about}\n{ran:?}");
        // Nothing that a variable may hide.
        assert!(!ran.stderr.contains("password"), "{about}\n{ran:?}");
        if case.code == 2 {
            continue;
        }
        assert_eq!(ran.summary()["incomplete"], case.code == 3, "{about}\n{ran:?}");
        if case.code != 3 {
            assert_eq!(ran.paths(), case.found, "{about}\n{ran:?}");
            continue;
        }
        assert!(ran.findings().is_empty() && ran.stderr.contains("--fetch"), "{about}\n{ran:?}");
        let ran = run(&world, case, &["--format", "jsonl", "--fetch"]);
        assert_eq!(
            (ran.code, &*ran.paths()),
            (i32::from(!case.found.is_empty()), &*owned(case.found)),
            "{about}\n{ran:?}"
        );
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

#[test]
fn a_clone_without_the_files_of_history_is_incomplete() {
    let world = World::new();
    world.home.config("uploadpack.allowFilter", "true");
    let work = world.clone(&["clone -q --no-checkout --filter=blob:none {origin} .", "checkout -q feature"]);
    let mut command =
        world.home.command(work, env!("CARGO_BIN_EXE_scalr-detect"), &["ci", "--format", "jsonl"]);
    command.env("CIRCLECI", "true").env("CIRCLE_SHA1", &world.ids["feature"]).env("CIRCLE_BRANCH", "feature");
    let ran = common::run(&mut command);
    assert_eq!(
        (ran.code, ran.findings().len(), &ran.summary()["incomplete"]),
        (3, 0, &true.into()),
        "{ran:?}"
    );
    assert!(
        ran.stderr.contains("leak.txt: not read: ") && ran.stderr.contains("set `method: full`"),
        "{ran:?}"
    );
}

#[test]
fn every_configuration_is_run_and_asks_for_little() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/ci");
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if name.ends_with(".md") {
            continue;
        }
        let text = fs::read_to_string(entry.path()).unwrap();
        assert!(text.lines().count() <= 40, "{name}");
        let cases: Vec<&Case> = CASES.iter().filter(|case| case.file == name).collect();
        assert!(cases.iter().any(|case| case.code == 1), "{name} is not run");
        assert!(cases.len() > 1, "{name} is run once");
    }
}

#[test]
fn outside_of_a_system_it_says_what_was_looked_for() {
    let home = Home::new();
    home.git(".", "init -q r");
    let ran = home.scalr_detect("r", &["ci"]);
    assert_eq!((ran.code, &*ran.stdout), (2, ""));
    for part in [
        "GITHUB_ACTIONS=true",
        "CI=woodpecker",
        "BITBUCKET_BUILD_NUMBER",
        "JENKINS_URL",
        "scalr-detect range A..B",
    ] {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
}

#[test]
fn event_files_that_are_none() {
    let home = Home::new();
    home.git(".", "init -q r");
    home.commit("r", "first", &[]);
    home.file("huge", vec![b' '; (32 << 20) + 1]);
    #[cfg(unix)]
    rustix::fs::mknodat(
        rustix::fs::CWD,
        home.path("fifo"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    for (name, said) in [
        ("nosuch", "cannot read"),
        ("r", "it is no file"),
        ("fifo", "it is no file"),
        ("huge", "more than 32 MiB"),
    ] {
        let mut command = home.command("r", env!("CARGO_BIN_EXE_scalr-detect"), &["ci"]);
        command.env("GITHUB_ACTIONS", "true").env("GITHUB_EVENT_PATH", home.path(name));
        let ran = common::run(&mut command);
        assert_eq!(ran.code, 2, "{name}: {ran:?}");
        assert!(ran.stderr.contains(said), "{name}: {ran:?}");
    }
}

#[test]
fn bases_that_are_given() {
    let world = World::new();
    let work = world.clone(full!("feature"));
    for (base, code, said) in [
        ("{old}", 1, "2 commits of "),
        ("HEAD~1", 0, "1 commit of "),
        ("origin/main", 1, "2 commits of "),
        ("{zeros}", 1, "the base that was given is none"),
        ("", 1, "the base that was given is none"),
        ("HEAD", 0, "no new commits"),
        ("nosuch", 2, "there is no revision \"nosuch\""),
        ("--upload-pack=x", 2, "there is no revision"),
    ] {
        let mut command = world.home.command(
            work,
            env!("CARGO_BIN_EXE_scalr-detect"),
            &["ci", "--base", &world.fill(base)],
        );
        command
            .env("CIRCLECI", "true")
            .env("CIRCLE_SHA1", &world.ids["feature"])
            .env("CIRCLE_BRANCH", "feature");
        let ran = common::run(&mut command);
        assert_eq!(ran.code, code, "{base}: {ran:?}");
        assert!(ran.stderr.contains(said), "{base}: {ran:?}");
    }
}

#[test]
fn names_from_outside_do_not_reach_the_terminal_or_git() {
    let world = World::new();
    let work = world.clone(full!("--detach {feature}"));
    let secret = token(9);
    for branch in ["\u{1b}[2J", "--upload-pack=touch pwned", &secret, "a b"] {
        let mut command = world.home.command(work, env!("CARGO_BIN_EXE_scalr-detect"), &["ci", "--fetch"]);
        command.env("GITLAB_CI", "true").env("CI_COMMIT_SHA", &world.ids["feature"]);
        command.env("CI_MERGE_REQUEST_IID", branch).env("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", branch);
        let ran = common::run(&mut command);
        assert_eq!(ran.code, 3, "{branch:?}: {ran:?}");
        assert!(!ran.stderr.contains('\u{1b}') && !ran.stderr.contains(&secret), "{branch:?}: {ran:?}");
        assert!(!world.home.path(work).join("pwned").exists());
    }
}
