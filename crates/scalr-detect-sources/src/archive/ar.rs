//! Unix `ar`: libraries, and Debian packages, of which the entries are compressed tars.

use std::io;

use super::{Frame, Label, Opener, Over, Part, Stream};
use crate::worker::{Visitor, read_full};

/// The first line, and each header.
const MAGIC: usize = 8;
const HEADER: usize = 60;

impl<V: Visitor> Opener<'_, '_, V> {
    pub(super) fn ar(&mut self, label: &Label, stream: &mut Stream<'_>, depth: u32) -> Result<(), Over> {
        self.framed(&label.archive, |opener, frame| opener.ar_entries(label, frame, stream, depth))
    }

    fn ar_entries(
        &mut self,
        label: &Label,
        frame: &mut Frame<'_>,
        stream: &mut Stream<'_>,
        depth: u32,
    ) -> Result<io::Result<()>, Over> {
        let mut header = [0; HEADER];
        let mut size = MAGIC;
        loop {
            let (read, error) = read_full(stream, &mut header[..size]);
            frame.push(self.worker, &header[..read]);
            match error {
                Some(e) => return Ok(Err(e)),
                None if read == 0 && size == HEADER => return Ok(Ok(())),
                None if read < size => return Ok(Err(io::ErrorKind::UnexpectedEof.into())),
                None if size == MAGIC => {
                    size = HEADER;
                    continue;
                }
                None => {}
            }
            let digits = std::str::from_utf8(&header[48..58]).ok();
            let length = digits.and_then(|digits| digits.trim_end().parse::<u64>().ok());
            let Some(length) = length.filter(|_| header.ends_with(b"`\n")) else {
                let rest = frame.push_rest(self.worker, stream);
                return Ok(rest.and(Err(io::ErrorKind::InvalidData.into())));
            };
            let name = header[..16].trim_ascii_end();
            let name = label.entry(name.strip_suffix(b"/").filter(|n| !n.is_empty()).unwrap_or(name));
            self.enter()?;
            let mut part = Part { stream, left: length };
            self.part(&name, &mut part, depth + 1)?;
            match part.finish() {
                Ok(true) => {}
                Ok(false) => return Ok(Err(io::ErrorKind::UnexpectedEof.into())),
                Err(e) => return Ok(Err(e)),
            }
            let padding = length % 2;
            if let Err(e) = stream.skip(padding) {
                return Ok(Err(e));
            }
            frame.skip(length + padding);
        }
    }
}
