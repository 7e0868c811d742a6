//! Archives and compressed files, made by the programs that people make them with.
#![cfg(unix)]

mod common;

use std::fs::{self, File};
use std::io::Write;
use std::process::{Command, Stdio};

use common::{Ran, Tree, command, run, token};
use serde_json::Value;

/// A tree to be packed, in `in/`: three secrets, in files of all sorts.
fn tree() -> Tree {
    let tree = Tree::new();
    tree.file("in/a/b/one.txt", format!("x = \"{}\"\n", token(1)));
    tree.file("in/a/clean", "nothing\n");
    tree.file("in/two", token(2));
    // Longer than what is searched at once, and hard to compress.
    let mut large: Vec<u8> =
        (0u32..700_000).flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    large.splice(1_500_000..1_500_000, format!("\n{}\n", token(3)).into_bytes());
    tree.file("in/large.bin", large);
    fs::create_dir(tree.path().join("out")).unwrap();
    tree
}

const ALL: [&str; 3] = ["a/b/one.txt", "large.bin", "two"];

fn scan(tree: &Tree, args: &[&str]) -> Ran {
    let mut all = vec!["scan", "--format", "jsonl"];
    all.extend(args);
    run(command(&all).current_dir(tree.path()))
}

fn from_stdin(tree: &Tree, path: &str) -> Ran {
    let mut command = command(&["scan", "--format", "jsonl", "-"]);
    let input = File::open(tree.path().join(path)).unwrap();
    Ran::of(command.stdin(Stdio::from(input)).output().unwrap())
}

fn below(archive: &str, paths: &[&str]) -> Vec<String> {
    paths.iter().map(|path| format!("{archive}!{path}")).collect()
}

#[test]
fn what_is_in_an_archive_is_scanned_wherever_the_archive_is_from() {
    let dotted = ["./a/b/one.txt", "./large.bin", "./two"];
    for (script, paths) in [
        ("tar c --format=ustar -C in . > out/f", &dotted[..]),
        ("tar c --format=pax -C in . > out/f", &dotted),
        ("tar c --format=gnu -C in . > out/f", &dotted),
        ("tar c --format=v7 -C in . > out/f", &dotted),
        ("tar cz -C in . > out/f", &dotted),
        ("tar cJ -C in . > out/f", &dotted),
        ("tar cj -C in . > out/f", &dotted),
        ("tar c -C in . | zstd -q > out/f", &dotted),
        ("tar c -C in . | zstd -q --long=27 > out/f", &dotted),
        // Two tars one after another, as with `tar -i`.
        ("(tar c -C in a; tar c -C in two large.bin) > out/f", &ALL),
        ("cd in; zip -qr ../out/f.zip .; mv ../out/f.zip ../out/f", &ALL),
        ("cd in; zip -q0r ../out/f.zip .; mv ../out/f.zip ../out/f", &ALL),
        // With sizes behind the data.
        ("cd in; zip -qr - . | cat > ../out/f", &ALL),
        ("cd in; zip -qr -Z bzip2 ../out/f.zip .; mv ../out/f.zip ../out/f", &ALL),
        ("cd in; 7zz a -bso0 -bsp0 -tzip -mm=deflate ../out/f.zip .; mv ../out/f.zip ../out/f", &ALL),
        ("cd in; ar rcS ../out/f two a/b/one.txt large.bin", &["large.bin", "one.txt", "two"]),
    ] {
        let tree = tree();
        tree.shell(script);
        // By its name, met in a walk, and from standard input.
        for (archive, ran) in [
            ("out/f", scan(&tree, &["out/f"])),
            ("out/f", scan(&tree, &["out"])),
            ("-", from_stdin(&tree, "out/f")),
        ] {
            assert_eq!(ran.paths(), below(archive, paths), "{script} from {archive}: {ran:?}");
            assert_eq!((ran.code, ran.skipped()), (1, vec![]), "{script} from {archive}");
            assert!(ran.stderr.is_empty(), "{script}: {ran:?}");
        }
    }
}

#[test]
fn positions_are_those_in_the_entry() {
    let tree = tree();
    tree.shell("tar cz -C in . > out/f");
    let ran = scan(&tree, &["out/f"]);
    for (path, start, line, column) in
        [("out/f!./a/b/one.txt", 5, 1, 6), ("out/f!./two", 0, 1, 1), ("out/f!./large.bin", 1_500_001, 0, 1)]
    {
        let found = ran.findings().into_iter().find(|found| found["path"] == path).unwrap();
        assert_eq!(
            (found["start"].as_u64(), found["column"].as_u64()),
            (Some(start), Some(column)),
            "{path}"
        );
        assert!(line == 0 || found["line"] == line, "{path}");
        assert_eq!(found["source"]["type"], "file");
    }
}

#[test]
fn compressed_files() {
    let inner = |name: &str| vec![format!("out/{name}")];
    for (script, paths) in [
        ("gzip < in/two > out/two.gz", inner("two.gz!two")),
        ("xz < in/two > out/two.xz", inner("two.xz!two")),
        ("zstd -q < in/two > out/two.zst", inner("two.zst!two")),
        ("bzip2 < in/two > out/two.bz2", inner("two.bz2!two")),
        ("gzip < in/large.bin > out/x.log.gz", inner("x.log.gz!x.log")),
        // Their name says nothing.
        ("gzip < in/two > out/two", inner("two!content")),
        ("gzip < in/two > out/.gz", inner(".gz!content")),
        ("gzip < in/two | xz > out/two.gz.xz", inner("two.gz.xz!two")),
        // Several members, the secret on the border between two.
        ("(head -c 40 in/two | gzip; tail -c +41 in/two | gzip) > out/two.gz", inner("two.gz!two")),
        ("(head -c 40 in/two | xz; tail -c +41 in/two | xz) > out/two.xz", inner("two.xz!two")),
        ("(head -c 40 in/two | zstd -q; tail -c +41 in/two | zstd -q) > out/two.zst", inner("two.zst!two")),
        ("(head -c 40 in/two | bzip2; tail -c +41 in/two | bzip2) > out/two.bz2", inner("two.bz2!two")),
        // Padded, as on a tape; and with a text behind it.
        ("(gzip < in/two; head -c 4000 /dev/zero) > out/two.gz", inner("two.gz!two")),
        ("(gzip < in/a/clean; cat in/two) > out/two.gz", inner("two.gz")),
        ("(zstd -q < in/a/clean; cat in/two) > out/two.zst", inner("two.zst")),
        ("(bzip2 < in/a/clean; cat in/two) > out/two.bz2", inner("two.bz2")),
        // Frames to be skipped, before and after.
        (
            "(printf 'P*M\\030\\003\\000\\000\\000abc'; zstd -q < in/two; printf 'Q*M\\030\\001\\000\\000\\000a') > out/two.zst",
            inner("two.zst!two"),
        ),
        // Small, but compressed with a window of 64 MiB and of 128 MiB.
        ("xz -9 < in/two > out/two.xz", inner("two.xz!two")),
        ("cat in/two | zstd -q --ultra -22 > out/two.zst", inner("two.zst!two")),
        ("cat in/large.bin | xz -9 > out/large.bin.xz", inner("large.bin.xz!large.bin")),
        ("cat in/large.bin | zstd -q --long=27 > out/large.bin.zst", inner("large.bin.zst!large.bin")),
    ] {
        let tree = tree();
        tree.shell(script);
        let ran = scan(&tree, &["out"]);
        assert_eq!((ran.code, ran.paths(), ran.skipped()), (1, paths, vec![]), "{script}: {ran:?}");
    }
}

#[test]
fn archives_in_archives() {
    for (script, paths) in [
        ("tar cz -C in two > out/t.tgz; cd out; zip -q z.zip t.tgz; rm t.tgz", vec!["out/z.zip!t.tgz!two"]),
        (
            "(cd in; zip -q ../two.zip two); gzip two.zip; tar c two.zip.gz > out/t",
            vec!["out/t!two.zip.gz!two"],
        ),
        (
            "(cd in; zip -q0 ../a.jar two); zip -q b.war a.jar; zip -q out/c.ear b.war",
            vec!["out/c.ear!b.war!a.jar!two"],
        ),
        // A zip that is streamed, as it is too large to be held.
        (
            "(cd in; zip -q0 ../a.zip large.bin; cp large.bin large2.bin; zip -q0 ../a.zip large2.bin); \
             tar cz a.zip > out/t.tgz",
            vec!["out/t.tgz!a.zip!large.bin", "out/t.tgz!a.zip!large2.bin"],
        ),
        // A Debian package.
        (
            "echo 2.0 > debian-binary; tar cJ -C in two > data.tar.xz; ar rcS out/p.deb debian-binary data.tar.xz",
            vec!["out/p.deb!data.tar.xz!two"],
        ),
    ] {
        let tree = tree();
        tree.shell(script);
        let ran = scan(&tree, &["out"]);
        assert_eq!(
            (ran.paths(), ran.skipped()),
            (paths.iter().map(|p| p.to_string()).collect(), vec![]),
            "{script}"
        );
    }
}

#[test]
fn names_are_labels() {
    let long = format!("{}/{}", "d".repeat(150), "n".repeat(250));
    let names =
        ["../../etc/up", "/absolute", "a!b", "tab\there", "line\\nbreak", "dir/./x", &long, "\u{fc}.txt"];
    let tree = tree();
    let list = names.map(|name| format!("\"{}\"", name.replace('\t', "\\t"))).join(", ");
    tree.python(&format!(
        "import tarfile, zipfile, io\n\
             data = open('in/two', 'rb').read()\n\
             names = [{list}]\n\
             for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):\n\
             \x20   with tarfile.open(f'out/{{form}}.tar', 'w', format=form) as t:\n\
             \x20       for name in names:\n\
             \x20           entry = tarfile.TarInfo(name)\n\
             \x20           entry.size = len(data)\n\
             \x20           t.addfile(entry, io.BytesIO(data))\n\
             with zipfile.ZipFile('out/z.zip', 'w') as z:\n\
             \x20   for name in names:\n\
             \x20       z.writestr(zipfile.ZipInfo(name), data)\n"
    ));
    for archive in ["out/1.tar", "out/2.tar", "out/z.zip"] {
        let mut expected: Vec<String> =
            names.iter().map(|name| format!("{archive}!{}", name.replace("\\n", "\n"))).collect();
        expected.sort_unstable();
        let ran = scan(&tree, &[archive]);
        assert_eq!(ran.paths(), expected);
    }
    assert!(!tree.path().join("../../etc/up").exists());
}

#[test]
fn what_is_beside_the_entries_is_scanned_once() {
    let tree = tree();
    let secret = token(9);
    // Names, comments, headers; and entries that are stored as they are.
    tree.python(&format!(
        "import tarfile, zipfile, io\n\
             data = open('in/two', 'rb').read()\n\
             with zipfile.ZipFile('out/comment.zip', 'w') as z:\n\
             \x20   z.writestr('two', data)\n\
             \x20   z.comment = b'see {secret} '\n\
             entry = tarfile.TarInfo('two')\n\
             entry.size = len(data)\n\
             entry.pax_headers = {{'comment': 'see {secret} '}}\n\
             with tarfile.open('out/comment.tar', 'w', format=tarfile.PAX_FORMAT) as t:\n\
             \x20   t.addfile(entry, io.BytesIO(data))\n\
             open('out/behind.tar', 'wb').write(open('out/comment.tar', 'rb').read() + b'x {secret} ')\n"
    ));
    for (archive, own) in [("out/comment.zip", 1), ("out/comment.tar", 1), ("out/behind.tar", 2)] {
        let ran = scan(&tree, &[archive]);
        let mut expected = vec![archive.to_owned(); own];
        expected.push(format!("{archive}!two"));
        assert_eq!((ran.paths(), ran.skipped()), (expected, vec![]), "{archive}");
        // Offsets are those in the file.
        let bytes = fs::read(tree.path().join(archive)).unwrap();
        for found in ran.findings().iter().filter(|found| found["path"] == archive) {
            let at = found["start"].as_u64().unwrap() as usize;
            assert!(bytes[at..].starts_with(secret.as_bytes()), "{archive}: {found}");
        }
    }
}

#[test]
fn archives_are_left_alone_on_request() {
    let tree = tree();
    tree.shell(
        "tar c -C in two > out/a.tar; gzip < in/two > out/b.gz; cd in; zip -q0 ../out/c.zip a/b/one.txt",
    );
    let ran = scan(&tree, &["out", "--no-archives"]);
    assert_eq!((ran.paths(), ran.skipped()), (vec!["out/a.tar".to_owned(), "out/c.zip".to_owned()], vec![]));
}

#[test]
fn sparse_files() {
    for format in ["gnu", "pax --sparse-version=0.0", "pax --sparse-version=0.1", "pax --sparse-version=1.0"]
    {
        let tree = tree();
        tree.shell(&format!(
            "truncate -s 100G in/s; dd if=in/two of=in/s bs=1 seek=50000000000 conv=notrunc status=none; \
                 printf end | dd of=in/s bs=1 seek=70000000000 conv=notrunc status=none; \
                 tar c --sparse --format={format} -C in s two > out/t"
        ));
        let ran = scan(&tree, &["out/t"]);
        assert_eq!(
            (ran.paths(), ran.skipped()),
            (below("out/t", &["s", "two"]), vec![]),
            "{format}: {ran:?}"
        );
    }
}

#[test]
fn what_cannot_be_read_is_said() {
    let one = |reason: &str| vec![(reason.to_owned(), 1)];
    // A name, what makes it, what is found, what is not read.
    for (name, script, paths, reasons) in [
        (
            "encrypted zip",
            "cd in; zip -q -P p ../out/f two a/clean; mv ../out/f.zip ../out/f",
            &[][..],
            vec![("encrypted".to_owned(), 2)],
        ),
        (
            "a method that is not known",
            "cd in; zip -q ../out/f two; cd ../out; mv f.zip f; python3 -c \"b=bytearray(open('f','rb').read()); b[8]=99; i=b.rfind(b'PK\\x01\\x02'); b[i+10]=99; open('f','wb').write(b)\"",
            &[],
            one("unsupported-compression"),
        ),
        (
            "7z",
            "cd in; 7zz a -bso0 -bsp0 ../out/f.7z two; mv ../out/f.7z ../out/f",
            &[],
            one("unsupported-compression"),
        ),
        (
            "a gzip that is cut off",
            "gzip < in/large.bin | head -c 2000000 > out/f",
            &["content"],
            one("archive-damaged"),
        ),
        (
            "an xz that is cut off",
            "xz -0 < in/large.bin | head -c 2700000 > out/f",
            &["content"],
            one("archive-damaged"),
        ),
        (
            "a gzip with another checksum",
            "gzip < in/two > out/f; printf xxxx | dd of=out/f bs=1 seek=$(($(stat -c %s out/f)-8)) conv=notrunc status=none",
            &["content"],
            one("archive-damaged"),
        ),
        (
            "a zstd with another checksum",
            "zstd -q --check < in/two > out/f; printf xxxx | dd of=out/f bs=1 seek=$(($(stat -c %s out/f)-4)) conv=notrunc status=none",
            &["content"],
            one("archive-damaged"),
        ),
        (
            "a tar that is cut off in an entry",
            "tar c -C in two large.bin | head -c 2000000 > out/f",
            &["large.bin", "two"],
            one("archive-damaged"),
        ),
        (
            "a tar that is cut off in a header",
            "tar c -C in two a/clean | head -c 1300 > out/f",
            &["two"],
            one("archive-damaged"),
        ),
        (
            "a zip that is cut off",
            "cd in; zip -q0 ../out/f two large.bin; cd ../out; head -c 2000000 f.zip > f; rm f.zip",
            &["large.bin", "two"],
            vec![("archive-damaged".to_owned(), 2)],
        ),
        (
            "a zip without its directory",
            "cd in; zip -q ../out/f two large.bin; cd ../out; python3 -c \"b=open('f.zip','rb').read(); open('f','wb').write(b[:b.find(b'PK\\x01\\x02')])\"; rm f.zip",
            &["large.bin", "two"],
            one("archive-damaged"),
        ),
        (
            "a zip with another checksum",
            "cd in; zip -q ../out/f two a/clean; cd ../out; mv f.zip f; python3 -c \"b=bytearray(open('f','rb').read()); i=b.find(b'PK\\x01\\x02'); b[i+16]^=1; open('f','wb').write(b)\"",
            &["two"],
            one("archive-damaged"),
        ),
        (
            "a damaged entry, and a good one behind it",
            "cd in; zip -q ../out/f a/clean large.bin two; cd ../out; mv f.zip f; python3 -c \"b=bytearray(open('f','rb').read()); i=b.find(b'large.bin')+200; b[i:i+50]=b'x'*50; open('f','wb').write(b)\"",
            &["large.bin", "two"],
            one("archive-damaged"),
        ),
        (
            "what has a reader elsewhere",
            "printf 'Rar!\\032\\007\\001\\000' > out/f; cat in/two >> out/f",
            &[""],
            one("unsupported-compression"),
        ),
        (
            "a magic number and nothing else",
            "printf 'PK\\003\\004' > out/f; cat in/two >> out/f",
            &[],
            one("archive-damaged"),
        ),
    ] {
        let tree = tree();
        tree.shell(script);
        for (archive, ran) in [("out/f", scan(&tree, &["out/f"])), ("-", from_stdin(&tree, "out/f"))] {
            // What is in a stream ends like what is cut off, if its directory cannot be read first.
            let mut expected = below(archive, paths);
            if paths == [""] {
                expected = vec![archive.to_owned()];
            }
            if name.starts_with("a magic") {
                continue;
            }
            assert_eq!(ran.paths(), expected, "{name} from {archive}: {ran:?}");
            assert_eq!(ran.skipped(), reasons, "{name} from {archive}: {ran:?}");
            assert_eq!(ran.code, if expected.is_empty() { 3 } else { 1 }, "{name}");
            assert!(ran.stderr.contains(&reasons[0].0), "{name}: {ran:?}");
        }
    }
}

#[test]
fn bombs_are_bounded() {
    // A name, what makes it, flags. The small file beside it is scanned all the same.
    for (name, script, flags) in [
        ("ratio, gzip", "head -c 100M /dev/zero | gzip > out/f", &[][..]),
        ("ratio, zstd in zstd", "head -c 100M /dev/zero | zstd -q | zstd -q > out/f", &[]),
        ("ratio, xz", "head -c 100M /dev/zero | xz -1 > out/f", &[]),
        ("ratio, bzip2", "head -c 100M /dev/zero | bzip2 > out/f", &[]),
        (
            "ratio, zip in zip",
            "head -c 100M /dev/zero > z; zip -q a.zip z; rm z; zip -q b a.zip; mv b.zip out/f",
            &[],
        ),
        ("bytes", "cp in/large.bin x; gzip < x > out/f", &["--max-archive-bytes", "1M"]),
        ("entries", "tar c -C in . > out/f", &["--max-archive-entries", "2"]),
        ("depth", "gzip < in/a/clean | gzip | gzip > out/f", &["--max-archive-depth", "2"]),
        (
            "a window that is too large",
            "head -c 12M /dev/urandom > r; cat r r | zstd -q --long=27 > out/f",
            &[],
        ),
        ("a window that is too large", "head -c 12M /dev/urandom > r; cat r r | xz -9 > out/f", &[]),
    ] {
        let tree = tree();
        tree.shell(script);
        tree.shell("rm -f z r x; cp in/two out/two");
        let ran = scan(&tree, &[&["out", "-j1"], flags].concat());
        assert_eq!(ran.paths().last().map(String::as_str), Some("out/two"), "{name}: {ran:?}");
        assert_eq!(ran.skipped(), [("archive-limit".to_owned(), 1)], "{name}: {ran:?}");
        assert!(ran.stderr.contains("--max-archive-"), "{name}: {ran:?}");
        assert_eq!(ran.summary()["incomplete"], true);
        let peak = peak_memory(&tree, &[&["out", "-j1"], flags].concat());
        assert!(peak <= 40 << 10, "{name}, {script}: {peak} KiB");
    }
}

/// The most memory in KiB that a scan takes up.
fn peak_memory(tree: &Tree, args: &[&str]) -> u64 {
    tree.file(
        "peak.py",
        "import resource, subprocess, sys\n\
         subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n\
         print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n",
    );
    let mut command = Command::new("python3");
    command.args(["peak.py", env!("CARGO_BIN_EXE_scalr-detect"), "scan"]).args(args);
    let output = command.current_dir(tree.path()).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}

#[test]
fn hostile_archives() {
    // A name, what Python makes it (`out/f`), what is found, what is not read.
    let prelude = "import zipfile, tarfile, io, struct, zlib\n\
                   two = open('in/two', 'rb').read()\n\
                   def tar(name, size, data, kind=b'0'):\n\
                   \x20   h = bytearray(512)\n\
                   \x20   h[:len(name)] = name; h[100:107] = b'0000644'; h[124:136] = size; h[156:157] = kind\n\
                   \x20   h[257:265] = b'ustar\\x0000'; h[148:156] = b' ' * 8\n\
                   \x20   h[148:155] = b'%06o\\0' % sum(h)\n\
                   \x20   return bytes(h) + data + bytes(-len(data) % 512)\n\
                   def local(name, data, method=0, csize=None, usize=None, crc=None, flags=0):\n\
                   \x20   raw = zlib.compress(data, 9)[2:-4] if method == 8 else data\n\
                   \x20   return struct.pack('<IHHHHHIIIHH', 0x04034b50, 20, flags, method, 0, 0, zlib.crc32(data) if crc is None else crc, len(raw) if csize is None else csize, len(data) if usize is None else usize, len(name), 0) + name + raw\n\
                   def central(name, at, csize, usize, crc, method=0):\n\
                   \x20   return struct.pack('<IHHHHHHIIIHHHHHII', 0x02014b50, 20, 20, 0, method, 0, 0, crc, csize, usize, len(name), 0, 0, 0, 0, 0, at) + name\n\
                   def end(n, size, at):\n\
                   \x20   return struct.pack('<IHHHHIIH', 0x06054b50, 0, 0, n, n, size, at, 0)\n";
    let oct = |n: u64| format!("b'{n:011o}\\0'");
    let tar_entry = |size: &str| {
        format!("open('out/f', 'wb').write(tar(b'a', b'%011o\\0' % len(two), two) + tar(b'b', {size}, two))")
    };
    for (name, script, paths, reasons) in [
        ("a tar that claims 100 GB", tar_entry(&oct(77_777_777_777 & 0o77_777_777_777)), &["a", "b"][..], &["archive-damaged"][..]),
        ("a tar that claims 2^63 bytes", tar_entry("b'\\x80\\0\\0\\0\\x80' + bytes(7)"), &["a", "b"], &["archive-damaged"]),
        ("a tar with a negative size", tar_entry("b'\\xff' * 12"), &["a", ""], &["archive-damaged"]),
        ("a tar whose size is no number", tar_entry("b'99999999999\\0'"), &["a", ""], &["archive-damaged"]),
        ("a tar with a name of 100 GB", format!("open('out/f', 'wb').write(tar(b'a', b'%011o\\0' % len(two), two) + tar(b'b', {}, two, b'L'))", oct(68_000_000_000)), &["a"], &["archive-damaged"]),
        ("a pax header with a size of its own", "open('out/f', 'wb').write(tar(b'p', b'%011o\\0' % 30, b'30 size=99999999999999999999x\\n', b'x') + tar(b'a', b'%011o\\0' % len(two), two))".to_owned(), &["a"], &[]),
        ("a pax header that goes nowhere", "open('out/f', 'wb').write(tar(b'p', b'%011o\\0' % 9, b'9999999 x', b'x') + tar(b'a', b'%011o\\0' % len(two), two))".to_owned(), &["a"], &[]),
        ("a link with a size", "open('out/f', 'wb').write(tar(b'l', b'%011o\\0' % 9999, b'', b'2') + tar(b'a', b'%011o\\0' % len(two), two))".to_owned(), &["a"], &[]),
        ("a zip that claims 4 GB", "open('out/f', 'wb').write(local(b'a', two, 0, 0xfffffff0, 0xfffffff0))".to_owned(), &["a"], &["archive-damaged"]),
        ("a zip whose sizes lie", "d = local(b'a', two, 8, None, 3); c = central(b'a', 0, len(d) - 31, 3, zlib.crc32(two), 8); open('out/f', 'wb').write(d + c + end(1, len(c), len(d)))".to_owned(), &["a"], &[]),
        ("a zip of which all entries are the same bytes", "d = local(b'a', b'x' * 100000, 0); c = b''.join(central(b'a%d' % i, 0, 100000, 100000, zlib.crc32(b'x' * 100000)) for i in range(1000)); open('out/f', 'wb').write(d + c + end(1000, len(c), len(d)))".to_owned(), &[], &["archive-damaged"]),
        ("a zip whose directory is somewhere else", "d = local(b'a', two, 8); open('out/f', 'wb').write(d + end(1, 46, 0xfffffff0))".to_owned(), &["a"], &[]),
        ("a zip of which an entry begins behind its end", "d = local(b'a', two, 8); c = central(b'a', 0, len(d) - 31, len(two), zlib.crc32(two), 8) + central(b'b', 0xffff0000, 5, 5, 0); open('out/f', 'wb').write(d + c + end(2, len(c), len(d)))".to_owned(), &["a"], &["archive-damaged"]),
        ("a zip with 65535 entries and one", "d = local(b'a', two, 8); c = central(b'a', 0, len(d) - 31, len(two), zlib.crc32(two), 8); open('out/f', 'wb').write(d + c + end(65534, len(c), len(d)))".to_owned(), &["a"], &["?"]),
        ("a stored entry of unknown size", "open('out/f', 'wb').write(local(b'a', two + b' ', 0, 0, 0, 0, 8) + b'PK\\x07\\x08' + bytes(12) + end(0, 0, 0)[:10])".to_owned(), &[""], &["archive-damaged"]),
        ("an ar whose size is no number", "open('out/f', 'wb').write(b'!<arch>\\n' + b'a/'.ljust(16) + b'0'.ljust(12) + b'0'.ljust(6) * 2 + b'100644'.ljust(8) + b'-5'.ljust(10) + b'`\\n' + two)".to_owned(), &[""], &["archive-damaged"]),
    ] {
        let tree = tree();
        tree.python(&format!("{prelude}{script}\n"));
        for (archive, ran) in [("out/f", scan(&tree, &["out/f"])), ("-", from_stdin(&tree, "out/f"))] {
            let mut expected: Vec<String> = paths
                .iter()
                .map(|path| if path.is_empty() { archive.to_owned() } else { format!("{archive}!{path}") })
                .collect();
            expected.sort_unstable();
            let from_stream = archive == "-";
            assert_eq!(ran.paths(), expected, "{name} from {archive}: {ran:?}");
            // What a directory says is not seen in a stream.
            if !(from_stream && name.starts_with("a zip")) && reasons != ["?"] {
                let found: Vec<String> = ran.skipped().into_iter().map(|(reason, _)| reason).collect();
                assert_eq!(found, reasons, "{name} from {archive}: {ran:?}");
            }
        }
    }
}

#[test]
fn a_zip_that_contains_itself_ends() {
    let tree = tree();
    // Not a true quine, but as deep as one likes.
    tree.shell("cp in/two x; for i in $(seq 63); do zip -q y.zip x; mv y.zip x; done; mv x out/f");
    let ran = scan(&tree, &["out/f"]);
    assert_eq!(ran.skipped(), [("archive-limit".to_owned(), 1)], "{ran:?}");
    // A thread has a smaller stack than the program.
    for threads in ["-j1", "-j3"] {
        tree.file("out/other", "clean");
        let ran = scan(&tree, &["out", "--max-archive-depth", "64", threads]);
        assert_eq!((ran.paths().len(), ran.skipped()), (1, vec![]), "{ran:?}");
    }
}

#[test]
fn values_of_a_database_that_go_over_pages() {
    let tree = tree();
    let secrets: Vec<String> = (0..128).map(token).collect();
    tree.file("in/secrets", secrets.join("\n"));
    tree.python(
        "import sqlite3\n\
         secrets = open('in/secrets').read().split('\\n')\n\
         for page in (512, 4096, 65536):\n\
         \x20   c = sqlite3.connect(f'out/{page}.db')\n\
         \x20   c.execute(f'pragma page_size={page}')\n\
         \x20   c.execute('create table t(v)')\n\
         \x20   c.execute('create table i(v primary key) without rowid')\n\
         \x20   for n in range(64):\n\
         \x20       fill = 'v ' * (n * page // 64)\n\
         \x20       c.execute('insert into t values(?)', (fill + secrets[n] + ' w' * 40,))\n\
         \x20       c.execute('insert into i values(?)', (fill + secrets[64 + n] + ' w' * 40,))\n\
         \x20   c.commit()\n",
    );
    let distinct = |ran: &Ran| {
        let mut found: Vec<String> =
            ran.findings().iter().map(|found| found["fingerprint"].to_string()).collect();
        found.sort_unstable();
        found.dedup();
        found.len()
    };
    for page in [512, 4096, 65536] {
        let path = format!("out/{page}.db");
        let (whole, plain) = (scan(&tree, &[&path]), scan(&tree, &[&path, "--no-archives"]));
        assert_eq!((distinct(&whole), whole.skipped()), (secrets.len(), vec![]), "{page}");
        assert!(distinct(&plain) < secrets.len(), "{page}: there is nothing to be put together");
        let over = |found: &&Value| found["path"].as_str().unwrap().starts_with(&format!("{path}!page-"));
        assert!(whole.findings().iter().filter(over).count() > 0);
        assert!(whole.findings().len() <= secrets.len() + 2, "{page}: found twice");
    }
    // In an archive.
    tree.shell("tar cz -C out 512.db > out/t.tgz");
    assert_eq!(distinct(&scan(&tree, &["out/t.tgz"])), secrets.len());
}

#[test]
fn what_a_pdf_shows() {
    let tree = tree();
    // A page, its text in pieces; an embedded file; an image with what would be a secret in a text; all deflated.
    tree.python("import zlib
secret = open('in/two').read()
pieces = ' '.join(f'({secret[i:i + 7]}) {i % 5 - 3}' for i in range(0, len(secret), 7))
def obj(n, data, keys='', deflate=True):
    data = zlib.compress(data) if deflate else data
    filter = '/Filter /FlateDecode' if deflate else ''
    return f'{n} 0 obj\\n<< /Length {len(data)} {filter} {keys} >>\\nstream\\r\\n'.encode() + data + b'\\nendstream\\nendobj\\n'
page = f'BT /F1 9 Tf 72 720 Td [{pieces}] TJ ET'.encode()
head = b'%PDF-1.7\\n%\\xe2\\xe3\\xcf\\xd3\\n1 0 obj\\n<< /Type /Catalog >>\\nendobj\\n'
open('out/page.pdf', 'wb').write(head + obj(2, page))
open('out/file.pdf', 'wb').write(head + obj(2, b'no text') + obj(3, secret.encode(), '/Type /EmbeddedFile'))
open('out/image.pdf', 'wb').write(head + obj(3, secret.encode(), '/Type /XObject /Subtype /Image'))
import base64
coded = base64.a85encode(zlib.compress(page)) + b'~>'
open('out/ascii.pdf', 'wb').write(head + obj(2, coded, '/Filter [ /ASCII85Decode /FlateDecode ]', False))
open('out/plain.pdf', 'wb').write(head + obj(2, secret.encode(), '', False))
open('out/long.pdf', 'wb').write(head + obj(2, b'0 0 1 rg ' * 200000 + page + b' 1 1 1 rg' * 200000))
open('out/cut.pdf', 'wb').write((head + obj(2, page + b' 0 1 0 rg' * 9 + bytes(range(256)) * 3))[:-60])
open('out/secret.pdf', 'wb').write(head + obj(2, page, '', True).replace(b'stream\\r\\nx', b'stream\\r\\ny') + b'trailer\\n<< /Encrypt 9 0 R >>\\n')
",
    );
    let ran = scan(&tree, &["out"]);
    let paths = [
        "ascii.pdf!stream-1",
        "cut.pdf!stream-1",
        "file.pdf!stream-2",
        "long.pdf!stream-1",
        "page.pdf!stream-1",
        "plain.pdf",
    ];
    assert_eq!(ran.paths(), paths.map(|path| format!("out/{path}")), "{ran:?}");
    assert_eq!(ran.skipped(), [("archive-damaged".to_owned(), 1), ("encrypted".to_owned(), 1)], "{ran:?}");
    // In an archive.
    tree.shell("tar cz -C out page.pdf > t.tgz");
    assert_eq!(scan(&tree, &["t.tgz"]).paths(), ["t.tgz!page.pdf!stream-1"]);
    // From the flags: without archives, streams are left alone.
    assert_eq!(scan(&tree, &["out", "--no-archives"]).paths(), ["out/plain.pdf"]);
}

#[test]
fn a_scan_of_an_archive_can_be_ended_by_its_first_finding() {
    let tree = tree();
    tree.shell("tar cz -C in . > out/f");
    let ran = scan(&tree, &["out/f", "--quiet"]);
    assert_eq!((ran.code, &ran.stdout[..], &ran.stderr[..]), (1, "", ""));
}

#[test]
fn what_is_cut_off_or_changed_anywhere_does_no_harm() {
    let tree = Tree::new();
    tree.file("in/two", format!("{}\n", token(2)));
    fs::create_dir(tree.path().join("out")).unwrap();
    tree.shell(
        "cd in; tar c two > ../out/a.tar; gzip < two > ../out/b.gz; xz < two > ../out/c.xz; \
         zstd -q < two > ../out/d.zst; bzip2 < two > ../out/e.bz2; zip -q ../out/f.zip two; \
         zip -q - two | cat > ../out/g.zip; ar rcS ../out/i.a two",
    );
    tree.python(
        "import sqlite3, os\n\
         c = sqlite3.connect('out/j.db')\n\
         c.execute('pragma page_size=512')\n\
         c.execute('create table t(v)')\n\
         c.execute('insert into t values(?)', ('v ' * 400,))\n\
         c.commit()\n\
         c.close()\n\
         for name in os.listdir('out'):\n\
         \x20   data = open(f'out/{name}', 'rb').read()\n\
         \x20   os.makedirs(f'all/{name}')\n\
         \x20   step = max(1, len(data) // 600)\n\
         \x20   for n in range(0, len(data), step):\n\
         \x20       open(f'all/{name}/{n}.cut', 'wb').write(data[:n])\n\
         \x20       for bits in (1, 0x80, 0xff):\n\
         \x20           changed = bytearray(data)\n\
         \x20           changed[n] ^= bits\n\
         \x20           open(f'all/{name}/{n}.{bits}', 'wb').write(changed)\n",
    );
    let ran = scan(&tree, &["all", "--max-archive-bytes", "64M"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    std::io::stdout().flush().unwrap();
}
