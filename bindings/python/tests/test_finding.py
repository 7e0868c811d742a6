"""Findings and detectors as objects."""

import copy
import pickle
from typing import Any

import pytest
from conftest import GITLAB, NPM, Haystack

import scalr_detect
from scalr_detect import Detector, Finding, Scanner

FIELDS = [
    "detector",
    "start",
    "end",
    "match_start",
    "match_end",
    "line",
    "column",
    "confidence",
    "severity",
    "fingerprint",
    "decoded_by",
    "details",
    "weak",
    "placeholder",
    "secret",
]


def values(found: Finding) -> dict[str, Any]:
    return {name: getattr(found, name) for name in FIELDS}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickled(corpus: list[Haystack], low: Scanner, protocol: int) -> None:
    for haystack in corpus[::50]:
        findings = low.scan(haystack.data)
        again = pickle.loads(pickle.dumps(findings, protocol))
        assert again == findings
        assert [values(found) for found in again] == [values(found) for found in findings]


def test_copied() -> None:
    [found] = scalr_detect.scan(NPM)
    assert copy.copy(found) == found == copy.deepcopy(found)


def test_equal_and_ordered() -> None:
    first, second = scalr_detect.scan(f"{NPM} {GITLAB}")
    assert first < second and second > first and first <= first and first >= first
    assert sorted([second, first]) == [first, second]
    [again] = scalr_detect.scan(NPM)
    assert again == first and hash(again) == hash(first) and again != second
    assert len({first, again, second}) == 2
    assert first != "text" and (first == 3) is False
    with pytest.raises(TypeError):
        first < 3  # type: ignore[operator]


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_counts(name: str) -> None:
    [found] = scalr_detect.scan(NPM)
    fields = values(found)
    other: dict[str, Any] = {
        "detector": "other",
        "confidence": "low",
        "severity": "info",
        "fingerprint": "0" * 32,
        "decoded_by": ("hex",),
        "details": {"host": "example.com"},
        "weak": True,
        "placeholder": True,
        "secret": b"x",
    }
    changed = Finding(**{**fields, name: other.get(name, 1000)})
    assert Finding(**fields) == found
    assert changed != found
    assert getattr(changed, name) == other.get(name, 1000)


def test_weak_passwords_and_placeholders() -> None:
    published = "sk_test_" + "4eC39HqLyjWD" + "arjtT1zdp7dc"
    found = Scanner(min_confidence="low").scan(f"stripe = '{published}'\n$mail->Password = 'secret';\n")
    assert [(one.confidence, one.weak, one.placeholder) for one in found] == [("low", False, True), ("low", True, False)]


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("confidence", "sure", ValueError),
        ("severity", "bad", ValueError),
        ("start", -1, OverflowError),
        ("start", "1", TypeError),
        ("details", [], TypeError),
        ("details", {"a": 1}, TypeError),
        ("decoded_by", "base64", TypeError),
        ("detector", None, TypeError),
    ],
)
def test_wrong_fields(name: str, value: Any, error: type[Exception]) -> None:
    [found] = scalr_detect.scan(NPM)
    with pytest.raises(error) as caught:
        Finding(**{**values(found), name: value})
    assert NPM not in str(caught.value)


def test_nothing_shows_a_secret(corpus: list[Haystack], low: Scanner) -> None:
    for haystack in corpus[::3]:
        for found in low.scan(haystack.data):
            secret = found.secret.decode("latin-1")
            for shown in (repr(found), str(found), f"{found}", "%r" % [found]):
                # Words such as a password that is the name of a field are everywhere.
                assert len(secret) < 8 or secret not in shown
                assert f"secret=<{len(found.secret)} bytes>" in shown
            assert all(secret not in value for value in found.details.values()), haystack.name


def test_details_of_a_finding_are_its_own() -> None:
    [found] = scalr_detect.scan(NPM)
    found.details["x"] = "y"
    assert "x" not in found.details


def test_catalog() -> None:
    catalog = scalr_detect.catalog()
    assert catalog is scalr_detect.catalog()
    assert len(catalog) > 1800
    assert list(catalog) == sorted(catalog)
    for id, detector in catalog.items():
        assert (detector.id, detector) == (id, Detector(id))
        assert detector.name and detector.provider and detector.remediation and detector.impact
        assert detector.kind in ("prefixed", "structured", "keyword", "uri", "pem", "generic")
        assert detector.severity in ("info", "low", "medium", "high", "critical")
        assert detector.confidence in ("low", "medium", "high", "checked")
        assert detector.check is None or detector.check
        assert all(isinstance(text, str) for text in (*detector.aliases, *detector.parts, *detector.references))
        for alias in detector.aliases:
            assert Detector(alias) == detector
    scalr = catalog["scalr-api-token"]
    assert (scalr.provider, repr(scalr)) == ("Scalr", 'Detector("scalr-api-token")')
    assert pickle.loads(pickle.dumps(scalr)) == scalr == copy.deepcopy(scalr)
    assert len({scalr, Detector("scalr-api-token")}) == 1
    assert scalr != catalog["npm-access-token"] and scalr != "scalr-api-token"


def test_unknown_detectors() -> None:
    with pytest.raises(ValueError, match="did you mean .*scalr-api-token"):
        Detector("scalr-apitoken")
    with pytest.raises(ValueError, match="catalog"):
        Detector("zzzzzzzzzzzz")
    with pytest.raises(KeyError):
        scalr_detect.catalog()["scalr-apitoken"]
