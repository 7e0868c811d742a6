"""Many threads and processes at once."""

import multiprocessing
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import GITLAB, NPM, Haystack, brief

import scalr_detect
from scalr_detect import Scanner


def test_a_scanner_is_shared(corpus: list[Haystack], low: Scanner) -> None:
    def check(part: int) -> int:
        for haystack in corpus[part::8]:
            assert brief(low.scan(haystack.data)) == haystack.findings
        return len(corpus[part::8])

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(check, range(8))) == len(corpus)


@pytest.mark.parametrize("make", [bytes, bytearray, bytes.decode])
@pytest.mark.parametrize("call", ["scan", "is_match", "redact"])
def test_other_threads_go_on(make: Callable[[bytes], bytes], call: str) -> None:
    """Another thread gets to run while one searches: the interpreter is released."""
    data = make(b"nothing to see in this line\n" * 200_000)
    held, ran = threading.Lock(), list[bool]()

    def other() -> None:
        with held:
            ran.append(True)

    # The other thread runs when the lock is given back, and only if it is let: nobody takes turns, as turns are long.
    before = sys.getswitchinterval()
    thread = threading.Thread(target=other)
    held.acquire()
    thread.start()
    sys.setswitchinterval(600)
    try:
        held.release()
        # Many times, as the system may be slow to wake it.
        for _ in range(500):
            getattr(scalr_detect, call)(data)
            if ran:
                break
        assert ran
    finally:
        sys.setswitchinterval(before)
        thread.join()


def test_memory_that_changes_meanwhile() -> None:
    """Whatever is found, it is of the right form, and nothing crashes."""
    line = f"{NPM} {GITLAB} ".encode()
    data = bytearray(line * 20_000)
    stop = threading.Event()

    def change() -> None:
        step = 0
        while not stop.is_set():
            step += 1
            data[step * 7919 % len(data)] = step & 0xFF

    thread = threading.Thread(target=change)
    thread.start()
    try:
        for _ in range(5):
            for found in scalr_detect.scan(data):
                assert 0 <= found.start < found.end <= len(data)
                assert found.secret.startswith((b"npm_", b"glpat-")) or found.secret
            scalr_detect.redact(data)
            scalr_detect.is_match(data)
            # A view that cannot be written through is of what can.
            with memoryview(data).toreadonly() as view:
                scalr_detect.scan(view)
            with pytest.raises(BufferError):
                # While it is lent it cannot be resized; here by a view, as a search is over too soon to meet.
                with memoryview(data):
                    data.extend(b"x")
    finally:
        stop.set()
        thread.join()


def _count(scanner: Scanner) -> list[int]:
    return [found.start for found in scanner.scan(f"a {NPM} {GITLAB}")]


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_processes(method: str) -> None:
    scanner = Scanner(only=["npm-*"])
    context = multiprocessing.get_context(method)
    with context.Pool(2) as pool:
        assert pool.map(_count, [scanner] * 4) == [[2]] * 4


def test_scanners_are_made_in_threads() -> None:
    with ThreadPoolExecutor(8) as pool:
        scanners = list(pool.map(lambda _: Scanner(only=["npm-*"]), range(50)))
        found = list(pool.map(lambda scanner: brief(scanner.scan(NPM)), scanners))
    assert all(one == found[0] for one in found) and found[0]
