//! The texts of playbooks, as they are in `data/`: steps and slots, in the order in which they are read.

use std::sync::LazyLock;

use serde::Deserialize;

use super::Stage;

/// A step, or a place where steps from elsewhere are put in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    /// What to do: a sentence or a few.
    pub(super) r#do: Option<String>,
    pub(super) slot: Option<Slot>,
    /// Why, or what it tells.
    pub(super) why: Option<String>,
    /// A command or a request to copy.
    pub(super) run: Option<String>,
    /// A query to copy.
    pub(super) query: Option<String>,
    /// A page about it.
    pub(super) link: Option<String>,
    /// Whether the command is one of this program, which does the step.
    #[serde(default)]
    pub(super) tool: bool,
    /// It is something to know: there is nothing to do.
    #[serde(default)]
    pub(super) note: bool,
    /// The step is there only where all of this is so.
    #[serde(default)]
    pub(super) when: Vec<When>,
    /// The step is only for these kinds of Scalr tokens.
    #[serde(default)]
    pub(super) kinds: Vec<TokenKind>,
}

/// Where the steps come from that are put in.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Slot {
    /// The steps of the same stage for all kinds of secret.
    Common,
    /// What a leak of this kind means, from the catalogue.
    Impact,
    /// What is at stake, from the class.
    Stakes,
    /// How to revoke it, from the provider's entry or else the catalogue.
    Revoke,
    /// How to make a new one, from the provider's entry or else the class.
    Create,
    /// What the new one should be allowed, and for how long.
    Limits,
    /// Where it is seen what it was used for, from the provider's entry or else the class.
    Audit,
    /// What is typical misuse, from the class.
    Signs,
    /// What can be got at, from the class.
    Reach,
    /// Who must know besides, from the class.
    Tell,
    /// How such secrets are best kept.
    Practices,
    /// Where else it is used, if that was looked for.
    Inventory,
}

/// When a step is there.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum When {
    /// The secret works.
    Live,
    /// It was dead when it was checked.
    Dead,
    /// It is not known whether it works.
    Unverified,
    /// It was found in a commit.
    Committed,
    /// It was not found in a commit.
    Uncommitted,
    /// It was found in a file, not in a commit.
    InFile,
    /// It was looked for elsewhere.
    Inventory,
    /// It was not looked for elsewhere.
    NoInventory,
    /// The command `verify` can ask whether it works.
    Verifiable,
    /// It cannot.
    Unverifiable,
    /// The command `revoke` can revoke it.
    Revocable,
    /// It is public by design.
    Public,
    /// The host is known, of Scalr.
    Host,
    /// The host is not known.
    NoHost,
}

/// Kinds of Scalr tokens.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum TokenKind {
    /// A person's.
    Personal,
    /// A service account's.
    ServiceAccount,
    /// A service account's, got for an identity token of another system.
    Ephemeral,
    /// An agent pool's.
    AgentPool,
    /// An agent's, got for that of its pool.
    Agent,
    /// A run's.
    Run,
}

impl TokenKind {
    pub(super) const ALL: [TokenKind; 6] = [
        TokenKind::Personal,
        TokenKind::ServiceAccount,
        TokenKind::Ephemeral,
        TokenKind::AgentPool,
        TokenKind::Agent,
        TokenKind::Run,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            TokenKind::Personal => "personal access token",
            TokenKind::ServiceAccount => "service account token",
            TokenKind::Ephemeral => "ephemeral service account token",
            TokenKind::AgentPool => "agent pool token",
            TokenKind::Agent => "agent session token",
            TokenKind::Run => "run token",
        }
    }

    /// The kinds that a token with these facts may be.
    pub(super) fn of(facts: &super::Facts) -> Vec<TokenKind> {
        match facts.detail("owner-kind") {
            Some("user") => vec![TokenKind::Personal],
            // Both kinds may say when they expire.
            Some("service-account") if facts.detail("expires").is_some() => {
                vec![TokenKind::ServiceAccount, TokenKind::Ephemeral]
            }
            Some("service-account") => vec![TokenKind::ServiceAccount],
            Some("agent-pool") => vec![TokenKind::AgentPool],
            Some("agent") => vec![TokenKind::Agent],
            Some("run") => vec![TokenKind::Run],
            _ => TokenKind::ALL.to_vec(),
        }
    }
}

/// What there is to read at each stage.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Script {
    stake: Vec<Line>,
    contain: Vec<Line>,
    rotate: Vec<Line>,
    services: Vec<Line>,
    misuse: Vec<Line>,
    reach: Vec<Line>,
    tell: Vec<Line>,
    cause: Vec<Line>,
    history: Vec<Line>,
    prevent: Vec<Line>,
}

impl Script {
    pub(super) fn lines(&self, stage: Stage) -> &[Line] {
        match stage {
            Stage::Stake => &self.stake,
            Stage::Contain => &self.contain,
            Stage::Rotate => &self.rotate,
            Stage::Services => &self.services,
            Stage::Misuse => &self.misuse,
            Stage::Reach => &self.reach,
            Stage::Tell => &self.tell,
            Stage::Cause => &self.cause,
            Stage::History => &self.history,
            Stage::Prevent => &self.prevent,
        }
    }
}

/// The whole playbook for whatever is not Scalr's.
pub(super) static GENERAL: LazyLock<Script> = LazyLock::new(|| {
    toml::from_str(include_str!("../../data/general.toml")).expect("data/general.toml is well-formed")
});

/// The steps that all kinds of secret share, for [`Slot::Common`].
pub(super) static COMMON: LazyLock<Script> = LazyLock::new(|| {
    toml::from_str(include_str!("../../data/common.toml")).expect("data/common.toml is well-formed")
});

/// The playbook for tokens of Scalr.
pub(super) static SCALR: LazyLock<Script> = LazyLock::new(|| {
    toml::from_str(include_str!("../../data/scalr.toml")).expect("data/scalr.toml is well-formed")
});
