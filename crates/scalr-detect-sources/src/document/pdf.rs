//! PDF.

use crate::archive::{Opener, Over, Stream};
use crate::worker::Visitor;

pub(crate) fn scan<V: Visitor>(
    opener: &mut Opener<'_, '_, V>,
    path: &[u8],
    stream: &mut Stream<'_>,
) -> Result<(), Over> {
    opener.plain(path, stream)
}
