//! 7z: its header, at the end, says what is where, so it is read in any order only.

use std::io;

use sevenz_rust2::{Archive, BlockDecoder, Error, Password};

use super::budget::Output;
use super::{Label, Opener, Over, Range, ReadAt};
use crate::ledger::{Reason, Unread};
use crate::worker::Visitor;

/// The header may be this part of the memory: what is made of it in memory is some 200 bytes an entry, and an entry can
/// be said in one byte by somebody who means harm.
const HEADER_PART: usize = 64;

impl<V: Visitor> Opener<'_, '_, V> {
    pub(super) fn sevenz(&mut self, label: &Label, source: &dyn ReadAt, depth: u32) -> Result<(), Over> {
        if depth == 0 {
            self.budget.count_read(source.size());
        }
        let mut range = Range { source, at: 0, end: source.size() };
        let password = Password::empty();
        let header = (self.budget.limits.max_memory / HEADER_PART) >> 10;
        let archive = match Archive::read_with_memory_limit(&mut range, &password, header.max(1)) {
            Ok(archive) => archive,
            Err(e) => return self.sevenz_failed(label, &e),
        };
        for (index, block) in archive.blocks.iter().enumerate() {
            // A window grows with what comes out, so a claim of a large one alone does no harm.
            let size = block.get_unpack_size();
            let memory = self.budget.take_memory(size);
            let fits = memory.bytes() as u64 >= size;
            let limit = if fits { usize::MAX >> 10 } else { memory.bytes() >> 10 };
            let (mut over, left) = (false, if fits { size } else { u64::MAX });
            let decoder =
                BlockDecoder::new_with_memory_limit(1, limit, index, &archive, &password, &mut range);
            let result = decoder.for_each_entries(&mut |entry, reader| {
                if self.enter().is_err() {
                    over = true;
                    return Ok(false);
                }
                let label = label.entry(entry.name().as_bytes());
                let mut output = Output { reader, budget: self.budget, left };
                over = self.entry(&label, &mut output, depth + 1).is_err();
                Ok(!over)
            });
            if over {
                return Err(Over);
            }
            if let Err(e) = result {
                self.sevenz_failed(label, &e)?;
            }
        }
        Ok(())
    }

    fn sevenz_failed(&mut self, label: &Label, error: &Error) -> Result<(), Over> {
        let why = match error {
            Error::PasswordRequired | Error::MaybeBadPassword(_) => Reason::Encrypted.into(),
            Error::UnsupportedCompressionMethod(name) if name.contains("AES") => Reason::Encrypted.into(),
            Error::UnsupportedCompressionMethod(_)
            | Error::Unsupported(_)
            | Error::UnsupportedVersion { .. }
            | Error::ExternalUnsupported => Reason::UnsupportedCompression.into(),
            Error::MaxMemLimited { .. } => {
                Unread::because(Reason::ArchiveLimit, "a larger window or header: --max-archive-memory")
            }
            Error::Io(e, _) => return self.failed(&label.archive, e),
            _ => return self.failed(&label.archive, &io::ErrorKind::InvalidData.into()),
        };
        self.note(why, &label.archive);
        Ok(())
    }
}
