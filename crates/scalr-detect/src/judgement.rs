//! Why a value that only its name gives away is reported, or is not.

use crate::context::{end_of, is_left_edge};
use crate::input::Input;
use crate::scanner::Scanner;
use scalr_detect_catalog::Confidence;
use scalr_detect_check::{Details, is_scalr_token_id, is_uuid};
use scalr_detect_generic::{
    Candidate, Features, LIKELY, TRIGGERS, candidate, describe, features, is_sure, named, score,
};
use std::ops::Range;

/// What is thought of a value that stands beside a name such as `db_password` and has no shape of its own.
#[derive(Clone, Debug)]
pub struct Judgement {
    name: Range<usize>,
    value: Range<usize>,
    probability: f64,
    confidence: Option<Confidence>,
    facts: Details,
}

impl Judgement {
    /// The name, in bytes of the haystack.
    pub fn name(&self) -> Range<usize> {
        self.name.clone()
    }

    /// The value, in bytes of the haystack. It may be a secret.
    pub fn value(&self) -> Range<usize> {
        self.value.clone()
    }

    /// How likely the value is a secret as far as the model can tell, from 0 to 1; what is far from likely is not told exactly.
    pub fn probability(&self) -> f64 {
        self.probability
    }

    /// The confidence of a finding of it; `None` where it is not likely enough to be one. A detector of a provider may still
    /// find it.
    pub fn confidence(&self) -> Option<Confidence> {
        self.confidence
    }

    /// What speaks for it or against it: names and values, without the value itself.
    pub fn facts(&self) -> &Details {
        &self.facts
    }
}

/// The confidence of a finding of a value without a shape; `None` where it is not likely enough to be one.
pub(crate) fn confidence(value: &[u8], score: i32, features: &Features) -> Option<Confidence> {
    // The id of a token stands where tokens do, and opens nothing.
    if score < LIKELY || is_scalr_token_id(value) {
        return None;
    }
    // A UUID may always be a mere name.
    Some(if is_sure(score, features) && !is_uuid(value) { Confidence::Medium } else { Confidence::Low })
}

impl Scanner {
    /// What is thought of the values that have a name in a range of the input and no shape of their own, whether they are
    /// findings or not. To explain, not to search: each byte is looked at by itself.
    pub fn judgements<'h>(&self, input: impl Into<Input<'h>>) -> Vec<Judgement> {
        let input = input.into();
        let haystack = input.haystack();
        let mut judgements = Vec::new();
        let tables = self.settings.tables;
        for at in input.get_range() {
            for trigger in &TRIGGERS {
                let mut next = candidate(haystack, trigger, at).candidate;
                while let Some(candidate) = next {
                    next = candidate.below(haystack);
                    judgements.push(self.judgement(haystack, candidate, Confidence::Medium));
                }
            }
            for word in tables.words_that_may_start(&haystack[at..]) {
                let word = &tables.words[usize::from(word)];
                if word.names
                    && is_left_edge(haystack, at)
                    && let Some(end) = end_of(word, haystack, at)
                    && let Some(candidate) = named(haystack, at..end).candidate
                {
                    judgements.push(self.judgement(haystack, candidate, Confidence::Low));
                }
            }
        }
        judgements
    }

    /// `most`: how sure it can be.
    fn judgement(&self, haystack: &[u8], candidate: Candidate, most: Confidence) -> Judgement {
        let features = features(haystack, &candidate, self.settings.path);
        let score = score(&candidate, &features);
        Judgement {
            probability: 1.0 / (1.0 + (-f64::from(score) / 256.0).exp()),
            confidence: confidence(&haystack[candidate.value.clone()], score, &features)
                .map(|confidence| confidence.min(most)),
            facts: describe(&features),
            name: candidate.name,
            value: candidate.value,
        }
    }
}
