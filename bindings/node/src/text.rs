//! Strings of JavaScript are UTF-16, and the scanner reads bytes: here is what lies between.
//!
//! A string is searched as UTF-8, in which Node writes U+FFFD for a surrogate without its other half. Both are one unit of
//! UTF-16, so offsets do not suffer. Redaction must give back what it did not replace, so a string with such surrogates
//! is redacted in WTF-8: UTF-8 that has them as well, in three bytes each.

/// Between two counts of units there are so many bytes.
const STEP: usize = 1 << 10;

/// Turns offsets into UTF-8 text to offsets into the same text in UTF-16.
pub(crate) struct Units<'t> {
    text: &'t [u8],
    /// How many units are before each [`STEP`] of the text; empty if every character is one byte.
    before: Vec<usize>,
}

impl<'t> Units<'t> {
    pub(crate) fn new(text: &'t str) -> Units<'t> {
        let text = text.as_bytes();
        let mut before = Vec::new();
        if !text.is_ascii() {
            let mut units = 0;
            for step in text.chunks(STEP) {
                before.push(units);
                units += count(step);
            }
        }
        Units { text, before }
    }

    /// The offset of the character that starts at `offset`, or in which it is.
    pub(crate) fn start(&self, mut offset: usize) -> usize {
        while self.text.get(offset).is_some_and(|byte| byte & 0xc0 == 0x80) {
            offset -= 1;
        }
        self.end(offset)
    }

    /// The offset behind the character that ends before `offset`, or in which it is.
    pub(crate) fn end(&self, offset: usize) -> usize {
        if self.before.is_empty() {
            return offset;
        }
        let step = offset / STEP;
        match self.before.get(step) {
            Some(before) => before + count(&self.text[step * STEP..offset]),
            // Behind the last step, which is full.
            None => self.before[step - 1] + count(&self.text[(step - 1) * STEP..offset]),
        }
    }
}

/// How many units of UTF-16 the characters have whose first bytes are here.
fn count(text: &[u8]) -> usize {
    text.iter().map(|byte| usize::from(byte & 0xc0 != 0x80) + usize::from(*byte >= 0xf0)).sum()
}

/// WTF-8 of a string.
pub(crate) fn to_wtf8(units: &[u16]) -> Vec<u8> {
    let mut text = Vec::with_capacity(units.len());
    for character in char::decode_utf16(units.iter().copied()) {
        match character {
            Ok(character) => text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
            Err(lone) => {
                let unit = lone.unpaired_surrogate();
                text.extend([0xed, 0x80 | (unit >> 6 & 0x3f) as u8, 0x80 | (unit & 0x3f) as u8]);
            }
        }
    }
    text
}

/// The string that has this WTF-8; U+FFFD for what is none.
pub(crate) fn from_wtf8(mut text: &[u8]) -> Vec<u16> {
    let mut units = Vec::with_capacity(text.len());
    while !text.is_empty() {
        let valid = match std::str::from_utf8(text) {
            Ok(valid) => valid,
            Err(error) => std::str::from_utf8(&text[..error.valid_up_to()]).unwrap_or_default(),
        };
        units.extend(valid.encode_utf16());
        text = &text[valid.len()..];
        match *text {
            [0xed, high @ 0xa0..=0xbf, low @ 0x80..=0xbf, ..] => {
                units.push(0xd000 | u16::from(high & 0x3f) << 6 | u16::from(low & 0x3f));
                text = &text[3..];
            }
            [_, ..] => {
                units.push(0xfffd);
                text = &text[1..];
            }
            [] => {}
        }
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_in_units() {
        // Every character on every place around the borders of steps; the last text ends with a step.
        let texts = (0..10).map(|shift| "x".repeat(shift) + &"aé好🔑\n".repeat(2 * STEP / 11 + 9));
        let full = "é".repeat(STEP);
        for text in texts.chain([full]) {
            let units = Units::new(&text);
            let mut expected = 0;
            for (offset, character) in text.char_indices() {
                assert_eq!((units.start(offset), units.end(offset)), (expected, expected));
                for inside in 1..character.len_utf8() {
                    assert_eq!(units.start(offset + inside), expected);
                    assert_eq!(units.end(offset + inside), expected + character.len_utf16());
                }
                expected += character.len_utf16();
            }
            assert_eq!((units.start(text.len()), units.end(text.len())), (expected, expected));
        }
        assert_eq!((Units::new("abc").start(2), Units::new("").end(0)), (2, 0));
    }

    #[test]
    fn wtf8_there_and_back() {
        let cases: [&[u16]; 8] = [
            &[],
            &[0x61, 0xe9, 0x597d],
            &[0xd83d, 0xdd11],
            &[0xd83d],
            &[0xdd11, 0xd83d],
            &[0xd83d, 0xd83d, 0xdd11, 0xdfff, 0xd800],
            &[0xfffd, 0xffff, 0xdc00, 0x61],
            &[0xdbff; 5],
        ];
        for units in cases {
            assert_eq!(from_wtf8(&to_wtf8(units)), units);
        }
        assert_eq!(to_wtf8(&[0xd83d, 0xdd11]), "🔑".as_bytes());
        assert_eq!(from_wtf8(b"a\xff\xedb\xed\xa0"), [0x61, 0xfffd, 0xfffd, 0x62, 0xfffd, 0xfffd]);
    }
}
