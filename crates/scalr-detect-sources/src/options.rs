//! What the sources of files have in common.

#[cfg(feature = "archives")]
use crate::archive::ArchiveLimits;

/// How files are read, wherever they come from: with how many threads, up to which size, and how far into archives.
#[derive(Clone, Debug)]
pub struct Options {
    pub(crate) threads: usize,
    pub(crate) max_file_size: u64,
    #[cfg(feature = "archives")]
    pub(crate) archives: Option<ArchiveLimits>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            threads: 0,
            max_file_size: u64::MAX,
            #[cfg(feature = "archives")]
            archives: Some(ArchiveLimits::default()),
        }
    }
}

impl Options {
    /// How many threads read and scan, at most. 0, the default: as many as can run at once.
    pub fn threads(mut self, threads: usize) -> Options {
        self.threads = threads;
        self
    }

    /// Leaves out files of more than so many bytes, and counts them. Default: none.
    pub fn max_file_size(mut self, bytes: u64) -> Options {
        self.max_file_size = bytes;
        self
    }

    /// How far archives and compressed files are looked into. None: not at all, their bytes are scanned as they are.
    /// Default: as far as the default limits say.
    #[cfg(feature = "archives")]
    pub fn archives(mut self, limits: Option<ArchiveLimits>) -> Options {
        self.archives = limits;
        self
    }
}
