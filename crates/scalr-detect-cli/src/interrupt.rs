//! Ctrl-C: the first ends the scan with a report of what was found by then, the second ends the program.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use scalr_detect_sources::Progress;
use signal_hook::consts::SIGINT;
#[cfg(unix)]
use signal_hook::consts::{SIGHUP, SIGTERM};
use signal_hook::flag;

/// What a shell says of a program that SIGINT ended: 128 and the number of the signal.
const INTERRUPTED: i32 = 130;

#[cfg(unix)]
const SIGNALS: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];
#[cfg(not(unix))]
const SIGNALS: [i32; 1] = [SIGINT];

struct Flags {
    /// The scan ends soon, and any that begins later.
    ends_scan: Arc<AtomicBool>,
    /// The next signal ends the program.
    ends_program: Arc<AtomicBool>,
}

static FLAGS: LazyLock<Flags> = LazyLock::new(|| {
    let flags = Flags { ends_scan: Arc::default(), ends_program: Arc::default() };
    let taken = taken();
    for signal in SIGNALS.into_iter().filter(|signal| taken >> (signal - 1) & 1 == 0) {
        // They are called in this order. An error is a signal that cannot be caught here: then it does what it always did.
        let _ = flag::register_conditional_shutdown(signal, INTERRUPTED, Arc::clone(&flags.ends_program))
            .and_then(|_| flag::register(signal, Arc::clone(&flags.ends_program)))
            .and_then(|_| flag::register(signal, Arc::clone(&flags.ends_scan)));
    }
    flags
});

/// The signals (the first is bit 0) that are ignored, as nohup and shells have it before a program runs, and those that a
/// process catches that embeds this program. Known on Linux; elsewhere it is none.
fn taken() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let masks =
        status.lines().filter_map(|line| line.strip_prefix("SigIgn:").or(line.strip_prefix("SigCgt:")));
    masks.filter_map(|mask| u64::from_str_radix(mask.trim(), 16).ok()).fold(0, |taken, mask| taken | mask)
}

/// The progress of a new scan, which the first Ctrl-C (or, on Unix, SIGTERM or SIGHUP) interrupts.
pub(crate) fn progress() -> Progress {
    FLAGS.ends_program.store(FLAGS.ends_scan.load(Ordering::SeqCst), Ordering::SeqCst);
    Progress::interrupted_by(Arc::clone(&FLAGS.ends_scan))
}

/// Ends the scan that runs, and any that begins later.
pub(crate) fn end_scan() {
    FLAGS.ends_scan.store(true, Ordering::SeqCst);
}

/// There is no scan any more: the next Ctrl-C ends the program.
pub(crate) fn over() {
    FLAGS.ends_program.store(true, Ordering::SeqCst);
}
