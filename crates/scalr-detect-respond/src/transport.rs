//! One request, one answer: the border to the network.

use std::fmt;
use std::time::Duration;

/// Carries requests to servers.
///
/// The crate's own is [`HttpTransport`](crate::HttpTransport), with the feature `http`; implement this for another HTTP
/// client. An implementation
///
/// * follows no redirect: a redirect is an answer like any other, and what was meant for one host is not for another;
/// * verifies certificates, and says no where they do not hold;
/// * reads at most [`Request::max_body`] bytes of the body, and drops the rest;
/// * is done, one way or the other, when the time is over;
/// * refuses private, loopback and link-local addresses unless it was told otherwise, and connects to the address that
///   it checked, not to what a second look-up says;
/// * logs neither URL, headers nor body: secrets are in them.
pub trait Transport: Send + Sync {
    /// Sends a request and waits for its answer, for `timeout` at most.
    ///
    /// # Errors
    ///
    /// When there is no whole answer. An answer with a status of 400 or more is an answer.
    fn send(&self, request: &Request, timeout: Duration) -> Result<Response, TransportError>;
}

impl<T: Transport + ?Sized> Transport for std::sync::Arc<T> {
    fn send(&self, request: &Request, timeout: Duration) -> Result<Response, TransportError> {
        (**self).send(request, timeout)
    }
}

/// A request. `Debug` shows neither secrets nor the body.
#[derive(Clone)]
pub struct Request {
    pub(crate) method: &'static str,
    pub(crate) url: String,
    pub(crate) shown_url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) max_body: usize,
}

impl Request {
    /// `GET`, `POST` or `DELETE`.
    pub fn method(&self) -> &'static str {
        self.method
    }

    /// Where to. It may hold the secret.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where to, with `…` where a secret is.
    pub fn shown_url(&self) -> &str {
        &self.shown_url
    }

    /// The host, without a port.
    pub fn host(&self) -> &str {
        let authority = self.url.split_once("://").map_or("", |(_, rest)| rest);
        let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
        match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
            _ => authority,
        }
    }

    /// Names and values. Most hold the secret.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (&**name, &**value))
    }

    /// The body, empty if there is none.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// How many bytes of the answer's body are wanted at most.
    pub fn max_body(&self) -> usize {
        self.max_body
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("url", &self.shown_url)
            .field("headers", &self.headers.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// An answer. `Debug` does not show the body, which may be private.
#[derive(Clone, Default)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Names, in any case, and values.
    pub headers: Vec<(String, String)>,
    /// The first bytes of the body, decoded if it was sent compressed.
    pub body: Vec<u8>,
    /// Whether there was more.
    pub is_cut: bool,
}

impl Response {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    /// The media type without parameters, in lower case, of the characters that a type is made of; empty if there is none.
    pub(crate) fn content_type(&self) -> String {
        let value = self.header("content-type").unwrap_or_default();
        let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let is = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'+' | b'-' | b'.');
        if essence.len() <= 60 && essence.bytes().all(is) { essence } else { String::new() }
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("content_type", &self.content_type())
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TransportError {
    /// The name of the host is not known.
    UnknownHost,
    /// The host has only addresses that are not for the public, and those were not allowed.
    RefusedAddress,
    /// No answer in time.
    Timeout,
    /// No connection, or it broke.
    Connection,
    /// The server's certificate does not hold, or there is no common way to encrypt.
    Tls,
    /// What came back is not HTTP.
    Protocol,
    /// The proxy did not connect.
    Proxy,
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TransportError::UnknownHost => "the name of the host cannot be resolved",
            TransportError::RefusedAddress => {
                "the host has a private or reserved address, which is asked only where that is allowed"
            }
            TransportError::Timeout => "no answer in time",
            TransportError::Connection => "no connection, or it broke",
            TransportError::Tls => "the certificate of the server does not hold",
            TransportError::Protocol => "what came back is not an answer in HTTP",
            TransportError::Proxy => "the proxy did not connect",
        })
    }
}

impl std::error::Error for TransportError {}
