//! Offline validators of credentials: what can be told from the bytes of a secret alone, without a network.

//!
//! A detector finds text of the right shape; a [`Check`] then decodes it. There are three kinds of evidence: a checksum
//! inside the token, a payload that decodes to known claims, and a structure such as that of a private key. And there is
//! one kind of counter-evidence that all values share, [`is_placeholder`].
//!
//! Everything is pure: bytes in, [`Verdict`] and [`Details`] out. Nothing panics, nothing recurses, and the work is
//! linear in the length of the secret (or bounded by a constant).

#![forbid(unsafe_code)]

pub mod aws;
pub mod azure;
pub mod bech32;
pub mod bitcoin;
pub mod checksum;
pub mod crc;
mod credentials;
pub mod encoding;
mod id;
mod json;
mod jwt;
mod key;
pub mod macaroon;
pub mod nkey;
mod payload;
mod placeholder;
mod scalr;
#[cfg(test)]
mod testing;
mod time;

pub use id::is_uuid;
pub use placeholder::{Placeholder, entropy, is_placeholder, placeholder};
pub use scalr::is_scalr_token_id;
pub use time::rfc3339;

/// What a [`Check`] says of a secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// A checksum or decoded claims hold: this is such a credential.
    Holds,
    /// Nothing speaks for or against it beyond its shape.
    Unknown,
    /// A checksum that the vendor documents does not hold: altered or made up. The reason says which.
    Fails(&'static str),
    /// Not this kind of secret at all. The reason says why.
    Rejected(&'static str),
}

/// Facts read from a secret, such as the id of a token: names and values, in a fixed order. Never the secret itself.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Details(Vec<(&'static str, String)>);

impl Details {
    /// Adds a fact.
    pub fn push(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.push((name, value.into()));
    }

    /// Adds a fact read from a payload that anyone may have written: left out if empty, longer than 256 bytes, or with
    /// control characters in it.
    fn text(&mut self, name: &'static str, value: Option<std::borrow::Cow<'_, str>>) {
        let clean = |text: &str| (1..=256).contains(&text.len()) && !text.chars().any(char::is_control);
        if let Some(value) = value.filter(|value| clean(value)) {
            self.push(name, value);
        }
    }

    /// The value of the fact called `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| *n == name).map(|(_, v)| v.as_str())
    }

    /// All facts, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(n, v)| (*n, v.as_str()))
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Writes the enum of checks from one table, so that a name, its variant and its documentation cannot drift apart.
macro_rules! checks {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// An offline validator, named by detectors as `check = "…"`.
        ///
        /// Where the documentation says *inferred*, the scheme is known from looking at tokens and not from the vendor:
        /// a token that fits is [`Verdict::Holds`], one that does not is [`Verdict::Unknown`], never [`Verdict::Fails`].
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        pub enum Check {
            $($(#[$doc])* $variant,)+
        }

        impl Check {
            /// Every check, in the order of their names.
            pub const ALL: &[Check] = &[$(Check::$variant),+];

            /// The name used in detector files.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Check::$variant => $name,)+
                }
            }
        }
    };
}

checks! {
    /// AGE-SECRET-KEY, age X25519 or hybrid identity: Bech32 checksum.
    Age = "age",
    /// Apify API token: CRC-32 (inferred, never lowers).
    Apify = "apify",
    /// Atlassian API token, organisation key, Bitbucket token or app password: CRC-32 (inferred, never lowers).
    Atlassian = "atlassian",
    /// AWS access key id: base32, names the account (no checksum: never [`Verdict::Holds`]).
    AwsAccessKeyId = "aws-access-key-id",
    /// Amazon Bedrock long-lived API key: base64 of key name, account and secret.
    AwsBedrock = "aws-bedrock",
    /// AWS secret access key: random characters, not words (never [`Verdict::Holds`]).
    AwsSecretAccessKey = "aws-secret-access-key",
    /// Amazon SES SMTP password: base64 with a version byte (never [`Verdict::Holds`]).
    AwsSesSmtp = "aws-ses-smtp",
    /// Azure API Management key: Marvin32.
    AzureApim = "azure-apim",
    /// Azure Batch account key: Marvin32.
    AzureBatch = "azure-batch",
    /// Azure Container Registry password: Marvin32.
    AzureContainerRegistry = "azure-container-registry",
    /// Azure Cosmos DB key: Marvin32.
    AzureCosmos = "azure-cosmos",
    /// Azure DevOps personal access token, 52 characters: CRC-32 (not confirmed, never lowers).
    AzureDevopsLegacy = "azure-devops-legacy",
    /// Microsoft Entra client secret: Marvin32 in part (not confirmed, never lowers).
    AzureEntra = "azure-entra",
    /// Azure Event Hubs key: Marvin32.
    AzureEventHub = "azure-event-hub",
    /// Azure Functions key: Marvin32.
    AzureFunctions = "azure-functions",
    /// Azure IoT Hub, Device Provisioning or device key: Marvin32.
    AzureIot = "azure-iot",
    /// Common annotated security key of Azure and Azure DevOps, 84 characters: Marvin32.
    AzureJqqj99 = "azure-jqqj99",
    /// Azure Machine Learning (classic) web service key: Marvin32.
    AzureMlClassic = "azure-ml-classic",
    /// Azure Cache for Redis key: Marvin32 (has a variant, never lowers).
    AzureRedis = "azure-redis",
    /// Azure Relay key: Marvin32.
    AzureRelay = "azure-relay",
    /// Azure AI Search key: Marvin32.
    AzureSearch = "azure-search",
    /// Azure Service Bus key: Marvin32.
    AzureServiceBus = "azure-service-bus",
    /// Azure Storage account key: Marvin32.
    AzureStorage = "azure-storage",
    /// Value of an HTTP `Basic` header: base64 of `user:password`, of which one may be empty.
    BasicAuth = "basic-auth",
    /// Bitcoin private key in wallet import format: double SHA-256.
    BitcoinWif = "bitcoin-wif",
    /// Canva secret: CRC-32 (inferred, never lowers).
    Canva = "canva",
    /// Cloudflare prefixed token or key: CRC-32 (algorithm inferred, never lowers).
    Cloudflare = "cloudflare",
    /// Confluent Cloud API secret: CRC-32 (inferred, never lowers).
    Confluent = "confluent",
    /// Discord bot token: its first part is the decimal id of the bot.
    DiscordBot = "discord-bot",
    /// `auth` of a Docker configuration: base64 of `user:password`.
    DockerAuth = "docker-auth",
    /// Elastic Cloud key: base64 of `id:key`.
    Elastic = "elastic",
    /// Fly.io token: base64 of MessagePack macaroons.
    Fly = "fly",
    /// Google Cloud service account: its JSON, or the private key in it.
    GcpServiceAccount = "gcp-service-account",
    /// GitHub token: CRC-32 (documented), or a stateless JWT form.
    Github = "github",
    /// GitLab routable token: CRC-32 (published source).
    GitlabRoutable = "gitlab-routable",
    /// Grafana API key of the old form: base64 JSON.
    GrafanaApiKey = "grafana-api-key",
    /// Grafana Cloud access policy token: base64 JSON.
    GrafanaCloud = "grafana-cloud",
    /// Grafana service account token: CRC-32 (published source).
    GrafanaServiceAccount = "grafana-service-account",
    /// Groq API key: fixed marker inside.
    Groq = "groq",
    /// Intercom access token: base64 text.
    Intercom = "intercom",
    /// JFrog reference token: base64 text with the expiry.
    Jfrog = "jfrog",
    /// Jira or Confluence Data Center token: base64 of `id:random`.
    JiraDataCenter = "jira-data-center",
    /// JSON Web Token (JWS, three parts).
    Jwt = "jwt",
    /// Kubernetes service account token: a JWT with its claims.
    KubernetesJwt = "kubernetes-jwt",
    /// Mapbox token: base64 JSON.
    Mapbox = "mapbox",
    /// ngrok API key or authtoken: KSUID with a plausible time.
    Ngrok = "ngrok",
    /// Seed of a NATS NKey: CRC-16.
    Nkey = "nkey",
    /// Nostr private key (`nsec1…`): Bech32 checksum.
    Nostr = "nostr",
    /// npm access token: CRC-32 (documented).
    Npm = "npm",
    /// 1Password service account token: base64 JSON.
    Onepassword = "onepassword",
    /// OpenAI key: fixed marker inside.
    Openai = "openai",
    /// Password that a person typed where only a password can stand: not one that a program fills in, an option or a
    /// path (never [`Verdict::Holds`]). [`Verdict::Fails`] for one that everybody uses.
    Password = "password",
    /// PEM, OpenSSH or PGP private key block that decodes to a private key.
    PrivateKey = "private-key",
    /// PuTTY private key file.
    Putty = "putty",
    /// PyPI upload token: macaroon structure.
    Pypi = "pypi",
    /// SaladCloud API key: CRC-32 (inferred, never lowers).
    Salad = "salad",
    /// Scalr API access token: a JWT whose claims are Scalr's.
    Scalr = "scalr",
    /// Sentry organisation token: base64 JSON.
    Sentry = "sentry",
    /// Supabase anonymous key: a JWT with role `anon` (public by design).
    SupabaseAnon = "supabase-anon",
    /// Supabase service key: a JWT with role `service_role`.
    SupabaseServiceRole = "supabase-service-role",
    /// TeamCity access token: typed first part.
    Teamcity = "teamcity",
    /// Telegram bot token: plausible bot id (never [`Verdict::Holds`]).
    Telegram = "telegram",
    /// URL with user and password.
    UrlCredentials = "url-credentials",
    /// Random (version 4) UUID (never [`Verdict::Holds`]).
    Uuid4 = "uuid4",
    /// Vercel token: CRC-32 (inferred, never lowers).
    Vercel = "vercel",
    /// Weights & Biases API key: CRC-32 (inferred, never lowers).
    Wandb = "wandb",
    /// WireGuard key: base64 of 32 bytes (never [`Verdict::Holds`]).
    Wireguard = "wireguard",
    /// WorkOS API key: base64 text with a ULID.
    Workos = "workos",
    /// Zuplo API key: CRC-32 (inferred, never lowers).
    Zuplo = "zuplo",
}

impl Check {
    /// The check of that name.
    pub fn from_name(name: &str) -> Option<Check> {
        Check::ALL.iter().copied().find(|check| check.name() == name)
    }

    /// Whether this check judges the whole match instead of the secret in it.
    pub const fn judges_match(self) -> bool {
        matches!(self, Check::UrlCredentials)
    }

    /// Judges `secret`.
    pub fn run(self, secret: &[u8]) -> Verdict {
        match self {
            Check::Age => bech32::check(secret, &["age-secret-key-", "age-secret-key-pq-"]),
            Check::AwsAccessKeyId => aws::check_key_id(secret),
            Check::AwsBedrock => aws::check_bedrock(secret),
            Check::AwsSecretAccessKey => aws::check_secret_key(secret),
            Check::AwsSesSmtp => aws::check_ses_smtp(secret),
            Check::AzureApim
            | Check::AzureBatch
            | Check::AzureContainerRegistry
            | Check::AzureCosmos
            | Check::AzureEventHub
            | Check::AzureFunctions
            | Check::AzureIot
            | Check::AzureMlClassic
            | Check::AzureRedis
            | Check::AzureRelay
            | Check::AzureSearch
            | Check::AzureServiceBus
            | Check::AzureStorage => azure::check(self, secret),
            Check::AzureDevopsLegacy => azure::check_devops(secret),
            Check::AzureEntra => azure::check_entra(secret),
            Check::AzureJqqj99 => azure::check_annotated(secret),
            Check::BasicAuth => credentials::check_basic(secret),
            Check::DockerAuth => credentials::check(secret),
            Check::BitcoinWif => bitcoin::check(secret),
            Check::Apify
            | Check::Atlassian
            | Check::Canva
            | Check::Cloudflare
            | Check::Confluent
            | Check::GrafanaServiceAccount
            | Check::Npm
            | Check::Salad
            | Check::Vercel
            | Check::Wandb
            | Check::Zuplo => checksum::check(self, secret),
            Check::DiscordBot => id::check_discord(secret),
            Check::Elastic => payload::check_elastic(secret),
            Check::Fly => macaroon::check_fly(secret),
            Check::GcpServiceAccount => key::check_gcp(secret),
            Check::Github => checksum::github(secret),
            Check::GitlabRoutable => checksum::gitlab_routable(secret),
            Check::GrafanaApiKey => payload::check_grafana_key(secret),
            Check::GrafanaCloud => payload::check_grafana_cloud(secret),
            Check::Groq => id::check_groq(secret),
            Check::Intercom => payload::check_intercom(secret),
            Check::Jfrog => payload::check_jfrog(secret),
            Check::JiraDataCenter => payload::check_jira(secret),
            Check::Jwt => jwt::check(secret),
            Check::KubernetesJwt => jwt::kubernetes(secret),
            Check::Mapbox => payload::check_mapbox(secret),
            Check::Ngrok => id::check_ngrok(secret),
            Check::Nkey => nkey::check(secret),
            Check::Nostr => bech32::check(secret, &["nsec"]),
            Check::Onepassword => payload::check_onepassword(secret),
            Check::Openai => id::check_openai(secret),
            Check::Password => credentials::check_password(secret),
            Check::PrivateKey => key::check(secret),
            Check::Putty => key::check_putty(secret),
            Check::Pypi => macaroon::check_pypi(secret),
            Check::Scalr => scalr::check(secret),
            Check::Sentry => payload::check_sentry(secret),
            Check::SupabaseAnon => jwt::supabase(secret, "anon"),
            Check::SupabaseServiceRole => jwt::supabase(secret, "service_role"),
            Check::Teamcity => payload::check_teamcity(secret),
            Check::Telegram => id::check_telegram(secret),
            Check::UrlCredentials => credentials::check_url(secret),
            Check::Uuid4 => id::check_uuid4(secret),
            Check::Wireguard => id::check_wireguard(secret),
            Check::Workos => payload::check_workos(secret),
        }
    }

    /// Facts that can be read from a secret that this check does not reject. Each check's function says which.
    pub fn details(self, secret: &[u8]) -> Details {
        let mut details = Details::default();
        let out = &mut details;
        match self {
            Check::AwsAccessKeyId => aws::details_key_id(secret, out),
            Check::AwsBedrock => aws::details_bedrock(secret, out),
            Check::AzureApim
            | Check::AzureCosmos
            | Check::AzureEventHub
            | Check::AzureFunctions
            | Check::AzureIot
            | Check::AzureRelay
            | Check::AzureSearch
            | Check::AzureServiceBus => azure::details(self, secret, out),
            Check::AzureJqqj99 => azure::details_annotated(secret, out),
            Check::BasicAuth | Check::DockerAuth => credentials::details(secret, out),
            Check::DiscordBot => id::details_discord(secret, out),
            Check::Elastic => payload::details_elastic(secret, out),
            Check::GcpServiceAccount => key::details_gcp(secret, out),
            Check::Github => checksum::github_details(secret, out),
            Check::GitlabRoutable => checksum::gitlab_details(secret, out),
            Check::GrafanaApiKey => payload::details_grafana_key(secret, out),
            Check::GrafanaCloud => payload::details_grafana_cloud(secret, out),
            Check::Jfrog => payload::details_jfrog(secret, out),
            Check::Jwt => jwt::details(secret, out),
            Check::KubernetesJwt => jwt::kubernetes_details(secret, out),
            Check::Mapbox => payload::details_mapbox(secret, out),
            Check::Ngrok => id::details_ngrok(secret, out),
            Check::Onepassword => payload::details_onepassword(secret, out),
            Check::PrivateKey => key::details(secret, out),
            Check::Putty => key::details_putty(secret, out),
            Check::Scalr => scalr::details(secret, out),
            Check::Sentry => payload::details_sentry(secret, out),
            Check::SupabaseAnon | Check::SupabaseServiceRole => jwt::supabase_details(secret, out),
            Check::Telegram => id::details_telegram(secret, out),
            Check::UrlCredentials => credentials::details_url(secret, out),
            Check::Workos => payload::details_workos(secret, out),
            _ => {}
        }
        details
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_unique_and_found() {
        assert!(Check::ALL.windows(2).all(|pair| pair[0].name() < pair[1].name()));
        for &check in Check::ALL {
            assert_eq!(Check::from_name(check.name()), Some(check));
        }
        assert_eq!(Check::from_name("none"), None);
    }
}
