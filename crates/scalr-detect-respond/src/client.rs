//! The client: who may be asked, how fast, and for how long.

use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use scalr_detect::Fingerprint;

use crate::credential::Verdict;
use crate::exchange::{Named, providers_with_hosts, slug};
use crate::hosts::{Host, HostError, is_name};
use crate::transport::{Request, Response, Transport, TransportError};

/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(10);

/// How often a request is sent at most, the first time included, if the server asks to wait.
const TRIES: u32 = 4;

/// The wait before the second try, where the server names none; twice as long before each one after.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// The longest wait that a server can ask for. Who wants more is not asked again.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// How many requests one host gets at a time, and how long it has rest between two.
const PER_HOST: usize = 2;
const REST: Duration = Duration::from_millis(50);

/// Asks providers about secrets, and tells them to revoke them.
///
/// It asks the hosts that the catalogue's declarations name ([`known_hosts`](crate::known_hosts)), those that a user
/// names here, and no other. A secret goes to its own provider and nowhere else. Answers are kept in memory as long as the
/// client is there, so that a secret is asked about once, wherever and however often it is found.
///
/// ```no_run
/// use scalr_detect_respond::{Client, Credential, Validity};
///
/// let client = Client::builder().scalr_host("scalr.example.com".parse()?).build();
/// # let findings: Vec<Credential> = Vec::new();
/// for verdict in client.verify(&findings) {
///     if verdict.validity == Validity::Live {
///         println!("{}", verdict.evidence);
///     }
/// }
/// # Ok::<(), scalr_detect_respond::HostError>(())
/// ```
pub struct Client {
    transport: Box<dyn Transport>,
    pub(crate) named: Named,
    deadline: Duration,
    concurrency: usize,
    pub(crate) known: Mutex<HashMap<(Fingerprint, String), Verdict>>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

/// Settings of a [`Client`].
#[must_use]
pub struct ClientBuilder {
    transport: Option<Box<dyn Transport>>,
    allow_private: bool,
    named: Named,
    deadline: Duration,
    concurrency: usize,
}

impl std::fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientBuilder").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

impl ClientBuilder {
    /// Allows a host to be asked that is none of its provider's own, where it stands in or near a secret: one of your
    /// installations. `*.example.com` allows all below `example.com`.
    ///
    /// # Errors
    ///
    /// When it is no host name.
    pub fn allow_host(mut self, host: &str) -> Result<ClientBuilder, HostError> {
        let host = host.to_ascii_lowercase();
        let name = host.strip_prefix("*.").unwrap_or(&host);
        if !is_name(name) || !name.contains('.') {
            return Err("a host is needed, such as scalr.example.com or *.scalr.example.com".into());
        }
        self.named.allowed.push(host);
        Ok(self)
    }

    /// The host for secrets of a provider in or near which no host stands that may be asked. The provider is written as
    /// the catalogue has it, in any case, with `-` for spaces.
    ///
    /// # Errors
    ///
    /// When the secrets of this provider are for one host only, or cannot be asked about.
    pub fn provider_host(mut self, provider: &str, host: Host) -> Result<ClientBuilder, HostError> {
        let (provider, known) = (slug(provider), providers_with_hosts());
        if !known.contains(&provider) {
            let known: Vec<String> = known.into_iter().collect();
            let text = format!(
                "{provider} is none of the providers with hosts of their users: {}",
                known.join(", ")
            );
            return Err(HostError(text.into()));
        }
        self.named.of_providers.push((provider, host));
        Ok(self)
    }

    /// The host for Scalr tokens in or near which none stands.
    pub fn scalr_host(mut self, host: Host) -> ClientBuilder {
        self.named.of_providers.push((slug("Scalr"), host));
        self
    }

    /// Whether hosts with a private, loopback or link-local address may be asked; not if not set. Of no effect with a
    /// transport of one's own.
    pub fn allow_private(mut self, allow: bool) -> ClientBuilder {
        self.allow_private = allow;
        self
    }

    /// How long a call may take in all: 60 seconds if not set. What was not asked by then is unknown.
    pub fn deadline(mut self, deadline: Duration) -> ClientBuilder {
        self.deadline = deadline;
        self
    }

    /// How many requests may be under way at once, to all hosts together: 8 if not set. One host never gets more than two.
    pub fn concurrency(mut self, requests: usize) -> ClientBuilder {
        self.concurrency = requests.clamp(1, 64);
        self
    }

    /// An HTTP client of one's own.
    pub fn transport(mut self, transport: impl Transport + 'static) -> ClientBuilder {
        self.transport = Some(Box::new(transport));
        self
    }

    /// The client.
    ///
    /// # Panics
    ///
    /// Without the feature `http`, if no transport was given.
    #[must_use]
    pub fn build(self) -> Client {
        Client {
            transport: self.transport.unwrap_or_else(|| default_transport(self.allow_private)),
            named: self.named,
            deadline: self.deadline,
            concurrency: self.concurrency,
            known: Mutex::default(),
        }
    }
}

#[cfg(feature = "http")]
fn default_transport(allow_private: bool) -> Box<dyn Transport> {
    use crate::HttpTransport;
    Box::new(if allow_private { HttpTransport::allow_private() } else { HttpTransport::new() })
}

#[cfg(not(feature = "http"))]
fn default_transport(_: bool) -> Box<dyn Transport> {
    panic!("no transport: give one to ClientBuilder::transport, or enable the feature http")
}

/// Why there is no answer, in the end.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum NoAnswer {
    /// The total time was over.
    Late,
    Transport(TransportError),
}

impl std::fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NoAnswer::Late => f.write_str("not asked, as the time for all was over"),
            NoAnswer::Transport(error) => error.fmt(f),
        }
    }
}

impl Client {
    /// A client with nothing named.
    #[must_use]
    pub fn new() -> Client {
        Client::builder().build()
    }

    /// Settings.
    pub fn builder() -> ClientBuilder {
        ClientBuilder {
            transport: None,
            allow_private: false,
            named: Named::default(),
            deadline: Duration::from_secs(60),
            concurrency: 8,
        }
    }

    /// When a call that begins now must be done.
    pub(crate) fn until(&self) -> Instant {
        let now = Instant::now();
        now.checked_add(self.deadline).unwrap_or_else(|| now + Duration::from_secs(86_400))
    }

    /// Sends requests, several at once, each again where the server asks to wait; gives the answers in the same order.
    pub(crate) fn ask_all(&self, requests: &[Request], until: Instant) -> Vec<Result<Response, NoAnswer>> {
        let queue = Queue::new(requests);
        thread::scope(|scope| {
            for _ in 0..self.concurrency.min(requests.len()) {
                scope.spawn(|| {
                    while let Some(job) = queue.next(until) {
                        let time = until.saturating_duration_since(Instant::now()).min(ANSWER);
                        let answer = self.transport.send(job.request, time);
                        queue.answered(job, answer, until);
                    }
                });
            }
        });
        queue.answers()
    }

    /// Sends one request.
    pub(crate) fn ask(&self, request: Request, until: Instant) -> Result<Response, NoAnswer> {
        self.ask_all(&[request], until).pop().unwrap_or(Err(NoAnswer::Late))
    }
}

impl Default for Client {
    fn default() -> Client {
        Client::new()
    }
}

/// Requests that wait for their turn.
///
/// A host that has enough to do, or that asked to wait, does not keep others waiting: whoever is free takes the first
/// request whose host is ready.
struct Queue<'r> {
    state: Mutex<State<'r>>,
    changed: Condvar,
}

struct State<'r> {
    waiting: VecDeque<Job<'r>>,
    hosts: HashMap<&'r str, Pace>,
    under_way: usize,
    answers: Vec<Option<Result<Response, NoAnswer>>>,
}

struct Job<'r> {
    index: usize,
    request: &'r Request,
    /// How often it was sent.
    tries: u32,
}

/// How a host is treated.
struct Pace {
    under_way: usize,
    /// When it may be asked again.
    next: Instant,
}

impl<'r> Queue<'r> {
    fn new(requests: &'r [Request]) -> Queue<'r> {
        let waiting = requests.iter().enumerate().map(|(index, request)| Job { index, request, tries: 0 });
        let now = Instant::now();
        let hosts = requests.iter().map(|request| (request.host(), Pace { under_way: 0, next: now }));
        Queue {
            state: Mutex::new(State {
                waiting: waiting.collect(),
                hosts: hosts.collect(),
                under_way: 0,
                answers: requests.iter().map(|_| None).collect(),
            }),
            changed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<'r>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next request whose turn it is. None: there will be no more.
    fn next(&self, until: Instant) -> Option<Job<'r>> {
        let mut state = self.lock();
        loop {
            let now = Instant::now();
            if now >= until {
                state.waiting.clear();
            }
            // Those under way may have to be sent again.
            if state.waiting.is_empty() && (state.under_way == 0 || now >= until) {
                self.changed.notify_all();
                return None;
            }
            let State { waiting, hosts, .. } = &mut *state;
            let is_ready = |job: &Job<'_>| {
                hosts.get(job.request.host()).is_none_or(|pace| pace.under_way < PER_HOST && pace.next <= now)
            };
            if let Some(at) = waiting.iter().position(is_ready) {
                let job = waiting.remove(at)?;
                if let Some(pace) = hosts.get_mut(job.request.host()) {
                    pace.under_way += 1;
                    pace.next = now + REST;
                }
                state.under_way += 1;
                return Some(Job { tries: job.tries + 1, ..job });
            }
            let rested = waiting.iter().filter_map(|job| hosts.get(job.request.host()));
            let rested = rested.filter(|pace| pace.under_way < PER_HOST).map(|pace| pace.next).min();
            let wait = rested.unwrap_or(until).min(until).saturating_duration_since(now);
            let woken = self.changed.wait_timeout(state, wait.max(Duration::from_millis(1)));
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Takes an answer, or puts the request back if it is to be sent again.
    fn answered(&self, job: Job<'r>, answer: Result<Response, TransportError>, until: Instant) {
        let mut state = self.lock();
        state.under_way -= 1;
        let now = Instant::now();
        let wait = answer.as_ref().ok().and_then(|response| wait(response, job.tries));
        let again = wait.map(|wait| now + wait).filter(|again| *again < until);
        if let Some(pace) = state.hosts.get_mut(job.request.host()) {
            pace.under_way -= 1;
            pace.next = pace.next.max(again.unwrap_or(now));
        }
        // Whatever the last answer was: it is kept, as there may be no other.
        state.answers[job.index] = Some(answer.map_err(NoAnswer::Transport));
        if again.is_some() {
            state.waiting.push_back(job);
        }
        drop(state);
        self.changed.notify_all();
    }

    fn answers(self) -> Vec<Result<Response, NoAnswer>> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.answers.into_iter().map(|answer| answer.unwrap_or(Err(NoAnswer::Late))).collect()
    }
}

/// How long to wait before a request is sent again that got this answer after so many tries. None: it is not.
fn wait(response: &Response, tries: u32) -> Option<Duration> {
    if !matches!(response.status, 429 | 503) || tries >= TRIES {
        return None;
    }
    let wait = match response.header("retry-after") {
        Some(text) => retry_after(text, Timestamp::now())?,
        None => FIRST_WAIT * 2u32.pow(tries - 1),
    };
    (wait <= MAX_WAIT).then_some(wait)
}

/// The time that a `Retry-After` header asks for: seconds, or a date.
fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text.trim()).ok()?.timestamp();
    Some(Duration::try_from(date.duration_since(now)).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, retry_after: Option<&str>) -> Response {
        let headers = retry_after.map(|value| ("Retry-After".to_owned(), value.to_owned()));
        Response { status, headers: headers.into_iter().collect(), ..Response::default() }
    }

    #[test]
    fn how_long_to_wait() {
        let ms = Duration::from_millis;
        for (status, header, tries, want) in [
            (200, None, 1, None),
            (404, Some("1"), 1, None),
            (500, None, 1, None),
            (429, None, 1, Some(ms(500))),
            (429, None, 2, Some(ms(1000))),
            (503, None, 3, Some(ms(2000))),
            (503, None, 4, None),
            (429, Some("0"), 1, Some(ms(0))),
            (429, Some(" 7 "), 1, Some(ms(7000))),
            (429, Some("30"), 1, Some(ms(30_000))),
            (429, Some("31"), 1, None),
            (429, Some("86400"), 1, None),
            (429, Some("99999999999999999999"), 1, None),
            (429, Some("soon"), 1, None),
            (429, Some("-1"), 1, None),
            (429, Some("Wed, 21 Oct 2015 07:28:00 GMT"), 1, Some(ms(0))),
            (429, Some("Wed, 21 Oct 2215 07:28:00 GMT"), 1, None),
        ] {
            assert_eq!(wait(&answer(status, header), tries), want, "{status} {header:?} {tries}");
        }
    }

    #[test]
    fn dates_to_wait_for() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let wait = retry_after("Sun, 01 Mar 2026 12:00:09 GMT", now);
        assert_eq!(wait, Some(Duration::from_secs(9)));
    }
}
