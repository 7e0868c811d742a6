//! The transport that opens sockets: ureq with rustls.

use std::fmt;
use std::io::Read;
use std::net::IpAddr;
use std::time::Duration;

use ureq::http::{self, Uri};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, AsSendBody, Error, Proxy};

use crate::address::is_public;
use crate::hosts::is_loopback;
use crate::transport::{Request, Response, Transport, TransportError};

/// HTTP over sockets.
///
/// Certificates are verified against those that this machine trusts, or, where it has none, against Mozilla's.
/// Connections are kept for the next request.
///
/// # Addresses
///
/// The name of a host is resolved here, addresses that are not for the public are dropped, and what is left is connected
/// to: no second look-up can say otherwise. [`HttpTransport::allow_private`] keeps them.
///
/// # Proxies
///
/// The variables `ALL_PROXY`, `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are honoured, in capital or small letters. The
/// proxy itself may have any address. Behind a proxy it is the proxy that resolves names, so only hosts that are
/// written as addresses can be judged here; a proxy that should not reach private addresses must refuse them itself.
/// Requests to this machine never go through a proxy.
#[derive(Clone)]
pub struct HttpTransport {
    agent: Agent,
    /// For this machine itself.
    direct: Agent,
    allow_private: bool,
}

impl HttpTransport {
    /// A transport for the public internet.
    pub fn new() -> HttpTransport {
        HttpTransport::with(false)
    }

    /// A transport that connects to private, loopback and link-local addresses too.
    pub fn allow_private() -> HttpTransport {
        HttpTransport::with(true)
    }

    fn with(allow_private: bool) -> HttpTransport {
        let tls = TlsConfig::builder().root_certs(roots()).build();
        let agent = |proxy: Option<Proxy>| {
            let config = Agent::config_builder()
                .tls_config(tls.clone())
                .proxy(proxy)
                .max_redirects(0)
                .max_redirects_will_error(false)
                .http_status_as_error(false)
                .user_agent(concat!("scalr-detect/", env!("CARGO_PKG_VERSION")))
                .build();
            Agent::with_parts(config, DefaultConnector::default(), PublicOnly { allow_private })
        };
        HttpTransport { agent: agent(Proxy::try_from_env()), direct: agent(None), allow_private }
    }
}

impl Default for HttpTransport {
    fn default() -> HttpTransport {
        HttpTransport::new()
    }
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport").field("allow_private", &self.allow_private).finish_non_exhaustive()
    }
}

/// The certificates that this machine trusts. `SSL_CERT_FILE` and `SSL_CERT_DIR` name others.
fn roots() -> RootCerts {
    let found = rustls_native_certs::load_native_certs().certs;
    if found.is_empty() {
        return RootCerts::WebPki;
    }
    found.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).into()
}

impl Transport for HttpTransport {
    fn send(&self, request: &Request, timeout: Duration) -> Result<Response, TransportError> {
        // Behind a proxy nothing is resolved here, but what is written as an address can be judged.
        let literal: Option<IpAddr> = request.host().trim_matches(['[', ']']).parse().ok();
        if !self.allow_private && literal.is_some_and(|address| !is_public(address)) {
            return Err(TransportError::RefusedAddress);
        }
        let mut builder = http::Request::builder().method(request.method).uri(&request.url);
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        let agent = if is_loopback(request.host()) { &self.direct } else { &self.agent };
        // Without a body none is announced, but where a method must have one.
        let response = if request.body.is_empty() && request.method != "POST" {
            exchange(agent, builder.body(()), timeout)
        } else {
            exchange(agent, builder.body(&request.body[..]), timeout)
        };
        let mut response = response.map_err(kind)?;
        let headers = response.headers().iter();
        let headers =
            headers.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())));
        let mut answer = Response {
            status: response.status().as_u16(),
            headers: headers.collect(),
            ..Response::default()
        };
        // One byte more, to see whether there is more. An answer that breaks off is none.
        let wanted = request.max_body as u64 + 1;
        let mut reader = response.body_mut().with_config().limit(u64::MAX).reader().take(wanted);
        reader.read_to_end(&mut answer.body).map_err(|error| kind(Error::from(error)))?;
        answer.is_cut = answer.body.len() > request.max_body;
        answer.body.truncate(request.max_body);
        Ok(answer)
    }
}

fn exchange(
    agent: &Agent,
    request: http::Result<http::Request<impl AsSendBody>>,
    timeout: Duration,
) -> Result<http::Response<ureq::Body>, Error> {
    agent.run(agent.configure_request(request?).timeout_global(Some(timeout)).build())
}

/// What went wrong, without its text, which may have the URL in it.
fn kind(error: Error) -> TransportError {
    match error {
        Error::HostNotFound => TransportError::UnknownHost,
        Error::Timeout(_) => TransportError::Timeout,
        Error::Other(other) if other.is::<Refused>() => TransportError::RefusedAddress,
        Error::Tls(_) | Error::Rustls(_) | Error::Pem(_) | Error::TlsRequired => TransportError::Tls,
        Error::ConnectProxyFailed(_) | Error::InvalidProxyUrl => TransportError::Proxy,
        Error::Io(error) => match error.kind() {
            std::io::ErrorKind::TimedOut | std::io::ErrorKind::WouldBlock => TransportError::Timeout,
            // What rustls says comes as this, with the cause inside.
            std::io::ErrorKind::InvalidData => TransportError::Tls,
            _ => TransportError::Connection,
        },
        Error::ConnectionFailed | Error::BodyStalled => TransportError::Connection,
        _ => TransportError::Protocol,
    }
}

/// The system's resolver, without the addresses that are not for the public.
#[derive(Debug)]
struct PublicOnly {
    allow_private: bool,
}

impl Resolver for PublicOnly {
    fn resolve(
        &self,
        uri: &Uri,
        config: &ureq::config::Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let found =
            DefaultResolver::default().resolve(uri, config, timeout).map_err(|error| match error {
                // The system does not tell an unknown name from a resolver that is out of reach.
                Error::Io(_) => Error::HostNotFound,
                other => other,
            })?;
        let is_proxy = config.proxy().is_some_and(|proxy| proxy.uri() == uri);
        if self.allow_private || is_proxy {
            return Ok(found);
        }
        let mut public = self.empty();
        for address in found.iter().filter(|address| is_public(address.ip())) {
            public.push(*address);
        }
        if public.is_empty() { Err(Error::Other(Box::new(Refused))) } else { Ok(public) }
    }
}

/// The mark of an error that is none of ureq's.
#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no public address")
    }
}

impl std::error::Error for Refused {}
