//! From detector files to tables.
//!
//! The heart is [`anchor`]: where to look for a token is derived from the token. A token is split at some byte boundary
//! into what is matched backwards and what is matched forwards from there; each boundary is judged by what the prefilter
//! could look for at it, and the rarest wins:
//!
//! 1. the three bytes behind a boundary where a long run is certain to start (`ghp` of `ghp_…`);
//! 2. the three bytes before such a boundary (`SG.` of `SG.…`);
//! 3. three bytes that are looked for everywhere (`://`), if there is no long run;
//! 4. nothing but the length and the bytes of a run: a *bare* value.

use crate::format::{Entry, File};
use crate::frequency::often;
use crate::token::{self, Node};
use scalr_detect_catalog::anchors::{Anchor, MAX_RUN, MIN_RUN, Place, TablesBuf};
use scalr_detect_catalog::{
    Ahead, Around, Bare, ByteSet, Check, Confidence, Detector, Generic, Kind, Part, Pattern, Route, Span,
    Step, Tables, WORD_BITS, WORD_BUCKETS, WORD_STARTS, Word, WordHead,
};
use scalr_detect_generic::{BEHIND, TRIGGERS, VALUE};
use std::collections::{BTreeSet, HashMap};

/// Bytes that make long runs.
pub(crate) fn token_bytes() -> ByteSet {
    word_bytes().union(ByteSet::of(*b"-"))
}

/// Bytes of words: a token that starts or ends with one may not be glued to another.
fn word_bytes() -> ByteSet {
    ByteSet::of((b'0'..=b'9').chain(b'A'..=b'Z').chain(b'a'..=b'z').chain([b'_']))
}

/// Words between which and a bare value no other word counts: the value is a hash of content, not a secret.
const DENYING_WORDS: [&str; 13] = [
    "checksum",
    "commit",
    "digest",
    "etag",
    "integrity",
    "key_id",
    "md5",
    "request_id",
    "revision",
    "sha1",
    "sha_1",
    "sha256",
    "sha512",
];

/// Names of providers and of what they offer that mean other things as well, so that a value may have one of them for its name
/// and be no secret.
const MISTAKABLE: &str = "agora airship alchemy amazon amplitude appid artifactory asp_net autopilot axiom azure bamboo beamer bitbucket \
    braintrust branch_io braze bulbul canva chatbot checkly chroma cicero clever cognito column comet command_lines \
    composio confluent convex copper courier covalent crisp cursor cypress daily dandelion delighted deputy descope \
    devcycle devops django docker docsapi docsearch drone duply elastic elasticsearch enigma envoy eraser ethereum \
    file_io fixer flipt float front fulcrum gamma generic genius ghost gitea github gitlab glitch goodday google \
    groove gusto harbor harness harvest heartland highlevel highnote holistic hologram humanity hunter insightly \
    instantly intercom ionic jenkins jfrog kerberos keyid kibana kraken kubernetes laravel last_fm linear livechat \
    login_with_amazon logstash looker loops magento magnetic manifold marvel mastra medium medusa mercury metabase \
    microsoft_windows minio modal mongodb mysql nimble noticeable notion nuget oracle paddle pangea particle \
    password_hashes pastebin percy perplexity persona phrase plasmic polar polygon postbacks postgresql postman \
    postmark powershell prefect private_packagist proof radar railway readme redis refiner remote_desktop render \
    replicate resend retool rippling roaring ruby_on_rails rubygems rudder runway sanity scrutinizer segment \
    shortcut signable smarty snowflake socket speechtext square steam stitch stream surge swell tableau teamwork \
    teleport teller temporal threads tigris timescale tines tradier transpose twist unleash us_census_bureau vapid vault \
    verifier visual_studio_app_center visualstudio web_scraper windmill wireguard";

/// The shortest name of a provider that is not met by chance, without `_`.
const NAME: usize = 5;

/// Compiled detectors, owned.
#[derive(Clone, Debug)]
pub struct Compiled {
    pub(crate) detectors: Vec<Detector>,
    pub(crate) patterns: Vec<Pattern>,
    pub(crate) anchors: TablesBuf,
    pub(crate) decoder_anchors: (u16, u16),
    pub(crate) generic_anchors: u16,
    pub(crate) generic: [Option<u16>; Generic::ALL.len()],
    pub(crate) anchor_routes: Vec<Span>,
    pub(crate) routes: Vec<Route>,
    pub(crate) parts: Vec<Part>,
    pub(crate) steps: Vec<Step>,
    pub(crate) branches: Vec<Span>,
    pub(crate) sets: Vec<ByteSet>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) bare: Vec<Bare>,
    pub(crate) bare_alone: Vec<Span>,
    pub(crate) bare_by_length: Vec<u16>,
    pub(crate) bare_lengths: Box<[u8; MAX_RUN + 1]>,
    pub(crate) words: Vec<Word>,
    pub(crate) word_heads: Vec<WordHead>,
    pub(crate) word_buckets: Box<[u16; WORD_BUCKETS + 1]>,
    pub(crate) word_bits: Box<[u64; WORD_BITS]>,
    pub(crate) word_starts: Box<[u64; WORD_STARTS]>,
    pub(crate) near: Vec<u16>,
    pub(crate) word_bare: Vec<u16>,
    pub(crate) wholes: Vec<u16>,
    pub(crate) look_behind: u32,
    pub(crate) max_len: u32,
    /// Of each detector: how its tokens are found, for people.
    pub(crate) found_by: Vec<Vec<String>>,
}

impl Compiled {
    /// The tables, to search with or to print.
    pub fn tables(&self) -> Tables<'_> {
        Tables {
            detectors: &self.detectors,
            patterns: &self.patterns,
            anchors: self.anchors.as_tables(),
            decoder_anchors: self.decoder_anchors,
            generic_anchors: self.generic_anchors,
            generic: self.generic,
            anchor_routes: &self.anchor_routes,
            routes: &self.routes,
            parts: &self.parts,
            steps: &self.steps,
            branches: &self.branches,
            sets: &self.sets,
            bytes: &self.bytes,
            bare: &self.bare,
            bare_alone: &self.bare_alone,
            bare_by_length: &self.bare_by_length,
            bare_lengths: &self.bare_lengths,
            words: &self.words,
            word_heads: &self.word_heads,
            word_buckets: &self.word_buckets,
            word_bits: &self.word_bits,
            word_starts: &self.word_starts,
            near: &self.near,
            word_bare: &self.word_bare,
            wholes: &self.wholes,
            look_behind: self.look_behind,
            max_len: self.max_len,
        }
    }

    /// How the tokens of a detector (by index) are found: one line for each anchor.
    pub fn found_by(&self, detector: usize) -> &[String] {
        &self.found_by[detector]
    }
}

/// Where to look for a token.
#[derive(Clone, Debug)]
enum Found {
    /// At a long run.
    Run(Candidate),
    /// There is no run that is certain to be long: anywhere, at one of these.
    Anywhere(Vec<Candidate>),
    /// At every run of fitting length, with what is matched backwards and forwards from its start.
    Bare { lengths: (u16, u16), wide: bool, back: Vec<Node>, forward: Vec<Node> },
}

/// An anchor, what is matched backwards and forwards from it, and how often it is met where there is no token.
#[derive(Clone, Debug)]
struct Candidate {
    anchor: Anchor,
    back: Vec<Node>,
    forward: Vec<Node>,
    cost: u64,
}

/// Compiles detectors. `entries` must be sorted by id.
///
/// # Errors
///
/// The ids of the detectors that cannot be compiled, and why.
pub fn compile(entries: &[(&File, &Entry)]) -> Result<Compiled, Vec<(String, String)>> {
    let (mut out, mut errors) = (Builder::default(), Vec::new());
    for (file, entry) in entries {
        if let Err(error) = out.add(file, entry) {
            errors.push((entry.id.clone(), error));
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    out.finish()
}

#[derive(Default)]
struct Builder {
    detectors: Vec<Detector>,
    patterns: Vec<Pattern>,
    /// Each anchor with its routes, in order of first use.
    anchors: Vec<(Anchor, Vec<Route>)>,
    parts: Vec<Part>,
    /// Of each detector: the ids of those that it is half of.
    halves: Vec<Vec<String>>,
    steps: Vec<Step>,
    branches: Vec<Span>,
    sets: Vec<ByteSet>,
    bytes: Vec<u8>,
    bare: Vec<Bare>,
    words: Vec<String>,
    near: Vec<u16>,
    near_of: HashMap<u16, Vec<u16>>,
    /// Which words are names of providers that mean nothing else.
    names: BTreeSet<u16>,
    found_by: Vec<Vec<String>>,
    look_behind: usize,
    generic: [Option<u16>; Generic::ALL.len()],
    /// Detectors whose anchor is not chosen yet, with what there is to choose from.
    undecided: Vec<(u16, Vec<Candidate>)>,
}

impl Builder {
    fn add(&mut self, file: &File, entry: &Entry) -> Result<(), String> {
        let nodes = if entry.model.is_some() { Vec::new() } else { token::parse(&entry.token)? };
        let index = u16::try_from(self.detectors.len()).map_err(|_| "too many detectors".to_owned())?;
        let check = match &entry.check {
            None => None,
            Some(name) => {
                Some(Check::ALL.iter().copied().find(|check| check.name() == name).ok_or_else(|| {
                    let names: Vec<&str> = Check::ALL.iter().map(|check| check.name()).collect();
                    format!("there is no check {name:?}; there are {}", names.join(", "))
                })?)
            }
        };
        self.name(&file.provider);
        if entry.kind == Kind::Keyword {
            // Such as stand for the provider alone, not for an account or a service of it.
            let plain = |word: &&String| word.bytes().all(|byte| byte.is_ascii_alphanumeric());
            entry.near.iter().filter(plain).for_each(|word| self.name(word));
        }
        let near = self.near(&entry.near)?;
        if !entry.near.is_empty() {
            self.look_behind = self.look_behind.max(usize::from(entry.within));
        }

        self.found_by.push(Vec::new());
        let mut is_bare = false;
        if let Some(model) = entry.model {
            let this = &mut self.generic[model as usize];
            if this.replace(index).is_some() {
                return Err(format!("another detector has the model {:?}", model.name()));
            }
            self.look_behind = self.look_behind.max(BEHIND);
            self.found_by[usize::from(index)].push("the name before the value".into());
        }
        let variants = if entry.model.is_some() { Vec::new() } else { find(nodes.clone())? };
        for (variant, found) in variants {
            match found {
                Found::Run(candidate) => self.route(index, candidate),
                Found::Anywhere(candidates) => self.undecided.push((index, candidates)),
                Found::Bare { lengths, wide, back, forward } => {
                    is_bare = true;
                    self.found_by[usize::from(index)].push(describe_bare(lengths, wide, !back.is_empty()));
                    let whole = variant.iter().all(|node| matches!(node, Node::Class { .. }));
                    if entry.near.is_empty() && check.is_none() && whole {
                        return Err("has no literal, so it needs a word nearby (near) or a check".into());
                    }
                    if wide {
                        self.look_behind = self.look_behind.max(usize::from(lengths.1) + 4);
                    }
                    self.look_behind = self.look_behind.max(token::max_len(&back) + 4);
                    let (before, behind) = (reach(&token::reversed(&back), 8), reach(&forward, 8));
                    let around = Around::of(&merged(&before), &merged(&behind));
                    let back = self.steps(&token::reversed(&back), true);
                    let steps = self.steps(&forward, false);
                    let bare =
                        u16::try_from(self.bare.len()).map_err(|_| "too many bare detectors".to_owned())?;
                    self.bare.push(Bare { detector: index, lengths, wide, around, back, steps });
                    for word in near.of(&self.near) {
                        self.near_of.entry(*word).or_default().push(bare);
                    }
                }
            }
        }

        let parts_start = self.parts.len();
        for part in &entry.parts {
            let nodes = token::parse(&part.token).map_err(|error| format!("part {}: {error}", part.name))?;
            let near = self.near(&part.near)?;
            let steps = self.steps(&nodes, false);
            self.parts.push(Part { name: leak(&part.name), steps, near, within: part.within });
        }
        let parts = Span { start: parts_start as u32, len: entry.parts.len() as u16 };
        self.halves.push(entry.half_of.clone());

        let first = token::first(&nodes).0;
        let before = if first.intersects(word_bytes()) { word_bytes() } else { ByteSet::EMPTY };
        let (before, after) = (self.set(before), self.set(token::last_classes(&nodes)));
        self.patterns.push(Pattern {
            before,
            after,
            near,
            within: entry.within,
            min_entropy: entry.min_entropy,
            min_digits: entry.min_digits.unwrap_or(u8::from(is_bare)),
            max_len: if entry.model.is_some() { VALUE as u32 } else { token::max_len(&nodes) as u32 },
            parts,
            alone: entry.alone,
            half_of: Span { start: 0, len: 0 },
        });
        let default = if entry.near.is_empty() { Confidence::High } else { Confidence::Medium };
        let references = if entry.references.is_empty() { &file.references } else { &entry.references };
        let remediation = if entry.remediation.is_empty() { &file.remediation } else { &entry.remediation };
        let references: Vec<&'static str> = references.iter().map(|text| leak(text)).collect();
        self.detectors.push(Detector {
            id: leak(&entry.id),
            name: leak(&entry.name),
            provider: leak(&file.provider),
            kind: entry.kind,
            severity: entry.severity,
            confidence: entry.confidence.unwrap_or(default),
            check,
            aliases: entry.aliases.iter().map(|text| leak(text)).collect::<Vec<_>>().leak(),
            parts: entry.parts.iter().map(|part| leak(&part.name)).collect::<Vec<_>>().leak(),
            impact: leak(if entry.impact.is_empty() { &file.impact } else { &entry.impact }),
            remediation: leak(remediation),
            references: references.leak(),
        });
        Ok(())
    }

    /// Adds a route from an anchor to a detector.
    fn route(&mut self, detector: u16, candidate: Candidate) {
        let Candidate { anchor, back, forward, .. } = candidate;
        self.found_by[usize::from(detector)].push(describe_anchor(&anchor));
        self.look_behind = self.look_behind.max(token::max_len(&back) + 4);
        let steps = (self.steps(&token::reversed(&back), true), self.steps(&forward, false));
        let ahead = self.ahead(&forward);
        let routes = around(&back, &forward).into_iter().map(|around| Route {
            detector,
            back: steps.0,
            forward: steps.1,
            at_run_start: token::max_len(&back) == 0 && anchor.place == Place::RunStart,
            around,
            ahead,
        });
        match self.anchors.iter_mut().find(|(other, _)| *other == anchor) {
            Some((_, of_anchor)) => of_anchor.extend(routes),
            None => self.anchors.push((anchor, routes.collect())),
        }
    }

    /// What tells quickly whether a match may go on behind its first literal.
    fn ahead(&mut self, forward: &[Node]) -> Option<Ahead> {
        let mut nodes = forward.iter().filter(|node| !matches!(node, Node::SecretStart | Node::SecretEnd));
        match (nodes.next()?, nodes.next()?, nodes.next()?) {
            (Node::Literal(first), Node::Class { set, .. }, Node::Literal(then)) => {
                let stop = *then.first().filter(|byte| !set.contains(**byte))?;
                Some(Ahead { skip: u8::try_from(first.len()).ok()?, set: self.set(*set), stop })
            }
            _ => None,
        }
    }

    /// Chooses anchors for the undecided detectors. The search for what may stand anywhere tells few keys apart, so the
    /// fewer the better: again and again the key is taken that costs least for each detector it serves.
    ///
    /// # Errors
    ///
    /// The detectors of which all that could be looked for is too common.
    fn decide(&mut self) -> Result<(), Vec<(String, String)>> {
        let mut errors = Vec::new();
        let mut undecided = std::mem::take(&mut self.undecided);
        while !undecided.is_empty() {
            let serves = |anchor: &Anchor| {
                undecided
                    .iter()
                    .filter(|(_, candidates)| candidates.iter().any(|c| c.anchor == *anchor))
                    .count()
            };
            // Of equals the last: the ends of words vary more than their beginnings.
            let all = undecided.iter().rev().flat_map(|(_, candidates)| candidates.iter().rev());
            // A little for each key, however rare: one that serves two is better than two.
            let best = all.min_by_key(|c| (c.cost + KEY_COST) / serves(&c.anchor) as u64);
            let best = best.expect("every undecided detector has candidates").anchor;
            let (chosen, rest): (Vec<_>, Vec<_>) = undecided
                .into_iter()
                .partition(|(_, candidates)| candidates.iter().any(|c| c.anchor == best));
            for (detector, candidates) in chosen {
                let id = self.detectors[usize::from(detector)].id;
                let cost = candidates.iter().map(|candidate| candidate.cost).min().unwrap_or(0);
                if cost > MAX_COST {
                    errors.push((
                        id.to_owned(),
                        format!(
                            "it has no run of {MIN_RUN} bytes of [0-9A-Za-z_-] that is certain to be there, and no three fixed \
                             bytes that are rare (the rarest are met {cost} times in a gigabyte of source code, at most {MAX_COST} \
                             are allowed): leave other bytes out of its class, demand more of what stands around it, or a \
                             longer run"
                        ),
                    ));
                }
                let candidate =
                    candidates.into_iter().find(|c| c.anchor == best).expect("it was chosen for that");
                self.route(detector, candidate);
            }
            undecided = rest;
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// Adds the name of a provider as a word that names, if it means nothing else.
    fn name(&mut self, provider: &str) {
        let lower = provider.to_ascii_lowercase();
        let parts = lower.split(|letter: char| !letter.is_ascii_alphanumeric());
        let word = parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_");
        if word.starts_with(|first: char| first.is_ascii_lowercase())
            && word.bytes().filter(|byte| *byte != b'_').count() >= NAME
            && !MISTAKABLE.split(' ').any(|other| other == word)
        {
            let index = self.word(&word);
            self.names.insert(index);
        }
    }

    /// The index of a word.
    fn word(&mut self, word: &str) -> u16 {
        let index = self.words.iter().position(|other| other == word).unwrap_or_else(|| {
            self.words.push(word.to_owned());
            self.words.len() - 1
        });
        index as u16
    }

    /// Indices of words, as a span of `near`.
    fn near(&mut self, words: &[String]) -> Result<Span, String> {
        let start = self.near.len();
        for word in words {
            let word = &word.replace(['-', '.', ' '], "_");
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'=';
            if word.bytes().filter(|byte| plain(*byte)).count() < 3
                || !word.bytes().all(|byte| plain(byte) || byte == b'_')
                || !word.starts_with(|first: char| first.is_ascii_lowercase())
                || word.contains("__")
            {
                return Err(format!(
                    "the word {word:?}: lower-case letters, digits and =, at least three, a letter first, with single _ \
                     between them"
                ));
            }
            let index = self.word(word);
            self.near.push(index);
        }
        Ok(Span { start: start as u32, len: (self.near.len() - start) as u16 })
    }

    fn set(&mut self, set: ByteSet) -> u16 {
        let index = self.sets.iter().position(|other| *other == set).unwrap_or_else(|| {
            self.sets.push(set);
            self.sets.len() - 1
        });
        index as u16
    }

    fn literal(&mut self, bytes: &[u8]) -> Span {
        let start = self.bytes.windows(bytes.len()).position(|window| window == bytes).unwrap_or_else(|| {
            self.bytes.extend_from_slice(bytes);
            self.bytes.len() - bytes.len()
        });
        Span { start: start as u32, len: bytes.len() as u16 }
    }

    /// Adds the steps of nodes; those to be matched backwards come reversed.
    fn steps(&mut self, nodes: &[Node], backwards: bool) -> Span {
        let mut steps = Vec::new();
        for (i, node) in nodes.iter().enumerate() {
            let (next, next_empty) = token::first(&nodes[i + 1..]);
            steps.push(match node {
                // Literals are compared as they stand in the haystack, whichever way the steps are taken.
                Node::Literal(bytes) if backwards => {
                    Step::Literal(self.literal(&bytes.iter().rev().copied().collect::<Vec<_>>()))
                }
                Node::Literal(bytes) => Step::Literal(self.literal(bytes)),
                Node::Class { set, min, max, lazy: true } if min != max => {
                    Step::Until { set: self.set(*set), min: *min, max: *max }
                }
                Node::Class { set, min, max, .. } => {
                    let ambiguous = next.intersects(*set) || next_empty && i + 1 < nodes.len();
                    Step::Class { set: self.set(*set), min: *min, max: *max, retry: min != max && ambiguous }
                }
                Node::Branch(branches) => {
                    let branches: Vec<Span> =
                        branches.iter().map(|branch| self.steps(branch, backwards)).collect();
                    let start = self.branches.len() as u32;
                    let len = branches.len() as u16;
                    self.branches.extend(branches);
                    Step::Branch(Span { start, len })
                }
                // Backwards, the end of the secret is met first.
                Node::SecretStart => Step::SecretStart,
                Node::SecretEnd => Step::SecretEnd,
            });
        }
        let start = self.steps.windows(steps.len().max(1)).position(|window| window == steps);
        let start = start.unwrap_or_else(|| {
            self.steps.extend_from_slice(&steps);
            self.steps.len() - steps.len()
        });
        Span { start: start as u32, len: steps.len() as u16 }
    }

    fn finish(mut self) -> Result<Compiled, Vec<(String, String)>> {
        let whole = |error: String| vec![("all detectors".to_owned(), error)];
        self.decide()?;
        let mut wholes = Vec::new();
        for (half, ids) in self.halves.iter().enumerate() {
            let start = wholes.len() as u32;
            for id in ids {
                let whole = self.detectors.iter().position(|detector| detector.id == id);
                wholes.push(whole.ok_or_else(|| {
                    vec![(
                        self.detectors[half].id.to_owned(),
                        format!("half_of: there is no detector {id:?}"),
                    )]
                })? as u16);
            }
            self.patterns[half].half_of = Span { start, len: ids.len() as u16 };
        }
        let mut anchor_routes = Vec::new();
        let mut routes = Vec::new();
        for (_, of_anchor) in &self.anchors {
            anchor_routes.push(Span { start: routes.len() as u32, len: of_anchor.len() as u16 });
            routes.extend_from_slice(of_anchor);
        }
        let mut anchors: Vec<Anchor> = self.anchors.iter().map(|(anchor, _)| *anchor).collect();
        let hex = ByteSet::of(*b"0123456789abcdefABCDEF");
        let ascii = ByteSet::from_words([u64::MAX, u64::MAX, 0, 0]);
        // Percent-encoded ASCII, and the escapes of JSON and JavaScript: hexadecimal ones, and \/.
        let percent = [ByteSet::of(*b"%"), ByteSet::of(*b"234567"), hex];
        let escapes = [
            [ByteSet::of(*b"\\"), ByteSet::of(*b"ux"), hex],
            [ByteSet::of(*b"\\"), ByteSet::of(*b"/"), ascii],
        ];
        let decoder_anchors = (anchors.len() as u16, anchors.len() as u16 + 1);
        anchors.extend([percent, escapes[0], escapes[1]].map(|key| Anchor {
            place: Place::Anywhere,
            key,
            run: 0,
        }));
        let generic_anchors = anchors.len() as u16;
        if self.generic.iter().any(Option::is_some) {
            let either = |letter: u8| ByteSet::of([letter, letter.to_ascii_uppercase()]);
            anchors.extend(TRIGGERS.iter().map(|trigger| Anchor {
                place: Place::Anywhere,
                key: trigger.letters.map(either),
                run: 0,
            }));
        }
        let anchors = TablesBuf::build_for(&anchors, often).map_err(|error| whole(error.to_string()))?;

        let mut bare_lengths = Box::new([0; MAX_RUN + 1]);
        for bare in &self.bare {
            let kind = match (bare.wide, bare.back.len) {
                (true, _) => Bare::WIDE,
                (false, 0) => Bare::RUN,
                (false, _) => Bare::INSIDE,
            };
            let (least, most) = bare.lengths;
            bare_lengths[usize::from(least)..=usize::from(most)].iter_mut().for_each(|kinds| *kinds |= kind);
        }
        let (mut bare_alone, mut bare_by_length) = (Vec::new(), Vec::new());
        for length in 0..=self.bare.iter().map(|bare| bare.lengths.1).max().unwrap_or(0) {
            let start = bare_by_length.len();
            let alone = |(_, bare): &(usize, &Bare)| {
                self.patterns[usize::from(bare.detector)].near.len == 0
                    && (bare.lengths.0..=bare.lengths.1).contains(&length)
            };
            bare_by_length.extend(self.bare.iter().enumerate().filter(alone).map(|(index, _)| index as u16));
            bare_alone.push(Span { start: start as u32, len: (bare_by_length.len() - start) as u16 });
        }

        for word in DENYING_WORDS {
            if !self.words.iter().any(|other| other == word) {
                self.words.push(word.to_owned());
            }
        }
        let mut word_bare = Vec::new();
        let mut words = Vec::new();
        let mut heads = Vec::new();
        for (index, word) in self.words.iter().enumerate() {
            let bare = self.near_of.remove(&(index as u16)).unwrap_or_default();
            words.push(Word {
                text: leak(word),
                bare: Span { start: word_bare.len() as u32, len: bare.len() as u16 },
                denies: DENYING_WORDS.contains(&word.as_str()),
                names: self.names.contains(&(index as u16)),
            });
            word_bare.extend(bare);
            let keys = word_heads(word.as_bytes());
            heads.extend(keys.into_iter().map(|key| WordHead { key, word: index as u16 }));
        }
        heads.sort_unstable_by_key(|head| (WordHead::hash(head.key), *head));
        let max_len = self.patterns.iter().map(|pattern| pattern.max_len).max().unwrap_or(0);
        Ok(Compiled {
            detectors: self.detectors,
            patterns: self.patterns,
            anchors,
            decoder_anchors,
            generic_anchors,
            generic: self.generic,
            anchor_routes,
            routes,
            parts: self.parts,
            steps: self.steps,
            branches: self.branches,
            sets: self.sets,
            bytes: self.bytes,
            bare: self.bare,
            bare_alone,
            bare_by_length,
            bare_lengths,
            words,
            word_buckets: Box::new(WordHead::buckets(&heads)),
            word_bits: Box::new(WordHead::bits(&heads)),
            word_starts: Box::new(WordHead::starts(&heads)),
            word_heads: heads,
            near: self.near,
            word_bare,
            wholes,
            look_behind: self.look_behind as u32,
            max_len,
            found_by: self.found_by,
        })
    }
}

/// Texts of the catalogue live as long as the program.
fn leak(text: &str) -> &'static str {
    String::from(text).leak()
}

/// What the heads of a context word can be: `_` is one of some bytes, or not there.
fn word_heads(word: &[u8]) -> Vec<u64> {
    let letters = word.iter().filter(|byte| **byte != b'_').count();
    // By the letters, as all else may be left out.
    let at =
        WordHead::LENGTHS.iter().position(|length| *length <= letters).unwrap_or(WordHead::LENGTHS.len() - 1);
    let length = WordHead::LENGTHS[at];
    let (mut done, mut open) = (Vec::new(), vec![Vec::new()]);
    for byte in word {
        let alternatives: &[u8] = if *byte == b'_' { b"_-. " } else { &[*byte] };
        let longer = |head: &Vec<u8>| -> Vec<Vec<u8>> {
            alternatives.iter().map(|byte| [&head[..], &[*byte]].concat()).collect()
        };
        let mut next: Vec<Vec<u8>> = open.iter().flat_map(longer).collect();
        if *byte == b'_' {
            next.append(&mut open);
        }
        let (whole, part): (Vec<_>, Vec<_>) = next.into_iter().partition(|head| head.len() >= length);
        done.extend(whole);
        open = part;
    }
    done.iter().map(|head| WordHead::keys_of(head)[at]).collect()
}

/// Where to look for a token: as it is, or, where that does not lead to runs, for each combination of its first branches.
fn find(nodes: Vec<Node>) -> Result<Vec<(Vec<Node>, Found)>, String> {
    let whole = anchor(&nodes);
    if let Ok(Found::Run(_)) = whole {
        return whole.map(|found| vec![(nodes, found)]);
    }
    let (mut done, mut open) = (Vec::new(), vec![nodes.clone()]);
    while let Some(variant) = open.pop() {
        let branch = variant.iter().position(|node| matches!(node, Node::Branch(_)));
        match (anchor(&variant), branch) {
            (Ok(found @ Found::Run(_)), _) | (Ok(found), None) => done.push((variant, found)),
            (_, Some(at)) => open.extend(without_branch(&variant, at)),
            // Where the token as it is can be found, one hard variant is no error.
            (Err(error), None) => return whole.map(|found| vec![(nodes, found)]).map_err(|_| error),
        }
        if open.len() + done.len() > 64 {
            let error = "more than 64 alternatives at its start: write several detectors";
            return whole.map(|found| vec![(nodes, found)]).map_err(|_| error.into());
        }
    }
    // Many places anywhere are no better than one, if that is rare.
    match whole {
        Ok(Found::Anywhere(candidates))
            if candidates.iter().any(|candidate| candidate.cost <= MAX_COST)
                && done.iter().any(|(_, found)| matches!(found, Found::Anywhere(_))) =>
        {
            Ok(vec![(nodes, Found::Anywhere(candidates))])
        }
        _ => Ok(done),
    }
}

/// The variants of a token that its branch at `at` makes, last first.
fn without_branch(nodes: &[Node], at: usize) -> Vec<Vec<Node>> {
    let Node::Branch(branches) = &nodes[at] else { return Vec::new() };
    let variant = |branch: &Vec<Node>| {
        let mut variant = nodes[..at].to_vec();
        for node in branch.iter().chain(&nodes[at + 1..]) {
            match (variant.last_mut(), node) {
                (Some(Node::Literal(bytes)), Node::Literal(more)) => bytes.extend_from_slice(more),
                _ => variant.push(node.clone()),
            }
        }
        variant
    };
    branches.iter().rev().map(variant).collect()
}

/// The most keys an anchor may have. They fill the prefilter's bit table, and every bit makes it answer "maybe" more often.
const MAX_KEYS: usize = 512;

/// What a key costs that is looked for anywhere, in places per gigabyte where it is met, besides being met.
const KEY_COST: u64 = 10_000;

/// What each further byte of a key costs, as [`KEY_COST`].
const BLUR: u64 = 300;

/// So many places per gigabyte of source code are few enough to look there rather than to lose some values.
const RARE: u64 = 30_000;

/// Of random values of so many letters and digits, all but one in a hundred have a digit, without which they are not
/// tried.
const SURE: u16 = 26;

/// Of random values of so many base64 characters, all but one in a hundred have a part without `+` and `/` that is a long
/// run with a digit in it.
const SURE_WIDE: u16 = 60;

/// The most places per gigabyte of source code at which a key may be met that is looked for anywhere.
const MAX_COST: u64 = 120_000;

/// Finds where to look for a token; branches are not looked into.
fn anchor(nodes: &[Node]) -> Result<Found, String> {
    let token = token_bytes();
    let all = ByteSet::from_words([u64::MAX; 4]);
    let ascii = ByteSet::from_words([u64::MAX, u64::MAX, 0, 0]);
    // The length of the whole token says more than three of its bytes, if it is long.
    let exact_run = certain_run(nodes) == token::max_len(nodes) && certain_run(nodes) >= MIN_RUN;
    let (mut at_runs, mut anywhere, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for (back, forward) in splits(nodes) {
        if back.iter().any(|node| matches!(node, Node::Class { lazy: true, min, max, .. } if min != max)) {
            break;
        }
        let (left, right) = (sets(&token::reversed(&back)), sets(&forward));
        let is_start = token::max_len(&back) == 0;
        let run = certain_run(&forward);
        let starts_run = left.first().is_none_or(|set| !set.intersects(token))
            && (!left.is_empty() || is_start)
            && run >= MIN_RUN;
        let consider = |list: &mut Vec<Candidate>, place, key: [ByteSet; 3]| {
            if key.iter().map(ByteSet::len).product::<usize>() <= MAX_KEYS {
                let (back, forward) = (back.clone(), forward.clone());
                let anywhere = place == Place::Anywhere;
                let run = if anywhere { 0 } else { u8::try_from(run).unwrap_or(u8::MAX) };
                // Keys of many bytes blur the sets that are told apart at every byte.
                let blur = key.iter().map(|set| set.len() as u64 - 1).sum::<u64>() * BLUR;
                let cost = often(&key) + if anywhere { blur } else { 0 };
                list.push(Candidate { anchor: Anchor { place, key, run }, back, forward, cost });
            }
        };
        if let ([a, b, c, ..], true) = (&right[..], starts_run) {
            consider(&mut at_runs, Place::RunStart, [*a, *b, *c]);
        }
        if starts_run && !is_start {
            let left = |i: usize| left.get(i).copied().unwrap_or(all);
            consider(&mut at_runs, Place::BeforeRun, [left(2), left(1), left(0)]);
        }
        if let [a, b, c, ..] = &right[..]
            && !exact_run
            && [a, b, c].iter().all(|set| set.is_subset_of(ascii))
            // A redactor puts a line out as soon as it ends: what goes on behind the end would be seen too late.
            && [a, b].iter().all(|set| !set.contains(b'\n') && !set.contains(b'\r'))
        {
            consider(&mut anywhere, Place::Anywhere, [*a, *b, *c]);
        }
        if starts_run || is_start {
            let wide = is_start && forward.iter().any(is_wide);
            if let Some(lengths) = run_at(&forward, wide) {
                bare.push(Found::Bare { lengths, wide, back, forward });
            }
        }
    }
    if let Some(best) = at_runs.into_iter().min_by_key(|candidate| candidate.cost) {
        return Ok(Found::Run(best));
    }
    // What has white space before its anchor is recognised only after a stream has let the first word pass.
    if anywhere.iter().any(|candidate| !has_space(&candidate.back)) {
        anywhere.retain(|candidate| !has_space(&candidate.back));
    }
    // That must not be the secret.
    let before_secret = anywhere.len();
    anywhere.retain(|candidate| {
        let secret = candidate.back.iter().position(|node| matches!(node, Node::SecretEnd));
        secret.is_none_or(|secret| !may_have_space(&candidate.back[secret..]))
    });
    if anywhere.is_empty() && before_secret > 0 && bare.is_empty() {
        return Err("what is rare enough to look for stands behind the secret and white space, where a redacted stream has let \
                    the secret pass: begin the token with something rare"
            .into());
    }
    // The length of a run is looked at anyway; what is looked for at every byte must be rare to be better.
    let cost = anywhere.iter().map(|candidate| candidate.cost).min();
    let span = |found: &Found| match found {
        Found::Bare { lengths: (min, max), .. } => max - min,
        _ => u16::MAX,
    };
    match (cost, bare.into_iter().min_by_key(span)) {
        (Some(cost), Some(Found::Bare { wide, lengths, .. }))
            if lengths.0 < if wide { SURE_WIDE } else { SURE } && cost <= RARE =>
        {
            Ok(Found::Anywhere(anywhere))
        }
        (_, Some(bare)) => Ok(bare),
        (Some(_), None) => Ok(Found::Anywhere(anywhere)),
        (None, None) => Err(format!(
            "nothing to look for: no three fixed bytes, and no run of {MIN_RUN} to {MAX_RUN} bytes of [0-9A-Za-z_-] of known \
             length"
        )),
    }
}

/// Whether the node can match `+` or `/`.
fn is_wide(node: &Node) -> bool {
    matches!(node, Node::Class { set, .. } if set.intersects(ByteSet::of(*b"+/")))
}

/// How long the run at the start of a match is (for `wide`, of base64 characters), if that is known.
fn run_at(nodes: &[Node], wide: bool) -> Option<(u16, u16)> {
    let bytes = if wide { token_bytes().union(ByteSet::of(*b"+/")) } else { token_bytes() };
    let (mut min, mut max) = (0, 0);
    for node in nodes {
        let set = match node {
            Node::Literal(bytes) => ByteSet::of(bytes.iter().copied()),
            Node::Class { set, .. } => *set,
            Node::SecretStart | Node::SecretEnd => continue,
            Node::Branch(_) => break,
        };
        if !set.is_subset_of(bytes) {
            break;
        }
        min += token::min_len(std::slice::from_ref(node));
        max += token::max_len(std::slice::from_ref(node));
    }
    (min >= MIN_RUN && max <= MAX_RUN).then_some((min as u16, max as u16))
}

/// Whether white space is certain to be in what the nodes match.
fn has_space(nodes: &[Node]) -> bool {
    nodes.iter().any(|node| match node {
        Node::Literal(bytes) => bytes.iter().any(u8::is_ascii_whitespace),
        Node::Class { set, min, .. } => *min > 0 && set.iter().all(|byte| byte.is_ascii_whitespace()),
        _ => false,
    })
}

/// Whether white space may be in what the nodes match.
fn may_have_space(nodes: &[Node]) -> bool {
    nodes.iter().any(|node| match node {
        Node::Literal(bytes) => bytes.iter().any(u8::is_ascii_whitespace),
        Node::Class { set, .. } => set.iter().any(|byte| byte.is_ascii_whitespace()),
        Node::Branch(branches) => branches.iter().any(|branch| may_have_space(branch)),
        Node::SecretStart | Node::SecretEnd => false,
    })
}

/// All ways to split a token into two parts at a byte boundary that is certain to be there.
fn splits(nodes: &[Node]) -> Vec<(Vec<Node>, Vec<Node>)> {
    let mut splits = Vec::new();
    for (i, node) in nodes.iter().enumerate() {
        let (before, after) = (&nodes[..i], &nodes[i + 1..]);
        let mut split = |left: Option<Node>, right: Node| {
            let back = before.iter().cloned().chain(left).collect();
            splits.push((back, std::iter::once(right).chain(after.iter().cloned()).collect()));
        };
        match node {
            Node::Literal(bytes) => {
                for at in 0..bytes.len() {
                    let left = (at > 0).then(|| Node::Literal(bytes[..at].to_vec()));
                    split(left, Node::Literal(bytes[at..].to_vec()));
                }
            }
            Node::Class { .. } | Node::Branch(_) => split(None, node.clone()),
            Node::SecretStart | Node::SecretEnd => {}
        }
    }
    splits
}

/// What the first bytes of a match can be, up to three, as far as each is certain to be there.
fn sets(nodes: &[Node]) -> Vec<ByteSet> {
    let mut sets = Vec::new();
    for node in nodes {
        match node {
            Node::Literal(bytes) => sets.extend(bytes.iter().map(|byte| ByteSet::of([*byte]))),
            Node::Class { set, min, max, .. } => {
                sets.extend(std::iter::repeat_n(*set, usize::from(*min).min(3)));
                if min != max || *min > 3 {
                    break;
                }
            }
            Node::Branch(_) => break,
            Node::SecretStart | Node::SecretEnd => {}
        }
        if sets.len() >= 3 {
            break;
        }
    }
    sets
}

/// What the first `count` bytes of a match can be, one list for each way through the branches there; fewer bytes if it may
/// be shorter.
fn reach(nodes: &[Node], count: usize) -> Vec<Vec<ByteSet>> {
    let Some((first, rest)) = nodes.split_first().filter(|_| count > 0) else { return vec![Vec::new()] };
    let then = |here: Vec<ByteSet>| {
        let rest = reach(rest, count - here.len().min(count));
        rest.into_iter().map(move |rest| [&here[..], &rest].concat())
    };
    match first {
        Node::Literal(bytes) => {
            then(bytes.iter().take(count).map(|byte| ByteSet::of([*byte])).collect()).collect()
        }
        Node::Class { set, min, max, .. } => {
            let lengths = usize::from(*min).min(count)..=usize::from(*max).min(count);
            let all: Vec<_> = lengths.flat_map(|n| then(vec![*set; n])).collect();
            if min == max { all } else { vec![merged(&all)] }
        }
        Node::Branch(branches) => {
            branches.iter().flat_map(|branch| reach(&[branch, rest].concat(), count)).collect()
        }
        Node::SecretStart | Node::SecretEnd => reach(rest, count),
    }
}

/// What may stand at each place in any of the lists.
fn merged(all: &[Vec<ByteSet>]) -> Vec<ByteSet> {
    let length = all.iter().map(Vec::len).min().unwrap_or(0);
    (0..length).map(|i| all.iter().fold(ByteSet::EMPTY, |set, list| set.union(list[i]))).collect()
}

/// What is known around the boundary between what is matched backwards and forwards, in some alternatives.
fn around(back: &[Node], forward: &[Node]) -> Vec<Around> {
    /// More alternatives cost more than they tell apart.
    const MOST: usize = 16;
    let (before, behind) = (reach(&token::reversed(back), 8), reach(forward, 8));
    let pairs = before.iter().flat_map(|before| behind.iter().map(move |behind| Around::of(before, behind)));
    let mut around: Vec<Around> = Vec::new();
    for one in pairs {
        if !around.contains(&one) {
            around.push(one);
        }
    }
    if around.len() > MOST { vec![Around::of(&merged(&before), &merged(&behind))] } else { around }
}

/// How many token bytes are certain to stand at the start of a match.
fn certain_run(nodes: &[Node]) -> usize {
    let mut run = 0;
    for node in nodes {
        match node {
            Node::Literal(bytes) => {
                let part = bytes.iter().take_while(|byte| token_bytes().contains(**byte)).count();
                run += part;
                if part < bytes.len() {
                    break;
                }
            }
            Node::Class { set, min, .. } => {
                if !set.is_subset_of(token_bytes()) {
                    break;
                }
                run += usize::from(*min);
            }
            Node::Branch(branches) => {
                run += branches.iter().map(|branch| certain_run(branch)).min().unwrap_or(0);
                if !branches.iter().all(|branch| is_run(branch)) {
                    break;
                }
            }
            Node::SecretStart | Node::SecretEnd => {}
        }
    }
    run
}

/// Whether whatever the nodes match is token bytes.
fn is_run(nodes: &[Node]) -> bool {
    nodes.iter().all(|node| match node {
        Node::Literal(bytes) => bytes.iter().all(|byte| token_bytes().contains(*byte)),
        Node::Class { set, .. } => set.is_subset_of(token_bytes()),
        Node::Branch(branches) => branches.iter().all(|branch| is_run(branch)),
        Node::SecretStart | Node::SecretEnd => true,
    })
}

fn describe_anchor(anchor: &Anchor) -> String {
    let show = |set: &ByteSet| match set.iter().collect::<Vec<_>>()[..] {
        [byte] => byte.escape_ascii().to_string(),
        ref bytes if bytes.len() > 128 => "(any byte)".to_owned(),
        ref bytes => format!("[{}]", bytes.escape_ascii()),
    };
    let key: String = anchor.key.iter().map(show).collect();
    match anchor.place {
        Place::RunStart => format!("a run of token characters that starts with {key}"),
        Place::BeforeRun => format!("a run of token characters behind {key}"),
        Place::Anywhere => format!("{key} anywhere"),
    }
}

fn describe_bare((min, max): (u16, u16), wide: bool, inside: bool) -> String {
    let run = if wide { "base64 characters" } else { "token characters" };
    let length = if min == max { format!("{min}") } else { format!("{min} to {max}") };
    format!("a run of {length} {run}{}", if inside { " in it" } else { "" })
}
