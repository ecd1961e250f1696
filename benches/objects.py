#!/usr/bin/env python3
"""Shows what objects cost: each case of growth/objects.cowl, by engine and memory mode.

    benches/objects.py               every case, and what `trace` and `audit` cost beside `rc`
    benches/objects.py chain pairs   these cases

Prints the processor's nanoseconds a node (of `graph` an edge), the least of three rounds, less those
of an empty run, and the ratio to `rc`. Exit status 1 if a run fails or does not free all it made: chains
of ten million, trees and closures a million deep must end on every engine.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from run import TOP, HERE

# Case, N for compiled programs, N for the interpreter (0: not there), N for `audit`, which walks
# over the whole heap at each collection; what one N is.
CASES = [
    ("chain", 10_000_000, 1_000_000, 1_000_000, lambda n: n),
    ("ring", 100_000, 100_000, 100_000, lambda n: n),
    ("graph", 1_000, 300, 300, lambda n: n * n),
    ("pairs", 1_000_000, 100_000, 200_000, lambda n: 2 * n),
    ("beside", 500_000, 50_000, 100_000, lambda n: 3 * n),
    ("trees", 1_000_000, 100_000, 200_000, lambda n: 3 * n),
    ("closures", 1_000_000, 1_000_000, 200_000, lambda n: n),
]
PROGRAMS = ["cycles", "bintrees", "rbtree"]
MODES = ["rc", "trace", "audit"]


def least(command, rounds=3):
    """The processor's seconds of the cheapest of the runs."""
    seconds = []
    for _ in range(rounds):
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            sys.exit(f"{' '.join(command)}: exit status {child.returncode}")
        seconds.append(usage.ru_utime + usage.ru_stime)
    return min(seconds)


def main():
    known = [c[0] for c in CASES]
    chosen = sys.argv[1:] or known
    if any(c not in known for c in chosen):
        sys.exit(f"the cases are: {', '.join(known)}")
    build = ["cargo", "build", "--quiet", "--release", "--locked", "-p", "cowl"]
    subprocess.run(build, cwd=TOP, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", TOP / "target"))
    cowl = str(target / "release" / "cowl")
    source = str(HERE / "growth" / "objects.cowl")
    with tempfile.TemporaryDirectory() as out:

        def built(mode, program):
            exe = str(Path(out) / f"{Path(program).parent.name}-{Path(program).stem}-{mode}")
            make = [cowl, "build", f"--mm={mode}", program, "-o", exe]
            subprocess.run(make, check=True)
            return [exe]

        runs = {mode: built(mode, source) for mode in MODES}
        runs["interp"] = [cowl, "run", "--engine=interp", source]
        for case, n, interp, audit, nodes in CASES:
            if case not in chosen:
                continue
            line = f"{case:9} {n:>10,}:"
            base = None
            for mode, command in runs.items():
                size = {"interp": interp, "audit": audit}.get(mode, n)
                empty = least([*command, case, "1"])
                ns = (least([*command, case, str(size)]) - empty) * 1e9 / nodes(size)
                base = base or ns
                less = "" if size == n else f" at {size:,}"
                line += f"  {mode} {ns:.1f} ns (x{ns / base:.1f}){less}"
            print(line)
            sys.stdout.flush()
        if not sys.argv[1:]:
            for name in PROGRAMS:
                program = str(HERE / name / "main.cowl")
                # `audit` takes a minute for some.
                rounds = {"audit": 1}
                times = {m: least(built(m, program), rounds.get(m, 3)) for m in MODES}
                each = (f"{m} {t:.2f} s (x{t / times['rc']:.2f})" for m, t in times.items())
                print(f"{name:20}  {'  '.join(each)}")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
