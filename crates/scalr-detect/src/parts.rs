//! The other parts of a credential: the id of a key, the account of a password.
//!
//! Half of a credential says little: a client id is no secret, and a value of 32 hexadecimal digits may be anything. Both
//! close together are believed, and whoever is to revoke them needs both. So a detector names the parts that belong to
//! its secret, and they are looked for around a match: a short stretch of bytes, and only where something was found.

use crate::context::{ends_escape, word_before};
use crate::engine::{Match, Search, State};
use crate::scanner::Settings;
use crate::steps::Runner;
use scalr_detect_catalog::{Part, Pattern, Tables};
use scalr_detect_check::is_placeholder;
use std::ops::Range;

/// How far before a part one of its words may start, in bytes.
const WORDS: usize = 48;

/// Where a part of the credential whose secret is at `secret` stands: the nearest place.
pub(crate) fn find(
    tables: &Tables<'_>,
    haystack: &[u8],
    secret: &Range<usize>,
    part: &Part,
) -> Option<Range<usize>> {
    let within = usize::from(part.within);
    let before = secret.start.saturating_sub(within)..secret.start;
    let behind = secret.end..haystack.len().min(secret.end + within);
    let found = before.chain(behind).filter_map(|start| matches(tables, haystack, start, part));
    let distance = |at: &Range<usize>| {
        if at.end <= secret.start { secret.start - at.end } else { at.start.saturating_sub(secret.end) }
    };
    found.filter(|at| at.end <= secret.start || at.start >= secret.end).min_by_key(distance)
}

/// The part that starts here, if one does.
fn matches(tables: &Tables<'_>, haystack: &[u8], start: usize, part: &Part) -> Option<Range<usize>> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if is_word(haystack[start]) && start > 0 && is_word(haystack[start - 1]) && !ends_escape(haystack, start)
    {
        return None;
    }
    let mut runner = Runner::new(tables, haystack);
    let end = runner.forward(part.steps, start)?;
    if end == start || is_word(haystack[end - 1]) && haystack.get(end).copied().is_some_and(is_word) {
        return None;
    }
    let near = part.near.of(tables.near);
    let has_word =
        || near.iter().any(|word| word_before(&tables.words[usize::from(*word)], haystack, start, WORDS));
    if !near.is_empty() && !has_word() {
        return None;
    }
    let at = match runner.secret {
        (Some(start), Some(end)) => start..end,
        _ => start..end,
    };
    (!is_placeholder(&haystack[at.clone()])).then_some(at)
}

/// Whether a match is half of a credential whose other half is found beside it, and so is a part of that finding.
pub(crate) fn is_taken_in(settings: &Settings, haystack: &[u8], half: &Match) -> bool {
    let tables = settings.tables;
    let wholes = tables.patterns[usize::from(half.detector)].half_of.of(tables.wholes);
    if wholes.is_empty() || half.decoded.is_some() {
        return false;
    }
    let patterns = || wholes.iter().map(|whole| &tables.patterns[usize::from(*whole)]);
    let parts = |pattern: &Pattern| pattern.parts.of(tables.parts);
    let within = patterns().flat_map(parts).map(|part| usize::from(part.within)).max().unwrap_or(0);
    let longest = patterns().map(|pattern| pattern.max_len as usize).max().unwrap_or(0);
    let start = half.secret.start.saturating_sub(within + longest);
    let end = haystack.len().min(half.secret.end + within);
    let mut search = Search::new(settings, haystack, start..end, State::new());
    while let Some(found) = search.next(usize::MAX) {
        let is_part =
            |part: &Part| find(tables, haystack, &found.secret, part).as_ref() == Some(&half.secret);
        let parts = parts(&tables.patterns[usize::from(found.detector)]);
        if wholes.contains(&found.detector) && found.decoded.is_none() && parts.iter().any(is_part) {
            return true;
        }
    }
    false
}
