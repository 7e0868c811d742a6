//! Deltas: objects as instructions that copy from another object, their base, or insert. The format is that of
//! gitformat-pack(5).

use std::io::{self, BufRead, Read};
use std::rc::Rc;

/// No object is larger, in bytes: what claims more is not read.
pub(super) const LARGEST: usize = 1 << 30;

/// The instructions of a delta. Whatever they are, they copy only what the base has, and make as many bytes as they claim.
pub(super) struct Delta<R> {
    /// Where the bytes of an insertion are read from before the next instruction.
    rest: R,
    /// How many bytes the base has.
    from: usize,
    /// How many bytes come out.
    to: usize,
    made: usize,
}

#[derive(Clone, Copy, Debug)]
enum Instruction {
    Copy {
        start: usize,
        size: usize,
    },
    /// What many bytes follow.
    Insert(usize),
}

impl<R: BufRead> Delta<R> {
    /// A delta for a base of so many bytes.
    pub(super) fn new(mut rest: R, base: usize) -> io::Result<Delta<R>> {
        let mut size = || {
            let mut size = 0u64;
            for shift in (0..63).step_by(7) {
                let byte = next(&mut rest)?.ok_or_else(damaged)?;
                size |= u64::from(byte & 0x7f) << shift;
                if byte < 0x80 {
                    return usize::try_from(size).map_err(|_| damaged());
                }
            }
            Err(damaged())
        };
        let (from, to) = (size()?, size()?);
        if from != base || to > LARGEST {
            return Err(damaged());
        }
        Ok(Delta { rest, from, to, made: 0 })
    }

    /// How many bytes come out.
    pub(super) fn size(&self) -> usize {
        self.to
    }

    #[inline]
    fn next(&mut self) -> io::Result<Option<Instruction>> {
        let Some(code) = next(&mut self.rest)? else {
            return if self.made == self.to { Ok(None) } else { Err(damaged()) };
        };
        let (instruction, size) = if code & 0x80 == 0 {
            (Instruction::Insert(usize::from(code)), usize::from(code))
        } else {
            // The low bits say which bytes of the offset and the size are there.
            let mut number = |bits: std::ops::Range<u8>| -> io::Result<usize> {
                let mut number = 0;
                for (place, bit) in bits.enumerate() {
                    if code >> bit & 1 == 1 {
                        number |= usize::from(next(&mut self.rest)?.ok_or_else(damaged)?) << (8 * place);
                    }
                }
                Ok(number)
            };
            let (start, size) = (number(0..4)?, number(4..7)?);
            let size = if size == 0 { 0x1_0000 } else { size };
            if start.checked_add(size).is_none_or(|end| end > self.from) {
                return Err(damaged());
            }
            (Instruction::Copy { start, size }, size)
        };
        self.made += size;
        // No instruction is 0: it is reserved.
        if code == 0 || self.made > self.to { Err(damaged()) } else { Ok(Some(instruction)) }
    }

    /// The next `size` bytes to be inserted.
    #[inline]
    fn insert(&mut self, size: usize, bytes: &mut Vec<u8>) -> io::Result<()> {
        let mut left = size;
        while left > 0 {
            let here = self.rest.fill_buf()?;
            let n = here.len().min(left);
            if n == 0 {
                return Err(damaged());
            }
            bytes.extend_from_slice(&here[..n]);
            self.rest.consume(n);
            left -= n;
        }
        Ok(())
    }
}

#[inline]
fn next(bytes: &mut impl BufRead) -> io::Result<Option<u8>> {
    let first = bytes.fill_buf()?.first().copied();
    bytes.consume(usize::from(first.is_some()));
    Ok(first)
}

#[cold]
fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a delta that does not fit its base")
}

/// Applies a delta. None if there would be more than `large` bytes.
pub(super) fn apply(base: &[u8], delta: &[u8], large: u64) -> io::Result<Option<Vec<u8>>> {
    let mut delta = Delta::new(delta, base.len())?;
    if delta.size() as u64 > large {
        return Ok(None);
    }
    let mut object = Vec::new();
    object.try_reserve_exact(delta.size())?;
    while let Some(instruction) = delta.next()? {
        match instruction {
            Instruction::Copy { start, size } => object.extend_from_slice(&base[start..start + size]),
            Instruction::Insert(size) => delta.insert(size, &mut object)?,
        }
    }
    Ok(Some(object))
}

/// What deltas make of an object, one on the other, without putting it together: where each piece of it is.
pub(super) struct Composed {
    root: Rc<Vec<u8>>,
    /// What deltas inserted.
    inserted: Vec<u8>,
    pieces: Vec<Piece>,
}

/// Bytes of the root, or inserted ones. No object has 4 GiB, see [`LARGEST`].
#[derive(Clone, Copy)]
struct Piece {
    /// Where they end in what is composed.
    end: u32,
    /// Where they are: an offset in the root or, one behind its end, in what was inserted.
    from: u32,
}

impl Composed {
    /// The root, to which no delta was applied yet.
    pub(super) fn new(root: Rc<Vec<u8>>) -> Composed {
        let mut pieces = Vec::new();
        push(&mut pieces, 0, root.len());
        Composed { root, inserted: Vec::new(), pieces }
    }

    /// How many bytes it has.
    pub(super) fn size(&self) -> usize {
        self.pieces.last().map_or(0, |piece| piece.end as usize)
    }

    /// Applies a delta. False, and it is no use any more, if the list of pieces would take more memory than the bytes.
    pub(super) fn apply(&mut self, mut delta: Delta<impl BufRead>) -> io::Result<bool> {
        let mut pieces = Vec::new();
        while let Some(instruction) = delta.next()? {
            match instruction {
                Instruction::Copy { start, size } => {
                    let (mut at, end) = (start, start + size);
                    let mut place = self.place(start);
                    while at < end {
                        let piece = self.pieces[place];
                        let size = end.min(piece.end as usize) - at;
                        push(&mut pieces, self.from(place, at), size);
                        (at, place) = (at + size, place + 1);
                    }
                }
                Instruction::Insert(size) => {
                    push(&mut pieces, self.root.len() + 1 + self.inserted.len(), size);
                    delta.insert(size, &mut self.inserted)?;
                }
            }
            // While there are two lists, and both may have grown to twice what is in them.
            if self.inserted.len() + pieces.len() * 4 * size_of::<Piece>() > delta.size() {
                return Ok(false);
            }
        }
        self.pieces = pieces;
        Ok(true)
    }

    /// The number of the piece that an offset is in.
    fn place(&self, at: usize) -> usize {
        self.pieces.partition_point(|piece| piece.end as usize <= at)
    }

    /// Where an offset is that is in this piece.
    fn from(&self, place: usize, at: usize) -> usize {
        let start = place.checked_sub(1).map_or(0, |before| self.pieces[before].end as usize);
        self.pieces[place].from as usize + at - start
    }

    /// The bytes from an offset on, up to the end of a piece.
    fn bytes(&self, at: usize) -> &[u8] {
        let place = self.place(at);
        let (from, size) = (self.from(place, at), self.pieces[place].end as usize - at);
        let (source, from) = match from.checked_sub(self.root.len() + 1) {
            Some(from) => (&self.inserted, from),
            None => (&*self.root, from),
        };
        &source[from..from + size]
    }
}

/// Adds a piece, or makes the last one longer.
fn push(pieces: &mut Vec<Piece>, from: usize, size: usize) {
    let before = pieces.len().checked_sub(2).map_or(0, |before| pieces[before].end);
    let start = match pieces.last_mut() {
        Some(last) if last.from as usize + (last.end - before) as usize == from => {
            last.end += size as u32;
            return;
        }
        last => last.map_or(0, |last| last.end),
    };
    if size > 0 {
        pieces.push(Piece { end: start + size as u32, from: from as u32 });
    }
}

/// Reads what a delta makes of its base, while the delta is read.
pub(super) struct Applied<'b, R> {
    base: &'b Composed,
    delta: Delta<R>,
    /// What is left of an instruction.
    now: Instruction,
}

impl<'b, R: BufRead> Applied<'b, R> {
    /// `delta` is one for `base`.
    pub(super) fn new(base: &'b Composed, delta: Delta<R>) -> Applied<'b, R> {
        Applied { base, delta, now: Instruction::Insert(0) }
    }
}

impl<R: BufRead> Read for Applied<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match &mut self.now {
                Instruction::Copy { size: 0, .. } | Instruction::Insert(0) => match self.delta.next()? {
                    Some(instruction) => self.now = instruction,
                    None => return Ok(0),
                },
                Instruction::Copy { start, size } => {
                    let bytes = self.base.bytes(*start);
                    let n = bytes.len().min(*size).min(buffer.len());
                    buffer[..n].copy_from_slice(&bytes[..n]);
                    (*start, *size) = (*start + n, *size - n);
                    return Ok(n);
                }
                Instruction::Insert(size) => {
                    let n = (*size).min(buffer.len());
                    let n = self.delta.rest.read(&mut buffer[..n])?;
                    *size -= n;
                    return if n == 0 && !buffer.is_empty() { Err(damaged()) } else { Ok(n) };
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A delta of these instructions: what to copy, or what to insert.
    fn delta(from: usize, instructions: &[Result<(usize, usize), &[u8]>]) -> Vec<u8> {
        let to: usize = instructions.iter().map(|i| i.map_or_else(<[u8]>::len, |(_, size)| size)).sum();
        let mut delta = Vec::new();
        for mut size in [from, to] {
            while size >= 0x80 {
                delta.push(size as u8 | 0x80);
                size >>= 7;
            }
            delta.push(size as u8);
        }
        for instruction in instructions {
            match *instruction {
                Ok((start, 0x1_0000)) => {
                    // A size of 0 stands for it.
                    delta.push(0x8f);
                    delta.extend_from_slice(&(start as u32).to_le_bytes());
                }
                Ok((start, size)) => {
                    delta.push(0xff);
                    delta.extend_from_slice(&(start as u32).to_le_bytes());
                    delta.extend_from_slice(&(size as u32).to_le_bytes()[..3]);
                }
                Err(bytes) => {
                    for bytes in bytes.chunks(127) {
                        delta.push(bytes.len() as u8);
                        delta.extend_from_slice(bytes);
                    }
                }
            }
        }
        delta
    }

    /// What a chain of deltas makes of a root, put together step by step, and composed; None if the list of pieces is no use.
    fn both(root: &[u8], deltas: &[Vec<u8>]) -> (io::Result<Vec<u8>>, Option<io::Result<Vec<u8>>>) {
        let applied = deltas
            .iter()
            .try_fold(root.to_vec(), |base, delta| Ok(apply(&base, delta, u64::MAX)?.expect("no limit")));
        let composed = || -> io::Result<Option<Vec<u8>>> {
            let mut base = Composed::new(Rc::new(root.to_vec()));
            let (last, below) = deltas.split_last().expect("a delta");
            for delta in below {
                if !base.apply(Delta::new(&delta[..], base.size())?)? {
                    return Ok(None);
                }
            }
            let mut bytes = Vec::new();
            // Buffers of one byte cut everything that can be cut.
            let last = io::BufReader::with_capacity(1, &last[..]);
            Applied::new(&base, Delta::new(last, base.size())?).read_to_end(&mut bytes)?;
            Ok(Some(bytes))
        };
        (applied, composed().transpose())
    }

    #[test]
    fn composed_deltas_make_what_applied_ones_make() {
        let root: Vec<u8> = (0..0x2_0010u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let (all, inserted) = (root.len(), &root[7..300]);
        let whole = delta(all, &[Ok((0, all))]);
        let edited = [Ok((0, 0x1_0000)), Err(inserted), Ok((0x1_0000, 0x1_0000)), Ok((0x2_0000, 16))];
        let edited = delta(all, &edited);
        let size = all + inserted.len();
        let over_edges: [Result<_, &[u8]>; 5] =
            [Ok((0xfff0, 400)), Ok((0, size)), Err(b"x"), Ok((0x1_0000 + 5, 280)), Ok((3, 0x1_0000))];
        let cases: [(&str, Vec<Vec<u8>>); 9] = [
            ("copies all", vec![whole.clone()]),
            ("copies all, often", vec![whole; 50]),
            ("inserts all", vec![delta(all, &[Err(&root[..5000])])]),
            (
                "inserts all, and more on it",
                vec![delta(all, &[Err(&root)]), delta(all, &[Ok((5, 0x1_0000)), Err(b"y")])],
            ),
            ("edits", vec![edited.clone()]),
            ("copies over edges", vec![edited.clone(), delta(size, &over_edges)]),
            ("makes nothing", vec![delta(all, &[])]),
            ("makes something of nothing", vec![delta(all, &[]), delta(0, &[Err(b"z")])]),
            ("backwards", vec![edited, delta(size, &[Ok((size - 9, 9)), Ok((0, 0x1_0000)), Ok((0, 1))])]),
        ];
        for (what, deltas) in cases {
            let (applied, composed) = both(&root, &deltas);
            let applied = applied.expect(what);
            if let Some(composed) = composed {
                assert!(applied == composed.expect(what), "{what}");
            } else {
                // Where little is left to copy, a list of it is longer.
                assert!(matches!(what, "inserts all, and more on it"), "{what}");
            }
        }
    }

    /// A chain as git makes it: each changes a few places of the one before.
    #[test]
    fn long_chains_are_composed() {
        let root: Vec<u8> = (0..100_000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 11) as u8).collect();
        let mut deltas = Vec::new();
        let mut size = root.len();
        for depth in 0..50 {
            let at = 1 + depth * 1_777 % (size - 100);
            let text = format!("change {depth}");
            deltas.push(delta(size, &[Ok((0, at)), Err(text.as_bytes()), Ok((at + 5, size - at - 5))]));
            size = size - 5 + text.len();
            let (applied, composed) = both(&root, &deltas);
            assert!(applied.unwrap() == composed.expect("few pieces").unwrap(), "{depth}");
        }
    }

    #[test]
    fn what_explodes_is_not_composed() {
        let twice = |size: usize| -> Vec<u8> { delta(size, &[Ok((1, size - 1)), Ok((0, size - 1))]) };
        let root = b"0123456789".to_vec();
        let (mut deltas, mut size) = (Vec::new(), root.len());
        for _ in 0..12 {
            deltas.push(twice(size));
            size = 2 * size - 2;
        }
        let (applied, composed) = both(&root, &deltas);
        assert_eq!(applied.unwrap().len(), size);
        assert!(composed.is_none());
    }

    #[test]
    fn damaged_deltas_are_told_in_both_ways() {
        let root = vec![b'a'; 1000];
        let good = delta(1000, &[Ok((0, 500)), Err(b"inserted"), Ok((500, 500))]);
        let mut cases: Vec<Vec<u8>> = (0..good.len()).map(|end| good[..end].to_vec()).collect();
        cases.push([&good[..], b"\x01x"].concat());
        cases.push([&good[..], b"\x00"].concat());
        cases.push(delta(999, &[Ok((0, 500))]));
        cases.push(delta(1000, &[Ok((501, 500))]));
        cases.push(delta(1000, &[Ok((u32::MAX as usize, 1))]));
        // 100 GB, or so it says.
        cases.push([&b"\xe8\x07\x80\xd0\xac\xf3\xf4\x02"[..], b"\x01x"].concat());
        for (at, case) in cases.iter().enumerate() {
            let (applied, composed) = both(&root, std::slice::from_ref(case));
            assert!(applied.is_err(), "{at}");
            assert!(composed.expect("one delta").is_err(), "{at}");
        }
    }
}
