//! What the tests share: a seeded generator and mutations.

/// SplitMix64 (public domain, by Sebastiano Vigna): enough for tests.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// `len` bytes of the alphabet.
    pub(crate) fn text(&mut self, alphabet: &[u8], len: usize) -> Vec<u8> {
        (0..len).map(|_| alphabet[self.below(alphabet.len())]).collect()
    }

    /// `seed` with one to three bytes changed, removed, inserted or cut off.
    pub(crate) fn mutate(&mut self, seed: &[u8]) -> Vec<u8> {
        let mut text = seed.to_vec();
        for _ in 0..1 + self.below(3) {
            let at = self.below(text.len().max(1));
            let byte = if self.below(2) == 0 { self.next() as u8 } else { seed[self.below(seed.len())] };
            match self.below(8) {
                0 if at < text.len() => drop(text.remove(at)),
                1 if at <= text.len() => text.insert(at, byte),
                2 => text.truncate(at),
                _ if at < text.len() => text[at] = byte,
                _ => text.push(byte),
            }
        }
        text
    }
}
