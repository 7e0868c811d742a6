//! Cyclic redundancy checks: CRC-32 of Ethernet, gzip and zlib, and the CRC-24 of OpenPGP.

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        let mut value = i as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { value >> 1 ^ 0xEDB8_8320 } else { value >> 1 };
            bit += 1;
        }
        table[i] = value;
        i += 1;
    }
    table
}

static TABLE: [u32; 256] = table();

/// CRC-32 as in zlib: reflected polynomial `0xEDB88320`, complemented before and after.
pub fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| crc >> 8 ^ TABLE[(crc as u8 ^ byte) as usize])
}

/// CRC-32 of the bytes as 6 base62 digits (digits, upper, lower case): the checksum at the end of GitHub's and npm's tokens.
pub fn crc32_base62(bytes: &[u8]) -> [u8; 6] {
    crate::encoding::base62_6(crc32(bytes))
}

/// CRC-24 of OpenPGP's ASCII armor (RFC 9580, section 6.1.1).
pub fn crc24(bytes: &[u8]) -> u32 {
    let mut crc = 0xB7_04CE;
    for &byte in bytes {
        crc ^= (byte as u32) << 16;
        for _ in 0..8 {
            crc <<= 1;
            if crc & 0x100_0000 != 0 {
                crc ^= 0x186_4CFB;
            }
        }
    }
    crc
}

/// CRC-16 with the polynomial `0x1021` and nothing else, known as XMODEM's.
pub fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(
            crc ^ u16::from(*byte) << 8,
            |crc, _| if crc >> 15 != 0 { crc << 1 ^ 0x1021 } else { crc << 1 },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_check_values() {
        // The "check" entries of the catalogue of parametrised CRC algorithms.
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
        assert_eq!(crc24(b"123456789"), 0x21_CF02);
        assert_eq!(crc24(b""), 0xB7_04CE);
        assert_eq!(crc16(b"123456789"), 0x31C3);
        assert_eq!(crc16(b""), 0);
    }
}
