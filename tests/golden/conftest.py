"""Makes the corpus modules and the shared harness importable, and sums up the outcomes at the end of a run."""

import pathlib
import sys
import warnings

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
warnings.filterwarnings("ignore", category=FutureWarning)


def pytest_configure(config):
    config.addinivalue_line("filterwarnings", "ignore")


def pytest_terminal_summary(terminalreporter):
    golden = sys.modules.get("test_golden")
    if golden is None or not golden.outcomes:
        return
    terminalreporter.section("golden answers")
    for configuration, counts in golden.outcomes.items():
        parts = ", ".join(f"{counts[kind]} {kind}" for kind in ("equal", "different", "declined"))
        terminalreporter.write_line(f"{configuration}: {parts}")
    if golden.declines:
        listing = HERE.parents[1] / "build/golden-declines.txt"
        listing.parent.mkdir(exist_ok=True)
        with open(listing, "w") as out:
            for reason, cases in sorted(golden.declines.items(), key=lambda item: -len(item[1])):
                out.write(
                    f"{reason} ({len(cases)})\n" + "".join(f"    {case}\n" for case in sorted(set(cases)))
                )
        terminalreporter.write_line(f"declines, by reason: {listing}")
