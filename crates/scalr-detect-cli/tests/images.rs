//! `scalr-detect image`: images made by skopeo and umoci, and odd ones made by hand.
#![cfg(unix)]

mod common;

use common::{Ran, Tree, command, run, token};
use serde_json::Value;

fn scan(tree: &Tree, args: &[&str]) -> Ran {
    let mut all = vec!["image", "--format", "jsonl"];
    all.extend(args);
    run(command(&all).current_dir(tree.path()))
}

/// Path, layer, and the layer that deletes it, of each finding, sorted.
fn places(ran: &Ran) -> Vec<(String, u64, Option<u64>)> {
    let mut places: Vec<_> = ran
        .findings()
        .iter()
        .map(|found| {
            let source = &found["source"];
            assert_eq!(source["type"], "image");
            let path = found["path"].as_str().unwrap().to_owned();
            (path, source["layer"].as_u64().unwrap(), source["deleted_in"].as_u64())
        })
        .collect();
    places.sort();
    places
}

/// An OCI layout `oci` with the image `v1` of six layers.
fn image() -> Tree {
    let tree = Tree::new();
    tree.file("app/deleted", token(1));
    tree.file("app/kept", token(2));
    tree.file("app/replaced", token(3));
    tree.file("app/gone/with/directory", token(4));
    tree.file("app/emptied/file", token(5));
    tree.file("new", "clean\n");
    tree.file("later", token(6));
    tree.file("in/jar/secret.properties", token(7));
    tree.shell(&format!(
            "(cd in/jar; zip -q ../../app.jar secret.properties); mkdir empty
             umoci init --layout oci; umoci new --image oci:v1
             add() {{ by=$1; shift; umoci insert --rootless --image oci:v1 --history.created_by \"$by\" \"$@\"; }}
             add 'COPY app /srv # buildkit' app /srv
             add '/bin/sh -c #(nop) COPY file:1 in /srv/replaced' new /srv/replaced
             add '/bin/sh -c rm /srv/deleted' --whiteout /srv/deleted
             add 'RUN rm -r /srv/gone' --whiteout /srv/gone
             add 'RUN true' --opaque empty /srv/emptied
             add 'ADD app.jar later /' app.jar /lib/app.jar
             add 'RUN curl -H x-token:{}' later /srv/later
             umoci config --image oci:v1 --config.env TOKEN={} --config.label note={} --config.cmd run --config.cmd {}",
            token(10),
            token(11),
            token(12),
            token(13),
        ),
    );
    tree
}

/// What there is to be found in it.
fn expected() -> Vec<(String, u64, Option<u64>)> {
    let mut expected: Vec<_> = [
        ("config#/config/Cmd", 0, None),
        ("config#/config/Env/0", 0, None),
        ("config#/config/Labels/note", 0, None),
        ("config#/history/6/created_by", 0, None),
        ("lib/app.jar!secret.properties", 6, None),
        ("srv/deleted", 1, Some(3)),
        ("srv/emptied/file", 1, Some(5)),
        ("srv/gone/with/directory", 1, Some(4)),
        ("srv/kept", 1, None),
        ("srv/later", 7, None),
        ("srv/replaced", 1, Some(2)),
    ]
    .map(|(path, layer, deleted)| (path.to_owned(), layer, deleted))
    .into();
    expected.sort();
    expected
}

#[test]
fn every_way_of_keeping_an_image() {
    let tree = image();
    for (path, script) in [
        ("oci", ""),
        ("oci.tar", "skopeo copy -q oci:oci:v1 oci-archive:oci.tar:v1"),
        ("docker.tar", "skopeo copy -q oci:oci:v1 docker-archive:docker.tar:name:v1"),
        ("zstd", "skopeo copy -q --dest-compress-format zstd oci:oci:v1 oci:zstd:v1"),
        (
            "plain",
            "skopeo copy -q --dest-decompress oci:oci:v1 dir:d; skopeo copy -q --dest-oci-accept-uncompressed-layers dir:d oci:plain:v1",
        ),
        ("docker", "mkdir docker; tar x -C docker -f docker.tar"),
        ("dotted.tar", "tar c -C oci . > dotted.tar"),
        ("oci.tar.gz", "gzip -k oci.tar"),
        ("oci.tar.zst", "zstd -q oci.tar"),
        ("docker.tar.xz", "xz -k docker.tar"),
    ] {
        tree.shell(script);
        for options in [&["-j1"][..], &["-j3"], &["-j2", "--check-digests"]] {
            let ran = scan(&tree, &[&[path], options].concat());
            assert_eq!((places(&ran), ran.skipped()), (expected(), vec![]), "{path}: {ran:?}");
            assert_eq!(ran.code, 1);
        }
    }
}

#[test]
fn a_finding_says_where_in_the_image_it_is() {
    let tree = image();
    tree.shell("skopeo copy -q oci:oci:v1 docker-archive:docker.tar:example/name:v1");
    let ran = scan(&tree, &["docker.tar"]);
    let source = |path: &str| -> Value {
        ran.findings().iter().find(|found| found["path"] == path).unwrap()["source"].clone()
    };
    let kept = source("srv/kept");
    assert!(kept["image"].as_str().unwrap().ends_with("example/name:v1"), "{kept}");
    assert!(kept["platform"].as_str().unwrap().starts_with("linux/"), "{kept}");
    assert_eq!((&kept["layer"], &kept["layers"]), (&1.into(), &7.into()));
    assert!(kept["digest"].as_str().unwrap().starts_with("sha256:"), "{kept}");
    assert_eq!(kept["command"], "COPY app /srv");
    assert_eq!(source("lib/app.jar!secret.properties")["command"], "ADD app.jar later /");
    // The instruction has a secret in it.
    let shown = source("srv/later")["command"].as_str().unwrap().to_owned();
    assert!(shown.starts_with("RUN curl") && !shown.contains(&token(10)[60..]), "{shown}");
    assert!(!ran.stdout.contains(&token(10)[60..]));
    let ran = run(command(&["image", "docker.tar"]).current_dir(tree.path()));
    assert!(ran.stdout.contains("srv/deleted"), "{}", ran.stdout);
}

#[test]
fn layers_that_images_share_are_scanned_once() {
    let tree = image();
    tree.shell(&format!(
        "umoci tag --image oci:v1 v2
             printf %s {} > more
             umoci insert --rootless --image oci:v2 more /srv/kept
             skopeo copy -q oci:oci:v1 docker-archive:a.tar:name:v1",
        token(20),
    ));
    let ran = scan(&tree, &["oci"]);
    let found = places(&ran);
    for (path, layer) in [("srv/kept", 1), ("srv/kept", 8), ("srv/deleted", 1), ("srv/later", 7)] {
        let times = found.iter().filter(|place| (&place.0[..], place.1) == (path, layer)).count();
        assert_eq!(times, 1, "{path} in layer {layer}: {found:?}");
    }
    // Of both, the configuration.
    assert_eq!(found.iter().filter(|place| place.0 == "config#/config/Env/0").count(), 2);
    // Several images, and the same one twice.
    let ran = scan(&tree, &["oci", "a.tar"]);
    assert_eq!((ran.code, ran.skipped()), (1, vec![]));
}

#[test]
fn indexes_in_indexes_platforms_and_attestations() {
    let tree = image();
    tree.python(&format!(
            "import json, hashlib, os
def put(data):
    if not isinstance(data, bytes): data = json.dumps(data).encode()
    hex = hashlib.sha256(data).hexdigest()
    open('oci/blobs/sha256/' + hex, 'wb').write(data)
    return {{'digest': 'sha256:' + hex, 'size': len(data)}}
index = json.load(open('oci/index.json'))
image = index['manifests'][0]
image['platform'] = {{'os': 'linux', 'architecture': 'arm64', 'variant': 'v8'}}
statement = put({{'predicate': {{'invocation': {{'parameters': {{'args': {{'build-arg:T': '{}'}}}}}}}}}})
statement.update(mediaType='application/vnd.in-toto+json', annotations={{'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v0.2'}})
config = put({{'architecture': 'unknown', 'os': 'unknown', 'config': {{}}, 'rootfs': {{'type': 'layers', 'diff_ids': [statement['digest']]}}}})
attestation = put({{'schemaVersion': 2, 'config': config, 'layers': [statement]}})
attestation.update(platform={{'os': 'unknown', 'architecture': 'unknown'}}, annotations={{'vnd.docker.reference.type': 'attestation-manifest', 'note': '{}'}})
inner = put({{'schemaVersion': 2, 'manifests': [image, attestation]}})
outer = put({{'schemaVersion': 2, 'manifests': [inner]}})
json.dump({{'schemaVersion': 2, 'manifests': [outer, outer]}}, open('oci/index.json', 'w'))
",
            token(30),
            token(31),
        ),
    );
    let ran = scan(&tree, &["oci"]);
    let mut all = expected();
    all.push(("attestation".to_owned(), 1, None));
    all.push(("index#/annotations/note".to_owned(), 0, None));
    all.sort();
    assert_eq!((places(&ran), ran.skipped()), (all, vec![]), "{ran:?}");
    let platform = |path: &str| -> Value {
        ran.findings().iter().find(|found| found["path"] == path).unwrap()["source"]["platform"].clone()
    };
    assert_eq!(
        (platform("srv/kept"), platform("attestation")),
        ("linux/arm64/v8".into(), "unknown/unknown".into())
    );
}

#[test]
fn the_old_form_of_docker_with_links_between_layers() {
    let tree = image();
    tree.shell(
        "skopeo copy -q oci:oci:v1 docker-archive:docker.tar:name:v1; mkdir old; tar x -C old -f docker.tar",
    );
    tree.python(
        "import json, os
manifest = json.load(open('old/manifest.json'))
layers = manifest[0]['Layers']
for i, name in enumerate(layers):
    os.mkdir(f'old/{i}')
    os.rename('old/' + name, f'old/{i}/layer.tar')
    layers[i] = f'{i}/layer.tar'
# The layer is elsewhere, by two links.
os.mkdir('old/real')
os.rename('old/0/layer.tar', 'old/real/layer.tar')
os.symlink('../real/layer.tar', 'old/one.tar')
os.remove('old/one.tar')
os.mkdir('old/between')
os.symlink('../real/layer.tar', 'old/between/layer.tar')
os.symlink('../between/layer.tar', 'old/0/layer.tar')
for name in os.listdir('old'):
    if os.path.islink('old/' + name) or name == 'repositories': os.remove('old/' + name)
json.dump(manifest, open('old/manifest.json', 'w'))
",
    );
    tree.shell("tar c -C old $(ls old) > old.tar; gzip -k old.tar");
    for path in ["old", "old.tar", "old.tar.gz"] {
        let ran = scan(&tree, &[path]);
        assert_eq!((places(&ran), ran.skipped()), (expected(), vec![]), "{path}: {ran:?}");
    }
}

#[test]
fn what_is_missing_or_changed_is_said() {
    // A name, what changes the layout, reasons, whether the layers are found all the same.
    for (name, script, reasons, all) in [
        ("a layer is missing", "os.remove(blob(manifest['layers'][6]))", &["missing-part"][..], false),
        (
            "a layer is another one",
            "p = blob(manifest['layers'][1]); d = open(p, 'rb').read(); open(p, 'wb').write(gzip.compress(gzip.decompress(d) + bytes(1024)))",
            &["digest-mismatch"],
            true,
        ),
        (
            "a layer has a tail",
            "open(blob(manifest['layers'][1]), 'ab').write(bytes(9))",
            &["digest-mismatch"],
            true,
        ),
        (
            "the configuration is another one",
            "open(blob(manifest['config']), 'a').write(' ')",
            &["digest-mismatch"],
            true,
        ),
        ("the configuration is missing", "os.remove(blob(manifest['config']))", &["missing-part"], false),
        (
            "the manifest is no JSON",
            "open(blob(index['manifests'][0]), 'w').write('{')",
            &["archive-damaged", "digest-mismatch"],
            false,
        ),
        (
            "a layer is cut off",
            "p = blob(manifest['layers'][6]); os.truncate(p, os.path.getsize(p) - 20)",
            &["archive-damaged", "digest-mismatch"],
            false,
        ),
        (
            "a part is a link that leads out",
            "p = blob(manifest['layers'][6]); os.rename(p, 'elsewhere'); os.symlink(os.path.abspath('elsewhere'), p)",
            &["missing-part"],
            false,
        ),
        (
            "a part is a link that leads up",
            "p = blob(manifest['layers'][6]); os.rename(p, 'elsewhere'); os.symlink('../../../elsewhere', p)",
            &["missing-part"],
            false,
        ),
        (
            "a size is another one",
            "manifest['layers'][6]['size'] += 1; d = json.dumps(manifest).encode(); h = hashlib.sha256(d).hexdigest(); open('oci/blobs/sha256/' + h, 'wb').write(d); index['manifests'][0].update(digest='sha256:' + h, size=len(d)); json.dump(index, open('oci/index.json', 'w'))",
            &["digest-mismatch"],
            true,
        ),
    ] {
        let tree = image();
        tree.python(&format!(
            "import json, os, gzip, hashlib
blob = lambda of: 'oci/blobs/' + of['digest'].replace(':', '/')
index = json.load(open('oci/index.json'))
manifest = json.load(open(blob(index['manifests'][0])))
{script}
"
        ));
        let ran = scan(&tree, &["oci"]);
        let found: Vec<String> = ran.skipped().into_iter().map(|(reason, _)| reason).collect();
        assert_eq!(found, reasons, "{name}: {ran:?}");
        assert_eq!(places(&ran) == expected(), all, "{name}: {ran:?}");
        assert_eq!((&ran.summary()["incomplete"], ran.stderr.is_empty()), (&true.into(), false), "{name}");
    }
}

#[test]
fn digests_of_layers_are_checked_on_request() {
    let tree = image();
    tree.shell(
        "skopeo copy -q oci:oci:v1 docker-archive:docker.tar:name:v1
         skopeo copy -q --dest-decompress oci:oci:v1 dir:d
         skopeo copy -q --dest-oci-accept-uncompressed-layers dir:d oci:plain:v1
         sed -i s/clean/CLEAN/ docker.tar plain/blobs/sha256/*",
    );
    for path in ["docker.tar", "plain"] {
        for (options, skipped) in
            [(&[][..], vec![]), (&["--check-digests"], vec![("digest-mismatch".to_owned(), 1)])]
        {
            let ran = scan(&tree, &[&[path], options].concat());
            assert_eq!((places(&ran), ran.skipped()), (expected(), skipped), "{path}: {ran:?}");
        }
    }
}

#[test]
fn what_is_no_image_is_an_error() {
    let tree = image();
    tree.file("text", "hello\n");
    tree.file("directory/file", "hello\n");
    tree.shell("tar c text > other.tar; gzip -k other.tar; (cd directory; zip -q ../z.zip file)");
    for path in ["text", "directory", "other.tar", "other.tar.gz", "z.zip", "-", "/dev/null"] {
        let ran = scan(&tree, &[path]);
        assert_eq!((ran.code, &ran.stdout[..]), (2, ""), "{path}: {ran:?}");
        for words in [path, "is not an image", "docker save", "OCI layout"] {
            assert!(ran.stderr.contains(words), "{path}: {ran:?}");
        }
    }
    let ran = scan(&tree, &["nosuch"]);
    assert_eq!((ran.code, ran.skipped()), (3, vec![("not-found".to_owned(), 1)]), "{ran:?}");
    let ran = scan(&tree, &[]);
    assert_eq!(ran.code, 2);
}

#[test]
fn files_in_layers_that_are_archives_are_left_alone_on_request() {
    let tree = image();
    let ran = scan(&tree, &["oci", "--no-archives"]);
    let mut all = expected();
    all.retain(|place| !place.0.contains('!'));
    assert_eq!((places(&ran), ran.skipped()), (all, vec![]), "{ran:?}");
}
