//! Which version this is.

use std::ffi::{CStr, c_char};

const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => panic!("a version has no NUL in it"),
};

/// The version of the library that is loaded, such as `"1.2.3"`, to be compared with `SCALR_DETECT_VERSION` of the header that
/// was compiled against. The text is static. Any thread may call it.
#[unsafe(no_mangle)]
pub extern "C" fn scalr_detect_version() -> *const c_char {
    VERSION.as_ptr()
}
