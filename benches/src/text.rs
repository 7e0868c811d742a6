//! Text of many sorts, piece by piece.

use std::io::Write;

/// Words that identifiers are made of, the usual ones first.
const WORDS: [&str; 96] = [
    "get",
    "set",
    "data",
    "dev",
    "init",
    "read",
    "write",
    "state",
    "ctrl",
    "port",
    "queue",
    "buffer",
    "page",
    "node",
    "list",
    "config",
    "value",
    "index",
    "count",
    "size",
    "reg",
    "irq",
    "clock",
    "lock",
    "frame",
    "block",
    "device",
    "driver",
    "request",
    "response",
    "handle",
    "user",
    "group",
    "name",
    "path",
    "file",
    "event",
    "status",
    "error",
    "flags",
    "mask",
    "update",
    "alloc",
    "free",
    "map",
    "table",
    "entry",
    "range",
    "start",
    "end",
    "length",
    "offset",
    "stream",
    "packet",
    "session",
    "context",
    "channel",
    "message",
    "signal",
    "filter",
    "parse",
    "render",
    "element",
    "component",
    "property",
    "attribute",
    "register",
    "interrupt",
    "transfer",
    "memory",
    "region",
    "cluster",
    "snapshot",
    "scheduler",
    "container",
    "instance",
    "template",
    "resource",
    "provider",
    "account",
    "balance",
    "invoice",
    "customer",
    "product",
    "category",
    "discount",
    "shipping",
    "calendar",
    "document",
    "revision",
    "comment",
    "thread",
    "worker",
    "pipeline",
    "artifact",
    "release",
];

/// Words of comments and messages.
const PROSE: [&str; 64] = [
    "the",
    "of",
    "is",
    "to",
    "and",
    "a",
    "in",
    "if",
    "this",
    "for",
    "not",
    "that",
    "we",
    "be",
    "it",
    "are",
    "with",
    "can",
    "by",
    "on",
    "as",
    "must",
    "when",
    "or",
    "all",
    "from",
    "has",
    "an",
    "will",
    "which",
    "only",
    "no",
    "first",
    "before",
    "may",
    "used",
    "so",
    "but",
    "there",
    "should",
    "after",
    "called",
    "does",
    "one",
    "then",
    "these",
    "have",
    "need",
    "until",
    "caller",
    "already",
    "because",
    "pending",
    "while",
    "returns",
    "because",
    "ready",
    "removed",
    "reference",
    "otherwise",
    "allocated",
    "following",
    "hardware",
    "temporary",
];

const TYPES: [&str; 8] = ["int", "u32", "bool", "void", "unsigned long", "size_t", "u64", "const char *"];
const HOSTS: [&str; 4] = ["api.example.com", "www.example.org", "cdn.example.net", "db-1.internal"];

const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// SplitMix64 (Steele, Lea, Flood 2014): a counter, scrambled.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        ((u128::from(self.next()) * limit as u128) >> 64) as usize
    }

    /// A number from `least` to `most`.
    fn between(&mut self, least: usize, most: usize) -> usize {
        least + self.below(most - least + 1)
    }

    /// One of these, the first ones more often.
    fn pick<'w>(&mut self, words: &[&'w str]) -> &'w str {
        let (a, b) = (self.below(words.len()), self.below(words.len()));
        words[a.min(b)]
    }
}

/// Makes text.
pub(crate) struct Text {
    random: Random,
    pub(crate) out: Vec<u8>,
}

/// Writes formatted text to the end of a [`Text`].
macro_rules! put {
    ($text:expr, $($format:tt)*) => {
        write!($text.out, $($format)*).expect("writing to memory does not fail")
    };
}

impl Text {
    pub(crate) fn new(seed: u64) -> Text {
        Text { random: Random(seed), out: Vec::new() }
    }

    /// A whole line.
    pub(crate) fn line(&mut self, text: &[u8]) {
        self.out.extend_from_slice(text);
        self.out.push(b'\n');
    }

    /// An identifier of `words` words, joined by `_`.
    fn snake(&mut self, words: usize) -> String {
        let words: Vec<&str> = (0..words).map(|_| self.random.pick(&WORDS)).collect();
        words.join("_")
    }

    /// An identifier of `words` words: `lengthOfQueue`.
    fn camel(&mut self, words: usize) -> String {
        let mut name = self.random.pick(&WORDS).to_owned();
        for _ in 1..words {
            let word = self.random.pick(&WORDS);
            name.push_str(&word[..1].to_uppercase());
            name.push_str(&word[1..]);
        }
        name
    }

    /// Words, in lower case.
    fn words(&mut self, count: usize) -> String {
        let words: Vec<&str> = (0..count).map(|_| self.random.pick(&PROSE)).collect();
        words.join(" ")
    }

    /// `len` characters of an alphabet.
    fn chars(&mut self, alphabet: &[u8], len: usize) -> String {
        (0..len).map(|_| char::from(alphabet[self.random.below(alphabet.len())])).collect()
    }

    fn hex(&mut self, len: usize) -> String {
        self.chars(&BASE62[..10].iter().chain(b"abcdef").copied().collect::<Vec<u8>>(), len)
    }

    fn uuid(&mut self) -> String {
        let (a, b, c, d, e) = (self.hex(8), self.hex(4), self.hex(3), self.hex(3), self.hex(12));
        format!("{a}-{b}-4{c}-8{d}-{e}")
    }

    /// Base64 with padding.
    fn base64(bytes: &[u8]) -> String {
        let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
        for group in bytes.chunks(3) {
            let bits =
                group.iter().fold(0, |bits, byte| bits << 8 | usize::from(*byte)) << (8 * (3 - group.len()));
            for i in 0..4 {
                let char = if i <= group.len() { BASE64[bits >> (18 - 6 * i) & 63] } else { b'=' };
                text.push(char.into());
            }
        }
        text
    }

    /// Lines of plain words, `len` bytes or a little more.
    pub(crate) fn prose(&mut self, len: usize) {
        let end = self.out.len() + len;
        while self.out.len() < end {
            let words = self.random.between(6, 11);
            let words = self.words(words);
            put!(self, "{words}.\n");
        }
    }

    /// A function in C with the comment before it, as kernels and drivers have them.
    pub(crate) fn c_function(&mut self) {
        if self.random.below(3) == 0 {
            put!(self, "/*\n");
            for _ in 0..self.random.between(1, 4) {
                let count = self.random.between(6, 12);
                let words = self.words(count);
                put!(self, " * {words}\n");
            }
            put!(self, " */\n");
        }
        if self.random.below(4) == 0 {
            for bit in 0..self.random.between(2, 8) {
                let name = self.snake(3).to_uppercase();
                put!(self, "#define {name}\t\t0x{:08x}\n", 1 << bit);
            }
            put!(self, "\n");
        }
        let (kind, name, a, b) =
            (self.random.pick(&TYPES), self.snake(3), self.snake(2), self.random.pick(&WORDS));
        put!(self, "static {kind} {name}(struct {a} *{b}, u32 flags)\n{{\n\tint ret = 0;\n\n");
        for _ in 0..self.random.between(2, 12) {
            let (field, call, other) = (self.snake(1), self.snake(4), self.snake(3));
            match self.random.below(8) {
                0 => put!(self, "\tif (!{b}->{field})\n\t\treturn -EINVAL;\n\n"),
                1 => put!(self, "\tret = {call}({b}, {other});\n\tif (ret < 0)\n\t\tgoto err;\n"),
                2 => {
                    let mask = self.snake(3).to_uppercase();
                    put!(self, "\t{b}->{field} |= {mask};\n");
                }
                3 => put!(self, "\tfor (i = 0; i < {b}->{other}; i++)\n\t\t{b}->{field}[i] = 0;\n"),
                4 => {
                    let count = self.random.between(4, 9);
                    let words = self.words(count);
                    put!(self, "\t/* {words} */\n");
                }
                5 => {
                    let words = self.words(4);
                    put!(self, "\tdev_err({b}->dev, \"{words}: %d\\n\", ret);\n");
                }
                6 => put!(self, "\t{b}->{field} = {other};\n"),
                _ => put!(self, "\twritel({field}, {b}->base + 0x{:x});\n", self.random.below(1 << 12)),
            }
        }
        put!(self, "\n\treturn ret;\n}}\n\n");
    }

    /// A function in Python, or one in JavaScript.
    pub(crate) fn script(&mut self) {
        let javascript = self.random.below(2) == 0;
        let (name, a, b) = (self.camel(3), self.camel(1), self.camel(2));
        if javascript {
            put!(self, "export async function {name}({a}, {b} = {{}}) {{\n");
        } else {
            let (name, b, words) = (self.snake(2), self.snake(2), self.words(8));
            put!(self, "def {name}(self, {a}, {b}=None):\n    \"\"\"{words}.\"\"\"\n");
        }
        for _ in 0..self.random.between(3, 12) {
            let (x, y, words) = (self.camel(1), self.camel(3), self.words(5));
            let (snake, host) = (self.snake(3), self.random.pick(&HOSTS));
            match (javascript, self.random.below(6)) {
                (true, 0) => put!(self, "  const {x} = await {a}.{y}({b});\n"),
                (true, 1) => put!(self, "  if (!{x}) {{\n    throw new Error('{words}');\n  }}\n"),
                (true, 2) => put!(self, "  // {words}\n"),
                (true, 3) => put!(self, "  this.{x} = {{ ...this.{x}, {y}: {a}?.{x} ?? 0 }};\n"),
                (true, 4) => put!(self, "  const url = `https://{host}/{x}/${{{a}.id}}?page=${{{y}}}`;\n"),
                (true, _) => put!(self, "  return {a}.map(({x}) => {x}.{y}).filter(Boolean);\n"),
                (false, 0) => put!(self, "    {x} = self.{snake}({a}, timeout=30)\n"),
                (false, 1) => put!(self, "    if {x} is None:\n        raise ValueError(\"{words}\")\n"),
                (false, 2) => put!(self, "    # {words}\n"),
                (false, 3) => {
                    put!(self, "    for {x} in {a}.{snake}:\n        self.{x}.append({x}[\"{snake}\"])\n")
                }
                (false, 4) => put!(self, "    {x} = f\"https://{host}/{snake}/{{{a}}}\"\n"),
                (false, _) => put!(self, "    return {{\"{snake}\": {x}, \"{x}\": len({a})}}\n"),
            }
        }
        put!(self, "{}", if javascript { "}\n\n" } else { "\n\n" });
    }

    /// A module as bundlers write it: no line breaks, names of one letter, long property names left.
    pub(crate) fn minified_function(&mut self) {
        let letter = |text: &mut Text| text.chars(&BASE62[36..], 1);
        let (id, e, t, n) = (self.random.below(90_000), letter(self), letter(self), letter(self));
        put!(self, "{id}:function({e},{t},{n}){{\"use strict\";{n}.d({t},{{");
        for _ in 0..self.random.between(4, 40) {
            let (a, b, x, y) = (letter(self), letter(self), self.camel(1), self.camel(2));
            match self.random.below(7) {
                0 => put!(self, "var {a}={n}({}),{b}={n}.n({a});", self.random.below(90_000)),
                1 => put!(self, "{a}.{y}&&({b}.{x}={a}.{y});"),
                2 => put!(self, "return {a}.{x}(({b}=>{b}.{y}!==void 0?{b}.{x}:null));"),
                3 => put!(self, "if(!{a})throw new Error(\"{x} {y}\");"),
                4 => put!(
                    self,
                    "Object.defineProperty({t},\"{y}\",{{enumerable:!0,get:function(){{return {a}.{x}}}}});"
                ),
                5 => put!(self, "{a}.className=\"{x}-{y} {x}__{b}\",{b}.setAttribute(\"{x}\",{a}.{y}),"),
                _ => put!(self, "for(let {a}=0;{a}<{b}.length;{a}++){b}[{a}].{x}({t},{n});"),
            }
        }
        put!(self, "}},");
    }

    /// An object of an API's answer, on lines.
    pub(crate) fn json_record(&mut self) {
        let (id, owner, host) = (self.uuid(), self.random.below(1_000_000), self.random.pick(&HOSTS));
        let (name, words, key) = (self.snake(2), self.words(9), self.camel(2));
        let (year, month, day) =
            (self.random.between(2016, 2024), self.random.between(1, 12), self.random.between(1, 28));
        let (hour, minute) = (self.random.below(24), self.random.below(60));
        let (width, height) = (self.random.below(4000), self.random.below(10_000));
        put!(
            self,
            "  {{\n    \"id\": \"{id}\",\n    \"type\": \"{name}\",\n    \"owner\": {owner},\n    \
             \"createdAt\": \"{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:00.000Z\",\n    \
             \"url\": \"https://{host}/{name}/{owner}\",\n    \"description\": \"{words}\",\n    \
             \"{key}\": {{\"width\": {width}, \"ratio\": 0.{height:04}, \"visible\": true}},\n    \"parent\": null\n  }},\n"
        );
    }

    /// A line of a service's log.
    pub(crate) fn log_line(&mut self) {
        let (hour, minute, second) = (self.random.below(24), self.random.below(60), self.random.below(60));
        let (millis, level) =
            (self.random.below(1000), self.random.pick(&["INFO", "DEBUG", "WARN", "ERROR"]));
        let (module, count) = (self.snake(2), self.random.between(4, 9));
        let words = self.words(count);
        put!(self, "2024-03-17T{hour:02}:{minute:02}:{second:02}.{millis:03}Z {level} [{module}] {words}");
        let (key, number, host) =
            (self.random.pick(&WORDS), self.random.below(100_000), self.random.pick(&HOSTS));
        match self.random.below(5) {
            0 => {
                let id = self.uuid();
                put!(self, " request={id}");
            }
            1 => put!(self, " GET https://{host}/v1/{key}/{number} 200 {millis}ms"),
            2 => put!(self, " client=10.{second}.{minute}.{hour}:{number} {key}={number}"),
            3 => {
                let trace = self.hex(32);
                put!(self, " trace={trace} {key}={number}");
            }
            _ => put!(self, " {key}={number}"),
        }
        self.out.push(b'\n');
    }

    /// A field that holds binary data in base64, in lines of `width` characters.
    pub(crate) fn base64_field(&mut self, width: usize) {
        let (name, len) = (self.camel(2), self.random.between(300, 6000));
        let bytes: Vec<u8> = (0..len).map(|_| self.random.next() as u8).collect();
        put!(self, "{name}:\n");
        for line in Text::base64(&bytes).as_bytes().chunks(width) {
            self.line(line);
        }
    }

    /// A field that holds text in base64: all of it must be decoded.
    pub(crate) fn base64_of_text(&mut self) {
        let (name, mut inner) = (self.camel(2), Text::new(self.random.next()));
        for _ in 0..self.random.between(1, 8) {
            inner.script();
        }
        put!(self, "{name}: {}\n", Text::base64(&inner.out));
    }

    /// About 60 bytes with an id, a hash or a random value in them.
    pub(crate) fn token_line(&mut self) {
        let (name, count) = (self.random.pick(&WORDS), self.random.between(1, 3));
        let words = self.words(count);
        let value = match self.random.below(5) {
            0 => self.uuid(),
            1 => self.hex(32),
            2 => self.hex(40),
            3 => self.chars(BASE62, 24),
            _ => self.chars(BASE62, 48),
        };
        put!(self, "{words} \"{name}\": \"{value}\",\n");
    }

    /// What an executable has: zeros, tables of small numbers, code, strings, symbols, compressed data.
    pub(crate) fn binary_section(&mut self) {
        let len = self.random.between(200, 4000);
        match self.random.below(5) {
            0 => self.out.resize(self.out.len() + len, 0),
            1 => {
                for _ in 0..len / 4 {
                    let number = self.random.below(1 << 12) as u32;
                    self.out.extend_from_slice(&number.to_le_bytes());
                }
            }
            2 => self.out.extend((0..len).map(|_| self.random.next() as u8)),
            3 => {
                let opcodes =
                    b"\x48\x89\x8b\xe8\x0f\x83\x85\xc0\x74\x24\x00\x00\x00\xff\x4c\x8d\x41\x55\x5d\xc3\x90";
                self.out.extend((0..len).map(|_| opcodes[self.random.below(opcodes.len())]));
            }
            _ => {
                for _ in 0..len / 40 {
                    let symbol = match self.random.below(3) {
                        0 => self.snake(4),
                        1 => self.words(5),
                        _ => {
                            let (a, b) = (self.camel(2), self.camel(3));
                            format!("_ZN{}{a}{}{b}Ev", a.len(), b.len())
                        }
                    };
                    put!(self, "{symbol}\0");
                }
            }
        }
    }
}
