"""What a call costs: beside Rust, and beside other scanners for Python, in one run.

    cargo build --release -p scalr-detect-benches --bin calls
    pip install -r requirements.txt, and the wheel
    python calls.py [--peers]

Each number is the best of many rounds, on one core. Every call must find what is stated.
"""

import argparse
import gc
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import scalr_detect

ROOT = Path(__file__).parents[3]
SIZES = {"100 B": 100, "1 KB": 1 << 10, "64 KB": 64 << 10, "10 MB": 10 << 20}
SECRET = "npm_" + "vkhonuv9Ghesv6tKavA1QQ468KUybS1YkQaP"
WORDS = "request served user from cache in for the of connection closed opened by host worker job done".split()


def log(size: int, secret: bool) -> bytes:
    """Lines of a log, of exactly this size, with a secret in the last or without."""
    random_ = random.Random(size)
    end = f" token={SECRET}\n" if secret else "\n"
    lines: list[str] = []
    length = len(end)
    while length < size:
        words = " ".join(random_.choices(WORDS, k=8))
        line = f"2026-01-02T03:04:{random_.random() * 60:06.3f}Z INFO {words} {random_.randrange(10**6)}\n"
        lines.append(line)
        length += len(line)
    return ("".join(lines)[: size - len(end)] + end).encode()


def best(call: Callable[[], Any], rounds: int = 25, least: float = 0.01) -> float:
    """Seconds of a call."""
    start = time.perf_counter()
    for _ in range(3):
        call()
    calls = max(1, int(least / ((time.perf_counter() - start) / 3)))
    times = []
    gc.disable()
    try:
        for _ in range(rounds):
            start = time.perf_counter()
            for _ in range(calls):
                call()
            times.append((time.perf_counter() - start) / calls)
    finally:
        gc.enable()
    return min(times)


def rust(files: list[Path]) -> list[dict[str, Any]]:
    program = ROOT / "target/release/calls"
    if not program.exists():
        sys.exit("build it first: cargo build --release -p scalr-detect-benches --bin calls")
    out = subprocess.run([program, *files], stdout=subprocess.PIPE, text=True, check=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def peers() -> dict[str, Callable[[bytes], int]]:
    """Other scanners; how many they find."""
    found: dict[str, Callable[[bytes], int]] = {}
    try:
        import kingfisher_sdk

        kingfisher = kingfisher_sdk.Scanner()
        found["kingfisher"] = lambda data: len(kingfisher.scan(data))
    except ImportError:
        pass
    try:
        import betterleaks

        found["betterleaks"] = lambda data: len(betterleaks.scan_string(data.decode()))
    except ImportError:
        pass
    try:
        from detect_secrets.core.scan import scan_line
        from detect_secrets.settings import default_settings

        settings = default_settings()
        settings.__enter__()
        found["detect-secrets"] = lambda data: sum(len(list(scan_line(line))) for line in data.decode().splitlines())
    except ImportError:
        pass
    return found


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--peers", action="store_true", help="measure other scanners too, which takes minutes")
    compare = peers() if arguments.parse_args().peers else {}
    scanner = scalr_detect.Scanner()
    with tempfile.TemporaryDirectory() as folder:
        cases = [(f"{name}{', a secret' * secret}", log(size, secret), secret) for name, size in SIZES.items() for secret in (False, True)]
        files = []
        for index, (_, data, _) in enumerate(cases):
            files.append(Path(folder) / str(index))
            files[-1].write_bytes(data)
        # Before and after, as the machine may have other work for a while.
        first = rust(files)
        rows = []
        for (name, data, secret), in_rust in zip(cases, first, strict=True):
            assert in_rust["findings"] == secret, (name, in_rust)
            row: dict[str, Any] = {"name": name, "size": len(data), "Rust": in_rust["seconds"]}
            for kind, passed in {"bytes": data, "str": data.decode(), "bytearray": bytearray(data)}.items():
                assert len(scanner.scan(passed)) == secret, (name, kind)
                row[kind] = best(lambda passed=passed: scanner.scan(passed))
            row["is_match"] = best(lambda data=data: scanner.is_match(data))
            row["redact"] = best(lambda data=data: scanner.redact(data))
            for peer, scan in compare.items():
                if peer != "detect-secrets" or len(data) <= 64 << 10:
                    row[peer] = best(lambda data=data, scan=scan: scan(data), rounds=3, least=0.0)
                    row[f"{peer} finds"] = scan(data)
            rows.append(row)
        for row, again in zip(rows, rust(files), strict=True):
            row["Rust"] = min(row["Rust"], again["seconds"])
    columns = ["Rust", "bytes", "str", "bytearray", "is_match", "redact", *compare]
    print("| data | " + " | ".join(columns) + " | bytes over Rust |")
    print("|---" * (len(columns) + 2) + "|")
    for row in rows:
        cells = []
        for column in columns:
            seconds = row.get(column)
            if seconds is None:
                cells.append("–")
                continue
            cell = f"{seconds * 1e6:.2f} µs, {row['size'] / seconds / 1e9:.3g} GB/s"
            cells.append(cell + (f", finds {row[f'{column} finds']}" if column in compare else ""))
        over = row["bytes"] - row["Rust"]
        cells.append(f"{over * 1e9:.0f} ns, {over / row['Rust'] * 100:+.1f} %")
        print(f"| {row['name']} | " + " | ".join(cells) + " |")
    print("\nCalls a second, bytes: " + ", ".join(f"{row['name']}: {1 / row['bytes']:,.0f}" for row in rows))


if __name__ == "__main__":
    main()
