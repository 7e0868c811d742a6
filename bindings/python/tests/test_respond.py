"""What to do about secrets: against a server on this machine that answers as Scalr does."""

import base64
import gc
import hashlib
import json
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, get_args

import pytest
from conftest import GITLAB, NPM

import scalr_detect
from scalr_detect import respond
from scalr_detect.respond import CannotRevoke, Client, Credential, ImpactError
from scalr_detect.types import Language, Manager


def token(number: int) -> str:
    """A token in the form of Scalr's, made up."""

    def encoded(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).decode().rstrip("=")

    header = json.dumps({"alg": "HS256", "typ": "JWT"}, separators=(",", ":"))
    claims = json.dumps({"iss": "user", "jti": token_id(number)}, separators=(",", ":"))
    signature = hashlib.sha256(f"a test {number}".encode()).digest()
    return ".".join(encoded(part) for part in (header.encode(), claims.encode(), signature))


def token_id(number: int) -> str:
    return f"at-v0odr6s1mbk7pe{number:03}"


LIVE, DEAD, ODD, ADMIN = token(1), token(2), token(3), token(4)
JSON_API = "application/vnd.api+json"


class Scalr(ThreadingHTTPServer):
    """Knows some tokens, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.live = {LIVE: token_id(1), ADMIN: token_id(4)}
        self.asked: list[tuple[str, str]] = []
        self.go = threading.Event()
        self.go.set()

    @property
    def host(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Scalr

    def log_message(self, format: str, *args: object) -> None:
        pass

    def answer(self, status: int, body: object = None, content_type: str = JSON_API) -> None:
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        if body is not None:
            self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def is_let_in(self) -> bool:
        self.server.go.wait(30)
        self.server.asked.append((self.command, self.path))
        given = self.headers["Authorization"].removeprefix("Bearer ")
        if given == ODD:
            self.answer(401, {"html": "a firewall"}, "text/html")
        elif given not in self.server.live:
            self.answer(401, {"errors": [{"status": "401", "title": "Unauthorized"}]})
        return given in self.server.live

    def do_GET(self) -> None:
        if not self.is_let_in():
            return
        if self.path.startswith("/api/iacp/v3/accounts?"):
            self.answer(200, {"data": [{"type": "accounts", "id": "acc-1", "attributes": {"name": "acme"}}]})
        elif self.path.startswith("/api/iacp/v3/vars?"):
            self.answer(500, {})
        else:
            self.answer(404, {"errors": [{"status": "404", "title": "Not Found"}]})

    def do_DELETE(self) -> None:
        if not self.is_let_in():
            return
        id = self.path.rsplit("/", 1)[-1]
        self.server.live = {token: known for token, known in self.server.live.items() if known != id}
        self.answer(204)


@pytest.fixture
def scalr() -> Iterator[Scalr]:
    with Scalr() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.go.set()
        server.shutdown()
        thread.join()


def client(scalr: Scalr, **options: Any) -> Client:
    return Client(scalr_host=scalr.host, **{"allow_private": True, "timeout": 20.0, **options})


def found(text: str) -> Credential:
    [finding] = scalr_detect.scan(text)
    return Credential.of(finding)


def test_verified(scalr: Scalr) -> None:
    asking = client(scalr)
    credentials = [found(LIVE), found(DEAD), found(ODD), found(LIVE)]
    verdicts = asking.verify(iter(credentials))
    assert [verdict.validity for verdict in verdicts] == ["live", "dead", "unknown", "live"]
    assert [verdict.status for verdict in verdicts] == [200, 401, 401, 200]
    live = verdicts[0]
    assert live.host == scalr.host.removeprefix("http://")
    assert live.facts == {"account": "acc-1", "account-name": "acme"}
    assert live.evidence.startswith(f"{live.host}: 200, {JSON_API}: ")
    assert len(scalr.asked) == 3  # Each secret once, and not again:
    assert asking.verify(credentials[:1])[0].validity == "live" and len(scalr.asked) == 3
    for verdict in verdicts:
        for secret in (LIVE, DEAD, ODD):
            assert secret not in f"{verdict!r} {verdict.evidence} {verdict.facts}"
    assert asking.verify([]) == []


def test_who_cannot_be_asked(scalr: Scalr) -> None:
    [no_request] = client(scalr).verify([Credential("generic-password", "x")])
    assert (no_request.validity, no_request.host, no_request.status) == ("unknown", None, None)
    [no_host] = Client().verify([found(LIVE)])
    assert no_host.validity == "unknown" and "no host" in no_host.evidence
    [private] = Client(scalr_host=scalr.host).verify([found(LIVE)])
    assert private.validity == "unknown" and "private" in private.evidence
    assert scalr.asked == []


def test_it_is_over_in_time(scalr: Scalr) -> None:
    scalr.go.clear()
    [verdict] = client(scalr, timeout=0.2).verify([found(LIVE)])
    assert verdict.validity == "unknown" and verdict.status is None and verdict.host


def test_others_go_on_while_it_waits(scalr: Scalr) -> None:
    """The server is in Python: if the interpreter were not released, nobody would answer."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(60)
    try:
        assert client(scalr).verify([found(LIVE)])[0].validity == "live"
    finally:
        sys.setswitchinterval(before)


def test_a_client_is_shared(scalr: Scalr) -> None:
    asking, verdicts = client(scalr), list[str]()
    threads = [
        threading.Thread(target=lambda: verdicts.extend(one.validity for one in asking.verify([found(LIVE)])))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verdicts == ["live"] * 8


def test_revoked_by_itself(scalr: Scalr) -> None:
    asking, credential = client(scalr), found(LIVE)
    revocation = asking.revocation(credential)
    assert revocation.request == f"DELETE {scalr.host}/api/iacp/v3/access-tokens/{token_id(1)}"
    assert revocation.effect.endswith(".") and revocation.documented.startswith("https://")
    assert not revocation.is_by_other and scalr.asked == []
    revoked = asking.revoke(revocation)
    assert revoked.is_accepted and revoked.is_dead and "204" in revoked.evidence
    assert (revoked.host, revoked.status) == (scalr.host.removeprefix("http://"), 204)
    assert (revoked.after.validity, revoked.after.status) == ("dead", 401)
    assert [method for method, _ in scalr.asked] == ["DELETE", "GET"]
    assert list(scalr.live) == [ADMIN]
    assert LIVE not in f"{revocation!r} {revocation.request} {revoked!r} {revoked.evidence}"
    assert not asking.revoke(revocation).is_accepted


def test_revoked_by_an_administrator(scalr: Scalr) -> None:
    asking = client(scalr)
    revocation = asking.revocation(found(LIVE), ADMIN)
    assert revocation.is_by_other and ADMIN not in repr(revocation)
    assert asking.revoke(revocation).is_dead and list(scalr.live) == [ADMIN]


def test_what_cannot_be_revoked(scalr: Scalr) -> None:
    with pytest.raises(CannotRevoke, match="no API"):
        client(scalr).revocation(Credential("generic-password", "x"))
    with pytest.raises(CannotRevoke, match="host") as caught:
        Client().revocation(found(LIVE))
    assert LIVE not in str(caught.value) and issubclass(CannotRevoke, ValueError)


def test_impact(scalr: Scalr) -> None:
    impact = client(scalr).impact(scalr.host, LIVE, 5)
    assert impact["host"] == scalr.host.removeprefix("http://") and impact["token"] is None
    lists = {listing["name"]: listing for listing in impact["lists"]}
    assert lists["accounts"] == {
        "name": "accounts",
        "access": "granted",
        "total": 1,
        "items": [{"id": "acc-1", "facts": {"name": "acme"}}],
    }
    assert lists["workspaces"]["access"] == "none"
    unknown = lists["variables"]["access"]
    assert isinstance(unknown, dict) and "500" in unknown["unknown"]
    assert {method for method, _ in scalr.asked} == {"GET"} and LIVE not in repr(impact)
    for wrong in (DEAD, ODD, "no token", ""):
        with pytest.raises(ImpactError) as caught:
            client(scalr).impact(scalr.host, wrong)
        assert wrong == "" or wrong == "no token" or wrong not in str(caught.value)
    with pytest.raises(ValueError, match="host: "):
        client(scalr).impact("a host/with a path", LIVE)


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"scalr_host": "a/b"}, ValueError, "scalr_host: a host is needed"),
        ({"scalr_host": "http://scalr.example.com"}, ValueError, "in the clear"),
        ({"hosts": {"nobody": "example.com"}}, ValueError, "hosts: nobody is none of .*gitlab"),
        ({"hosts": {"gitlab": "a b"}}, ValueError, "hosts: a host is needed"),
        ({"hosts": {"gitlab": 3}}, TypeError, "hosts must be a dict"),
        ({"hosts": 3}, TypeError, "hosts must be a dict"),
        ({"allow_hosts": ["*"]}, ValueError, "allow_hosts: a host is needed"),
        ({"allow_hosts": "example.com"}, TypeError, "allow_hosts must be a list"),
        ({"timeout": 0}, ValueError, "timeout"),
        ({"timeout": -1.0}, ValueError, "timeout"),
        ({"timeout": float("nan")}, ValueError, "timeout"),
        ({"timeout": float("inf")}, ValueError, "timeout"),
        ({"concurrency": 0}, ValueError, "concurrency must be 1 to 64"),
        ({"concurrency": -1}, ValueError, "concurrency must be 1 to 64"),
        ({"concurrency": 65}, ValueError, "concurrency must be 1 to 64"),
    ],
)
def test_wrong_options(options: dict[str, Any], error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        Client(**options)


def test_good_options() -> None:
    hosts = {"gitlab": "gitlab.example.com:8443"}
    made = Client(hosts=hosts, allow_hosts=["*.example.com", "scalr.example.org"], concurrency=1, timeout=1)
    assert repr(made) == "Client(...)"


def test_credentials() -> None:
    [finding] = scalr_detect.scan(LIVE)
    credential = Credential.of(finding)
    assert (credential.detector, credential.fingerprint) == ("scalr-api-token", finding.fingerprint)
    same = Credential("scalr-api-access-token", LIVE, finding.details)
    assert same == credential == Credential("scalr-api-token", bytearray(LIVE.encode()), details=finding.details)
    assert len({same, credential}) == 1 and credential != Credential("scalr-api-token", DEAD)
    assert credential != LIVE
    for shown in (repr(credential), str(credential), f"{[credential]}"):
        assert LIVE not in shown and LIVE.rsplit(".", 1)[-1] not in shown
    with pytest.raises(AttributeError):
        credential.detector = "x"  # type: ignore[misc]
    with pytest.raises(ValueError, match="did you mean .*scalr-api-token") as caught:
        Credential("scalr-apitoken", LIVE)
    assert LIVE not in str(caught.value)
    wrong: Any
    for wrong in (3, None, [LIVE]):
        with pytest.raises(TypeError):
            Credential("scalr-api-token", wrong)
    for wrong in (3, [LIVE], {"host": 3}):
        with pytest.raises(TypeError):
            Credential("scalr-api-token", LIVE, wrong)
    for wrong in ("text", [LIVE], [finding], 3, None):
        with pytest.raises(TypeError) as refused:
            Client().verify(wrong)
        assert LIVE not in str(refused.value)


def test_what_can_be_done() -> None:
    assert respond.can_verify("scalr-api-token") and respond.can_revoke("scalr-api-access-token")
    assert not respond.can_verify("generic-password") and not respond.can_revoke("generic-password")
    hosts = respond.known_hosts()
    assert "*.scalr.io" in hosts and len(hosts) > 20
    assert sum(map(respond.can_verify, scalr_detect.catalog())) > 40
    of_ids: list[Callable[[str], object]] = [respond.can_verify, respond.can_revoke, respond.practices, respond.playbook]
    for of_id in of_ids:
        with pytest.raises(ValueError, match="did you mean .*scalr-api-token"):
            of_id("scalr-apitoken")


def test_playbooks_and_practices_of_every_detector() -> None:
    for id in scalr_detect.catalog():
        made = json.loads(respond.playbook(id, format="json"))
        assert made["detector"] == id and len(made["sections"]) == 10
        assert "Contain the leak" in respond.playbook(id) and "Contain the leak" in respond.playbook(id, format="markdown")
        practices = respond.practices(id)
        assert len(practices) == 6 and practices[0]["topic"] == "least-privilege"
        assert all(practice["text"] for practice in practices)


def test_a_playbook_with_facts(scalr: Scalr) -> None:
    [finding] = scalr_detect.scan(f"\ntoken = {LIVE}")
    [verdict] = client(scalr).verify([Credential.of(finding)])
    made = respond.playbook("scalr-api-token", finding=finding, path="a b/main.tf", verdict=verdict, format="json")
    [secret] = json.loads(made)["secrets"]
    assert secret["fingerprint"] == finding.fingerprint
    assert (secret["validity"], secret["evidence"]) == ("live", verdict.evidence)
    assert secret["places"] == [{"path": "a b/main.tf", "line": 2}]
    assert secret["details"]["token-id"] == token_id(1)
    text = respond.playbook("scalr-api-token", finding=finding, path=b"main.tf")
    assert token_id(1) in text and LIVE not in text + made
    assert token_id(1) in respond.playbook("scalr-api-token", finding=finding)
    with pytest.raises(ValueError, match="of scalr-api-token, and not of npm-access-token"):
        respond.playbook("npm-access-token", finding=finding)
    with pytest.raises(ValueError, match="pass finding too"):
        respond.playbook("scalr-api-token", path="main.tf")
    with pytest.raises(ValueError, match="use one of text, markdown, json"):
        respond.playbook("scalr-api-token", format="html")  # type: ignore[arg-type]


def test_snippets() -> None:
    listed = respond.snippets()
    assert len(listed) == 28
    for one in listed:
        code = respond.snippet(one["manager"], one["language"])
        assert "Store it first" in code and one["file"] and one["how"] and one["manager_name"]
        assert one["tested"] in ("run", "compiled", "vetted")
    assert "team/npm" in respond.snippet("vault", "go", secret="team/npm")
    with pytest.raises(ValueError, match="use one of env, aws-secrets-manager, vault, conjur"):
        respond.snippet("volt", "python")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="use one of python, .*terraform"):
        respond.snippet("vault", "perl")  # type: ignore[arg-type]
    for name in ('x"; import os', NPM):
        with pytest.raises(ValueError, match="secret: ") as caught:
            respond.snippet("vault", "python", name)
        assert name not in str(caught.value)


def test_managers_and_languages_are_those_of_the_types() -> None:
    listed = respond.snippets()
    assert {one["manager"] for one in listed} == set(get_args(Manager))
    assert {one["language"] for one in listed} == set(get_args(Language))


@pytest.mark.parametrize(
    ("path", "text", "new", "name", "place"),
    [
        ("a/deploy.py", 'é = 1; token = "{}"\n', 'import os\n\né = 1; token = os.environ["GITLAB_TOKEN"]\n', "GITLAB_TOKEN", (1, 17)),
        ("run.sh", "#!/bin/sh\ntoken='{}'\n", '#!/bin/sh\ntoken="${{GITLAB_TOKEN:?}}"\n', "GITLAB_TOKEN", (2, 8)),
        ("a.js", 'const token = "{}";\n', "const token = process.env.GITLAB_TOKEN;\n", "GITLAB_TOKEN", (1, 16)),
    ],
)
def test_fixed(path: str, text: str, new: str, name: str, place: tuple[int, int]) -> None:
    old, want = text.format(GITLAB), new.format()
    fixed = respond.fix(path, old)
    assert fixed.text == want
    [change] = fixed.changes
    assert (change.detector, change.name) == ("gitlab-personal-access-token", name)
    assert (change.line, change.column) == place and fixed.left == ()
    assert change.masked.startswith("gl") and "…" in change.masked
    assert GITLAB not in f"{fixed!r} {change!r} {fixed.diff}"
    assert fixed.diff.startswith(f"--- a/{path}\n+++ b/{path}\n@@")
    in_bytes = respond.fix(path, old.encode())
    assert in_bytes.text == want.encode() and isinstance(respond.fix(path, bytearray(old.encode())).text, bytearray)
    assert in_bytes.changes[0].column == len(old.splitlines()[place[0] - 1][: place[1] - 1].encode()) + 1


def test_left_alone() -> None:
    old = f"# é {GITLAB}\n"
    fixed = respond.fix("a.py", old)
    [left] = fixed.left
    assert fixed.text == old and fixed.changes == () and fixed.diff == ""
    assert (left.line, left.column) == (1, 5) and "comment" in left.why and "…" in left.masked
    assert GITLAB not in f"{left!r} {fixed!r}"
    assert "not known" in respond.fix("a.unknown", GITLAB).left[0].why
    assert respond.fix("a.py", "").text == ""


def test_options_of_fix() -> None:
    text = f"token = '{GITLAB}'\n"
    assert respond.fix("a.sh", f"token='{GITLAB}'\n", manager="vault", name="team/x").changes[0].name == "team/x"
    assert respond.fix("a.py", text, name="MINE").changes[0].name == "MINE"
    assert respond.fix(".env", f"TOKEN={GITLAB}\n").advice
    with pytest.raises(ValueError, match="use one of env"):
        respond.fix("a.py", text, manager="x")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="name: ") as caught:
        respond.fix("a.py", text, name=GITLAB)
    assert GITLAB not in str(caught.value)
    with pytest.raises(TypeError):
        respond.fix("a.py", 3)  # type: ignore[arg-type]


def test_no_references_are_lost() -> None:
    old = f"token = '{GITLAB}'\n" * 10
    before = sys.getrefcount(old)
    for _ in range(20):
        respond.fix("a.py", old)
    gc.collect()
    assert sys.getrefcount(old) == before
