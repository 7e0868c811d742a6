//! Ctrl-C: the first ends the scan with a report of what was found by then, the second ends the program.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError};

use scalr_detect_sources::Progress;

/// What a shell says of a program that SIGINT ended: 128 and the number of the signal.
const INTERRUPTED: i32 = 130;

/// The scan that runs, of which there is one, as there is one set of signals.
static CURRENT: Mutex<Option<Arc<Progress>>> = Mutex::new(None);

/// The progress of a new scan, which the first Ctrl-C (or, on Unix, SIGTERM or SIGHUP) interrupts.
pub(crate) fn progress() -> Arc<Progress> {
    static HANDLER: Once = Once::new();
    let progress = Arc::new(Progress::default());
    *CURRENT.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&progress));
    // Fails where a handler is set: in a process that embeds this program, which has its own way of ending it.
    HANDLER.call_once(|| _ = ctrlc::try_set_handler(interrupt));
    if ENDED.load(Ordering::SeqCst) {
        progress.interrupt();
    }
    progress
}

/// Whether scans are to end as soon as they begin.
static ENDED: AtomicBool = AtomicBool::new(false);

/// Ends the scan that runs, and any that begins later.
pub(crate) fn end_scan() {
    ENDED.store(true, Ordering::SeqCst);
    if let Some(progress) = &*CURRENT.lock().unwrap_or_else(PoisonError::into_inner) {
        progress.interrupt();
    }
}

/// There is no scan any more: the next Ctrl-C ends the program.
pub(crate) fn over() {
    *CURRENT.lock().unwrap_or_else(PoisonError::into_inner) = None;
}

fn interrupt() {
    match &*CURRENT.lock().unwrap_or_else(PoisonError::into_inner) {
        Some(progress) if !progress.is_interrupted() => progress.interrupt(),
        _ => std::process::exit(INTERRUPTED),
    }
}
