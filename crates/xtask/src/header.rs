//! The C header, from the Rust of `bindings/c`.

use crate::root;
use std::fs;
use std::path::PathBuf;

/// Where the header is.
const HEADER: &str = "bindings/c/include/scalr_detect.h";

/// Writes the header.
pub(crate) fn write() -> Result<(), String> {
    fs::write(root().join(HEADER), header()?).map_err(|error| format!("{HEADER}: {error}"))
}

/// Fails if the committed header is not what [`write()`] would write.
pub(crate) fn check() -> Result<(), String> {
    if fs::read_to_string(root().join(HEADER)).ok() != Some(header()?) {
        return Err(format!("{HEADER} is stale: run `cargo xtask header`"));
    }
    Ok(())
}

fn header() -> Result<String, String> {
    let folder: PathBuf = root().join("bindings/c");
    let mut config = cbindgen::Config::from_file(folder.join("cbindgen.toml"))?;
    config.header = Some(HEAD.trim_end().to_owned());
    config.after_includes = Some(version_macros(env!("CARGO_PKG_VERSION"))?);
    let builder = cbindgen::Builder::new().with_config(config).with_crate(&folder);
    let bindings = builder.generate().map_err(|error| format!("cbindgen: {error}"))?;
    let mut text = Vec::new();
    bindings.write(&mut text);
    let text = String::from_utf8(text).map_err(|_| "the header is not UTF-8".to_owned())?;
    // Rust's heading for what an unsafe function asks of its callers. To C, all functions are alike.
    Ok(text.replace("# Safety", "What the caller answers for:"))
}

/// What the header begins with.
const HEAD: &str = "\
/*
 * scalr-detect: finds leaked credentials in bytes.
 *
 * Made from the Rust sources by `cargo xtask header`: do not edit.
 *
 * Results. A function that can fail returns a scalr_detect_status, and its results go where the last arguments point. They are
 * written whatever happens, as NULL, 0 or false if there is none, unless they are said to be left alone or the pointer is NULL.
 * scalr_detect_last_error() says what was wrong with the last call of this thread that failed. In the comments, statuses stand
 * without their SCALR_DETECT_STATUS_. A NULL that should not be and a wrong text are told by a status. A pointer to what has
 * been freed, or to less than was promised, cannot be told from a good one: that is what \"What the caller answers for\" lists.
 *
 * Ownership. What a _new or _build function makes belongs to the caller, who frees it with the _free function of the same
 * type, once. Each _free function takes NULL. A scanner may be freed before what was made from it. Findings are plain values.
 *
 * Threads. Any number of threads may use one scanner at the same time. Builders, iterators and redactors may go from thread to
 * thread, but one at a time uses them. The last error is each thread's own.
 *
 * Texts are UTF-8 and end with a NUL byte, unless a length comes with them. Data that is searched is any bytes.
 *
 * Compatibility. Numbers of statuses, severities and confidences never change, but there may be new ones. Structs and functions
 * are the same in all versions of the same soname: of one major version, and before 1.0 of one minor version.
 */
";

/// The version as macros, from the workspace's, which is that of this crate too.
fn version_macros(version: &str) -> Result<String, String> {
    let parts: Vec<u8> =
        version.split(['.', '-', '+']).take(3).filter_map(|part| part.parse().ok()).collect();
    let [major, minor, patch] = parts[..] else {
        return Err(format!("version {version} does not begin with three numbers below 256"));
    };
    Ok(format!(
        "
/** The version of this header; that of the library that is loaded is `scalr_detect_version()`. */
#define SCALR_DETECT_VERSION \"{version}\"
#define SCALR_DETECT_VERSION_MAJOR {major}
#define SCALR_DETECT_VERSION_MINOR {minor}
#define SCALR_DETECT_VERSION_PATCH {patch}
/** The three numbers in one, to be compared: a byte each, the major version's the highest. */
#define SCALR_DETECT_VERSION_NUMBER \\
    (SCALR_DETECT_VERSION_MAJOR << 16 | SCALR_DETECT_VERSION_MINOR << 8 | SCALR_DETECT_VERSION_PATCH)"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_become_macros() {
        let macros = version_macros("1.20.3-rc.1").unwrap();
        let lines: Vec<&str> = macros.lines().filter(|line| line.starts_with("#define")).collect();
        assert_eq!(lines[0], "#define SCALR_DETECT_VERSION \"1.20.3-rc.1\"");
        assert_eq!(lines[1], "#define SCALR_DETECT_VERSION_MAJOR 1");
        assert_eq!(lines[2], "#define SCALR_DETECT_VERSION_MINOR 20");
        assert_eq!(lines[3], "#define SCALR_DETECT_VERSION_PATCH 3");
        assert!(version_macros("1.2").is_err() && version_macros("1.300.0").is_err());
    }
}
