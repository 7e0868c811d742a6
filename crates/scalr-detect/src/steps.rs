//! Running the steps of a token over a haystack: a matcher without an automaton.
//!
//! Steps are taken one after the other, a class as far as it goes. Only where the table says that what follows could
//! have started earlier are shorter lengths tried, so that the work is bounded by the length of the token.

use scalr_detect_catalog::{Step, Steps, Tables};
use std::ops::Range;

/// A run of steps over one haystack, forwards or backwards from an offset.
pub(crate) struct Runner<'t, 'h> {
    tables: &'t Tables<'t>,
    haystack: &'h [u8],
    /// Where the secret starts and ends, as far as the steps mark it.
    pub(crate) secret: (Option<usize>, Option<usize>),
    /// Whether the end of the haystack was met: more bytes might have made a difference.
    pub(crate) met_end: bool,
}

/// The steps that follow those of a branch.
struct Rest<'r> {
    steps: &'r [Step],
    then: Option<&'r Rest<'r>>,
}

impl<'t, 'h> Runner<'t, 'h> {
    pub(crate) fn new(tables: &'t Tables<'t>, haystack: &'h [u8]) -> Runner<'t, 'h> {
        Runner { tables, haystack, secret: (None, None), met_end: false }
    }

    /// Takes `steps` forwards from `at`; where they end.
    pub(crate) fn forward(&mut self, steps: Steps, at: usize) -> Option<usize> {
        self.run::<false>(steps.of(self.tables.steps), at, None)
    }

    /// Takes `steps` backwards from `at`; where they end.
    pub(crate) fn back(&mut self, steps: Steps, at: usize) -> Option<usize> {
        self.run::<true>(steps.of(self.tables.steps), at, None)
    }

    fn run<const BACK: bool>(
        &mut self,
        steps: &[Step],
        mut at: usize,
        rest: Option<&Rest<'_>>,
    ) -> Option<usize> {
        for (i, step) in steps.iter().enumerate() {
            match *step {
                Step::Literal(literal) => at = self.literal::<BACK>(literal.of(self.tables.bytes), at)?,
                Step::Class { set, min, max, retry } => {
                    let (min, most) = (usize::from(min), self.count::<BACK>(set, usize::from(max), at));
                    if most < min {
                        return None;
                    }
                    if retry {
                        let next = &steps[i + 1..];
                        return (min..=most)
                            .rev()
                            .find_map(|n| self.run::<BACK>(next, step_by::<BACK>(at, n), rest));
                    }
                    at = step_by::<BACK>(at, most);
                }
                Step::Until { set, min, max } => {
                    let literal = steps[i + 1..].iter().find_map(|step| match step {
                        Step::Literal(literal) => Some(literal.of(self.tables.bytes)),
                        _ => None,
                    })?;
                    at = self.until(set, usize::from(min)..usize::from(max), literal, at)?;
                }
                Step::Branch(branches) => {
                    let rest = Rest { steps: &steps[i + 1..], then: rest };
                    let branches = branches.of(self.tables.branches);
                    return branches
                        .iter()
                        .find_map(|branch| self.run::<BACK>(branch.of(self.tables.steps), at, Some(&rest)));
                }
                Step::SecretStart => self.secret.0 = Some(at),
                Step::SecretEnd => self.secret.1 = Some(at),
            }
        }
        match rest {
            Some(rest) => self.run::<BACK>(rest.steps, at, rest.then),
            None => Some(at),
        }
    }

    #[inline]
    fn literal<const BACK: bool>(&mut self, literal: &[u8], at: usize) -> Option<usize> {
        // Mostly the nearest byte tells, without a call.
        if BACK {
            let before = &self.haystack[..at];
            return (before.last() == literal.last() && before.ends_with(literal))
                .then(|| at - literal.len());
        }
        let rest = &self.haystack[at..];
        if rest.first().is_some_and(|first| literal.first() != Some(first)) {
            return None;
        }
        if rest.starts_with(literal) {
            return Some(at + literal.len());
        }
        self.met_end |= literal.starts_with(rest);
        None
    }

    /// How many bytes of the set there are, at most `max`.
    #[inline]
    fn count<const BACK: bool>(&mut self, set: u16, max: usize, at: usize) -> usize {
        let set = &self.tables.sets[usize::from(set)];
        if BACK {
            let before = &self.haystack[at.saturating_sub(max)..at];
            return before.iter().rev().position(|byte| !set.contains(*byte)).unwrap_or(before.len());
        }
        let rest = &self.haystack[at..];
        let most = &rest[..rest.len().min(max)];
        let count = most.iter().position(|byte| !set.contains(*byte)).unwrap_or(most.len());
        self.met_end |= count == rest.len() && count < max;
        count
    }

    fn until(&mut self, set: u16, lengths: Range<usize>, literal: &[u8], at: usize) -> Option<usize> {
        let rest = &self.haystack[at..];
        let set = &self.tables.sets[usize::from(set)];
        let most = rest.iter().take(lengths.end).take_while(|byte| set.contains(**byte)).count();
        let window = &rest[..rest.len().min(most + literal.len())];
        let found = window.get(lengths.start..).and_then(|tail| memchr::memmem::find(tail, literal));
        // Whether the literal may start in the last bytes or behind them.
        let mut starts = rest.len().saturating_sub(literal.len())..=most;
        self.met_end |= found.is_none() && starts.any(|start| literal.starts_with(&rest[start..]));
        found.map(|found| at + lengths.start + found)
    }
}

#[inline]
fn step_by<const BACK: bool>(at: usize, n: usize) -> usize {
    if BACK { at - n } else { at + n }
}
