//! Every form of Scalr token in every place it is found in.
//!
//! A token is made at run time from a header, claims and random signature bytes. A place is a text with `@` where the
//! token goes, and how the text around the token is encoded. Each form in each place is one finding and one only, with
//! the exact span, confidence, decoders and details.

mod common;

use common::{Random, low};
use scalr_detect::{Confidence, Decoder, Scanner};
use scalr_detect_check::encoding::{base64_encode, base64url_encode};
use std::ops::Range;

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;
const LEGACY_HEADER: &str = r#"{"typ":"JWT","alg":"HS256"}"#;

/// The characters of ids.
const ID: &[u8] = b"0123456789abcdefghijklmnopqrstuv";

/// A token, and what is to be said of it.
#[derive(Clone, Debug)]
struct Token {
    form: String,
    text: String,
    id: String,
    owner_kind: &'static str,
    owner_id: Option<String>,
    expires: Option<&'static str>,
    /// Host in the claims.
    host: Option<&'static str>,
}

/// Header, payload and `bytes` random bytes of signature.
fn jwt(header: &str, payload: &str, bytes: usize, random: &mut Random) -> String {
    loop {
        let signature: Vec<u8> = (0..bytes).map(|_| random.next() as u8).collect();
        let text = [header.as_bytes(), payload.as_bytes(), &signature].map(base64url_encode).join(".");
        // Three x between separators are the mark of a placeholder, and come up once in a million signatures.
        if !text.to_ascii_lowercase().contains("xxx") {
            return text;
        }
    }
}

const OWNERS: [(&str, &str); 5] = [
    ("user", "user"),
    ("service-account", "sa"),
    ("agent", "agent"),
    ("agent-pool", "apool"),
    ("run", "run"),
];

/// Claims that newer servers may add, with the value of the owner's id left open.
const EXTRA: [&str; 4] =
    [r#""sub":"@""#, r#""exp":1893456000"#, r#""iat":1860000000"#, r#""domain":"claim.scalr.io""#];

/// A token of form E with these claims in this order: 0 is `iss`, 1 is `jti`, the others are [`EXTRA`].
fn form_e(header: &str, owner: usize, prefix: &str, claims: &[usize], random: &mut Random) -> Token {
    let (owner_kind, short) = OWNERS[owner];
    let id = format!("at-v0{}", random.text(ID, 15));
    let owner_id = format!("{short}-v0{}", random.text(ID, 15));
    let claim = |claim: &usize| match claim {
        0 => format!(r#""iss":"{prefix}{owner_kind}""#),
        1 => format!(r#""jti":"{id}""#),
        _ => EXTRA[claim - 2].replace('@', &owner_id),
    };
    let payload = format!("{{{}}}", claims.iter().map(claim).collect::<Vec<_>>().join(","));
    Token {
        form: format!("E {header} {payload}"),
        text: jwt(header, &payload, 32, random),
        id,
        owner_kind,
        owner_id: claims.contains(&2).then_some(owner_id),
        expires: claims.contains(&3).then_some("2030-01-01T00:00:00Z"),
        host: claims.contains(&5).then_some("claim.scalr.io"),
    }
}

/// One of each form.
fn tokens(random: &mut Random) -> Vec<Token> {
    let old = format!("at-{}", random.text(ID, 15));
    let new = format!("at-v0{}", random.text(ID, 15));
    let account = format!("sa-v0{}", random.text(ID, 15));
    let known = [
        ("A", LEGACY_HEADER, format!(r#"{{"jti":"{old}","iss":"user"}}"#), &old, 136),
        ("B, old id", HEADER, format!(r#"{{"iss":"user","jti":"{old}"}}"#), &old, 136),
        ("B, new id", HEADER, format!(r#"{{"iss":"user","jti":"{new}"}}"#), &new, 139),
        ("C", HEADER, format!(r#"{{"iss":"scalr:user","jti":"{new}"}}"#), &new, 147),
        ("D", HEADER, format!(r#"{{"iss":"service-account","jti":"{new}","sub":"{account}"}}"#), &new, 192),
    ];
    let mut tokens: Vec<Token> = Vec::new();
    for (form, header, payload, id, length) in known {
        let text = jwt(header, &payload, 32, random);
        assert_eq!(text.len(), length, "{form}");
        let is_account = payload.contains("sub");
        tokens.push(Token {
            form: form.into(),
            text,
            id: id.clone(),
            owner_kind: if is_account { "service-account" } else { "user" },
            owner_id: is_account.then(|| account.clone()),
            expires: None,
            host: None,
        });
    }
    for owner in 0..OWNERS.len() {
        for (i, prefix) in ["", "scalr:"].into_iter().enumerate() {
            let claims: [&[usize]; 5] =
                [&[0, 1], &[2, 1, 0], &[5, 0, 1, 2], &[3, 4, 0, 2, 1], &[1, 5, 4, 3, 2, 0]];
            let header = [HEADER, LEGACY_HEADER][(owner + i) % 2];
            tokens.push(form_e(header, owner, prefix, claims[(owner * 2 + i) % 5], random));
        }
    }
    tokens
}

/// How text is encoded.
#[derive(Clone, Copy, Debug, PartialEq)]
enum As {
    Plain,
    Base64,
    /// URL-safe, without padding.
    Base64Url,
    /// In lines of 76 characters.
    Base64Lines,
    Base64Twice,
    Hex,
    HexUpper,
    /// Every byte but letters and digits.
    Percent,
    PercentAll,
    PercentTwice,
    /// `\u0065` for every character.
    Unicode,
    /// `\x65` for every character.
    HexEscapes,
    Utf16Le,
    Utf16Be,
}

use As::*;

impl As {
    fn decoders(self) -> &'static [Decoder] {
        match self {
            Plain => &[],
            Base64 | Base64Url | Base64Lines => &[Decoder::Base64],
            Base64Twice => &[Decoder::Base64, Decoder::Base64],
            Hex | HexUpper => &[Decoder::Hex],
            Percent | PercentAll => &[Decoder::Percent],
            PercentTwice => &[Decoder::Percent, Decoder::Percent],
            Unicode | HexEscapes => &[Decoder::Escape],
            Utf16Le | Utf16Be => &[Decoder::Utf16],
        }
    }

    fn encode(self, text: &[u8]) -> Vec<u8> {
        let each =
            |encode: &dyn Fn(u8) -> String| text.iter().flat_map(|b| encode(*b).into_bytes()).collect();
        match self {
            Plain => text.to_vec(),
            Base64 => base64_encode(text).into_bytes(),
            Base64Url => base64url_encode(text).into_bytes(),
            Base64Lines => base64_encode(text).as_bytes().chunks(76).collect::<Vec<_>>().join(&b'\n'),
            Base64Twice => Base64.encode(&Base64.encode(text)),
            Hex => each(&|b| format!("{b:02x}")),
            HexUpper => each(&|b| format!("{b:02X}")),
            Percent => each(&|b| match b {
                b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => char::from(b).to_string(),
                _ => format!("%{b:02X}"),
            }),
            PercentAll => each(&|b| format!("%{b:02x}")),
            PercentTwice => Percent.encode(&Percent.encode(text)),
            Unicode => each(&|b| format!("\\u{b:04x}")),
            HexEscapes => each(&|b| format!("\\x{b:02x}")),
            Utf16Le => text.iter().flat_map(|b| [*b, 0]).collect(),
            Utf16Be => text.iter().flat_map(|b| [0, *b]).collect(),
        }
    }

    /// Which bytes of the encoded text stand for these bytes of the text.
    fn map(self, text: &[u8], range: Range<usize>) -> Range<usize> {
        // A byte of base64 is in two characters: byte 0 of a group in 0 and 1, byte 1 in 1 and 2, byte 2 in 2 and 3.
        let base64 = |range: Range<usize>| {
            let last = range.end - 1;
            range.start / 3 * 4 + range.start % 3..last / 3 * 4 + last % 3 + 2
        };
        match self {
            Base64 | Base64Url => base64(range),
            Base64Twice => base64(base64(range)),
            Base64Lines => {
                let range = base64(range);
                range.start + range.start / 76..range.end + (range.end - 1) / 76
            }
            // Big-endian text is read as little-endian text that starts one byte later.
            Utf16Be => range.start * 2 + 1..(range.end * 2 + 1).min(text.len() * 2),
            _ => {
                let length = |to: usize| self.encode(&text[..to]).len();
                length(range.start)..length(range.end)
            }
        }
    }
}

/// A place: its name, a text with `@` for a part that is encoded, that part with `@` for the token, how it is encoded,
/// and the host that the place tells.
type Place = (&'static str, &'static str, &'static str, As, Option<&'static str>);

const ACME: Option<&str> = Some("acme.scalr.io");

#[rustfmt::skip]
const PLACES: &[Place] = &[
    ("alone", "@", "@", Plain, None),
    ("alone in a line", "@\n", "@", Plain, None),
    // Terraform.
    ("provider", "provider \"scalr\" {\n  hostname = \"acme.scalr.io\"\n  token    = \"@\"\n}\n", "@", Plain, ACME),
    ("provider, token first", "provider scalr {\n  token=\"@\"\n  hostname=\"acme.scalr.io\"\n}\n", "@", Plain, ACME),
    ("backend", "terraform {\n  backend \"remote\" {\n    hostname     = \"acme.scalr.io\"\n    organization = \"env-svrcnchebt61e30\"\n    token        = \"@\"\n    workspaces {\n      name = \"network\"\n    }\n  }\n}\n", "@", Plain, ACME),
    ("commented with #", "#  backend \"remote\" {\n#    hostname = \"acme.scalr.io\"\n#    token = \"@\"\n#  }\n", "@", Plain, ACME),
    ("commented with //", "//  backend \"remote\" {\n//    hostname = \"acme.scalr.io\"\n//    token = \"@\"\n//  }\n", "@", Plain, ACME),
    ("commented, no space", "//@\n", "@", Plain, None),
    ("commented with /* */", "/* hostname = \"acme.scalr.io\"\n   token = @*/\n", "@", Plain, ACME),
    ("backend.hcl", "token = \"@\"\n", "@", Plain, None),
    ("self-hosted", "hostname = \"tofu.corp.net\"\ntoken = \"@\"\n", "@", Plain, Some("tofu.corp.net")),
    ("variable", "variable \"api_token\" {\n  type    = string\n  default = \"@\"\n}\n", "@", Plain, None),
    (".terraformrc", "credentials \"acme.scalr.io\" {\n  token = \"@\"\n}\n", "@", Plain, ACME),
    ("credentials.tfrc.json", "{\n  \"credentials\": {\n    \"acme.scalr.io\": {\n      \"token\": \"@\"\n    }\n  }\n}\n", "@", Plain, ACME),
    ("state", "{\"version\":4,\"resources\":[{\"mode\":\"managed\",\"type\":\"scalr_service_account_token\",\"instances\":[{\"attributes\":{\"description\":null,\"id\":\"at-v0oabcdefghijkl0\",\"service_account_id\":\"sa-v0oabcdefghijkl0\",\"token\":\"@\"},\"sensitive_attributes\":[]}]}]}", "@", Plain, None),
    ("indented state", "          \"attributes\": {\n            \"hostname\": \"acme.scalr.io\",\n            \"token\": \"@\"\n          },\n", "@", Plain, ACME),
    // scalr-cli.
    ("scalr.conf, flat", "{\"hostname\":\"acme.scalr.io\",\"token\":\"@\",\"account\":\"acc-svrcnchebt61e30\"}", "@", Plain, ACME),
    ("scalr.conf, profiles", "{\n  \"default\": {\n    \"hostname\": \"acme.scalr.io\",\n    \"token\": \"@\",\n    \"account\": \"acc-svrcnchebt61e30\"\n  }\n}\n", "@", Plain, ACME),
    // Variables.
    (".env", "SCALR_HOSTNAME=acme.scalr.io\nSCALR_TOKEN=@\n", "@", Plain, ACME),
    (".env, quoted", "SCALR_HOSTNAME=\"acme.scalr.io\"\nSCALR_TOKEN='@'\n", "@", Plain, ACME),
    (".env, CRLF", "SCALR_TOKEN=@\r\nSCALR_HOSTNAME=acme.scalr.io\r\n", "@", Plain, ACME),
    ("export", "export SCALR_TOKEN=@; export SCALR_ADDRESS=https://acme.scalr.io/\n", "@", Plain, ACME),
    ("TF_TOKEN", "TF_TOKEN_acme_scalr_io=@", "@", Plain, ACME),
    ("export TF_TOKEN", "export TF_TOKEN_my__acct_main_scalr_dev=\"@\"\n", "@", Plain, Some("my-acct.main.scalr.dev")),
    ("PowerShell", "$env:SCALR_TOKEN = \"@\"\r\n", "@", Plain, None),
    ("Dockerfile", "ENV SCALR_AGENT_TOKEN @\nENV SCALR_URL=https://acme.scalr.io\n", "@", Plain, ACME),
    ("docker run", "docker run -e SCALR_URL=https://acme.scalr.io -e SCALR_AGENT_TOKEN=@ scalr/agent:latest", "@", Plain, ACME),
    ("flag", "scalr-agent --token=@ --url=https://acme.scalr.io", "@", Plain, ACME),
    ("GitHub Actions", "      - uses: Scalr/scalr-action@v1\n        with:\n          scalr_hostname: acme.scalr.io\n          scalr_token: @\n", "@", Plain, ACME),
    ("Helm values", "agent:\n  url: https://acme.scalr.io\n  token: \"@\"\n", "@", Plain, ACME),
    // HTTP.
    ("curl", "curl -H \"Authorization: Bearer @\" https://acme.scalr.io/api/iacp/v3/accounts", "@", Plain, ACME),
    ("curl, single quotes", "curl 'https://acme.scalr.io/api/iacp/v3/runs' -H 'authorization: bearer @' --compressed", "@", Plain, ACME),
    ("request", "GET /api/iacp/v3/ping HTTP/1.1\r\nHost: acme.scalr.io\r\nAuthorization: Bearer @\r\n\r\n", "@", Plain, ACME),
    ("cookie", "Cookie: a=b; session=@; theme=dark\r\n", "@", Plain, None),
    ("query", "https://acme.scalr.io/api/iacp/v3/runs?access_token=@&page[size]=1", "@", Plain, ACME),
    ("query at the end", "https://acme.scalr.io/api/iacp/v3/runs?access_token=@", "@", Plain, ACME),
    ("fragment", "<a href=\"https://acme.scalr.io/#token=@\">", "@", Plain, ACME),
    ("URL's password", "git clone https://token:@/a.git", "@", Plain, None),
    ("escaped query", "https://login.acme.net/?next=https%3A%2F%2Facme.scalr.io%2Fruns%3Ftoken%3D@%26page%3D1", "@", Plain, ACME),
    ("escaped token in a query", "https://acme.scalr.io/runs?token=@&page=1", "@", Percent, ACME),
    ("token escaped whole", "https://acme.scalr.io/runs?token=@&page=1", "@", PercentAll, ACME),
    ("twice escaped query", "https://login.acme.net/?next=@", "https://acme.scalr.io/?a=b&token=@&c=d", PercentTwice, ACME),
    ("twice escaped around it", "https://login.acme.net/?next=https%253A%252F%252Facme.scalr.io%252F%253Ftoken%253D@%2526a", "@", Plain, ACME),
    // Strings in strings.
    ("JSON in JSON", "{\"body\":\"{\\\"hostname\\\":\\\"acme.scalr.io\\\",\\\"token\\\":\\\"@\\\"}\"}", "@", Plain, ACME),
    ("JSON in JSON in JSON", "{\"a\":\"{\\\"b\\\":\\\"{\\\\\\\"hostname\\\\\\\":\\\\\\\"acme.scalr.io\\\\\\\",\\\\\\\"token\\\\\\\":\\\\\\\"@\\\\\\\"}\\\"}\"}", "@", Plain, ACME),
    ("escaped line ends", "{\"env\":\"A=1\\nSCALR_HOSTNAME=acme.scalr.io\\nSCALR_TOKEN=@\\nB=2\\n\"}", "@", Plain, ACME),
    ("escaped line end right before", "{\"args\":\"acme.scalr.io\\n@\\n\"}", "@", Plain, ACME),
    ("escaped tab right before", "\"acme.scalr.io\\t@\\t\"", "@", Plain, ACME),
    ("twice escaped line end", "\"acme.scalr.io\\\\n@\\\\n\"", "@", Plain, ACME),
    ("escaped TF_TOKEN", "{\"env\":\"A=1\\nTF_TOKEN_acme_scalr_io=@\\nB=2\\n\"}", "@", Plain, ACME),
    ("escaped quotes \\u0022", "\\u0022hostname\\u0022:\\u0022acme.scalr.io\\u0022,\\u0022token\\u0022:\\u0022@\\u0022", "@", Plain, ACME),
    ("escaped quotes \\x22", "\\x22hostname\\x22:\\x22acme.scalr.io\\x22,\\x22token\\x22:\\x22@\\x22", "@", Plain, ACME),
    ("entities", "<p>hostname=&quot;acme.scalr.io&quot; token=&quot;@&quot;</p>", "@", Plain, ACME),
    ("unicode escapes", "var host = 'acme.scalr.io', token = '@';", "@", Unicode, ACME),
    ("hexadecimal escapes", "var host = 'acme.scalr.io', token = '@';", "@", HexEscapes, ACME),
    ("quoted-printable", "Content-Transfer-Encoding: quoted-printable\n\nhttps://acme.scalr.io/runs?token=3D@ \n", "@", Plain, ACME),
    ("Python", "scalr = Client(host='acme.scalr.io', token=b'@')", "@", Plain, ACME),
    ("template string", "const url = `https://acme.scalr.io/?token=${'@'}`", "@", Plain, ACME),
    ("minified JavaScript", "!function(e){var t={baseURL:\"https://acme.scalr.io\",headers:{Authorization:\"Bearer \"+\"@\"}};e.get(\"/runs\",t)}(axios);", "@", Plain, ACME),
    // Base64.
    ("Kubernetes", "apiVersion: v1\nkind: Secret\nmetadata:\n  name: scalr-agent\ntype: Opaque\ndata:\n  token: @\n", "@", Base64, None),
    ("Kubernetes, quoted", "{\"kind\":\"Secret\",\"data\":{\"token\":\"@\"}}", "@", Base64, None),
    ("Kubernetes, line end", "data:\n  token: @\n", "@\n", Base64, None),
    ("Kubernetes, .env", "data:\n  .env: @\n", "SCALR_HOSTNAME=acme.scalr.io\nSCALR_TOKEN=@\n", Base64, ACME),
    ("Kubernetes, .env, shifted", "data:\n  .env: @\n", "A=12\nSCALR_TOKEN=@\nSCALR_HOSTNAME=acme.scalr.io", Base64, ACME),
    ("Kubernetes, .env, shifted twice", "data:\n  .env: @\n", "A=1\nSCALR_TOKEN=@\nSCALR_HOSTNAME=acme.scalr.io", Base64, ACME),
    ("Kubernetes, tfrc", "data:\n  credentials.tfrc.json: @\n", "{\"credentials\":{\"acme.scalr.io\":{\"token\":\"@\"}}}", Base64, ACME),
    ("Kubernetes, indented tfrc", "data:\n  credentials.tfrc.json: @\n", "{\n  \"credentials\": {\n    \"acme.scalr.io\": {\n      \"token\": \"@\"\n    }\n  }\n}\n", Base64, ACME),
    ("Kubernetes, host outside", "data:\n  url: https://acme.scalr.io\n  token: @\n", "@", Base64, ACME),
    ("base64url", "state=@&code=1", "{\"host\":\"acme.scalr.io\",\"token\":\"@\"}", Base64Url, ACME),
    ("base64 in lines", "@\n", "SCALR_HOSTNAME=acme.scalr.io\nSCALR_ACCOUNT=acc-svrcnchebt61e30\nSCALR_TOKEN=@\n", Base64Lines, ACME),
    ("base64 in base64", "data:\n  x: @\n", "{\"token\":\"@\"}", Base64Twice, None),
    ("hexadecimal", "xxd: @\n", "SCALR_HOSTNAME=acme.scalr.io\nSCALR_TOKEN=@\n", Hex, ACME),
    ("upper-case hexadecimal", "X'@'", "@", HexUpper, None),
    // UTF-16.
    ("UTF-16LE", "@", "SCALR_HOSTNAME=acme.scalr.io\r\nSCALR_TOKEN=@\r\n", Utf16Le, ACME),
    ("UTF-16LE, BOM", "\u{1}@", "SCALR_HOSTNAME=acme.scalr.io\r\nSCALR_TOKEN=@\r\n", Utf16Le, ACME),
    ("UTF-16BE", "@", "SCALR_HOSTNAME=acme.scalr.io\r\nSCALR_TOKEN=@\r\n", Utf16Be, ACME),
    ("UTF-16BE, BOM", "\u{2}@", "SCALR_HOSTNAME=acme.scalr.io\r\nSCALR_TOKEN=@\r\n", Utf16Be, ACME),
    ("UTF-16LE, token alone", "@", "@", Utf16Le, None),
    ("UTF-16BE, token alone", "@", "@", Utf16Be, None),
    ("UTF-16LE, BOM, token alone", "\u{1}@", "@", Utf16Le, None),
    ("UTF-16BE, BOM, token alone", "\u{2}@", "@", Utf16Be, None),
    ("UTF-16LE, JSON", "@", "{\"credentials\":{\"acme.scalr.io\":{\"token\":\"@\"}}}", Utf16Le, ACME),
    // Logs, prose, markup.
    ("colours", "\u{1b}[36mINFO\u{1b}[0m host=acme.scalr.io token=\u{1b}[1;32m@\u{1b}[0m\n", "@", Plain, ACME),
    ("colour right before the host", "\u{1b}[32macme.scalr.io\u{1b}[0m \u{1b}[33m@\u{1b}[0m\n", "@", Plain, ACME),
    ("log", "2026-01-02T03:04:05.678Z DEBUG [http] acme.scalr.io > Authorization: Bearer @ (retry 1)\n", "@", Plain, ACME),
    ("prose", "The pipeline still runs with @, which we should replace.", "@", Plain, None),
    ("end of a sentence", "Use @. It is valid for a day.", "@", Plain, None),
    ("end of a question", "Is it @?\n", "@", Plain, None),
    ("brackets", "(@) [x]", "@", Plain, None),
    ("angle brackets", "<@>", "@", Plain, None),
    ("Markdown code", "Set `SCALR_TOKEN` to `@` on acme.scalr.io.", "@", Plain, ACME),
    ("Markdown block", "```\nexport SCALR_TOKEN=@\n```\n", "@", Plain, None),
    ("Markdown table", "|host|token|\n|-|-|\n|acme.scalr.io|@|\n", "@", Plain, ACME),
    ("bold", "**@**", "@", Plain, None),
    ("XML element", "<server><host>acme.scalr.io</host><token>@</token></server>", "@", Plain, ACME),
    ("XML attribute", "<server host=\"acme.scalr.io\" token=\"@\"/>", "@", Plain, ACME),
    ("CDATA", "<![CDATA[@]]>", "@", Plain, None),
    ("YAML", "token: @ # of acme.scalr.io\n", "@", Plain, ACME),
    ("YAML block", "token: |\n  @\nurl: https://acme.scalr.io\n", "@", Plain, ACME),
    ("YAML folded block", "token: >-\n  @\n", "@", Plain, None),
    ("TOML", "[scalr]\ntoken = '@'\nhost = 'acme.scalr.io'\n", "@", Plain, ACME),
    ("CSV", "acme.scalr.io,@,2026\n", "@", Plain, ACME),
    ("TSV", "acme.scalr.io\t@\t2026\n", "@", Plain, ACME),
    ("JSON array", "[\"a\",\"@\"]", "@", Plain, None),
    ("NULs", "\0\0@\0\0", "@", Plain, None),
    ("other bytes", "\u{fffd}\u{1}@\u{2}\u{fffd}", "@", Plain, None),
    ("diff", "-  token = \"var.token\"\n+  token = \"@\"\n", "@", Plain, None),
];

/// The bytes of a text in the table: `\u{1}` and `\u{2}` at its start are the byte order marks.
fn bytes(text: &str) -> Vec<u8> {
    match text.as_bytes() {
        [1, rest @ ..] => [b"\xff\xfe", rest].concat(),
        [2, rest @ ..] => [b"\xfe\xff", rest].concat(),
        rest => rest.to_vec(),
    }
}

/// A text with a token in it, and where the token is.
fn put(token: &str, place: &Place) -> (Vec<u8>, Range<usize>) {
    let (_, outer, inner, encoding, _) = *place;
    let outer = bytes(outer);
    let hole = outer.iter().rposition(|byte| *byte == b'@').unwrap();
    let start = inner.find('@').unwrap();
    let inner = inner.replacen('@', token, 1).into_bytes();
    let span = encoding.map(&inner, start..start + token.len());
    let text = [&outer[..hole], &encoding.encode(&inner), &outer[hole + 1..]].concat();
    (text, hole + span.start..hole + span.end)
}

/// What is wrong with the findings in a text that holds a token at `span`.
fn faults(scanner: &Scanner, text: &[u8], span: Range<usize>, token: &Token, place: &Place) -> Vec<String> {
    let (_, _, _, encoding, host) = *place;
    let found: Vec<_> = scanner.find_iter(text).collect();
    let [found] = &found[..] else {
        let found: Vec<_> =
            found.iter().map(|f| (f.detector().id, f.secret_span(), f.decoded_by())).collect();
        return vec![format!("{} findings instead of one at {span:?}: {found:?}", found.len())];
    };
    let mut faults = Vec::new();
    let mut same = |what: &str, is: String, wanted: String| {
        if is != wanted {
            faults.push(format!("{what} is {is} and not {wanted}"));
        }
    };
    let details = found.details();
    let detail = |name: &str| format!("{:?}", details.get(name));
    same("detector", found.detector().id.into(), "scalr-api-token".into());
    same("secret", format!("{}", found.secret() == token.text.as_bytes()), "true".into());
    same("secret_span", format!("{:?}", found.secret_span()), format!("{span:?}"));
    same("span", format!("{:?}", found.span()), format!("{span:?}"));
    same("confidence", found.confidence().to_string(), Confidence::Checked.to_string());
    same("decoded_by", format!("{:?}", found.decoded_by()), format!("{:?}", encoding.decoders()));
    same("token-id", detail("token-id"), format!("{:?}", Some(&token.id)));
    same("owner-kind", detail("owner-kind"), format!("{:?}", Some(token.owner_kind)));
    same("owner-id", detail("owner-id"), format!("{:?}", token.owner_id));
    same("expires", detail("expires"), format!("{:?}", token.expires));
    same("host", detail("host"), format!("{:?}", token.host.or(host)));
    same("last-six", detail("last-six"), format!("{:?}", Some(&token.text[token.text.len() - 6..])));
    faults
}

#[test]
fn every_form_in_every_place() {
    let (scanner, random, mut wrong) = (low(), &mut Random(1), Vec::new());
    for place in PLACES {
        for token in tokens(random) {
            let (text, span) = put(&token.text, place);
            let faults = faults(&scanner, &text, span, &token, place);
            if !faults.is_empty() {
                let text = String::from_utf8_lossy(&text).escape_debug().to_string();
                wrong.push(format!("{}, form {}: {}\n    {text}", place.0, token.form, faults.join("; ")));
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "{} places:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn form_e_in_any_order_of_claims() {
    let (scanner, random) = (low(), &mut Random(2));
    let place: &Place = &("token", "token = \"@\"", "@", Plain, None);
    for (i, claims) in orders_of_claims().iter().enumerate() {
        for (owner, prefix) in [(i % OWNERS.len(), ""), (random.below(OWNERS.len()), "scalr:")] {
            let header = [HEADER, LEGACY_HEADER, r#"{"alg":"HS256"}"#][random.below(3)];
            let token = form_e(header, owner, prefix, claims, random);
            let (text, span) = put(&token.text, place);
            let faults = faults(&scanner, &text, span, &token, place);
            assert!(faults.is_empty(), "{}: {}", token.form, faults.join("; "));
        }
    }
}

/// Every order of every set of claims that has `iss` and `jti`.
fn orders_of_claims() -> Vec<Vec<usize>> {
    let mut orders: Vec<Vec<usize>> = vec![vec![]];
    for claim in 0..6 {
        // Put in everywhere; the first two are never left out.
        let with = orders
            .iter()
            .flat_map(|order| (0..=order.len()).map(|at| [&order[..at], &[claim], &order[at..]].concat()));
        let with: Vec<_> = with.collect();
        orders = if claim < 2 { with } else { [orders, with].concat() };
    }
    // 2! + 4 * 3! + 6 * 4! + 4 * 5! + 6!
    assert_eq!(orders.len(), 1370);
    orders
}

#[test]
fn long_lines_and_many_tokens() {
    let (scanner, random) = (low(), &mut Random(3));
    // Code without spaces, as bundlers write it, on both sides.
    let code: String = (0..4000).map(|i| format!("function f{i}(a,b){{return a[{i}]+b.c{i}}};")).collect();
    for token in tokens(random) {
        let text = format!("{code}var t={{token:\"{}\"}};{code}", token.text);
        let start = code.len() + "var t={token:\"".len();
        let place: &Place = &("", "", "", Plain, None);
        let faults = faults(&scanner, text.as_bytes(), start..start + token.text.len(), &token, place);
        assert!(faults.is_empty(), "{}: {}", token.form, faults.join("; "));
    }
    // Side by side, by whatever they are parted.
    for separator in [" ", "\n", ",", "\",\"", "\\n", "\0", "|", "%2C", ";", "\r\n\t"] {
        let tokens: Vec<String> = tokens(random).into_iter().map(|token| token.text).collect();
        let text = tokens.join(separator);
        let found: Vec<_> = scanner.find_iter(&text).map(|f| f.secret().to_vec()).collect();
        assert!(found == tokens.iter().map(|t| t.as_bytes().to_vec()).collect::<Vec<_>>(), "{separator:?}");
    }
}

/// The parts of a good token.
fn parts(random: &mut Random) -> [String; 3] {
    let token = tokens(random).swap_remove(2).text;
    let parts: Vec<String> = token.split('.').map(String::from).collect();
    parts.try_into().unwrap()
}

/// A token with this header and these claims, with the signature of a good token.
fn with_claims(header: &str, claims: &str, random: &mut Random) -> String {
    jwt(header, claims, 32, random)
}

#[test]
fn other_tokens_are_jwts() {
    let (scanner, random) = (low(), &mut Random(4));
    let id = format!("at-v0{}", random.text(ID, 15));
    let claims = [
        r#"{"iss":"https://login.acme.net","jti":"@","sub":"a"}"#,
        r#"{"iss":"users","jti":"@"}"#,
        r#"{"iss":"User","jti":"@"}"#,
        r#"{"iss":"scalr","jti":"@"}"#,
        r#"{"iss":"scalr:","jti":"@"}"#,
        r#"{"iss":"scalr:admin","jti":"@"}"#,
        r#"{"iss":"other:user","jti":"@"}"#,
        r#"{"iss":["user"],"jti":"@"}"#,
        r#"{"iss":null,"jti":"@"}"#,
        r#"{"jti":"@","sub":"user-v0oabcdefghijkl0"}"#,
        r#"{"iss":"user"}"#,
        r#"{"iss":"user","sub":"@"}"#,
        r#"{"iss":"user","jti":"v0oabcdefghijkl01"}"#,
        r#"{"iss":"user","jti":"at-v0o"}"#,
        r#"{"iss":"user","jti":"AT-v0oabcdefghijkl01"}"#,
        r#"{"iss":"user","jti":"at-V0OABCDEFGHIJKL01"}"#,
        r#"{"iss":"user","jti":"sa-v0oabcdefghijkl01"}"#,
        r#"{"iss":"user","jti":"at-v0o_bcdefghijkl01"}"#,
        r#"{"iss":"user","jti":"5b21a9d7-7d0d-4f5e-b8a9-3c0d5f6a7b8c"}"#,
        r#"{"iss":"user","jti":17}"#,
        r#"{"nested":{"iss":"user","jti":"@"}}"#,
    ];
    for claims in claims {
        let text = format!("SCALR_TOKEN={}\n", with_claims(HEADER, &claims.replace('@', &id), random));
        let found: Vec<_> = scanner.find_iter(&text).map(|f| (f.detector().id, f.secret_span())).collect();
        assert_eq!(found, [("jwt", 12..text.len() - 1)], "{claims}");
    }
}

#[test]
fn near_misses() {
    let (scanner, random) = (low(), &mut Random(5));
    let id = format!("at-v0{}", random.text(ID, 15));
    let good = format!(r#"{{"iss":"user","jti":"{id}"}}"#);
    let [header, payload, signature] = parts(random);
    let start = format!("{header}.{payload}.");
    let constant = |text: &str| text.repeat(43)[..43].to_owned();
    // The signature of a token that is none.
    let mut signatures =
        vec![String::new(), "signature".into(), "<signature>".into(), "SIGNATURE_HERE".into()];
    signatures
        .extend(["A", "x", "X", "0", "*", "ab", "abcd", "abcdefgh", "-", "_", "1234567890"].map(constant));
    // Cut off, and with the middle left out.
    signatures.extend((0..43).map(|n| signature[..n].to_owned()));
    for mark in ["...", "…", "***", "****", "...."] {
        signatures.extend([0, 1, 6, 20, 42, 43].map(|n| format!("{}{mark}", &signature[..n])));
        signatures
            .extend([1, 6, 20, 37].map(|n| format!("{}{mark}{}", &signature[..n], &signature[43 - n..])));
    }
    // Longer than 32 bytes.
    signatures.extend(["A", "AB", "_", "-a"].map(|more| format!("{signature}{more}")));
    let mut misses: Vec<String> = signatures.iter().map(|signature| format!("{start}{signature}")).collect();
    // Algorithms.
    for alg in ["none", "None", "HS384", "HS512", "RS256", "ES256", "hs256", "", "HS2567"] {
        misses.push(with_claims(&format!(r#"{{"alg":"{alg}","typ":"JWT"}}"#), &good, random));
    }
    misses.push(format!("{}.{}.", base64url_encode(br#"{"alg":"none"}"#), payload));
    // Not JSON, not an object, not base64.
    for claims in
        [&good[..good.len() - 1], &good[1..], "null", "[]", r#"{"iss":user}"#, &format!("{good}{good}")]
    {
        misses.push(with_claims(HEADER, claims, random));
    }
    misses.push(with_claims(&HEADER[..20], &good, random));
    misses.push(with_claims("[\"HS256\"]          ", &good, random));
    // Parts left out, doubled, swapped, parted by something else.
    misses.extend([
        format!("{header}.{payload}"),
        format!("{payload}.{signature}"),
        format!("{header}.{signature}"),
        format!("{header}..{signature}"),
        format!("{payload}.{header}.{signature}"),
        format!("{header} {payload} {signature}"),
        format!("{header}-{payload}-{signature}"),
        format!("{header}.{payload} .{signature}"),
        format!("{}.{payload}.{signature}", header.to_lowercase()),
        format!("{header}.{payload}.{signature}").to_uppercase(),
        format!("x{header}.{payload}.{signature}"),
        format!("{header}.{payload}x.{signature}"),
        format!("{header}.{}.{signature}", &payload[1..]),
        format!("{header}.*****.{signature}"),
        format!("{header}.…"),
        format!("{header}..."),
    ]);
    // References and what stands for a token.
    misses.extend(
        [
            "${SCALR_TOKEN}",
            "$SCALR_TOKEN",
            "%SCALR_TOKEN%",
            "${{ secrets.SCALR_TOKEN }}",
            "{{ scalr_token }}",
            "var.scalr_token",
            "env.SCALR_TOKEN",
            "process.env.SCALR_TOKEN",
            "os.environ[\"SCALR_TOKEN\"]",
            "<your-scalr-token>",
            "YOUR_SCALR_TOKEN",
            "your_scalr_api_token_here",
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "********************",
            "changeme",
            "TODO",
            "<insert a token of the service account here>",
            "eyJ...",
            "eyJhbGciOi...",
            "data.scalr_token.this.value",
            "!Ref ScalrToken",
            "$(cat /run/secrets/scalr_token)",
            "op://vault/scalr/token",
            "[scalr-api-token:0123ab]",
        ]
        .map(String::from),
    );
    misses.push(id.clone());
    for miss in &misses {
        for place in PLACES
            .iter()
            .filter(|place| ["alone", "provider", ".env", "curl", "JSON in JSON"].contains(&place.0))
        {
            let (text, _) = put(miss, place);
            let found: Vec<_> = scanner.find_iter(&text).map(|f| f.detector().id).collect();
            assert!(!found.contains(&"scalr-api-token"), "{}: {miss}", place.0);
            // A signature that is masked, or a reference, is no secret of any kind.
            if !miss.contains("eyJ")
                || miss.starts_with(&start) && !miss[start.len()..].starts_with(&signature[..20])
            {
                // Random text that a name calls a token may be one of any kind.
                let is_random = !miss.contains("eyJ") && miss.len() > 64;
                let found = found.into_iter().filter(|id| !(is_random && id.starts_with("generic-")));
                assert_eq!(found.collect::<Vec<_>>(), [""; 0], "{}: {miss}", place.0);
            }
        }
    }
}
