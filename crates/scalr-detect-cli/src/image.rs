//! `image`: the layers and the configuration of images.

use std::path::{Path, PathBuf};

use scalr_detect_sources::Images;

use crate::args::{Archives, EXIT_CODES, Scanning};
use crate::scanning;
use crate::settings::Root;
use crate::{Error, Outcome};

/// Scan images: layers, configuration and attestations
///
/// PATH is a tar that `docker save`, `podman save` or `skopeo copy … oci-archive:FILE` wrote, compressed or not, or the
/// directory of an OCI layout. No daemon is needed, and nothing is unpacked to disk.
///
/// Every layer is scanned once, with the files that later layers delete: they are still in the image, and are reported
/// with the layer that deletes them. Of the configuration all texts are scanned: environment, labels, commands, history
/// with the arguments of the build. A part that is missing, or not what its size or its digest says, leaves the scan
/// incomplete; the digests of layers are checked on request, as that takes time.
#[derive(clap::Args, Debug)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Image {
    /// Images to scan
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

    /// Check the digests of layers, too
    #[arg(long)]
    check_digests: bool,

    #[command(flatten)]
    scanning: Scanning,

    #[command(flatten)]
    archives: Archives,
}

pub(crate) fn run(args: &Image) -> Result<Outcome, Error> {
    let images = Images::new(&args.paths)
        .threads(args.scanning.threads())
        .archives(args.archives.limits())
        .check_digests(args.check_digests);
    scanning::scan(&args.scanning, Root::Tree(Path::new(".")), |scan| {
        images.scan(scan.scanner, scan.progress, || scan.visitor()).map_err(|e| Error(e.to_string()))
    })
}
