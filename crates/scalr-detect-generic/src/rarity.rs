//! How surprising a string is as text: the mean of what each character says, given the two before it.
//!
//! The table holds, for three characters, eight times the negative binary logarithm of the probability of the last after
//! the two others, as counted in source code and prose. Letters count alike in both cases, digits are all one.

/// How many characters are told apart: letters, digits, some signs, the start, and all else.
pub const SYMBOLS: usize = 34;

/// The table's size in bytes.
pub const LEN: usize = SYMBOLS * SYMBOLS * SYMBOLS;

static TABLE: &[u8; LEN] = include_bytes!("rarity.bin");

/// The start of a string.
pub const START: usize = 33;

/// The symbol of a byte.
pub const fn symbol(byte: u8) -> usize {
    match byte {
        b'a'..=b'z' => (byte - b'a') as usize,
        b'A'..=b'Z' => (byte - b'A') as usize,
        b'0'..=b'9' => 26,
        b'_' => 27,
        b'-' => 28,
        b'.' => 29,
        b'/' => 30,
        b' ' => 31,
        _ => 32,
    }
}

/// The mean rarity of a string's characters, and the greatest mean of four in a row, in eighths of a bit.
pub fn of(text: &[u8]) -> (i16, i16) {
    let (mut a, mut b) = (START, START);
    let (mut sum, mut most) = (0, 0);
    let mut last = [0u16; 4];
    for (i, byte) in text.iter().enumerate() {
        let c = symbol(*byte);
        let rare = u16::from(TABLE[(a * SYMBOLS + b) * SYMBOLS + c]);
        last[i % 4] = rare;
        sum += u32::from(rare);
        most = most.max(last.iter().sum::<u16>() / 4);
        (a, b) = (b, c);
    }
    ((sum / text.len().max(1) as u32) as i16, most as i16)
}
