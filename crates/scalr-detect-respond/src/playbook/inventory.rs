//! Where else a secret is used, and who reads it there.

use serde::Serialize;

use super::Facts;
use super::facts::{PLACES, Place};
use scalr_detect::Finding;

/// Every place below some paths where a secret of interest occurs, by who reads the file.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    wanted: Vec<(String, String)>,
    found: Vec<(Reader, String, Places)>,
    /// How many files there were that could not be read.
    pub unread: u64,
}

#[derive(Clone, Debug, Default)]
struct Places {
    places: Vec<Place>,
    count: u64,
}

impl Inventory {
    /// An inventory of nothing yet, for the secrets of these kinds of which the facts are known.
    pub fn new<'f>(wanted: impl IntoIterator<Item = (&'f str, &'f Facts)>) -> Inventory {
        let mut wanted: Vec<_> = wanted
            .into_iter()
            .map(|(detector, facts)| (detector.to_owned(), facts.fingerprint.clone()))
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        Inventory { wanted, ..Inventory::default() }
    }

    /// Takes a finding in, made in the file `path`, if it is of a wanted secret.
    pub fn visit(&mut self, path: &[u8], finding: &Finding<'_, '_>) {
        let id = finding.detector().id;
        // Hashing the secret is what costs, so not for kinds that nobody wants.
        let start = self.wanted.partition_point(|(detector, _)| detector.as_str() < id);
        let of_kind = self.wanted[start..].iter().take_while(|(detector, _)| detector == id);
        if of_kind.clone().next().is_none() {
            return;
        }
        let fingerprint = finding.fingerprint().to_string();
        if of_kind.clone().any(|(_, wanted)| *wanted == fingerprint) {
            let path = super::facts::clean(&String::from_utf8_lossy(path));
            let reader = Reader::of(&path);
            let place = Place { path, line: finding.position().line as u64, ..Place::default() };
            self.add(reader, id.to_owned(), Places { places: vec![place], count: 1 });
        }
    }

    /// Takes in what another thread has found.
    pub fn merge(&mut self, other: Inventory) {
        self.unread += other.unread;
        for (reader, id, places) in other.found {
            self.add(reader, id, places);
        }
    }

    fn add(&mut self, reader: Reader, id: String, more: Places) {
        let places = match self.found.iter_mut().position(|(r, d, _)| *r == reader && *d == id) {
            Some(index) => &mut self.found[index].2,
            None => {
                self.found.push((reader, id, Places::default()));
                &mut self.found.last_mut().expect("it was just pushed").2
            }
        };
        places.count += more.count;
        places.places.extend(more.places);
        // Threads come in any order; the result must not depend on it where it is short enough to be whole.
        places.places.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
        places.places.truncate(PLACES);
    }

    /// What was found of a kind of secret: who reads it, the first hundred places, and how many there are. Sorted by the
    /// order in which readers break.
    pub fn of(&self, detector: &str) -> Vec<(Reader, &[Place], u64)> {
        let mut found: Vec<_> = self
            .found
            .iter()
            .filter(|(_, id, _)| id == detector)
            .map(|(reader, _, places)| (*reader, places.places.as_slice(), places.count))
            .collect();
        found.sort_by_key(|(reader, ..)| *reader);
        found
    }
}

/// Who reads a file, as far as its name tells.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reader {
    /// The CI system.
    Ci,
    /// A program: source code.
    Code,
    /// Terraform or OpenTofu.
    Terraform,
    /// The state of Terraform or OpenTofu.
    State,
    /// Helm.
    Helm,
    /// Kubernetes.
    Kubernetes,
    /// An image, or what composes containers.
    Container,
    /// Whatever is started with this environment.
    Environment,
    /// A script of a shell, or the history of one.
    Shell,
    /// A program: configuration.
    Configuration,
    /// People: documentation.
    Documentation,
    /// People: a log.
    Log,
    /// It cannot be told.
    Other,
}

impl Reader {
    /// Who reads the file of this name.
    pub fn of(path: &str) -> Reader {
        let path = path.replace('\\', "/").to_lowercase();
        // What is in an archive is read like what is beside it.
        let path = path.rsplit('!').next().unwrap_or_default();
        let name = path.rsplit('/').next().unwrap_or_default();
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        let below =
            |folder: &str| path.starts_with(&format!("{folder}/")) || path.contains(&format!("/{folder}/"));
        let is_yaml = matches!(extension, "yml" | "yaml");
        let is_ci = below(".github/workflows")
            || below(".circleci")
            || below(".buildkite")
            || below(".gitea/workflows")
            || matches!(
                name,
                ".gitlab-ci.yml"
                    | ".travis.yml"
                    | "jenkinsfile"
                    | ".drone.yml"
                    | "bitbucket-pipelines.yml"
                    | "appveyor.yml"
                    | "codemagic.yaml"
            )
            || name.starts_with("azure-pipelines");
        let is_container = name.starts_with("dockerfile")
            || name.starts_with("containerfile")
            || extension == "dockerfile"
            || is_yaml && (name.starts_with("docker-compose") || name.starts_with("compose"));
        match extension {
            _ if is_ci => Reader::Ci,
            _ if name.contains(".tfstate") => Reader::State,
            _ if is_container => Reader::Container,
            _ if name == ".env" || name == ".envrc" || name.starts_with(".env.") => Reader::Environment,
            _ if name.ends_with("_history")
                || matches!(name, ".bashrc" | ".zshrc" | ".profile" | ".bash_profile" | ".zshenv") =>
            {
                Reader::Shell
            }
            _ if matches!(name, ".terraformrc" | "terraform.rc" | ".tofurc" | "credentials.tfrc.json")
                || name.ends_with(".tf.json") =>
            {
                Reader::Terraform
            }
            "tf" | "tfvars" | "tofu" | "hcl" | "tfbackend" => Reader::Terraform,
            "env" => Reader::Environment,
            "sh" | "bash" | "zsh" | "fish" | "ps1" | "psm1" | "bat" | "cmd" => Reader::Shell,
            "yml" | "yaml" | "tpl"
                if below("charts") || below("helm") || name.starts_with("values") || name == "chart.yaml" =>
            {
                Reader::Helm
            }
            "yml" | "yaml" | "json"
                if ["k8s", "kubernetes", "manifests", "kustomize", "deploy"].iter().any(|f| below(f)) =>
            {
                Reader::Kubernetes
            }
            "py" | "ipynb" | "js" | "mjs" | "cjs" | "jsx" | "ts" | "tsx" | "vue" | "svelte" | "go"
            | "java" | "kt" | "kts" | "scala" | "groovy" | "rs" | "rb" | "php" | "cs" | "fs" | "vb" | "c"
            | "h" | "cc" | "cpp" | "hpp" | "m" | "mm" | "swift" | "dart" | "ex" | "exs" | "erl" | "clj"
            | "lua" | "pl" | "pm" | "r" | "jl" | "sql" | "sol" | "hs" => Reader::Code,
            "md" | "mdx" | "rst" | "adoc" | "txt" | "html" | "htm" | "pdf" | "docx" => Reader::Documentation,
            "log" | "out" => Reader::Log,
            "yml" | "yaml" | "json" | "jsonc" | "toml" | "ini" | "conf" | "cfg" | "config" | "properties"
            | "xml" | "plist" | "npmrc" | "netrc" | "pypirc" => Reader::Configuration,
            _ => Reader::Other,
        }
    }

    /// What reads it, and what to do there: a sentence or two.
    pub const fn advice(self) -> &'static str {
        match self {
            Reader::Ci => {
                "Jobs of the CI system read it. Put the new secret into a protected, masked variable of the CI system, and run one job by hand."
            }
            Reader::Code => {
                "A program has it in its source. Let the program read the new secret from its environment or a secret manager, and release it."
            }
            Reader::Terraform => {
                "Terraform or OpenTofu reads it. Pass the new secret as a sensitive variable from the environment, and run a plan."
            }
            Reader::State => {
                "It is in a state file, and whoever reads the state has it. Apply with the new secret, so that the state changes, and delete old copies."
            }
            Reader::Helm => {
                "Helm passes it to a cluster. Refer to an existing Kubernetes Secret instead of a value, and upgrade the release."
            }
            Reader::Kubernetes => {
                "Workloads in a cluster read it. Replace the Secret, and restart the workloads that mount it."
            }
            Reader::Container => {
                "Containers start with it, and the image may hold it. Pass the new secret when the container starts, rebuild the image and delete the old one."
            }
            Reader::Environment => {
                "Whatever starts with this environment reads it. Change the file on each machine that has a copy, and restart what runs there."
            }
            Reader::Shell => {
                "A script or a shell uses it. Let the script read the new secret from its environment, and clear the history of the shell."
            }
            Reader::Configuration => {
                "A program reads it from its configuration. Change the value, restart the program, and keep the secret out of the file."
            }
            Reader::Documentation => {
                "People read it, and may have copied it. Put a placeholder there, and ask who followed the text."
            }
            Reader::Log => {
                "A log holds it, and so may every copy of the log. Find what wrote it, mask it there, and delete the log."
            }
            Reader::Other => {
                "The name of the file does not tell who reads it. Ask the owner of the folder before the old secret ends."
            }
        }
    }

    /// A title.
    pub const fn title(self) -> &'static str {
        match self {
            Reader::Ci => "CI",
            Reader::Code => "Source code",
            Reader::Terraform => "Terraform",
            Reader::State => "Terraform state",
            Reader::Helm => "Helm",
            Reader::Kubernetes => "Kubernetes",
            Reader::Container => "Containers",
            Reader::Environment => "Environment files",
            Reader::Shell => "Shell",
            Reader::Configuration => "Configuration",
            Reader::Documentation => "Documentation",
            Reader::Log => "Logs",
            Reader::Other => "Other files",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers() {
        for (path, reader) in [
            (".github/workflows/ci.yml", Reader::Ci),
            ("app/.gitlab-ci.yml", Reader::Ci),
            ("Jenkinsfile", Reader::Ci),
            ("azure-pipelines-release.yml", Reader::Ci),
            ("infra/main.tf", Reader::Terraform),
            ("home/.terraform.d/credentials.tfrc.json", Reader::Terraform),
            ("prod.auto.tfvars", Reader::Terraform),
            ("terraform.tfstate", Reader::State),
            ("old/terraform.tfstate.backup", Reader::State),
            ("charts/agent/values.yaml", Reader::Helm),
            ("values-prod.yaml", Reader::Helm),
            ("k8s/secret.yaml", Reader::Kubernetes),
            ("Dockerfile.dev", Reader::Container),
            ("docker-compose.yml", Reader::Container),
            ("compose.yaml", Reader::Container),
            (".env", Reader::Environment),
            ("web/.env.production", Reader::Environment),
            ("deploy.env", Reader::Environment),
            ("run.sh", Reader::Shell),
            (".bash_history", Reader::Shell),
            ("C:\\src\\app\\Main.CS", Reader::Code),
            ("lib.zip!src/app.py", Reader::Code),
            ("app/settings.toml", Reader::Configuration),
            ("README.md", Reader::Documentation),
            ("build.log", Reader::Log),
            ("blob", Reader::Other),
            ("", Reader::Other),
        ] {
            assert_eq!(Reader::of(path), reader, "{path}");
        }
    }
}
