//! An HTTP server on this machine that answers as it is told, well or badly, and remembers what it was asked.

#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test uses a part")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

pub mod scalr;

/// A request as it came.
#[derive(Clone, Debug, Default)]
pub struct Received {
    pub method: String,
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Which connection it came over, counted from 0.
    pub connection: usize,
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// Everything of it, to look for a text.
    pub fn text(&self) -> String {
        let headers: String = self.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
        format!("{} {}\n{headers}\n{}", self.method, self.path, String::from_utf8_lossy(&self.body))
    }
}

/// What to do with a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// A whole answer; status, headers, body.
    Answer(u16, Vec<(String, String)>, Vec<u8>),
    /// These bytes, and the connection is closed.
    Raw(Vec<u8>),
    /// These bytes, and then nothing more comes for so long.
    Stall(Vec<u8>, Duration),
    /// A body that never ends.
    Endless,
}

impl Reply {
    /// An answer of this content type.
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Reply {
        let headers = match content_type {
            "" => Vec::new(),
            content_type => vec![("Content-Type".to_owned(), content_type.to_owned())],
        };
        Reply::Answer(status, headers, body.into())
    }

    pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Reply {
        Reply::new(status, "application/vnd.api+json", body)
    }

    pub fn with(mut self, name: &str, value: &str) -> Reply {
        if let Reply::Answer(_, headers, _) = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

type Handler = dyn Fn(&Received) -> Reply + Send + Sync;

/// A server that runs until the test program ends.
#[derive(Clone)]
pub struct Server {
    port: u16,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Server {
    pub fn new(handler: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Server { port: listener.local_addr().unwrap().port(), received: Arc::default() };
        let (received, handler): (_, Arc<Handler>) = (Arc::clone(&server.received), Arc::new(handler));
        thread::spawn(move || {
            for (connection, stream) in listener.incoming().enumerate() {
                let (received, handler) = (Arc::clone(&received), Arc::clone(&handler));
                // A client that goes away in the middle of an answer is what some tests are about.
                thread::spawn(move || serve(stream.unwrap(), connection, &received, &*handler));
            }
        });
        server
    }

    /// A server that always gives this answer.
    pub fn always(reply: Reply) -> Server {
        Server::new(move |_| reply.clone())
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// `http://127.0.0.1:PORT`.
    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What it was asked so far.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

fn serve(
    mut stream: TcpStream,
    connection: usize,
    received: &Mutex<Vec<Received>>,
    handler: &Handler,
) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let request = read(&mut reader, connection)?;
        received.lock().unwrap().push(request.clone());
        match handler(&request) {
            Reply::Answer(status, headers, body) => {
                let mut head = format!("HTTP/1.1 {status} Status\r\nContent-Length: {}\r\n", body.len());
                if status == 204 {
                    head = format!("HTTP/1.1 {status} Status\r\n");
                }
                headers.iter().for_each(|(name, value)| head += &format!("{name}: {value}\r\n"));
                // In one piece, which is quicker than two.
                stream.write_all(&[format!("{head}\r\n").as_bytes(), &body].concat()).ok()?;
            }
            Reply::Raw(bytes) => {
                stream.write_all(&bytes).ok()?;
                return None;
            }
            Reply::Stall(bytes, time) => {
                stream.write_all(&bytes).ok()?;
                thread::sleep(time);
                return None;
            }
            Reply::Endless => {
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"data\":[\"")
                    .ok()?;
                loop {
                    stream.write_all(&[b'x'; 4096]).ok()?;
                }
            }
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>, connection: usize) -> Option<Received> {
    let mut line = || {
        let mut line = String::new();
        (reader.read_line(&mut line).ok()? > 0).then(|| line.trim_end().to_owned())
    };
    let first = line()?;
    let mut words = first.split(' ');
    let mut request = Received {
        method: words.next()?.to_owned(),
        path: words.next()?.to_owned(),
        connection,
        ..Received::default()
    };
    loop {
        let header = line()?;
        let Some((name, value)) = header.split_once(':') else { break };
        request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = request.header("content-length").parse().unwrap_or(0);
    request.body = vec![0; length];
    reader.read_exact(&mut request.body).ok()?;
    Some(request)
}
