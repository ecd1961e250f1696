#!/usr/bin/env python3
"""Shows how costs grow: each case of growth/growth.cowl with N and with 8 N, in turn.

    benches/growth.py            every case
    benches/growth.py push walk  these

Prints the ratio of the two (the least of the rounds, of time or of memory above an empty run) and
the most that the promised growth allows. Exit status 1 if a case is above it.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from run import TOP, HERE, once

# Case, N, what is compared, the most it may be: O(1) and O(log n) stay near 1, linear near 8. The
# cache of the machine makes 8 N dearer than eight times N where memory is walked at random; a step
# that is linear itself would make 64.
CASES = [
    ("assign", 20_000, "time", 1.3, "assigning is O(1)"),
    ("shared_set", 20_000, "time", 2.5, "a shared update is O(log n)"),
    ("shared_insert", 20_000, "time", 2.5, "a shared update is O(log n)"),
    ("push", 2_000_000, "time", 11.0, "a sole push is amortised O(1)"),
    ("array_push", 2_000_000, "time", 11.0, "a sole push is amortised O(1)"),
    ("insert", 200_000, "time", 14.0, "a sole insert is O(1) but for the cache"),
    ("append", 4_000_000, "time", 11.0, "`s += t` is linear overall"),
    ("drop", 1_250_000, "time", 11.0, "ten million elements are built and dropped"),
    ("walk", 400_000, "time", 11.0, "`drop(1)` is O(1)"),
    ("array_walk", 2_000_000, "time", 11.0, "`drop(1)` of an array is O(1)"),
    ("map_pop_first", 800_000, "time", 32.0, "`pop_first` of a map is O(1) but for the cache"),
    ("map_remove", 800_000, "time", 32.0, "`remove` of a map is O(1) but for the cache"),
    ("set_pop_first", 800_000, "time", 32.0, "`pop_first` of a set is O(1) but for the cache"),
    ("set_remove", 800_000, "time", 32.0, "`remove` of a set is O(1) but for the cache"),
    ("map_queue", 20_000, "time", 8.0, "a key in, the first one out costs the same at any size"),
    # What the process of this script had before it became the program counts as its memory, 15 MiB.
    ("versions", 80_000, "memory", 9.0, "versions cost the memory of what differs"),
]


def main():
    chosen = [c for c in CASES if not sys.argv[1:] or c[0] in sys.argv[1:]]
    if not chosen:
        sys.exit(f"the cases are: {', '.join(c[0] for c in CASES)}")
    build = ["cargo", "build", "--quiet", "--release", "--locked", "-p", "cowl"]
    subprocess.run(build, cwd=TOP, check=True)
    cowl = Path(os.environ.get("CARGO_TARGET_DIR", TOP / "target")) / "release" / "cowl"
    failed = False
    with tempfile.TemporaryDirectory() as out:
        exe = str(Path(out) / "growth")
        source = str(HERE / "growth" / "growth.cowl")
        subprocess.run([str(cowl), "build", source, "-o", exe], check=True)
        for case, n, what, most, promise in chosen:
            at = 0 if what == "time" else 1
            runs = [[], [], []]
            for _ in range(3):
                for k, size in enumerate([1, n, 8 * n]):
                    run = once([exe, case, str(size)], 300)
                    if run is None:
                        sys.exit(f"{case} {size}: more than 300 s")
                    runs[k].append(run[at])
            empty, small, large = (min(r) for r in runs)
            if what == "memory":
                small, large = small - empty, large - empty
            ratio = large / small
            verdict = "ok" if ratio <= most else "TOO MUCH"
            failed |= ratio > most
            unit = "s" if what == "time" else "MiB"
            sizes = f"{small:.3g} {unit} for {n:,}, {large:.3g} {unit} for {8 * n:,}"
            print(f"{case:14} x{ratio:5.2f} (at most {most:4.1f}) {verdict:9} {promise}: {sizes}")
            sys.stdout.flush()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
