#!/usr/bin/env python3
"""Times the benchmark programs against the same programs in other languages, in one run.

Each folder beside this file is a benchmark, each file in it the program in one language. What the
machine has no compiler for is left out and named. Every program prints a checksum; all must agree.
The runs alternate (A B C A B C ...), so that a change of the machine's speed meets all alike.

    benches/run.py                     every benchmark
    benches/run.py push map -n 5       these, five rounds
    benches/run.py --jit               `cowl run` as one more competitor
    benches/run.py --interp nbody      the interpreter as one more

Prints medians of wall seconds, the ratio to Rust, and the peak memory, and at the end the
geometric mean of Cowl's ratios. Exit status 1 if a program fails or checksums differ.
"""

import argparse
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parent


def competitors(folder, out, args):
    """The commands that can be run here, by label; compiles what has to be."""
    found, missing = {}, []
    cowl = Path(os.environ.get("CARGO_TARGET_DIR", TOP / "target")) / "release" / "cowl"

    def compiled(label, source, command, libraries=()):
        if not shutil.which(command[0]):
            missing.append(source.name)
            return
        exe = out / f"{folder.name}-{label}"
        done = subprocess.run([*command, str(exe), str(source), *libraries], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{source}: does not compile\n{done.stderr}")
        found[label] = [str(exe)]

    for source in sorted(folder.iterdir()):
        name, kind = source.stem, source.suffix
        label = kind[1:] if name == "main" else f"{name}.{kind[1:]}"
        if kind == ".cowl":
            compiled("cowl", source, [str(cowl), "build", "-o"])
            if args.jit:
                found["cowl-jit"] = [str(cowl), "run", str(source)]
            if args.interp:
                found["cowl-interp"] = [str(cowl), "run", "--engine=interp", str(source)]
        elif kind == ".rs":
            compiled(label, source, ["rustc", "--edition=2021", "-Copt-level=3", "-o"])
        elif kind == ".c":
            compiled(label, source, ["gcc", "-O2", "-o"], ["-lm"])
        elif kind == ".cpp":
            compiled(label, source, ["g++", "-O2", "-std=c++17", "-o"])
        elif kind in (".js", ".py"):
            tool = {".js": "node", ".py": "python3"}[kind]
            if shutil.which(tool) and (kind != ".py" or args.python):
                found[label] = [tool, str(source)]
            else:
                missing.append(source.name)
    return found, missing


def once(command, timeout):
    """Wall seconds, peak memory in MiB and output of one run."""
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=output, stdin=subprocess.DEVNULL)
        while True:
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            if pid:
                break
            if time.perf_counter() - start > timeout:
                child.kill()
                os.wait4(child.pid, 0)
                return None
            time.sleep(0.0005)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        if child.returncode != 0:
            sys.exit(f"{' '.join(command)}: exit status {child.returncode}")
        return wall, usage.ru_maxrss / 1024, output.read().strip()


def measure(folder, out, args):
    """Prints a table; gives Cowl's ratio to Rust, or None, and whether all agreed."""
    commands, missing = competitors(folder, out, args)
    times = {label: [] for label in commands}
    peak = {label: 0.0 for label in commands}
    sums = {}
    for _ in range(args.rounds):
        for label, command in commands.items():
            if times[label] is None:
                continue
            run = once(command, args.timeout)
            if run is None:
                times[label] = None
                continue
            times[label].append(run[0])
            peak[label] = max(peak[label], run[1])
            sums.setdefault(run[2], []).append(label)
    rust = times.get("rs") and statistics.median(times["rs"])
    print(f"{folder.name}" + (f"  (left out: {', '.join(missing)})" if missing else ""))
    ranked = sorted(commands, key=lambda c: statistics.median(times[c]) if times[c] else math.inf)
    for label in ranked:
        if not times[label]:
            print(f"  {label:12} more than {args.timeout} s")
            continue
        wall = statistics.median(times[label])
        ratio = f"{wall / rust:6.2f} x Rust" if rust else ""
        print(f"  {label:12} {wall:8.3f} s  {ratio}  {peak[label]:7.0f} MiB")
    if len(sums) > 1:
        print(f"  checksums differ: {[sorted(set(v)) for v in sums.values()]}")
    sys.stdout.flush()
    cowl = times.get("cowl")
    return statistics.median(cowl) / rust if cowl and rust else None, len(sums) <= 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("names", nargs="*", help="folders; all without any")
    parser.add_argument("-n", "--rounds", type=int, default=3)
    parser.add_argument("--timeout", type=float, default=120, help="seconds a run may take")
    parser.add_argument("--jit", action="store_true", help="measure `cowl run` too")
    parser.add_argument("--interp", action="store_true", help="measure the interpreter too")
    parser.add_argument("--python", action="store_true", help="measure Python too, which is slow")
    args = parser.parse_args()
    names = args.names or sorted(p.name for p in HERE.iterdir() if (p / "main.cowl").exists())
    build = ["cargo", "build", "--quiet", "--release", "--locked", "-p", "cowl"]
    subprocess.run(build, cwd=TOP, check=True)
    ratios, agreed = [], True
    with tempfile.TemporaryDirectory() as out:
        for name in names:
            folder = HERE / name
            if not (folder / "main.cowl").exists():
                sys.exit(f"{folder}: no main.cowl")
            ratio, same = measure(folder, Path(out), args)
            agreed &= same
            if ratio:
                ratios.append(ratio)
    if ratios:
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
        print(f"geometric mean of {len(ratios)}: {mean:.2f} x Rust")
    sys.exit(0 if agreed else 1)


if __name__ == "__main__":
    main()
