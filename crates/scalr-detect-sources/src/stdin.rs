//! Standard input.

use std::io::{self, Read};

use crate::worker::Progress;

/// Standard input without a buffer, which ends where the scan is interrupted: who presses Ctrl-C does not wait until whoever
/// writes there writes something. (On Windows it ends with the next bytes.)
pub struct Stdin<'a> {
    progress: &'a Progress,
}

impl Stdin<'_> {
    /// For a scan with this progress.
    pub fn new(progress: &Progress) -> Stdin<'_> {
        Stdin { progress }
    }
}

impl Read for Stdin<'_> {
    #[cfg(unix)]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};

        // A signal ends the wait only of the thread that it comes to.
        const PATIENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

        let stdin = io::stdin();
        while !self.progress.is_interrupted() {
            match poll(&mut [PollFd::new(&stdin, PollFlags::IN)], Some(&PATIENCE)) {
                Ok(0) => {}
                Ok(_) => return Ok(rustix::io::read(&stdin, buffer)?),
                Err(e) => return Err(e.into()),
            }
        }
        Ok(0)
    }

    #[cfg(not(unix))]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.progress.is_interrupted() { Ok(0) } else { io::stdin().read(buffer) }
    }
}
