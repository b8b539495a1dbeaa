"""`python -m tests.peers [SUITE …]`: run the suites, print their counts, write the page.

The page is written only when every suite runs. Exit status 1 if a difference has no reason.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gradviz.plugins import entry, names
from tests.peers.counting import Case, Suite, Tally, Verdict, count, page

PAGE = Path(__file__).parents[2] / "benchmarks" / "results" / "peers.md"
SUITES = "tests.peers.suites"


def run(suite: Suite, told: frozenset[Verdict]) -> Tally:
    """Run one suite; print the cases of the verdicts to be told, and the counts."""

    def show(case: Case) -> None:
        if case.verdict in told:
            print(f"{case.verdict.value}: {case.name}: {case.detail}", flush=True)

    tally = count(suite, show)
    counts = ", ".join(f"{n:,} {v.value}" for v, n in tally.verdicts.items())
    print(f"{suite.title}: {counts}", flush=True)
    for reason in tally.unused:
        print(f"  explains nothing any more: {reason}")
    return tally


def main() -> int:
    """Run the suites named, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.peers", description=__doc__)
    parser.add_argument("suites", nargs="*", help=f"of {', '.join(names(SUITES))}; all by default")
    parser.add_argument(
        "--tell",
        nargs="*",
        default=[],
        choices=[v.name for v in Verdict],
        help="print the cases of these verdicts too",
    )
    given = parser.parse_args()
    if unknown := set(given.suites) - set(names(SUITES)):
        parser.error(f"no suite is called {', '.join(sorted(unknown))}")
    told = frozenset(Verdict[name] for name in ["WRONG", *given.tell])
    tallies = [run(entry(SUITES, n).SUITE, told) for n in given.suites or names(SUITES)]
    if not given.suites:
        PAGE.write_text(page(tallies), encoding="utf-8")
        print(PAGE)
    return 1 if any(t.wrong for t in tallies) else 0


if __name__ == "__main__":
    sys.exit(main())
