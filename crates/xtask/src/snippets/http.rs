//! As much HTTP as a server for tests and a client of one need: one request a connection.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// Longest head and body, in bytes.
const LONGEST: usize = 1 << 20;

/// A port on which nobody listens.
pub(crate) fn unused_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    Ok(listener.local_addr().map_err(|error| error.to_string())?.port())
}

/// A request as a server sees it.
pub(crate) struct Request {
    pub(crate) method: String,
    /// As it was sent: percent-encoded.
    pub(crate) path: String,
    /// The header `Authorization`.
    pub(crate) authorization: String,
    pub(crate) body: Vec<u8>,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The header `Location`.
    pub(crate) location: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Answer {
        Answer { status, location: None, body: body.into() }
    }
}

/// Serves on a port of its own, which is returned, until the program ends.
pub(crate) fn serve(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    let port = listener.local_addr().map_err(|error| error.to_string())?.port();
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            // A client that opens a connection and says nothing holds up no other.
            thread::spawn(move || serve_one(stream, &*answer));
        }
    });
    Ok(port)
}

fn serve_one(mut stream: TcpStream, answer: &dyn Fn(&Request) -> Answer) -> Option<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let (head, body) = read_message(&mut stream)?;
    let mut words = head.lines().next()?.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let authorization = header(&head, "authorization").unwrap_or_default().to_owned();
    let answer = answer(&Request { method, path, authorization, body });
    let location = answer.location.map(|to| format!("Location: {to}\r\n")).unwrap_or_default();
    let head = format!(
        "HTTP/1.1 {} -\r\n{location}Content-Length: {}\r\nConnection: close\r\n\r\n",
        answer.status,
        answer.body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(&answer.body).ok()
}

/// Makes a request; status and body of the answer.
pub(crate) fn request(
    port: u16,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<(u16, String), String> {
    let fail = |error: std::io::Error| format!("127.0.0.1:{port}: {error}");
    let mut stream = TcpStream::connect(("127.0.0.1", port)).map_err(fail)?;
    stream.set_read_timeout(Some(Duration::from_secs(30))).map_err(fail)?;
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).map_err(fail)?;
    stream.write_all(body).map_err(fail)?;
    let mut answer = Vec::new();
    stream.take(LONGEST as u64).read_to_end(&mut answer).map_err(fail)?;
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    match (status, answer.split_once("\r\n\r\n")) {
        (Some(status), Some((_, body))) => Ok((status, body.to_owned())),
        _ => Err(format!("127.0.0.1:{port}: no answer")),
    }
}

/// Head and body of a request.
fn read_message(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut message = Vec::new();
    let mut piece = [0; 4096];
    loop {
        if let Some(end) = message.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&message[..end]).into_owned();
            let length: usize = header(&head, "content-length").map_or(Some(0), |n| n.parse().ok())?;
            let whole = end + 4 + length;
            if message.len() >= whole {
                return Some((head, message[end + 4..whole].to_owned()));
            }
        }
        let n = stream.read(&mut piece).ok()?;
        if n == 0 || message.len() > LONGEST {
            return None;
        }
        message.extend_from_slice(&piece[..n]);
    }
}

/// A header of a head.
fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut headers = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    headers.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}
