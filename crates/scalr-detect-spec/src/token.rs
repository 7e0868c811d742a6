//! A detector's `token`, from text to a sequence of nodes.
//!
//! The text is a small part of the regular expressions everybody knows, parsed by `regex-syntax`. What a linear matcher
//! without an automaton cannot do (look-around, unbounded repetition, back-references) is an error that says so.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};
use scalr_detect_catalog::ByteSet;

/// A part of a token.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Node {
    Literal(Vec<u8>),
    /// From `min` to `max` bytes of a set, as many as possible, or (lazy) as few.
    Class {
        set: ByteSet,
        min: u16,
        max: u16,
        lazy: bool,
    },
    Branch(Vec<Vec<Node>>),
    SecretStart,
    SecretEnd,
}

/// The most bytes a token may have: what a stream keeps at hand.
pub(crate) const MAX_LEN: usize = 1 << 15;

/// Parses `token`.
pub(crate) fn parse(token: &str) -> Result<Vec<Node>, String> {
    let hir = ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build()
        .parse(token)
        .map_err(|error| format!("not a regular expression: {error}"))?;
    let mut nodes = Vec::new();
    convert(&hir, &mut nodes)?;
    let captures = hir.properties().explicit_captures_len();
    if captures > 1 {
        return Err(
            "more than one capturing group: mark one secret with ( … ), and group with (?: … )".into()
        );
    }
    if max_len(&nodes) > MAX_LEN {
        return Err(format!("can match {} bytes; at most {MAX_LEN} are allowed", max_len(&nodes)));
    }
    if min_len(&nodes) == 0 {
        return Err("can match nothing at all".into());
    }
    check_lazy(&nodes)?;
    Ok(nodes)
}

pub(crate) fn convert(hir: &Hir, out: &mut Vec<Node>) -> Result<(), String> {
    match hir.kind() {
        HirKind::Empty => {}
        HirKind::Literal(literal) => match out.last_mut() {
            Some(Node::Literal(bytes)) => bytes.extend_from_slice(&literal.0),
            _ => out.push(Node::Literal(literal.0.to_vec())),
        },
        HirKind::Class(_) => {
            out.push(Node::Class { set: set_of(hir).expect("a class"), min: 1, max: 1, lazy: false })
        }
        HirKind::Look(_) => {
            return Err("anchors and word boundaries are not supported: boundaries are implied".into());
        }
        HirKind::Capture(capture) => {
            out.push(Node::SecretStart);
            convert(&capture.sub, out)?;
            out.push(Node::SecretEnd);
        }
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| convert(part, out))?,
        HirKind::Alternation(branches) => {
            let branches = branches.iter().map(|branch| {
                let mut nodes = Vec::new();
                convert(branch, &mut nodes).map(|()| nodes)
            });
            out.push(Node::Branch(branches.collect::<Result<_, _>>()?));
        }
        HirKind::Repetition(repetition) => {
            let max = repetition.max.ok_or("a repetition without a bound: write {m,n}")?;
            let (min, max) = match (u16::try_from(repetition.min), u16::try_from(max)) {
                (Ok(min), Ok(max)) => (min, max),
                _ => return Err(format!("repeats more than {} times", u16::MAX)),
            };
            if let Some(set) = set_of(&repetition.sub) {
                out.push(Node::Class { set, min, max, lazy: !repetition.greedy });
                return Ok(());
            }
            if max > 64 {
                return Err("repeats a group more than 64 times: only classes may repeat more often".into());
            }
            let mut group = Vec::new();
            convert(&repetition.sub, &mut group)?;
            for _ in 0..min {
                group.iter().for_each(|node| push(out, node.clone()));
            }
            // (x){0,2} is (x(x)?)?.
            let mut rest = Vec::new();
            for _ in min..max {
                let mut with = group.clone();
                with.append(&mut rest);
                rest = vec![Node::Branch(vec![with, Vec::new()])];
            }
            out.append(&mut rest);
        }
    }
    Ok(())
}

fn push(out: &mut Vec<Node>, node: Node) {
    match (out.last_mut(), node) {
        (Some(Node::Literal(bytes)), Node::Literal(more)) => bytes.extend(more),
        (_, node) => out.push(node),
    }
}

/// The set of bytes, if the expression is one byte of a set.
fn set_of(hir: &Hir) -> Option<ByteSet> {
    match hir.kind() {
        HirKind::Class(Class::Bytes(class)) => {
            Some(ByteSet::of(class.iter().flat_map(|range| range.start()..=range.end())))
        }
        HirKind::Class(Class::Unicode(class)) => {
            let bytes = class.to_byte_class()?;
            Some(ByteSet::of(bytes.iter().flat_map(|range| range.start()..=range.end())))
        }
        HirKind::Literal(literal) if literal.0.len() == 1 => Some(ByteSet::of([literal.0[0]])),
        _ => None,
    }
}

/// A lazy class ends at a literal, so one must follow.
fn check_lazy(nodes: &[Node]) -> Result<(), String> {
    for (i, node) in nodes.iter().enumerate() {
        match node {
            Node::Class { lazy: true, min, max, .. } if min != max => {
                let next =
                    nodes[i + 1..].iter().find(|node| !matches!(node, Node::SecretStart | Node::SecretEnd));
                if !matches!(next, Some(Node::Literal(_))) {
                    return Err("a lazy repetition must be followed by a literal, at which it ends".into());
                }
            }
            Node::Branch(branches) => branches.iter().try_for_each(|branch| check_lazy(branch))?,
            _ => {}
        }
    }
    Ok(())
}

/// The nodes as text that parses to them.
pub(crate) fn show(nodes: &[Node]) -> String {
    fn byte(byte: u8) -> String {
        match byte {
            b'0'..=b'9'
            | b'A'..=b'Z'
            | b'a'..=b'z'
            | b' '
            | b'_'
            | b'"'
            | b'\''
            | b'/'
            | b','
            | b':'
            | b';'
            | b'='
            | b'@'
            | b'%'
            | b'!'
            | b'<'
            | b'>'
            | b'`' => char::from(byte).to_string(),
            b'!'..=b'~' => format!("\\{}", char::from(byte)),
            _ => format!("\\x{byte:02x}"),
        }
    }
    fn class(set: ByteSet) -> String {
        let bytes: Vec<u8> = set.iter().collect();
        let mut out = String::from("[");
        let mut i = 0;
        while i < bytes.len() {
            let run = bytes[i..]
                .iter()
                .enumerate()
                .take_while(|(n, b)| usize::from(**b) == usize::from(bytes[i]) + n);
            let run = run.count();
            out.push_str(&byte(bytes[i]));
            if run > 2 {
                out.push('-');
            }
            if run > 1 {
                out.push_str(&byte(bytes[i + run - 1]));
            }
            i += run;
        }
        out + "]"
    }
    let mut out = String::new();
    for node in nodes {
        match node {
            Node::Literal(bytes) => bytes.iter().for_each(|b| out.push_str(&byte(*b))),
            Node::Class { set, min, max, lazy } => {
                out.push_str(&class(*set));
                match (min, max) {
                    (1, 1) => {}
                    (0, 1) => out.push('?'),
                    (min, max) if min == max => out.push_str(&format!("{{{min}}}")),
                    (min, max) => out.push_str(&format!("{{{min},{max}}}")),
                }
                if *lazy {
                    out.push('?');
                }
            }
            Node::Branch(branches) if branches.len() == 2 && branches[1].is_empty() => {
                out.push_str(&format!("(?:{})?", show(&branches[0])));
            }
            Node::Branch(branches) => {
                let branches: Vec<String> = branches.iter().map(|branch| show(branch)).collect();
                out.push_str(&format!("(?:{})", branches.join("|")));
            }
            Node::SecretStart => out.push('('),
            Node::SecretEnd => out.push(')'),
        }
    }
    out
}

/// The fewest bytes the nodes can match.
pub(crate) fn min_len(nodes: &[Node]) -> usize {
    let len = |node: &Node| match node {
        Node::Literal(bytes) => bytes.len(),
        Node::Class { min, .. } => usize::from(*min),
        Node::Branch(branches) => branches.iter().map(|branch| min_len(branch)).min().unwrap_or(0),
        Node::SecretStart | Node::SecretEnd => 0,
    };
    nodes.iter().map(len).sum()
}

/// The most bytes the nodes can match.
pub(crate) fn max_len(nodes: &[Node]) -> usize {
    let len = |node: &Node| match node {
        Node::Literal(bytes) => bytes.len(),
        Node::Class { max, .. } => usize::from(*max),
        Node::Branch(branches) => branches.iter().map(|branch| max_len(branch)).max().unwrap_or(0),
        Node::SecretStart | Node::SecretEnd => 0,
    };
    nodes.iter().map(len).sum()
}

/// The bytes with which a match of the nodes can start; the flag says whether they can match nothing.
pub(crate) fn first(nodes: &[Node]) -> (ByteSet, bool) {
    let mut set = ByteSet::EMPTY;
    for node in nodes {
        let (more, empty) = match node {
            Node::Literal(bytes) => (ByteSet::of(bytes.first().copied()), bytes.is_empty()),
            Node::Class { set, min, max, .. } => (if *max > 0 { *set } else { ByteSet::EMPTY }, *min == 0),
            Node::Branch(branches) => {
                let all = branches.iter().map(|branch| first(branch));
                all.fold((ByteSet::EMPTY, false), |(set, empty), (s, e)| (set.union(s), empty | e))
            }
            Node::SecretStart | Node::SecretEnd => (ByteSet::EMPTY, true),
        };
        set = set.union(more);
        if !empty {
            return (set, false);
        }
    }
    (set, true)
}

/// The classes whose bytes a match can end with: bytes of these would have made it longer.
pub(crate) fn last_classes(nodes: &[Node]) -> ByteSet {
    let mut set = ByteSet::EMPTY;
    for node in nodes.iter().rev() {
        let may_be_empty = match node {
            Node::Literal(bytes) => bytes.is_empty(),
            Node::Class { set: class, min, .. } => {
                set = set.union(*class);
                *min == 0
            }
            Node::Branch(branches) => {
                set = branches.iter().fold(set, |set, branch| set.union(last_classes(branch)));
                branches.iter().any(|branch| min_len(branch) == 0)
            }
            Node::SecretStart | Node::SecretEnd => true,
        };
        if !may_be_empty {
            break;
        }
    }
    set
}

/// The nodes that match the reversed text.
pub(crate) fn reversed(nodes: &[Node]) -> Vec<Node> {
    let turn = |node: &Node| match node {
        Node::Literal(bytes) => Node::Literal(bytes.iter().rev().copied().collect()),
        Node::Branch(branches) => Node::Branch(branches.iter().map(|branch| reversed(branch)).collect()),
        node => node.clone(),
    };
    nodes.iter().rev().map(turn).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_supported() {
        let class =
            |bytes: &[u8], min, max| Node::Class { set: ByteSet::of(bytes.to_vec()), min, max, lazy: false };
        let literal = |text: &str| Node::Literal(text.as_bytes().to_vec());
        let cases: Vec<(&str, Vec<Node>)> = vec![
            ("abc", vec![literal("abc")]),
            (r"a\.b", vec![literal("a.b")]),
            ("a[0-3]{2}", vec![literal("a"), class(b"0123", 2, 2)]),
            ("a{3}", vec![class(b"a", 3, 3)]),
            ("(?:ab){2}c", vec![literal("ababc")]),
            ("x(?:ab)?", vec![literal("x"), Node::Branch(vec![vec![literal("ab")], vec![]])]),
            (
                "k=(v[01])",
                vec![literal("k="), Node::SecretStart, literal("v"), class(b"01", 1, 1), Node::SecretEnd],
            ),
            (
                "[ab]c{0,4}?d",
                vec![
                    class(b"ab", 1, 1),
                    Node::Class { set: ByteSet::of(*b"c"), min: 0, max: 4, lazy: true },
                    literal("d"),
                ],
            ),
        ];
        for (token, nodes) in cases {
            assert_eq!(parse(token), Ok(nodes), "{token}");
        }
    }

    #[test]
    fn what_is_not() {
        let cases = [
            ("a*", "without a bound"),
            (r"\bab", "boundaries are implied"),
            ("^ab", "boundaries are implied"),
            ("(a)(b)", "more than one capturing group"),
            ("[0-9]{70000}", "more than 65535"),
            ("[0-9]{40000}", "at most 32768"),
            ("(?:ab){65}", "more than 64 times"),
            ("a{0,3}", "nothing at all"),
            ("ab{1,3}?[cd]", "followed by a literal"),
            ("a[", "not a regular expression"),
        ];
        for (token, message) in cases {
            let error = parse(token).expect_err(token);
            assert!(error.contains(message), "{token}: {error}");
        }
    }
}
