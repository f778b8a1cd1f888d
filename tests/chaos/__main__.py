"""Fault tests: `python -m tests.chaos [--short] [--seed N] [scenario ...]`, or `make chaos`.

Everything happens to servers and processes that are started for it. The report is printed, and
written to `.bench/chaos.md`; what the roles logged is in `.bench/chaos/`.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.chaos.processes import Redis
from tests.chaos.scenarios import SCENARIOS
from tests.chaos.world import LONG, SHORT, Line, Size, world

OUT = Path(".bench/chaos.md")


async def _run(size: Size, seed: int, names: Sequence[str]) -> list[Line]:
    lines: list[Line] = []
    async with world(size, seed) as own:
        for name in names:
            for line in await SCENARIOS[name](own):
                print(_row(line), flush=True)
                lines.append(line)
    return lines


def _row(line: Line) -> str:
    verdict = "; ".join(line.faults) or "nothing"
    return f"| {line.scenario} | {line.what} | {line.seconds:.0f} | {line.found} | {verdict} |"


def _report(lines: Sequence[Line], size: Size, seed: int, seconds: float) -> str:
    faulty = sum(bool(line.faults) for line in lines)
    return "\n".join(
        [
            "# Fault tests",
            "",
            f"{size.bakeries} bakeries, seed {seed}, {seconds:.0f} s. With faults: {faulty}",
            "",
            "| scenario | what was done | seconds | what the database says | wrong |",
            "| --- | --- | --- | --- | --- |",
            *map(_row, lines),
            "",
        ]
    )


def main() -> int:
    """Returns 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="as in CI, about a minute")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("scenarios", nargs="*", choices=[*SCENARIOS, []], help="all by default")
    asked = parser.parse_args()
    if missing := Redis.missing():
        print(missing)
        return 1
    size, began = (SHORT if asked.short else LONG), time.monotonic()
    lines = asyncio.run(_run(size, asked.seed, asked.scenarios or list(SCENARIOS)))
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(_report(lines, size, asked.seed, time.monotonic() - began))
    print(f"Written to {OUT}")
    return int(any(line.faults for line in lines))


if __name__ == "__main__":
    sys.exit(main())
