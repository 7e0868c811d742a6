//! Values that stand for a secret and are none: masks, repeats, sequences, words such as `example`, interpolations.
//!
//! Every rule is chosen so that a random value meets it practically never: a run of eight equal hexadecimal digits
//! somewhere in 32 has probability 10^-7. What machines made is safe from these rules; what people typed is not.

/// Words that mark a value wherever they stand, in any case, with or without `-`, `_`, `.` or a space between their
/// letters. Seven letters at least: a given word of seven is in 40 random base62 characters once in 10^9.
const ANYWHERE: &[&[u8]] = &[
    b"changeit",
    b"changeme",
    b"dummykey",
    b"dummysecret",
    b"dummytoken",
    b"enteryour",
    b"example",
    b"fakekey",
    b"fakesecret",
    b"faketoken",
    b"inserthere",
    b"insertyour",
    b"keyhere",
    b"notarealkey",
    b"notarealtoken",
    b"notasecret",
    b"notreal",
    b"placeholder",
    b"pleasechange",
    b"putyour",
    b"redacted",
    b"replaceme",
    b"replacewith",
    b"samplekey",
    b"samplesecret",
    b"sampletoken",
    b"secrethere",
    b"supersecret",
    b"testtoken",
    b"thisisnota",
    b"tokenhere",
    b"youraccess",
    b"yourapi",
    b"yourauth",
    b"yourclient",
    b"yourkey",
    b"yourpassword",
    b"yoursecret",
    b"yourtoken",
];

/// Words that mark a value only as a whole part of it: between ends or bytes that are neither letters nor digits.
const PARTS: &[&[u8]] = &[
    b"dummy", b"fake", b"fixme", b"foobar", b"here", b"insert", b"masked", b"removed", b"sample", b"todo",
    b"xxx", b"your",
];

/// Values that are the name of a thing instead of the thing.
const WHOLE: &[&[u8]] = &[
    b"",
    b"apikey",
    b"api_key",
    b"api-key",
    b"key",
    b"password",
    b"passwd",
    b"pass",
    b"pwd",
    b"secret",
    b"token",
    b"null",
    b"nil",
    b"none",
    b"true",
    b"false",
    b"undefined",
    b"string",
    b"value",
    b"empty",
    b"default",
    b"qwerty",
    b"test",
];

/// FNV-1a (64 bits) of the first 16 bytes of values that vendors publish for everyone's use: the keys of Azure's storage
/// and Cosmos DB emulators, the test keys in the documentation of Stripe, reCAPTCHA, hCaptcha and GitHub.
const PUBLISHED: &[u64] = &[
    0x247a_40b7_0969_bb3c,
    0xe51f_28e0_8683_f817,
    0xf2ce_285b_9861_727e,
    0x947b_c925_5dcf_6bde,
    0x6f91_89e6_e092_1c50,
    0xa563_adaf_8d31_d2ef,
    0x158b_2faf_cc97_42e9,
    0x4683_e059_b695_361e,
];

/// The same of values that nobody needs to hear of: keys in samples of Google's, a UUID that tests of other scanners use.
const SAMPLES: &[u64] = &[0x9296_5636_4412_8502, 0xa454_ded6_8e3d_b7dd, 0xf35d_dd69_60a9_cb87];

/// The same of the last 16 bytes: of the tokens that jwt.io shows and of those in RFC 7515 and RFC 7519, which begin as most
/// others do.
const PUBLISHED_ENDS: &[u64] =
    &[0xa676_8c29_54ca_d936, 0x9895_fd9f_825e_5c87, 0x9461_83ae_d2f3_70b5, 0xe4a5_aee9_9dc3_c7b7];

/// The same of whole values: the tokens, secrets and nonces in the examples of RFC 5849, 6455, 6749 and 6750 and of OpenID
/// Connect, which documentation and tests of every client repeat.
const PUBLISHED_WHOLE: &[u64] = &[
    0x846b_2a1e_2fad_7fcb,
    0xecc1_a447_4851_bc28,
    0x30aa_8188_bb02_3e35,
    0xe8b8_2398_b006_fa7a,
    0x03b3_433f_2c47_d86f,
    0x0586_33e2_ffe8_cd27,
    0x8c68_6d6a_81e1_31b8,
    0x268c_162f_0c1d_cb48,
    0x55e6_407f_d6ee_a643,
    0x273f_5e02_3867_ba98,
    0x105e_4dd7_63a8_12bc,
    0x3c0d_8e9d_b0e6_bea8,
    0x76f0_7e1e_430f_318e,
    0x1a7b_78be_56f3_054d,
    0xd9ad_86ad_3724_159b,
];

/// What a value is that stands for a secret and is none.
///
/// The three differ in what whoever looks for all that may be a secret wants to know of them. Nobody wants to hear of a blank: it
/// says itself that something is left out. A value that is made up fills a place as a secret would, and often becomes one, as the
/// key of a development server does; it is worth telling where it has the whole shape that a provider's secrets have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placeholder {
    /// A mask, an interpolation, a byte repeated, a word such as `example`, the name of a thing instead of the thing.
    Blank,
    /// A sequence, or a pattern of several bytes repeated.
    MadeUp,
    /// One that vendors and standards publish for everyone's use, so that it is in documentation and tests everywhere.
    Published,
}

/// Whether the value is obviously not a real secret, and why: see [`Placeholder`].
///
/// A random value of 16 or more base62 characters, or of 32 or more hexadecimal ones, is one with a probability below
/// 10^-5. An empty value is one. Linear in the length.
pub fn placeholder(value: &[u8]) -> Option<Placeholder> {
    // Most values are letters and digits, which spares them half of the rules.
    let marks = value.iter().fold(0, |marks, byte| marks | MARKS[usize::from(*byte)]);
    if is_published(value) {
        Some(Placeholder::Published)
    } else if value.len() < 4 // Nothing that short is a secret.
        || is_whole(value)
        || marks & MASK != 0 && is_masked(value)
        || marks & OPENS != 0 && is_interpolated(value)
        || has_word(value)
        || value.len() > 16 && SAMPLES.contains(&fnv(&value[..16]))
    {
        Some(Placeholder::Blank)
    } else if is_periodic(value) || is_sequence(value) || is_mixed_sequence(value) {
        Some(if is_one_byte(value) { Placeholder::Blank } else { Placeholder::MadeUp })
    } else {
        None
    }
}

/// Whether the value is a placeholder of any kind: see [`placeholder`].
pub fn is_placeholder(value: &[u8]) -> bool {
    placeholder(value).is_some()
}

/// The byte may be a part of a mask.
const MASK: u8 = 1;
/// The byte may open an interpolation.
const OPENS: u8 = 2;
/// [`MASK`] and [`OPENS`] by byte.
static MARKS: [u8; 256] = {
    let mut marks = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        marks[byte] = match byte as u8 {
            b'*' | b'.' | b'x' | b'X' | b'?' | 0x80.. => MASK,
            b'#' => MASK | OPENS,
            b'$' | b'{' | b'<' | b'%' | b'[' | b'@' => OPENS,
            _ => 0,
        };
        byte += 1;
    }
    marks
};

/// Shannon entropy of the bytes, in bits a byte (0 for an empty value).
pub fn entropy(value: &[u8]) -> f32 {
    let mut counts = [0u32; 256];
    for &byte in value {
        counts[byte as usize] += 1;
    }
    let len = value.len() as f32;
    counts.iter().filter(|&&count| count > 0).map(|&count| count as f32 / len).map(|p| -p * p.log2()).sum()
}

fn is_whole(value: &[u8]) -> bool {
    value.len() <= 9 && WHOLE.iter().any(|word| value.eq_ignore_ascii_case(word))
}

fn is_published(value: &[u8]) -> bool {
    value.len() >= 10 && PUBLISHED_WHOLE.contains(&fnv(value))
        || value.len() > 16
            && (PUBLISHED.contains(&fnv(&value[..16]))
                || PUBLISHED_ENDS.contains(&fnv(&value[value.len() - 16..])))
}

fn fnv(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ byte as u64).wrapping_mul(0x0100_0000_01b3))
}

/// Three dots or stars, an ellipsis or bullets, or five `x`.
fn is_masked(value: &[u8]) -> bool {
    let (mut run, mut last) = (0, 0);
    for &byte in value {
        run = if byte == last { run + 1 } else { 1 };
        last = byte;
        let limit = match byte {
            b'*' | b'.' => 3,
            b'x' | b'X' | b'#' | b'?' => 5,
            _ => continue,
        };
        if run >= limit {
            return true;
        }
    }
    !value.is_ascii() && ["…", "•", "●"].iter().any(|mark| find(value, mark.as_bytes()))
}

fn find(value: &[u8], needle: &[u8]) -> bool {
    value.windows(needle.len()).any(|window| window == needle)
}

/// `${NAME}`, `{{ name }}`, `<name>`, `%NAME%`, `$(command)`, `$NAME`, `%s`, `#{name}` and their like.
fn is_interpolated(value: &[u8]) -> bool {
    let pair = |open: &[u8], close: &[u8]| {
        value
            .windows(open.len())
            .position(|window| window == open)
            .is_some_and(|at| find(&value[at + open.len()..], close))
    };
    let whole = match value {
        [b'<', .., b'>'] | [b'%', _, .., b'%'] | [b'[', .., b']'] | [b'{', .., b'}'] => {
            // A JSON object is a value, a word in brackets is none.
            !value[1..value.len() - 1].contains(&b'"')
        }
        [b'%', b's' | b'd' | b'v' | b'r'] | [b'%', b'(', ..] => true,
        [b'$', rest @ ..] | [b'@', rest @ ..] if !rest.is_empty() => {
            rest.iter().all(|&byte| byte.is_ascii_uppercase() || byte == b'_')
        }
        _ => false,
    };
    whole
        || pair(b"${", b"}")
        || pair(b"{{", b"}}")
        || pair(b"#{", b"}")
        || pair(b"<%", b"%>")
        || pair(b"$(", b")")
}

/// Mostly one short pattern, repeated: for some period of 1 to 8 bytes, equality with the byte a period before goes
/// on for at least eight bytes, and what it covers is at least half of the value. Short values, and patterns of up to 16
/// bytes, must make up the whole value.
fn is_periodic(value: &[u8]) -> bool {
    let len = value.len();
    let whole = |period: usize| {
        len >= period * 2 && value[period] == value[0] && value[period..] == value[..len - period]
    };
    let mostly = |period: usize| {
        longest_run(len, period, |i| value[i] == value[i - period])
            .is_some_and(|run| (run + period) * 2 >= len)
    };
    (1..=16).any(whole) || (1..=8).any(mostly)
}

/// Whether three of four letters and digits are the same, as in a UUID of zeros.
fn is_one_byte(value: &[u8]) -> bool {
    let mut counts = [0usize; 256];
    for byte in value.iter().filter(|byte| byte.is_ascii_alphanumeric()) {
        counts[usize::from(*byte)] += 1;
    }
    counts.iter().max().is_some_and(|most| most * 4 >= counts.iter().sum::<usize>() * 3)
}

/// The length of the longest run of at least eight positions from `start` to `len` for which `test` is true, if there
/// is one. Every such run has a position in each row of eight, so looking at one in eight finds it.
fn longest_run(len: usize, start: usize, test: impl Fn(usize) -> bool) -> Option<usize> {
    let mut longest = 7;
    let mut at = start + 7;
    while at < len {
        if test(at) {
            let before = (start..at).rev().take_while(|&i| test(i)).count();
            let after = (at + 1..len).take_while(|&i| test(i)).count();
            longest = longest.max(before + 1 + after);
            at += after;
        }
        at += 8;
    }
    (longest >= 8).then_some(longest)
}

/// Rows of a keyboard.
const ROWS: &[&[u8]] = &[b"qwertyuiop", b"asdfghjkl", b"zxcvbnm"];

/// Position on the keyboard's letter rows, rows far apart. 0 for other bytes.
static KEYS: [u8; 256] = {
    let mut keys = [0; 256];
    let mut row = 0;
    while row < ROWS.len() {
        let mut i = 0;
        while i < ROWS[row].len() {
            keys[ROWS[row][i] as usize] = (row * 20 + i + 1) as u8;
            i += 1;
        }
        row += 1;
    }
    keys
};

/// What comes next in counting up, digits and letters in lower case: up to three answers, as 9 goes on with 0 or a, and f (in
/// hexadecimal) with g, or 0 or a. 0 for bytes that are not counted with.
static NEXT: [[u8; 3]; 256] = {
    let mut next = [[0; 3]; 256];
    let mut byte = 0;
    while byte < 256 {
        let lower = (byte as u8).to_ascii_lowercase();
        next[byte] = match lower {
            b'9' => [b'0', b'a', 0],
            b'z' => [b'a', b'0', 0],
            b'f' => [b'g', b'0', b'a'],
            b'0'..=b'8' | b'a'..=b'y' => [lower + 1, 0, 0],
            _ => [0; 3],
        };
        byte += 1;
    }
    next
};

/// Whether `b` comes next after `a` in counting up.
fn follows(a: u8, b: u8) -> bool {
    b != 0 && NEXT[a as usize].contains(&b.to_ascii_lowercase())
}

/// Mostly counting up or down, or along a row of the keyboard; also two such sequences woven into each other
/// (`a1b2c3d4`). Runs of four bytes or more count, and together must cover half of the value and eight bytes.
fn is_sequence(value: &[u8]) -> bool {
    let len = value.len();
    let woven = |i: usize| follows(value[i - 2], value[i]);
    if longest_run(len, 2, woven).is_some_and(|run| (run + 2) * 2 >= len) {
        return true;
    }
    let key = |byte: u8| KEYS[byte.to_ascii_lowercase() as usize];
    let next_key = |a: u8, b: u8| key(a) != 0 && key(b) == key(a) + 1;
    // Three of four bytes of a run follow the one before, so half of the value needs this many that do, of any kind.
    let any = |pair: &&[u8]| {
        let (a, b) = (pair[0], pair[1]);
        follows(a, b) || follows(b, a) || next_key(a, b) || next_key(b, a)
    };
    if value.windows(2).filter(any).count() * 8 < len * 3 {
        return false;
    }
    let kinds: [&dyn Fn(u8, u8) -> bool; 4] =
        [&follows, &|a, b| follows(b, a), &next_key, &|a, b| next_key(b, a)];
    let mut covered = 0;
    for step in kinds {
        let mut run = 1;
        for pair in value.windows(2) {
            if step(pair[0], pair[1]) {
                run += 1;
                continue;
            }
            if run >= 4 {
                covered += run;
            }
            run = 1;
        }
        if run >= 4 {
            covered += run;
        }
    }
    covered >= 8 && covered * 2 >= len
}

/// Letters and digits that each count up, or each down, however they are mixed (`ab12cd34`, `123abc456def`): at least three
/// of four follow the one before of their kind, and there are eight or more.
fn is_mixed_sequence(value: &[u8]) -> bool {
    let (mut letter, mut digit) = (None, None);
    let (mut up, mut down, mut all) = (0, 0, 0);
    for byte in value.iter().filter(|byte| byte.is_ascii_alphanumeric()) {
        let last = if byte.is_ascii_digit() { &mut digit } else { &mut letter };
        if let Some(last) = last.replace(*byte) {
            all += 1;
            up += follows(last, *byte) as usize;
            down += follows(*byte, last) as usize;
        }
    }
    all >= 6 && up.max(down) * 4 >= all * 3
}

/// Where in [`ANYWHERE`] the words of each first letter are, their start and end, and their second letters as bits.
static BY_LETTER: [(u8, u8, u32); 26] = {
    let mut ranges = [(0, 0, 0); 26];
    let mut i = 0;
    while i < ANYWHERE.len() {
        let letter = (ANYWHERE[i][0] - b'a') as usize;
        if ranges[letter].1 == 0 {
            ranges[letter].0 = i as u8;
        }
        ranges[letter].1 = i as u8 + 1;
        ranges[letter].2 |= 1 << (ANYWHERE[i][1] - b'a');
        i += 1;
    }
    ranges
};

fn has_word(value: &[u8]) -> bool {
    for (at, &byte) in value.iter().enumerate() {
        let letter = byte.to_ascii_lowercase().wrapping_sub(b'a') as usize;
        let Some(&(start, end, seconds)) = BY_LETTER.get(letter) else { continue };
        let from = &value[at..];
        let second = from.get(1).map_or(0, |byte| byte.to_ascii_lowercase().wrapping_sub(b'a'));
        // After a separator any letter may be the second.
        let possible = second >= 26 || seconds >> second & 1 == 1;
        if possible && ANYWHERE[start as usize..end as usize].iter().any(|word| begins(from, word)) {
            return true;
        }
        if at == 0 || !value[at - 1].is_ascii_alphanumeric() {
            let end = from
                .iter()
                .take(8)
                .position(|byte| !byte.is_ascii_alphanumeric())
                .unwrap_or(from.len().min(8));
            if PARTS.iter().any(|word| from[..end].eq_ignore_ascii_case(word)) {
                return true;
            }
        }
    }
    false
}

/// Whether the letters of `word` come next in `text`, in any case and with at most one separator between two.
fn begins(text: &[u8], word: &[u8]) -> bool {
    let mut at = 0;
    for letter in word {
        if at > 0 && matches!(text.get(at), Some(b'-' | b'_' | b'.' | b' ')) {
            at += 1;
        }
        match text.get(at) {
            Some(byte) if byte.eq_ignore_ascii_case(letter) => at += 1,
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::{BASE62_DUL, BASE64_URL};
    use crate::testing::Random;

    #[test]
    fn placeholders() {
        for value in [
            "",
            "abc",
            "xxxxxxxxxxxxxxxx",
            "****",
            "sk_live_...",
            "abcd…",
            "key_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "XXXXXXXXXXXXXXXXXXXXXXXX",
            "00000000000000000000000000000000",
            "aaaaaaaaaaaaaaaa",
            "abababababab",
            "abcdabcdabcdabcd",
            "12341234",
            "deadbeefdeadbeefdeadbeefdeadbeef",
            "0123456789abcdef0123456789abcdef",
            "abcdefghijklmnopqrstuvwxyz",
            "ABCDEFGHIJKLMNOP",
            "fedcba9876543210fedcba9876543210",
            "1234567890",
            "key_abcdefghijklmnopqrstuvwxyz0123456789",
            "qwertyuiop",
            "qwertyuiop123456",
            "AKIAIOSFODNN7EXAMPLE",
            "a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6",
            "your-api-key",
            "YOUR_API_KEY_HERE",
            "<token>",
            "<YOUR TOKEN>",
            "${SECRET}",
            "prefix-${SECRET}-x",
            "{{ secret }}",
            "{{secret}}",
            "%SECRET%",
            "$SECRET_KEY",
            "$(cat file)",
            "#{secret}",
            "<%= secret %>",
            "changeme",
            "Change-Me",
            "CHANGE_ME_PLEASE",
            "replace-me",
            "redacted",
            "[REDACTED]",
            "REDACTED",
            "my-dummy-value",
            "dummy_token",
            "fake-key",
            "TODO",
            "fixme",
            "insert-your-token",
            "test-token-1",
            "sample",
            "sample-value",
            "placeholder",
            "password",
            "null",
            "NONE",
            "undefined",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "put your key here",
            "not-a-real-key",
            "{token}",
            "%s",
            "T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
            "1a2b3c4d5e6f7a8b9c0d",
            "?????",
            "ab12cd34ef56gh78ij90kl12mn34op56qr78st",
            "abc123def456789a",
            "123ABC456DEF789GHI012JKL",
            "a1b2c3d4e5f67890a1b2c3d4e5f67890a1b2c3d4e5f67890a1b2c3d4e5f67890",
            "3214567890cbadef3214567890cbadef",
        ] {
            assert!(is_placeholder(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn made_up_values_are_told_from_blanks() {
        for (value, want) in [
            ("fedcba9876543210fedcba9876543210", Placeholder::MadeUp),
            ("uvwxyz9876543210zyxw", Placeholder::MadeUp),
            ("87654321-fedc-1234-abcd-fedcba987654", Placeholder::MadeUp),
            ("deadbeefdeadbeefdeadbeefdeadbeef", Placeholder::MadeUp),
            ("key_abcdefghijklmnopqrstuvwxyz0123456789", Placeholder::MadeUp),
            ("a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6", Placeholder::MadeUp),
            ("00000000000000000000000000000000", Placeholder::Blank),
            ("00000000-0000-0000-0000-000000000000", Placeholder::Blank),
            ("00000000-0000-0000-0000-000000000001", Placeholder::Blank),
            ("xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", Placeholder::Blank),
            ("----------------", Placeholder::Blank),
            ("abc", Placeholder::Blank),
            ("my-example-0123456789abcdef", Placeholder::Blank),
            ("${SECRET_0123456789abcdef}", Placeholder::Blank),
            ("****0123456789abcdef", Placeholder::Blank),
        ] {
            assert_eq!(placeholder(value.as_bytes()), Some(want), "{value}");
        }
    }

    #[test]
    fn words_are_sorted_and_long() {
        assert!(ANYWHERE.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(ANYWHERE.iter().all(|word| word.len() >= 7));
        assert!(PARTS.iter().all(|word| word.len() < 8));
    }

    #[test]
    fn published_values() {
        let values = [
            ["Eby8vdM02xNO", "cqFlqUwJPLlmEtlC"].concat(),
            ["C2y6yDjf5/R+", "ob0N8A7Cgv30VRDJ"].concat(),
            ["sk_test_4eC39", "HqLyjWDarjtT1zdp7dc"].concat(),
        ];
        for value in values {
            assert!(is_published(value.as_bytes()), "{:#x}", fnv(&value.as_bytes()[..16]));
            assert!(!is_published(&value.as_bytes()[1..]));
        }
        for value in [
            "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_ad".to_owned() + "Qssw5c",
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1g".to_owned() + "FWFOEjXk",
        ] {
            assert!(is_published(value.as_bytes()));
            assert!(!is_published(&value.as_bytes()[..value.len() - 1]));
        }
    }

    #[test]
    fn not_placeholders() {
        for value in [
            "correct-horse-battery",
            "hunter2!x",
            "test1234",
            "admin1234",
            "sk_test_x7Gq0aTz",
            "mytoken-8s7df6",
            "Tr0ub4dor&3",
            "pass-the-salt",
            "{\"type\":\"service_account\"}",
            "therein",
            "S3cr3tP4ss",
            "Spring2024!",
            "adm1n-p4ss",
            "a.b.c.d.e.f",
            "overhere2",
            "abcd-k29fj3",
            "1234kf93jfla",
            "$2y$10$x",
            "p@$$w0rd9",
            "5551234",
        ] {
            assert!(!is_placeholder(value.as_bytes()), "{value}");
        }
    }

    /// How many of `count` random values are taken for placeholders.
    fn alarms(alphabet: &[u8], len: usize, count: u32, seed: u64) -> u32 {
        let mut random = Random::new(seed);
        (0..count).map(|_| is_placeholder(&random.text(alphabet, len)) as u32).sum()
    }

    #[test]
    fn random_values_are_not_placeholders() {
        // At 10^-5 the 4.5 million of a release build would give 45 on average; the rules are far below. Without
        // optimisation a few of them have to do.
        let count = if cfg!(debug_assertions) { 20_000 } else { 500_000 };
        let cases: &[(&[u8], usize)] = &[
            (BASE62_DUL, 16),
            (BASE62_DUL, 20),
            (BASE62_DUL, 40),
            (BASE62_DUL, 100),
            (b"0123456789abcdef", 32),
            (b"0123456789ABCDEF", 40),
            (b"0123456789abcdef", 64),
            (BASE64_URL, 43),
            (b"0123456789abcdefghijklmnopqrstuvwxyz", 20),
        ];
        let total: u32 =
            cases.iter().zip(1..).map(|(&(alphabet, len), seed)| alarms(alphabet, len, count, seed)).sum();
        assert!(total < 5, "{total}");
    }

    #[test]
    fn entropies() {
        for (value, want) in
            [("", 0.0), ("aaaa", 0.0), ("abab", 1.0), ("abcd", 2.0), ("0123456789abcdef", 4.0)]
        {
            assert!((entropy(value.as_bytes()) - want).abs() < 1e-6, "{value}");
        }
    }
}
