//! Adding detectors to a compiled catalogue.

use crate::compile::Compiled;
use scalr_detect_catalog::anchors::{Anchor, TablesBuf};
use scalr_detect_catalog::{Ahead, Bare, Part, Pattern, Route, Span, Step, Tables, Word, WordHead};

impl Compiled {
    /// The detectors of `to`, and behind them these.
    ///
    /// # Errors
    ///
    /// When there are too many, or an id is in both.
    pub fn added_to(&self, to: &Tables<'static>) -> Result<Compiled, String> {
        if let Some(taken) = self.detectors.iter().find(|new| to.detectors.iter().any(|old| old.id == new.id))
        {
            return Err(format!("the built-in catalogue has a detector {:?}: choose another id", taken.id));
        }
        let detectors = u16::try_from(to.detectors.len()).expect("the catalogue is smaller than that");
        u16::try_from(to.detectors.len() + self.detectors.len()).map_err(|_| "too many detectors")?;
        // Indices of what is added go up by how much is there already.
        let moved = |span: Span, by: usize| Span { start: span.start + by as u32, ..span };
        let by = |index: u16, by: usize| index + by as u16;
        let steps_of = |span: Span| moved(span, to.steps.len());

        let anchors = |tables: &Tables<'_>| {
            let mut anchors = tables.anchors.anchors();
            // Those of the decoders, and of secrets without a shape.
            let decoders = anchors.split_off(usize::from(tables.decoder_anchors.0));
            (anchors, decoders)
        };
        let ((mut all, decoders), (ours, _)) = (anchors(to), anchors(&self.tables()));
        all.extend(ours);
        let first = all.len() as u16;
        let second = first + (to.decoder_anchors.1 - to.decoder_anchors.0);
        all.extend::<Vec<Anchor>>(decoders);
        if self.generic.iter().any(Option::is_some) {
            return Err("model is for the built-in detectors only".to_owned());
        }
        let anchors = TablesBuf::build_onto(&all, to.anchors.literals).map_err(|error| error.to_string())?;

        let patterns = self.patterns.iter().map(|pattern| Pattern {
            before: by(pattern.before, to.sets.len()),
            after: by(pattern.after, to.sets.len()),
            near: moved(pattern.near, to.near.len()),
            parts: moved(pattern.parts, to.parts.len()),
            half_of: moved(pattern.half_of, to.wholes.len()),
            ..*pattern
        });
        let routes = self.routes.iter().map(|route| Route {
            detector: route.detector + detectors,
            back: steps_of(route.back),
            forward: steps_of(route.forward),
            ahead: route.ahead.map(|ahead| Ahead { set: by(ahead.set, to.sets.len()), ..ahead }),
            ..*route
        });
        let parts = self.parts.iter().map(|part| Part {
            steps: steps_of(part.steps),
            near: moved(part.near, to.near.len()),
            ..*part
        });
        let steps = self.steps.iter().map(|step| match *step {
            Step::Literal(bytes) => Step::Literal(moved(bytes, to.bytes.len())),
            Step::Class { set, min, max, retry } => {
                Step::Class { set: by(set, to.sets.len()), min, max, retry }
            }
            Step::Until { set, min, max } => Step::Until { set: by(set, to.sets.len()), min, max },
            Step::Branch(branches) => Step::Branch(moved(branches, to.branches.len())),
            step @ (Step::SecretStart | Step::SecretEnd) => step,
        });
        let bare = self.bare.iter().map(|bare| Bare {
            detector: bare.detector + detectors,
            back: steps_of(bare.back),
            steps: steps_of(bare.steps),
            ..*bare
        });
        let words =
            self.words.iter().map(|word| Word { bare: moved(word.bare, to.word_bare.len()), ..*word });
        let heads =
            self.word_heads.iter().map(|head| WordHead { word: by(head.word, to.words.len()), ..*head });
        let mut word_heads = joined(to.word_heads, heads);
        word_heads.sort_unstable_by_key(|head| (WordHead::hash(head.key), *head));

        let (mut bare_alone, mut bare_by_length) = (Vec::new(), Vec::new());
        for length in 0..to.bare_alone.len().max(self.bare_alone.len()) {
            let of = |alone: &[Span], table: &[u16]| -> Vec<u16> {
                alone.get(length).map_or(Vec::new(), |span| span.of(table).to_vec())
            };
            let start = bare_by_length.len() as u32;
            let theirs = of(to.bare_alone, to.bare_by_length);
            let ours = of(&self.bare_alone, &self.bare_by_length);
            bare_alone.push(Span { start, len: (theirs.len() + ours.len()) as u16 });
            bare_by_length.extend(theirs);
            bare_by_length.extend(ours.into_iter().map(|index| by(index, to.bare.len())));
        }
        let mut bare_lengths = Box::new(*to.bare_lengths);
        bare_lengths.iter_mut().zip(self.bare_lengths.iter()).for_each(|(all, ours)| *all |= ours);

        Ok(Compiled {
            detectors: joined(to.detectors, self.detectors.iter().cloned()),
            patterns: joined(to.patterns, patterns),
            anchors,
            decoder_anchors: (first, second),
            generic_anchors: first + (to.generic_anchors - to.decoder_anchors.0),
            generic: to.generic,
            anchor_routes: joined(
                to.anchor_routes,
                self.anchor_routes.iter().map(|span| moved(*span, to.routes.len())),
            ),
            routes: joined(to.routes, routes),
            parts: joined(to.parts, parts),
            steps: joined(to.steps, steps),
            branches: joined(to.branches, self.branches.iter().map(|span| steps_of(*span))),
            sets: joined(to.sets, self.sets.iter().copied()),
            bytes: joined(to.bytes, self.bytes.iter().copied()),
            bare: joined(to.bare, bare),
            bare_alone,
            bare_by_length,
            bare_lengths,
            words: joined(to.words, words),
            word_buckets: Box::new(WordHead::buckets(&word_heads)),
            word_bits: Box::new(WordHead::bits(&word_heads)),
            word_starts: Box::new(WordHead::starts(&word_heads)),
            word_heads,
            near: joined(to.near, self.near.iter().map(|word| by(*word, to.words.len()))),
            word_bare: joined(to.word_bare, self.word_bare.iter().map(|bare| by(*bare, to.bare.len()))),
            wholes: joined(to.wholes, self.wholes.iter().map(|whole| whole + detectors)),
            look_behind: to.look_behind.max(self.look_behind),
            max_len: to.max_len.max(self.max_len),
            found_by: Vec::new(),
        })
    }
}

fn joined<T: Clone>(first: &[T], then: impl Iterator<Item = T>) -> Vec<T> {
    first.iter().cloned().chain(then).collect()
}
