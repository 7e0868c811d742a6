#!/usr/bin/env bash
# Makes an image to measure with: `benches/image.sh OUT DIRECTORY…` puts each directory into a layer of its own and
# writes OUT/oci (gzip layers), OUT/oci.tar, OUT/docker.tar (plain layers) and OUT/zstd.tar. Needs umoci and skopeo.
set -euo pipefail

out=$1
shift
mkdir -p "$out"
umoci init --layout "$out/oci"
umoci new --image "$out/oci:bench"
for directory; do
    umoci insert --rootless --image "$out/oci:bench" --history.created_by "COPY $directory" "$directory" "/layer/$directory"
done
skopeo copy --quiet "oci:$out/oci:bench" "oci-archive:$out/oci.tar:bench"
skopeo copy --quiet "oci:$out/oci:bench" "docker-archive:$out/docker.tar:bench:latest"
skopeo copy --quiet --dest-compress-format zstd "oci:$out/oci:bench" "oci:$out/zstd:bench"
tar --create --file "$out/zstd.tar" --directory "$out/zstd" .
