//! What an image consists of: OCI layouts, and the manifest of `docker save`.
//!
//! Sources: OCI Image Format Specification 1.1 (image layout, index, manifest, configuration); Docker Image
//! Specification 1.2 and 1.3 (`manifest.json`, `repositories`). New versions of Docker write both into one tar.

use std::collections::HashSet;
use std::io;
use std::path::Path;

use serde_json::Value;

use super::store::{Checked, JSON, Store};
use crate::file::path_bytes;
use crate::ledger::{Ledger, Reason, Unread};

/// How deep indexes are nested, at most, and how many manifests there are.
const DEPTH: u32 = 4;
const MANIFESTS: usize = 1 << 10;

/// How many texts there are of one image, at most.
const TEXTS: usize = 1 << 14;

/// What is in one store.
pub(super) struct Contents {
    /// The path of the store.
    pub(super) path: Vec<u8>,
    pub(super) images: Vec<Image>,
    /// What is missing or damaged.
    pub(super) ledger: Ledger,
}

pub(super) struct Image {
    pub(super) name: String,
    pub(super) platform: String,
    /// Of the manifest, or of the configuration.
    pub(super) digest: String,
    /// The lowest first.
    pub(super) layers: Vec<Layer>,
    pub(super) texts: Vec<Text>,
}

pub(super) struct Layer {
    pub(super) part: Part,
    /// The digest of the tar in it.
    pub(super) diff_id: Option<String>,
    pub(super) command: String,
    /// What it is called where it is no tar.
    pub(super) title: String,
    pub(super) encrypted: bool,
}

/// A part of the store.
#[derive(Clone)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) digest: Option<String>,
    pub(super) size: Option<u64>,
}

/// A text in the configuration or the manifest of an image.
pub(super) struct Text {
    /// Which document it is in, `#`, and where, as a JSON pointer.
    pub(super) path: String,
    pub(super) text: String,
}

impl Layer {
    /// What is the same for the same layer.
    pub(super) fn identity(&self) -> String {
        self.diff_id.clone().unwrap_or_else(|| self.part.name.clone())
    }

    pub(super) fn shown_digest(&self) -> String {
        self.part.digest.clone().or_else(|| self.diff_id.clone()).unwrap_or_default()
    }
}

/// Finds the images of a store; None if it is none.
pub(super) fn read(store: &Store, path: &Path) -> io::Result<Option<Contents>> {
    let contents =
        Contents { path: path_bytes(path).into_owned(), images: Vec::new(), ledger: Ledger::default() };
    let mut reader = Reader { store, contents, seen: HashSet::new() };
    let index = reader.document("index.json", None)?;
    let docker = reader.document("manifest.json", None)?;
    if index.is_none() && docker.is_none() && reader.contents.ledger.skipped().next().is_none() {
        return Ok(None);
    }
    if let Some(index) = index {
        reader.index(&index, "", DEPTH)?;
    }
    if let Some(Value::Array(images)) = docker {
        for image in images.iter().take(MANIFESTS) {
            reader.docker(image)?;
        }
    }
    Ok(Some(reader.contents))
}

struct Reader<'s> {
    store: &'s Store,
    contents: Contents,
    /// Manifests and configurations that have been read, by the names of their parts.
    seen: HashSet<String>,
}

impl Reader<'_> {
    /// Reads a part in JSON. What is wrong with it is noted.
    fn document(&mut self, name: &str, part: Option<&Part>) -> io::Result<Option<Value>> {
        let ledger = &mut self.contents.ledger;
        let Some(text) = self.store.json(name)? else {
            if part.is_some() {
                ledger.skip(Reason::MissingPart, name.as_bytes(), true);
            }
            return Ok(None);
        };
        if text.len() as u64 > JSON {
            let why = Unread::because(Reason::ArchiveLimit, "a manifest or configuration of more than 1 MiB");
            ledger.skip(why, name.as_bytes(), true);
            return Ok(None);
        }
        if let Some(part) = part {
            let mut checked = Checked::new(&text[..], part.digest.as_deref(), part.size);
            io::copy(&mut checked, &mut io::sink())?;
            if !checked.holds() {
                ledger.skip(Reason::DigestMismatch, name.as_bytes(), true);
            }
        }
        match serde_json::from_slice(&text) {
            Ok(value) => Ok(Some(value)),
            Err(_) => {
                ledger.skip(Unread::because(Reason::ArchiveDamaged, "no JSON"), name.as_bytes(), true);
                Ok(None)
            }
        }
    }

    fn index(&mut self, index: &Value, name: &str, depth: u32) -> io::Result<()> {
        let descriptors = index["manifests"].as_array().map_or(&[][..], Vec::as_slice);
        for descriptor in descriptors {
            if self.seen.len() >= MANIFESTS {
                return Ok(());
            }
            let Some(part) = part(descriptor) else { continue };
            if !self.seen.insert(part.name.clone()) {
                continue;
            }
            let annotations = &descriptor["annotations"];
            let own = ["io.containerd.image.name", "org.opencontainers.image.ref.name"];
            let own = own.iter().find_map(|key| annotations[key].as_str()).unwrap_or(name);
            let Some(document) = self.document(&part.name, Some(&part))? else { continue };
            if document["manifests"].is_array() {
                if depth > 0 {
                    self.index(&document, own, depth - 1)?;
                } else {
                    let why = Unread::because(Reason::ArchiveLimit, "too many indexes in indexes");
                    self.contents.ledger.skip(why, part.name.as_bytes(), true);
                }
            } else {
                self.manifest(&document, &part, own, descriptor)?;
            }
        }
        Ok(())
    }

    /// An OCI manifest.
    fn manifest(&mut self, manifest: &Value, of: &Part, name: &str, descriptor: &Value) -> io::Result<()> {
        let digest = of.digest.clone().unwrap_or_default();
        let mut texts = Vec::new();
        collect(&mut texts, "manifest", "/annotations", &manifest["annotations"]);
        collect(&mut texts, "index", "/annotations", &descriptor["annotations"]);
        let config_part = part(&manifest["config"]);
        let config = match &config_part {
            Some(part) => {
                self.seen.insert(part.name.clone());
                // Of artifacts that are no images it is empty.
                self.document(&part.name, Some(part))?.unwrap_or_default()
            }
            None => Value::Null,
        };
        let stored = manifest["layers"].as_array().map_or(&[][..], Vec::as_slice);
        let layers = stored.iter().filter_map(|layer| {
            let media = layer["mediaType"].as_str().unwrap_or_default();
            let annotation = |key: &str| layer["annotations"][key].as_str();
            let title = annotation("org.opencontainers.image.title");
            let fallback = if media.contains("in-toto") { "attestation" } else { "layer" };
            Some(Layer {
                part: part(layer)?,
                diff_id: None,
                command: annotation("in-toto.io/predicate-type").unwrap_or_default().to_owned(),
                title: title.unwrap_or(fallback).to_owned(),
                encrypted: media.ends_with("+encrypted"),
            })
        });
        let layers = layers.collect();
        let platform = platform(&descriptor["platform"]);
        let name = if name.is_empty() { &digest } else { name };
        self.push(name, platform, digest.clone(), &config, layers, texts);
        Ok(())
    }

    /// One image of a `manifest.json`.
    fn docker(&mut self, image: &Value) -> io::Result<()> {
        let Some(config_name) = image["Config"].as_str() else { return Ok(()) };
        if !self.seen.insert(config_name.to_owned()) {
            return Ok(());
        }
        let config_part = Part { name: config_name.to_owned(), digest: digest_in(config_name), size: None };
        let config = self.document(config_name, Some(&config_part))?.unwrap_or_default();
        let names = image["Layers"].as_array().map_or(&[][..], Vec::as_slice);
        let layers = names.iter().filter_map(Value::as_str).map(|name| Layer {
            part: Part { name: name.to_owned(), digest: digest_in(name), size: None },
            diff_id: None,
            command: String::new(),
            title: "layer".to_owned(),
            encrypted: false,
        });
        let layers = layers.collect();
        let digest = config_part.digest.unwrap_or_default();
        let name = image["RepoTags"][0].as_str().unwrap_or(&digest).to_owned();
        self.push(&name, String::new(), digest, &config, layers, Vec::new());
        Ok(())
    }

    fn push(
        &mut self,
        name: &str,
        mut of_platform: String,
        digest: String,
        config: &Value,
        mut layers: Vec<Layer>,
        mut texts: Vec<Text>,
    ) {
        if of_platform.is_empty() {
            of_platform = platform(config);
        }
        let diff_ids = config["rootfs"]["diff_ids"].as_array().map_or(&[][..], Vec::as_slice);
        if diff_ids.len() == layers.len() {
            for (layer, id) in layers.iter_mut().zip(diff_ids) {
                layer.diff_id = id.as_str().map(str::to_owned);
            }
        }
        let history = config["history"].as_array().map_or(&[][..], Vec::as_slice);
        let made: Vec<&Value> = history.iter().filter(|entry| entry["empty_layer"] != true).collect();
        if made.len() == layers.len() {
            for (layer, entry) in layers.iter_mut().zip(made) {
                let by = entry["created_by"].as_str().filter(|by| !by.is_empty());
                layer.command = instruction(by.or(entry["comment"].as_str()).unwrap_or_default());
            }
        }
        collect(&mut texts, "config", "", config);
        self.contents.images.push(Image {
            name: name.to_owned(),
            platform: of_platform,
            digest,
            layers,
            texts,
        });
    }
}

/// A part by its descriptor.
fn part(descriptor: &Value) -> Option<Part> {
    let digest = descriptor["digest"].as_str()?;
    let (algorithm, hex) = digest.split_once(':')?;
    // It becomes a path.
    let plain = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+_-".contains(&b))
    };
    (plain(algorithm) && plain(hex)).then(|| Part {
        name: format!("blobs/{algorithm}/{hex}"),
        digest: Some(digest.to_owned()),
        size: descriptor["size"].as_u64(),
    })
}

/// The digest that the name of a part has in it: `blobs/sha256/HEX`, or `HEX.json` for a configuration.
fn digest_in(name: &str) -> Option<String> {
    let hex = name.strip_prefix("blobs/sha256/").or(name.strip_suffix(".json"))?;
    (hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit())).then(|| format!("sha256:{hex}"))
}

fn platform(of: &Value) -> String {
    let names = ["os", "architecture", "variant"].map(|key| of[key].as_str().unwrap_or_default());
    names.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join("/")
}

/// An instruction as it stands in a Dockerfile, from what the history has.
fn instruction(created_by: &str) -> String {
    let text = created_by.strip_suffix("# buildkit").unwrap_or(created_by).trim();
    match text.strip_prefix("/bin/sh -c #(nop)") {
        Some(text) => text.trim().to_owned(),
        None if text.starts_with("/bin/sh -c ") => format!("RUN {}", &text["/bin/sh -c ".len()..]),
        None => text.to_owned(),
    }
}

/// All texts of a document, each with its place in it. Words of a command are put together; a value whose key a person
/// has chosen has that in front.
fn collect(texts: &mut Vec<Text>, document: &str, at: &str, value: &Value) {
    if texts.len() >= TEXTS {
        return;
    }
    let mut push = |text: String| texts.push(Text { path: format!("{document}#{at}"), text });
    let last = at.rsplit('/').next().unwrap_or_default();
    match value {
        Value::String(text) => push(text.clone()),
        Value::Array(words) if matches!(last, "Cmd" | "Entrypoint" | "Test" | "Shell") => {
            push(words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "));
        }
        Value::Array(values) => {
            for (i, value) in values.iter().enumerate() {
                collect(texts, document, &format!("{at}/{i}"), value);
            }
        }
        Value::Object(values) => {
            let named = matches!(last, "Labels" | "annotations");
            for (key, value) in values {
                let at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
                match value {
                    Value::String(text) if named => {
                        texts.push(Text { path: format!("{document}#{at}"), text: format!("{key}={text}") });
                    }
                    value => collect(texts, document, &at, value),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions() {
        for (history, shown) in [
            ("/bin/sh -c #(nop)  CMD [\"sh\"]", "CMD [\"sh\"]"),
            ("/bin/sh -c #(nop) COPY file:1 in /a ", "COPY file:1 in /a"),
            ("/bin/sh -c apt-get update", "RUN apt-get update"),
            ("RUN /bin/sh -c make # buildkit", "RUN /bin/sh -c make"),
            ("COPY . . # buildkit", "COPY . ."),
            ("", ""),
        ] {
            assert_eq!(instruction(history), shown, "{history}");
        }
    }

    #[test]
    fn texts_have_their_places() {
        let config = serde_json::json!({
            "config": {
                "Env": ["A=1", "B=2"],
                "Cmd": ["run", "--key", "x"],
                "Labels": {"a/b~c": "v"},
                "Healthcheck": {"Test": ["CMD", "true"], "Retries": 3},
            },
        });
        let mut texts = Vec::new();
        collect(&mut texts, "config", "", &config);
        let mut texts: Vec<(&str, &str)> = texts.iter().map(|t| (&t.path[..], &t.text[..])).collect();
        texts.sort_unstable();
        assert_eq!(
            texts,
            [
                ("config#/config/Cmd", "run --key x"),
                ("config#/config/Env/0", "A=1"),
                ("config#/config/Env/1", "B=2"),
                ("config#/config/Healthcheck/Test", "CMD true"),
                ("config#/config/Labels/a~1b~0c", "a/b~c=v"),
            ]
        );
    }

    #[test]
    fn digests_become_paths_only_if_they_are_plain() {
        let of = |digest: &str| part(&serde_json::json!({ "digest": digest })).map(|part| part.name);
        assert_eq!(of("sha256:ab12"), Some("blobs/sha256/ab12".to_owned()));
        for digest in ["", "sha256:", "sha256:../../x", "a/b:1", "..:..", "sha256"] {
            assert_eq!(of(digest), None, "{digest}");
        }
    }
}
