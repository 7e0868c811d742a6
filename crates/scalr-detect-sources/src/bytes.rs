//! A text that is in memory.

use scalr_detect::Scanner;

use crate::ledger::Ledger;
use crate::unit::Unit;
use crate::worker::{Progress, Shared, Visitor, Worker};

/// Scans a text that is in memory already, as a unit.
pub fn scan_bytes<V: Visitor>(
    unit: &Unit<'_>,
    bytes: &[u8],
    scanner: &Scanner,
    progress: &Progress,
    visitor: V,
) -> Ledger {
    let shared = Shared::new(scanner, progress);
    let mut worker = Worker::new(&shared, visitor);
    worker.bytes(unit, bytes);
    worker.into_ledger()
}
