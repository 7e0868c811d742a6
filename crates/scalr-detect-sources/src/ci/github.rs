//! The event file of GitHub Actions: the body of the webhook that started the workflow, whose path is in
//! `GITHUB_EVENT_PATH`.
//!
//! Whoever opens a pull request writes a part of it. So it is read strictly, and what is wrong with it is said without
//! quoting it.
//!
//! Source: GitHub's documentation of webhook events and payloads.

use serde::Deserialize;

use super::systems::{Variables, built, called, tag_object};
use super::{Base, Build, Change, Named, On, Revision, System, branch, id};

/// What is read of an event; whatever else there is in it is skipped.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Event {
    #[serde(rename = "ref")]
    reference: Option<String>,
    before: Option<String>,
    after: Option<String>,
    deleted: Option<bool>,
    number: Option<u64>,
    repository: Option<Repository>,
    pull_request: Option<PullRequest>,
    merge_group: Option<MergeGroup>,
}

#[derive(Deserialize)]
struct Repository {
    default_branch: Option<String>,
}

#[derive(Deserialize)]
struct PullRequest {
    number: Option<u64>,
    base: Side,
    head: Side,
}

#[derive(Deserialize)]
struct Side {
    sha: String,
    #[serde(rename = "ref")]
    reference: Option<String>,
}

#[derive(Deserialize)]
struct MergeGroup {
    base_sha: String,
    base_ref: Option<String>,
    head_sha: String,
}

pub(super) fn build(env: &Variables<'_>, event: &[u8]) -> Result<Build, String> {
    // A list would do for serde, as the fields in their order.
    if event.trim_ascii_start().first() != Some(&b'{') {
        return Err("the event file is no JSON object at line 1, column 1".to_owned());
    }
    // Errors of serde_json quote what they stumble over.
    let event: Event = serde_json::from_slice(event).map_err(|e| {
        let what = match e.classify() {
            serde_json::error::Category::Data => "has something else than GitHub writes",
            _ => "is no JSON",
        };
        format!("the event file {what} at line {}, column {}", e.line(), e.column())
    })?;
    let name = env.get("GITHUB_EVENT_NAME").unwrap_or("push").to_owned();
    let sha = env.commit("GITHUB_SHA");
    if let Some(request) = event.pull_request {
        return Ok(pull_request(&name, event.number, request, sha));
    }
    if let Some(group) = event.merge_group {
        let target = group.base_ref.as_deref().and_then(branch);
        let event = target.as_deref().map_or(String::new(), |target| format!(" for {target}"));
        let heads = [named(&group.head_sha, "merge_group.head_sha"), sha];
        let commits = named(&group.base_sha, "merge_group.base_sha").into_iter().collect();
        let base = Base::Target { merged: None, commits, branch: target };
        let event = format!("merge group{event}");
        return Ok(built(System::GitHub, event, heads.into_iter().flatten().collect(), base));
    }
    let reference = event.reference.as_deref().or(env.get("GITHUB_REF")).unwrap_or("");
    let tag = reference.strip_prefix("refs/tags/");
    let on = branch(reference).filter(|_| tag.is_none());
    if name == "delete" || event.deleted == Some(true) {
        let event = format!("deletion of {}", tag.or(on.as_deref()).unwrap_or("a branch or tag"));
        return Ok(Build { system: System::GitHub, event, change: Change::Deleted });
    }
    let pushed = name == "push";
    let heads = match event.after.as_deref().filter(|_| pushed) {
        // Of a tag this is the object of the tag, and GITHUB_SHA the commit.
        Some(after) => [named(after, "after"), sha],
        None => [tag.and_then(tag_object), sha],
    };
    let commit = match event.before.as_deref().filter(|_| pushed) {
        _ if tag.is_some() => Err("a tag has no commit before it"),
        Some(before) => named(before, "before").ok_or("`before` is zeros: the branch is new"),
        None if pushed => Err("the event names no commit before this one"),
        None => Err("nothing was pushed"),
    };
    let default = event.repository.and_then(|r| branch(r.default_branch?.as_str()));
    let called = called(tag, on.as_deref(), Some(&*name).filter(|_| !pushed));
    let on = match on {
        _ if tag.is_some() => On::Tag,
        Some(branch) => On::Branch(branch),
        None => On::Unknown,
    };
    let base = Base::Before { commit, on, default };
    Ok(built(System::GitHub, called, heads.into_iter().flatten().collect(), base))
}

fn pull_request(name: &str, number: Option<u64>, request: PullRequest, sha: Option<Named>) -> Build {
    let number = number.or(request.number).map_or(String::new(), |number| format!(" {number}"));
    let head = named(&request.head.sha, "pull_request.head.sha");
    // GITHUB_SHA is the merge of head and base, made for the workflow. But with pull_request_target (and with events
    // about a request, such as a comment on it) it is a commit of the base: then only the head is what is new.
    let heads: Vec<Named> = match name {
        "pull_request" | "pull_request_review" | "pull_request_review_comment" => {
            [sha, head].into_iter().flatten().collect()
        }
        _ => head.into_iter().collect(),
    };
    let base = Base::Target {
        merged: id(&request.head.sha),
        commits: named(&request.base.sha, "pull_request.base.sha").into_iter().collect(),
        branch: request.base.reference.as_deref().and_then(branch),
    };
    let called = match name {
        "pull_request" => format!("pull request{number}"),
        name => format!("{name}, pull request{number}"),
    };
    built(System::GitHub, called, heads, base)
}

fn named(sha: &str, by: &'static str) -> Option<Named> {
    Some(Named { what: Revision::Id(id(sha)?), by })
}
