//! A limit to the time that a hook takes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{process, thread};

use crate::{Error, Outcome, interrupt, note};

/// How long a scan may take to end once it was told to.
const GRACE: Duration = Duration::from_millis(300);

static PASSED: AtomicBool = AtomicBool::new(false);

/// Does `work`, but for no longer than `limit`: then what was found by then counts, and where nothing was, `admit` says
/// whether the push is let through.
pub(super) fn within(
    limit: Option<Duration>,
    admit: bool,
    work: impl FnOnce() -> Result<Outcome, Error>,
) -> Result<Outcome, Error> {
    let Some(limit) = limit else { return work() };
    let timer = move || {
        thread::sleep(limit);
        PASSED.store(true, Ordering::Relaxed);
        interrupt::end_scan();
        thread::sleep(GRACE);
        // It reads something huge, or waits for a disk. Whoever waits for the hook does not wait longer.
        process::exit(i32::from(passed(limit, admit).code()));
    };
    thread::Builder::new().spawn(timer).map_err(|e| Error(format!("cannot watch the time: {e}")))?;
    match work() {
        Ok(Outcome::Incomplete) if PASSED.load(Ordering::Relaxed) => Ok(passed(limit, admit)),
        result => result,
    }
}

fn passed(limit: Duration, admit: bool) -> Outcome {
    let how = if admit {
        "it is let through, as --on-deadline says"
    } else {
        "push less at a time, or allow more time"
    };
    note(format_args!("scalr-detect: not everything was scanned within {limit:?}: {how}"));
    if admit { Outcome::Clean } else { Outcome::Incomplete }
}

/// A time, such as `4s`, `4500ms` or `1m`; of a number alone, seconds.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let factor = match &text[digits.len()..] {
        "ms" => 1,
        "" | "s" => 1000,
        "m" => 60_000,
        other => return Err(format!("{other:?} is no unit: use ms, s or m, as in 4500ms")),
    };
    let number: u64 = digits.parse().map_err(|_| "a time is needed, such as 4s".to_owned())?;
    match number.checked_mul(factor) {
        None | Some(0) => Err("a time is needed that can pass, such as 4s".to_owned()),
        Some(milliseconds) => Ok(Duration::from_millis(milliseconds)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, expected) in [
            ("4s", Some(4000)),
            ("4", Some(4000)),
            ("4500ms", Some(4500)),
            ("1m", Some(60_000)),
            ("0s", None),
            ("", None),
            ("s", None),
            ("-1s", None),
            ("1h", None),
            ("1.5s", None),
            ("99999999999999999999s", None),
            ("9999999999999999999m", None),
        ] {
            assert_eq!(duration(text).ok(), expected.map(Duration::from_millis), "{text}");
        }
    }
}
