//! The servers that the snippets are run against.

use super::http::{self, Answer, Request, request, serve};
use crate::python::Environment;
use serde_json::json;
use std::collections::HashMap;
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long a server may take to start.
const START: Duration = Duration::from_secs(120);

/// 32 digits that nobody can know before.
pub(crate) fn random() -> String {
    let number = || RandomState::new().hash_one("random");
    format!("{:016x}{:016x}", number(), number())
}

/// A process that ends with its owner.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    /// Starts a server and waits until it answers. What it says goes into a file.
    fn start(
        mut command: Command,
        name: &str,
        home: &Path,
        port: u16,
        path: &str,
    ) -> Result<Process, String> {
        let log = home.join(format!("{name}.log"));
        let file = || File::create(&log).map_err(|error| format!("{}: {error}", log.display()));
        command.stdin(Stdio::null()).stdout(file()?).stderr(file()?).env("HOME", home);
        let mut process = Process(command.spawn().map_err(|error| format!("{name}: {error}"))?);
        let start = Instant::now();
        while !matches!(request(port, "GET", path, &[], b""), Ok((200, _))) {
            if let Ok(Some(status)) = process.0.try_wait() {
                return Err(format!("{name} ended with {status}: see {}", log.display()));
            }
            if start.elapsed() > START {
                return Err(format!("{name} does not start: see {}", log.display()));
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(process)
    }
}

/// OpenBao in its mode for development, with an engine KV version 2 at `secret`.
pub(crate) struct Bao {
    _process: Process,
    pub(crate) port: u16,
    pub(crate) token: String,
}

impl Bao {
    pub(crate) fn start(python: &Environment, home: &Path) -> Result<Bao, String> {
        let (port, token) = (http::unused_port()?, random());
        let mut command = Command::new(python.program("bao"));
        command.args(["server", "-dev", "-dev-no-store-token", "-dev-root-token-id", &token]);
        command.arg(format!("-dev-listen-address=127.0.0.1:{port}"));
        let process = Process::start(command, "bao", home, port, "/v1/sys/health")?;
        Ok(Bao { _process: process, port, token })
    }

    /// Writes a new version of a secret.
    pub(crate) fn put(&self, path: &str, key: &str, value: &str) -> Result<(), String> {
        let body = json!({ "data": { key: value } }).to_string();
        let headers = [("X-Vault-Token", self.token.as_str())];
        match request(self.port, "POST", &format!("/v1/secret/data/{path}"), &headers, body.as_bytes())? {
            (200, _) => Ok(()),
            (status, _) => Err(format!("bao does not store the secret: status {status}")),
        }
    }
}

/// Moto with a user who may read secrets. Signatures and permissions are checked.
pub(crate) struct Moto {
    _process: Process,
    pub(crate) port: u16,
    pub(crate) key_id: String,
    pub(crate) key: String,
}

impl Moto {
    pub(crate) fn start(python: &Environment, home: &Path) -> Result<Moto, String> {
        let port = http::unused_port()?;
        let mut command = Command::new(python.program("moto_server"));
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        let process = Process::start(command, "moto", home, port, "/moto-api/")?;
        let mut moto = Moto { _process: process, port, key_id: String::new(), key: String::new() };
        let form = "application/x-www-form-urlencoded";
        let iam = |form_of: &str| moto.call("iam", form, None, &format!("{form_of}&Version=2010-05-08"));
        iam("Action=CreateUser&UserName=app")?;
        let policy = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C\
                      %22Action%22%3A%22secretsmanager%3AGetSecretValue%22%2C%22Resource%22%3A%22*%22%7D%5D%7D";
        iam(&format!("Action=PutUserPolicy&UserName=app&PolicyName=read&PolicyDocument={policy}"))?;
        let answer = iam("Action=CreateAccessKey&UserName=app")?;
        let element = |name: &str| -> Option<String> {
            let start = answer.split_once(&format!("<{name}>"))?.1;
            Some(start.split_once("</")?.0.to_owned())
        };
        let pair = element("AccessKeyId").zip(element("SecretAccessKey"));
        (moto.key_id, moto.key) = pair.ok_or("moto makes no access key")?;
        moto.check_signatures(true)?;
        Ok(moto)
    }

    /// Writes a secret, or a new version of it.
    pub(crate) fn put(&self, name: &str, value: &str) -> Result<(), String> {
        self.check_signatures(false)?;
        let json_type = "application/x-amz-json-1.1";
        let call = |action: &str, body: serde_json::Value| {
            self.call(
                "secretsmanager",
                json_type,
                Some(&format!("secretsmanager.{action}")),
                &body.to_string(),
            )
        };
        call("CreateSecret", json!({ "Name": name, "SecretString": value }))
            .or_else(|_| call("PutSecretValue", json!({ "SecretId": name, "SecretString": value })))?;
        self.check_signatures(true)
    }

    /// Whether those who ask must be who they say.
    fn check_signatures(&self, on: bool) -> Result<(), String> {
        // How many requests are answered unchecked.
        let unchecked: &[u8] = if on { b"0" } else { b"1000" };
        match request(self.port, "POST", "/moto-api/reset-auth", &[], unchecked)? {
            (200, _) => Ok(()),
            (status, _) => Err(format!("moto does not check signatures: status {status}")),
        }
    }

    /// Calls an API that does not check signatures: the header only names the service.
    fn call(&self, service: &str, of_type: &str, target: Option<&str>, body: &str) -> Result<String, String> {
        let scope = format!(
            "AWS4-HMAC-SHA256 Credential=none/20200101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=none"
        );
        let mut headers = vec![("Authorization", scope.as_str()), ("Content-Type", of_type)];
        headers.extend(target.map(|target| ("X-Amz-Target", target)));
        match request(self.port, "POST", "/", &headers, body.as_bytes())? {
            (200, answer) => Ok(answer),
            (status, answer) => Err(format!("moto answers {service} with {status}: {answer}")),
        }
    }
}

/// The account of the stub of Conjur, and the login of the program.
pub(crate) const ACCOUNT: &str = "acme";
/// With what must be encoded in a path.
pub(crate) const LOGIN: &str = "host/team/my app";

/// The two routes of Conjur that read a secret.
pub(crate) struct Conjur {
    pub(crate) port: u16,
    pub(crate) key: String,
    /// What the API key is exchanged for: JSON, of which only the server knows the meaning.
    pub(crate) token: String,
    secrets: Arc<Mutex<HashMap<String, String>>>,
}

impl Conjur {
    pub(crate) fn start() -> Result<Conjur, String> {
        let (key, token) = (random(), json!({ "protected": random(), "signature": random() }).to_string());
        let secrets: Arc<Mutex<HashMap<String, String>>> = Arc::default();
        let (right_key, right_token, known) = (key.clone(), token.clone(), Arc::clone(&secrets));
        let port = serve(move |request| {
            let known = known.lock().unwrap_or_else(PoisonError::into_inner);
            conjur(request, &right_key, &right_token, &known)
        })?;
        Ok(Conjur { port, key, token, secrets })
    }

    pub(crate) fn put(&self, name: &str, value: &str) {
        let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.insert(name.to_owned(), value.to_owned());
    }
}

fn conjur(request: &Request, key: &str, token: &str, secrets: &HashMap<String, String>) -> Answer {
    // Each part is encoded for itself, so a / within one is %2F.
    let parts: Option<Vec<String>> = request.path.split('/').skip(1).map(decoded).collect();
    let Some(parts) = parts else { return Answer::new(400, "") };
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match (request.method.as_str(), &parts[..]) {
        ("POST", &["authn", ACCOUNT, login, "authenticate"]) => {
            let is_right = login == LOGIN && request.body == key.as_bytes();
            if is_right { Answer::new(200, token) } else { Answer::new(401, "") }
        }
        ("GET", &["secrets", ACCOUNT, "variable", name]) => {
            if request.authorization != format!("Token token=\"{}\"", base64(token.as_bytes())) {
                return Answer::new(401, "");
            }
            secrets.get(name).map_or(Answer::new(404, ""), |secret| Answer::new(200, secret.as_str()))
        }
        _ => Answer::new(404, ""),
    }
}

/// A part of a path without percent-encoding.
fn decoded(part: &str) -> Option<String> {
    let mut bytes = part.bytes();
    let mut text = Vec::new();
    while let Some(byte) = bytes.next() {
        text.push(match byte {
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            _ => byte,
        });
    }
    String::from_utf8(text).ok()
}

fn base64(bytes: &[u8]) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().enumerate().fold(0u32, |bits, (i, &b)| bits | u32::from(b) << (16 - 8 * i));
        text.extend((0..=chunk.len()).map(|i| alphabet[(bits >> (18 - 6 * i)) as usize & 63] as char));
        text.extend(std::iter::repeat_n('=', 3 - chunk.len()));
    }
    text
}

/// A server that sends whoever comes to another one, to which nobody may go.
pub(crate) struct Elsewhere {
    redirecting: u16,
    came: Arc<AtomicUsize>,
}

impl Elsewhere {
    pub(crate) fn start() -> Result<Elsewhere, String> {
        let came = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&came);
        let to = serve(move |_| {
            counter.fetch_add(1, Ordering::SeqCst);
            Answer::new(200, "{}")
        })?;
        let redirecting = serve(move |request| Answer {
            location: Some(format!("http://127.0.0.1:{to}{}", request.path)),
            ..Answer::new(307, "")
        })?;
        Ok(Elsewhere { redirecting, came })
    }

    /// The address of the server that redirects.
    pub(crate) fn redirecting(&self) -> String {
        format!("http://127.0.0.1:{}", self.redirecting)
    }

    pub(crate) fn check_nobody_came(&self) -> Result<(), String> {
        match self.came.load(Ordering::SeqCst) {
            0 => Ok(()),
            n => Err(format!("{n} snippets followed a redirect, with the token")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings() {
        for (text, encoded) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")]
        {
            assert_eq!(base64(text.as_bytes()), encoded);
        }
        assert_eq!(decoded("host%2Fmy%20app").as_deref(), Some("host/my app"));
        assert_eq!((decoded("%2"), decoded("%zz"), decoded("%ff")), (None, None, None));
    }
}
