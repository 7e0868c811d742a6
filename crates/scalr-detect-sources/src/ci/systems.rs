//! What each system says in variables.

use super::{Base, Build, Change, Environment, Named, On, Revision, System, branch, id, is_reference};

/// Reads variables; what is empty is as what is not set.
pub(super) struct Variables<'a>(pub(super) &'a Environment);

impl Variables<'_> {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// The commit whose id a variable has.
    pub(super) fn commit(&self, name: &'static str) -> Option<Named> {
        Some(Named { what: Revision::Id(id(self.get(name)?)?), by: name })
    }

    /// The commits whose ids variables have.
    fn commits<const N: usize>(&self, names: [&'static str; N]) -> Vec<Named> {
        names.into_iter().filter_map(|name| self.commit(name)).collect()
    }

    pub(super) fn branch(&self, name: &str) -> Option<String> {
        branch(self.get(name)?)
    }

    fn is(&self, name: &str, values: &[&str]) -> bool {
        self.get(name).is_some_and(|value| values.iter().any(|v| v.eq_ignore_ascii_case(value)))
    }

    /// The commit before a push, by a variable of which zeros say that there was none.
    fn before(&self, name: &'static str) -> Result<Named, &'static str> {
        match self.get(name) {
            None => Err("no commit before this one is named"),
            Some(_) => self.commit(name).ok_or("the commit before is zeros: the branch is new"),
        }
    }
}

const NEVER_NAMED: &str = "the system does not tell the commit before a push";
const TAG: &str = "a tag has no commit before it";
const UNPUSHED: &str = "nothing was pushed";

pub(super) fn build(system: System, env: &Variables<'_>) -> Build {
    let sha = match system {
        System::GitHub => "GITHUB_SHA",
        System::GitLab | System::Woodpecker => "CI_COMMIT_SHA",
        System::Circle => "CIRCLE_SHA1",
        System::Travis => "TRAVIS_COMMIT",
        System::Bitbucket => "BITBUCKET_COMMIT",
        System::Azure => "BUILD_SOURCEVERSION",
        System::Buildkite => "BUILDKITE_COMMIT",
        System::Drone => "DRONE_COMMIT_SHA",
        System::Jenkins => "GIT_COMMIT",
    };
    if env.get(sha).is_some_and(|sha| sha.bytes().all(|b| b == b'0')) {
        return Build { system, event: "deletion of a branch or tag".to_owned(), change: Change::Deleted };
    }
    match system {
        System::GitHub => github(env),
        System::GitLab => gitlab(env),
        System::Circle => circle(env),
        System::Travis => travis(env),
        System::Bitbucket => bitbucket(env),
        System::Azure => azure(env),
        System::Buildkite => buildkite(env),
        System::Woodpecker => woodpecker(env),
        System::Drone => drone(env),
        System::Jenkins => jenkins(env),
    }
}

/// A build of a pull request called `event`.
fn request(
    system: System,
    event: String,
    heads: Vec<Named>,
    merged: Option<String>,
    commits: Vec<Named>,
    branch: Option<String>,
) -> Build {
    built(system, event, heads, Base::Target { merged, commits, branch })
}

/// A build of anything else: of a tag, or of a branch if that is known.
fn push(
    system: System,
    event: String,
    mut heads: Vec<Named>,
    commit: Result<Named, &'static str>,
    tag: Option<&str>,
    branch: Option<String>,
    default: Option<String>,
) -> Build {
    let on = match (tag, branch) {
        (Some(tag), _) => {
            heads.splice(0..0, tag_object(tag));
            On::Tag
        }
        (None, Some(branch)) => On::Branch(branch),
        (None, None) => On::Unknown,
    };
    built(system, event, heads, Base::Before { commit, on, default })
}

/// A tag itself, which has a message; the variables name the commit that it points to.
pub(super) fn tag_object(name: &str) -> Option<Named> {
    let is_name = is_reference(name);
    is_name.then(|| Named { what: Revision::Reference(format!("refs/tags/{name}")), by: "the tag" })
}

/// HEAD stands in only where no commit is named: where the named one is not there, HEAD is another.
pub(super) fn built(system: System, event: String, mut heads: Vec<Named>, base: Base) -> Build {
    if heads.is_empty() {
        heads.push(Named { what: Revision::Reference("HEAD".to_owned()), by: "what is checked out" });
    }
    Build { system, event, change: Change::Built { heads, base } }
}

/// What to call a build that is of no pull request.
pub(super) fn called(tag: Option<&str>, branch: Option<&str>, unpushed: Option<&str>) -> String {
    let of = |what: &str, name: &str| format!("{what} {name}");
    match (unpushed, tag, branch) {
        (Some(why), Some(tag), _) => format!("{why} of tag {tag}"),
        (Some(why), None, Some(branch)) => format!("{why} of {branch}"),
        (Some(why), None, None) => why.to_owned(),
        (None, Some(tag), _) => of("tag", tag),
        (None, None, Some(branch)) => of("push to", branch),
        (None, None, None) => "push".to_owned(),
    }
}

/// GitHub without its event file.
fn github(env: &Variables<'_>) -> Build {
    let system = System::GitHub;
    let heads = env.commits(["GITHUB_SHA"]);
    let event = env.get("GITHUB_EVENT_NAME").unwrap_or("push");
    // Of a pull_request_target this would be the base itself; without the file there is no telling the head.
    if let (Some(target), "pull_request") = (env.branch("GITHUB_BASE_REF"), event) {
        return request(system, "pull request".to_owned(), heads, None, vec![], Some(target));
    }
    let tag = env.get("GITHUB_REF").and_then(|name| name.strip_prefix("refs/tags/"));
    let branch = env.get("GITHUB_REF").filter(|name| name.starts_with("refs/heads/")).and_then(branch);
    let called = called(tag, branch.as_deref(), Some(event).filter(|event| *event != "push"));
    push(
        system,
        called,
        heads,
        Err("GITHUB_EVENT_PATH is not set, which names the file that tells more"),
        tag,
        branch,
        None,
    )
}

fn gitlab(env: &Variables<'_>) -> Build {
    let system = System::GitLab;
    let heads = env.commits(["CI_COMMIT_SHA"]);
    let source = env.get("CI_PIPELINE_SOURCE").unwrap_or("push");
    let default = env.branch("CI_DEFAULT_BRANCH");
    if let Some(number) = env.get("CI_MERGE_REQUEST_IID") {
        // Both name the target: as it was when the request was branched off, and as it was merged with for the build.
        let commits = env.commits(["CI_MERGE_REQUEST_DIFF_BASE_SHA", "CI_MERGE_REQUEST_TARGET_BRANCH_SHA"]);
        let merged = env.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA").and_then(id);
        let target = env.branch("CI_MERGE_REQUEST_TARGET_BRANCH_NAME");
        return request(system, format!("merge request {number}"), heads, merged, commits, target);
    }
    if let Some(number) = env.get("CI_EXTERNAL_PULL_REQUEST_IID") {
        let commits = env.commits(["CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_SHA"]);
        let target = env.branch("CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME");
        return request(system, format!("pull request {number}"), heads, None, commits, target);
    }
    let (tag, branch) = (env.get("CI_COMMIT_TAG"), env.branch("CI_COMMIT_BRANCH"));
    let unpushed = Some(source).filter(|source| *source != "push").map(|source| format!("{source} pipeline"));
    let called = called(tag, branch.as_deref(), unpushed.as_deref());
    let before = match (tag, unpushed) {
        (Some(_), _) => Err(TAG),
        (None, Some(_)) => Err(UNPUSHED),
        (None, None) => env.before("CI_COMMIT_BEFORE_SHA"),
    };
    push(system, called, heads, before, tag, branch, default)
}

fn circle(env: &Variables<'_>) -> Build {
    let system = System::Circle;
    let branch = env.branch("CIRCLE_BRANCH");
    let tag = env.get("CIRCLE_TAG");
    let called = called(tag, branch.as_deref(), None);
    let before = Err("CircleCI tells no commit before this one unless the job passes it with --base");
    push(system, called, env.commits(["CIRCLE_SHA1"]), before, tag, branch, None)
}

fn travis(env: &Variables<'_>) -> Build {
    let system = System::Travis;
    let heads = env.commits(["TRAVIS_COMMIT", "TRAVIS_PULL_REQUEST_SHA"]);
    // It is written A...B and means what is in B since A.
    let range = env.get("TRAVIS_COMMIT_RANGE").map(|range| range.split_once("..").map_or(range, |(a, _)| a));
    let since = range.and_then(id).map(|id| Named { what: Revision::Id(id), by: "TRAVIS_COMMIT_RANGE" });
    if let Some(number) = env.get("TRAVIS_PULL_REQUEST").filter(|number| *number != "false") {
        let merged = env.get("TRAVIS_PULL_REQUEST_SHA").and_then(id);
        // With a pull request, this is the target.
        let target = env.branch("TRAVIS_BRANCH");
        return request(
            system,
            format!("pull request {number}"),
            heads,
            merged,
            since.into_iter().collect(),
            target,
        );
    }
    let tag = env.get("TRAVIS_TAG");
    // With a tag, this is its name.
    let branch = env.branch("TRAVIS_BRANCH").filter(|_| tag.is_none());
    let unpushed =
        env.get("TRAVIS_EVENT_TYPE").filter(|event| *event != "push").map(|event| format!("{event} build"));
    let called = called(tag, branch.as_deref(), unpushed.as_deref());
    let before = match (tag, unpushed) {
        (Some(_), _) => Err(TAG),
        (None, Some(_)) => Err(UNPUSHED),
        (None, None) => since.ok_or("TRAVIS_COMMIT_RANGE is empty: the branch is new"),
    };
    push(system, called, heads, before, tag, branch, None)
}

fn bitbucket(env: &Variables<'_>) -> Build {
    let system = System::Bitbucket;
    let heads = env.commits(["BITBUCKET_COMMIT"]);
    if let Some(number) = env.get("BITBUCKET_PR_ID") {
        let target = env.branch("BITBUCKET_PR_DESTINATION_BRANCH");
        // A short id at times: then the branch has to do.
        let commits = env.commits(["BITBUCKET_PR_DESTINATION_COMMIT"]);
        return request(system, format!("pull request {number}"), heads, None, commits, target);
    }
    let (tag, branch) = (env.get("BITBUCKET_TAG"), env.branch("BITBUCKET_BRANCH"));
    let called = called(tag, branch.as_deref(), None);
    push(system, called, heads, Err(if tag.is_some() { TAG } else { NEVER_NAMED }), tag, branch, None)
}

fn azure(env: &Variables<'_>) -> Build {
    let system = System::Azure;
    let heads = env.commits(["BUILD_SOURCEVERSION", "SYSTEM_PULLREQUEST_SOURCECOMMITID"]);
    if let Some(target) = env.branch("SYSTEM_PULLREQUEST_TARGETBRANCH") {
        // Of repositories at GitHub the number that people know has another name.
        let number =
            env.get("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER").or(env.get("SYSTEM_PULLREQUEST_PULLREQUESTID"));
        let event = number.map_or("pull request".to_owned(), |number| format!("pull request {number}"));
        let merged = env.get("SYSTEM_PULLREQUEST_SOURCECOMMITID").and_then(id);
        return request(system, event, heads, merged, vec![], Some(target));
    }
    let source = env.get("BUILD_SOURCEBRANCH").unwrap_or("");
    let tag = source.strip_prefix("refs/tags/");
    let branch = branch(source).filter(|_| tag.is_none());
    let unpushed = match env.get("BUILD_REASON") {
        Some(reason) if !env.is("BUILD_REASON", &["IndividualCI", "BatchedCI"]) => {
            Some(format!("{reason} build"))
        }
        _ => None,
    };
    let called = called(tag, branch.as_deref(), unpushed.as_deref());
    let before = match (tag, unpushed) {
        (Some(_), _) => TAG,
        (None, Some(_)) => UNPUSHED,
        (None, None) => NEVER_NAMED,
    };
    push(system, called, heads, Err(before), tag, branch, None)
}

fn buildkite(env: &Variables<'_>) -> Build {
    let system = System::Buildkite;
    // It may be the word HEAD: what is checked out.
    let heads = env.commits(["BUILDKITE_COMMIT"]);
    if let Some(number) = env.get("BUILDKITE_PULL_REQUEST").filter(|number| *number != "false") {
        let target = env.branch("BUILDKITE_PULL_REQUEST_BASE_BRANCH");
        return request(system, format!("pull request {number}"), heads, None, vec![], target);
    }
    let (tag, branch) = (env.get("BUILDKITE_TAG"), env.branch("BUILDKITE_BRANCH"));
    let unpushed = env
        .get("BUILDKITE_SOURCE")
        .filter(|source| *source != "webhook")
        .map(|source| format!("{source} build"));
    let called = called(tag, branch.as_deref().filter(|_| tag.is_none()), unpushed.as_deref());
    let before = match (tag, unpushed) {
        (Some(_), _) => TAG,
        (None, Some(_)) => UNPUSHED,
        (None, None) => NEVER_NAMED,
    };
    let default = env.branch("BUILDKITE_PIPELINE_DEFAULT_BRANCH");
    push(system, called, heads, Err(before), tag, branch, default)
}

fn woodpecker(env: &Variables<'_>) -> Build {
    let system = System::Woodpecker;
    let heads = env.commits(["CI_COMMIT_SHA"]);
    if let Some(number) = env.get("CI_COMMIT_PULL_REQUEST") {
        let target = env.branch("CI_COMMIT_TARGET_BRANCH");
        return request(system, format!("pull request {number}"), heads, None, vec![], target);
    }
    let (tag, branch) = (env.get("CI_COMMIT_TAG"), env.branch("CI_COMMIT_BRANCH"));
    let unpushed = env
        .get("CI_PIPELINE_EVENT")
        .filter(|event| !matches!(*event, "push" | "tag"))
        .map(|event| format!("{event} pipeline"));
    let called = called(tag, branch.as_deref(), unpushed.as_deref());
    let before = if tag.is_some() {
        Err(TAG)
    } else if unpushed.is_some() {
        Err(UNPUSHED)
    } else if env.get("CI_PREV_COMMIT_BRANCH").is_some_and(|b| Some(b) != env.get("CI_COMMIT_BRANCH")) {
        Err("CI_PREV_COMMIT_SHA is of another branch")
    } else {
        env.before("CI_PREV_COMMIT_SHA")
    };
    push(system, called, heads, before, tag, branch, env.branch("CI_REPO_DEFAULT_BRANCH"))
}

fn drone(env: &Variables<'_>) -> Build {
    let system = System::Drone;
    let heads = env.commits(["DRONE_COMMIT_SHA", "DRONE_COMMIT_AFTER", "DRONE_COMMIT"]);
    if let Some(number) = env.get("DRONE_PULL_REQUEST") {
        let target = env.branch("DRONE_TARGET_BRANCH").or(env.branch("DRONE_COMMIT_BRANCH"));
        // The merge that Drone makes for the build has no name; the head of the request is part of it.
        return request(system, format!("pull request {number}"), heads, None, vec![], target);
    }
    let tag = env.get("DRONE_TAG");
    let branch = env.branch("DRONE_COMMIT_BRANCH").or(env.branch("DRONE_BRANCH")).filter(|_| tag.is_none());
    let unpushed = env
        .get("DRONE_BUILD_EVENT")
        .filter(|event| !matches!(*event, "push" | "tag"))
        .map(|event| format!("{event} build"));
    let called = called(tag, branch.as_deref(), unpushed.as_deref());
    let before = match (tag, unpushed) {
        (Some(_), _) => Err(TAG),
        (None, Some(_)) => Err(UNPUSHED),
        (None, None) => env.before("DRONE_COMMIT_BEFORE"),
    };
    push(system, called, heads, before, tag, branch, env.branch("DRONE_REPO_BRANCH"))
}

fn jenkins(env: &Variables<'_>) -> Build {
    let system = System::Jenkins;
    let heads = env.commits(["GIT_COMMIT"]);
    if let Some(number) = env.get("CHANGE_ID") {
        let target = env.branch("CHANGE_TARGET");
        return request(system, format!("pull request {number}"), heads, None, vec![], target);
    }
    let tag = env.get("TAG_NAME");
    // The git plugin writes the branch as that of its remote.
    let name =
        env.get("GIT_BRANCH").map(|name| name.strip_prefix("origin/").unwrap_or(name)).and_then(branch);
    let branch = env.branch("BRANCH_NAME").or(name).filter(|_| tag.is_none());
    let called = called(tag, branch.as_deref(), None);
    // What came in with a build that failed was not let through, so it is looked at again.
    let before = env.commit("GIT_PREVIOUS_SUCCESSFUL_COMMIT").or(env.commit("GIT_PREVIOUS_COMMIT"));
    let before =
        if tag.is_some() { Err(TAG) } else { before.ok_or("the git plugin names no build before this one") };
    push(system, called, heads, before, tag, branch, None)
}
