//! Who may be asked: hosts that providers' declarations name, and hosts that the user names.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A host that a user names: `scalr.example.com`, with a port if need be. `https://` may stand before it; `http://` only
/// where it is this machine, as everywhere else a secret would go over the network in the clear.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Host {
    name: String,
    port: Option<u16>,
    is_plain: bool,
}

impl Host {
    /// The name, in lower case, without a port.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `https://name:port` or `http://name:port`.
    pub(crate) fn origin(&self) -> String {
        let scheme = if self.is_plain { "http" } else { "https" };
        match self.port {
            Some(port) => format!("{scheme}://{}:{port}", self.name),
            None => format!("{scheme}://{}", self.name),
        }
    }
}

/// Why a text is no host.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HostError(pub(crate) Cow<'static, str>);

impl From<&'static str> for HostError {
    fn from(text: &'static str) -> HostError {
        HostError(text.into())
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for HostError {}

impl FromStr for Host {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Host, HostError> {
        let (is_plain, rest) = match text.split_once("://") {
            Some(("https", rest)) => (false, rest),
            Some(("http", rest)) => (true, rest),
            Some(_) => return Err(HostError::from("only https:// may stand before a host")),
            None => (false, text),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let (name, port) = match authority.rsplit_once(':') {
            Some((name, port)) if !name.ends_with(':') && (!name.contains(':') || name.ends_with(']')) => {
                let port: u16 =
                    port.parse().map_err(|_| HostError::from("what stands after the colon is no port"))?;
                (name, Some(port))
            }
            _ => (authority, None),
        };
        let name = name.to_ascii_lowercase();
        let name = name.strip_suffix('.').unwrap_or(&name).to_owned();
        if !is_name(&name) && !is_bracketed(&name) {
            return Err(HostError::from("a host is needed, such as scalr.example.com, without a path"));
        }
        if is_plain && !is_loopback(&name) {
            return Err(HostError::from(
                "http:// is for this machine only: a secret must not cross a network in the clear",
            ));
        }
        Ok(Host { name, port, is_plain })
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}:{port}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// Whether a text is a host name or an IPv4 address, in lower case.
pub(crate) fn is_name(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.split('.').all(label)
}

fn is_bracketed(text: &str) -> bool {
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    inner.is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok())
}

/// Whether a host is this machine, by its name alone.
pub(crate) fn is_loopback(name: &str) -> bool {
    let address: Option<IpAddr> = name.trim_matches(['[', ']']).parse().ok();
    name == "localhost" || address.is_some_and(|address| address.is_loopback())
}

/// Whether a host is one of these; `*.example.com` is every host below `example.com`.
pub(crate) fn is_known(name: &str, known: &[&str]) -> bool {
    known.iter().any(|known| match known.strip_prefix('*') {
        Some(parent) => name.len() > parent.len() && name.ends_with(parent),
        None => name == *known,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_users() {
        for (text, origin) in [
            ("scalr.example.com", Some("https://scalr.example.com")),
            ("Scalr.Example.com.", Some("https://scalr.example.com")),
            ("https://scalr.example.com/", Some("https://scalr.example.com")),
            ("scalr.example.com:8443", Some("https://scalr.example.com:8443")),
            ("10.0.0.1", Some("https://10.0.0.1")),
            ("http://127.0.0.1:80", Some("http://127.0.0.1:80")),
            ("http://localhost", Some("http://localhost")),
            ("http://[::1]:8080", Some("http://[::1]:8080")),
            ("[fd00::1]", Some("https://[fd00::1]")),
            ("http://scalr.example.com", None),
            ("http://127.0.0.1.example.com", None),
            ("ftp://scalr.example.com", None),
            ("scalr.example.com/api", None),
            ("user@scalr.example.com", None),
            ("scalr.example.com:https", None),
            ("scalr.example.com:70000", None),
            ("scalr.example.com?x", None),
            ("scalr.example.com#x", None),
            ("scalr example.com", None),
            ("scalr..example.com", None),
            ("-scalr.example.com", None),
            ("fd00::1", None),
            ("[fd00::1", None),
            ("ſcalr.io", None),
            ("", None),
        ] {
            let host = text.parse::<Host>().ok().map(|host| host.origin());
            assert_eq!(host.as_deref(), origin, "{text}");
        }
    }

    #[test]
    fn known_hosts() {
        let known = ["*.scalr.io", "gitlab.com"];
        for (name, want) in [
            ("acme.scalr.io", true),
            ("a.b.scalr.io", true),
            ("scalr.io", false),
            (".scalr.io", false),
            ("evilscalr.io", false),
            ("acme.scalr.io.example.com", false),
            ("gitlab.com", true),
            ("www.gitlab.com", false),
            ("notgitlab.com", false),
        ] {
            assert_eq!(is_known(name, &known), want, "{name}");
        }
    }
}
