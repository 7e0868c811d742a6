//! What the library knows.

use scalr_detect_catalog::{Detector, TABLES};

/// The kinds of secret that the library knows.
///
/// ```
/// let catalog = scalr_detect::Catalog::builtin();
/// let detector = catalog.get("scalr-api-token").unwrap();
/// assert_eq!(detector.provider, "Scalr");
/// assert_eq!(catalog.nearest("scalr-apitoken"), Some("scalr-api-token"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Catalog {
    detectors: &'static [Detector],
}

impl Catalog {
    /// The catalogue of this version of the library.
    pub const fn builtin() -> Catalog {
        Catalog { detectors: TABLES.detectors }
    }

    /// The detector with this id, or that has it as an alias.
    pub fn get(&self, id: &str) -> Option<&'static Detector> {
        match self.detectors.binary_search_by(|detector| detector.id.cmp(id)) {
            Ok(index) => Some(&self.detectors[index]),
            Err(_) => self.detectors.iter().find(|detector| detector.aliases.contains(&id)),
        }
    }

    /// All detectors, by id.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'static Detector> + use<> {
        self.detectors.iter()
    }

    /// The id that looks most like `id`, if one looks much like it.
    pub fn nearest(&self, id: &str) -> Option<&'static str> {
        // Nothing that long is a misspelt id, and the distance takes time and space by the square.
        if id.len() > 100 {
            return None;
        }
        if let Some(detector) = self.get(id) {
            return Some(detector.id);
        }
        let all = self.detectors.iter().map(|detector| (distance(id, detector.id), detector.id));
        let nearest = all.min().filter(|(distance, nearest)| *distance <= nearest.len() / 3);
        // Whoever knows the provider and not the kind is shown one of its kinds.
        let provider = id.split('-').next().filter(|provider| provider.len() > 2)?;
        let of_provider =
            self.detectors.iter().filter(|detector| detector.id.split('-').next() == Some(provider));
        let nearest =
            nearest.or_else(|| of_provider.map(|detector| (distance(id, detector.id), detector.id)).min());
        nearest.map(|(_, nearest)| nearest)
    }
}

/// How many characters must be inserted, deleted or replaced to turn one text into the other (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (a, b, expected) in [("", "", 0), ("abc", "", 3), ("abc", "abd", 1), ("kitten", "sitting", 3)] {
            assert_eq!((distance(a, b), distance(b, a)), (expected, expected), "{a} {b}");
        }
    }

    #[test]
    fn ids_are_sorted_and_found() {
        let catalog = Catalog::builtin();
        assert!(catalog.detectors.is_sorted_by(|a, b| a.id < b.id));
        assert!(
            catalog
                .iter()
                .all(|detector| catalog.get(detector.id).is_some_and(|found| found.id == detector.id))
        );
        assert!(catalog.get("no-such-detector").is_none());
        assert_eq!(catalog.nearest("github-personal-acces-token"), Some("github-personal-access-token"));
        assert!(catalog.nearest("github-pat").is_some_and(|id| id.starts_with("github-")));
        assert_eq!(catalog.nearest("zzzzzzzzzzzz"), None);
        assert_eq!(catalog.nearest(""), None);
    }
}
