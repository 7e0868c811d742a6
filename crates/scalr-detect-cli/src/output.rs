//! Where reports go: to one place from many threads, or to a file at the end of a scan.

use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anstream::{AutoStream, ColorChoice};
use scalr_detect_report::terminal::Colors;

use crate::args::Color;
use crate::{Error, Outcome};

/// Writes a text to standard output that is known whole before any of it is written.
pub(crate) fn print(
    color: Color,
    write: impl FnOnce(&mut Vec<u8>, &Output) -> io::Result<()>,
) -> Result<Outcome, Error> {
    let output = Output::stdout(color);
    let mut out = Vec::new();
    write(&mut out, &output).map_err(|e| Error(format!("cannot write the report: {e}")))?;
    // A failure is kept in the output.
    let _ = output.write(&out);
    output.finish()?;
    Ok(Outcome::Clean)
}

pub(crate) struct Output {
    to: Mutex<Box<dyn Write + Send>>,
    file: Option<File>,
    colors: Colors,
    failed: Mutex<Option<io::Error>>,
}

impl Output {
    /// Standard output.
    pub(crate) fn stdout(color: Color) -> Output {
        let on = match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => AutoStream::choice(&io::stdout()) != ColorChoice::Never,
        };
        // On old Windows consoles colours are calls, not codes; elsewhere codes pass.
        let to: Box<dyn Write + Send> =
            if on { Box::new(AutoStream::always(io::stdout())) } else { Box::new(io::stdout()) };
        Output { to: Mutex::new(to), file: None, colors: Colors(on), failed: Mutex::new(None) }
    }

    /// A file, which is created or emptied.
    pub(crate) fn file(path: &Path, color: Color) -> Result<Output, Error> {
        let open = || -> io::Result<(File, File)> {
            let file = File::create(path)?;
            Ok((file.try_clone()?, file))
        };
        let (to, file) =
            open().map_err(|e| Error(format!("cannot write the report to {}: {e}", path.display())))?;
        Ok(Output {
            to: Mutex::new(Box::new(to)),
            file: Some(file),
            colors: Colors(color == Color::Always),
            failed: Mutex::new(None),
        })
    }

    pub(crate) fn colors(&self) -> Colors {
        self.colors
    }

    /// Whether the report goes to standard output.
    pub(crate) fn is_stdout(&self) -> bool {
        self.file.is_none()
    }

    /// The metadata of the file that the report goes to, if it does.
    pub(crate) fn metadata(&self) -> Option<Metadata> {
        match &self.file {
            Some(file) => file.metadata().ok(),
            None => stdout_metadata(),
        }
    }

    /// Writes all of it before any other thread writes. `Break`: it failed, now or before.
    pub(crate) fn write(&self, bytes: &[u8]) -> ControlFlow<()> {
        let mut to = self.to.lock().unwrap_or_else(PoisonError::into_inner);
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if failed.is_none() {
            match to.write_all(&crate::lines(bytes)).and_then(|()| to.flush()) {
                Ok(()) => return ControlFlow::Continue(()),
                Err(e) => *failed = Some(e),
            }
        }
        ControlFlow::Break(())
    }

    /// An error if writing failed, unless all that happened is that the reader went away.
    pub(crate) fn finish(self) -> Result<(), Error> {
        match self.failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(e) if e.kind() != io::ErrorKind::BrokenPipe => {
                Err(Error(format!("cannot write the report: {e}")))
            }
            _ => Ok(()),
        }
    }
}

/// Finds out, before a scan, whether a file can be written at its end, and what is there now.
pub(crate) fn check(path: &Path) -> Result<Option<Metadata>, Error> {
    let error = |e: io::Error| Error(format!("cannot write the report to {}: {e}", path.display()));
    let there = match fs::metadata(path) {
        Ok(there) if there.is_dir() => return Err(error(io::ErrorKind::IsADirectory.into())),
        Ok(there) => return Ok(Some(there)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => None,
        Err(e) => return Err(error(e)),
    };
    if !folder(path).is_dir() {
        return Err(error(io::ErrorKind::NotFound.into()));
    }
    Ok(there)
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes a file whole or not at all: what is there is replaced when all is written. A FIFO or a device is written to as it is.
pub(crate) fn replace(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
) -> Result<(), Error> {
    let written = || -> io::Result<()> {
        // A link stays one.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let there = fs::metadata(&target).ok();
        let flushed = |file: &File| {
            let mut out = BufWriter::new(file);
            write(&mut out)?;
            out.flush()
        };
        if there.as_ref().is_some_and(|there| !there.is_file()) {
            return flushed(&File::options().write(true).open(&target)?);
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(".scalr-detect-").suffix(".tmp");
        // Like any new file, not for its owner alone.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder.tempfile_in(folder(&target))?;
        flushed(file.as_file())?;
        if let Some(there) = there {
            file.as_file().set_permissions(there.permissions())?;
        }
        file.persist(&target)?;
        Ok(())
    };
    written().map_err(|e| Error(format!("cannot write the report to {}: {e}", path.display())))
}

#[cfg(unix)]
fn stdout_metadata() -> Option<Metadata> {
    use std::os::fd::AsFd;
    File::from(io::stdout().as_fd().try_clone_to_owned().ok()?).metadata().ok()
}

#[cfg(not(unix))]
fn stdout_metadata() -> Option<Metadata> {
    None
}
