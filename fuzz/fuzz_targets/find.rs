#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| scalr_detect_fuzz::find(data));
