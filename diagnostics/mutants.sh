#!/usr/bin/env bash
# Mutants: small changes of the code, each of which a test must notice (`cargo install cargo-mutants`).
#
#   diagnostics/mutants.sh                the ownership pass and the runtime's collections, all
#   diagnostics/mutants.sh SEED/PARTS     one of so many parts, which the seed chooses
#
# First the crate's own tests are asked (seconds a mutant), then, for those that survive, programs of
# the specification (a minute). cargo-mutants leaves `unsafe` functions alone, and so most of the
# runtime: there the planted faults (`cowl planted`) take their place. What it finds stands in
# target/mutants.*, who noticed what the tests did not in target/mutants.*/answered.txt.
# Exit status: 0 all are noticed, 1 some survive, 2 it could not run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# Each mutant is a build and a short run: without the optimiser and what debuggers read it takes
# seconds.
export CARGO_PROFILE_DEV_OPT_LEVEL=0 CARGO_PROFILE_DEV_DEBUG=0 CARGO_INCREMENTAL=1
# A mutant may ask for memory without end.
ulimit -v 12000000
part=()
if [ $# -gt 0 ]; then
    seed=${1%/*} parts=${1#*/}
    part=(--shard "$((seed % parts))/$parts" --sharding round-robin)
fi
git diff --quiet -- compiler runtime || { echo "mutants: there are changes that are not committed" >&2; exit 2; }

# The programs that answer for the survivors; a failing one names itself.
programs=(spec/reject spec/errors spec/mir spec/regress spec/panic spec/run/ownership)
programs+=(spec/run/collections spec/run/objects spec/reference)

# All mutants of some files: `mutants NAME cargo-mutants' arguments`.
mutants() {
    local name=$1 diff file mutant noticed; shift
    # In place, so that nothing is built twice; a mutant that hangs is noticed too.
    cargo mutants --in-place --baseline skip --timeout 300 --output target "${part[@]}" "$@" || true
    rm -rf "target/mutants.$name" && mv target/mutants.out "target/mutants.$name"
    : >"target/mutants.$name/answered.txt"
    python3 - "target/mutants.$name" <<'PY' | while IFS=$'\t' read -r diff file mutant; do
import json, sys
for o in json.load(open(sys.argv[1] + "/outcomes.json"))["outcomes"]:
    if o["summary"] in ("MissedMutant", "Timeout"):
        m = o["scenario"]["Mutant"]
        print(f"{sys.argv[1]}/{o['diff_path']}", m["file"], m["name"], sep="\t")
PY
        patch --quiet "$file" "$diff"
        noticed="NOBODY"
        if cargo build --quiet -p cowl 2>/dev/null </dev/null; then
            noticed=$(target/debug/cowl verify "${programs[@]}" --engines interp,jit --timeout 20 </dev/null |
                sed -n '/^DIFFERS/{s/DIFFERS //;p;q}') || true
            noticed=${noticed:-NOBODY}
        else
            # The library is read when the frontend is built.
            noticed="the build"
        fi
        git checkout --quiet -- compiler runtime
        echo "$noticed: $mutant" | tee -a "target/mutants.$name/answered.txt"
    done
}
mutants own -p cowl-frontend -f 'compiler/frontend/src/own/*.rs' -- --lib own
mutants runtime -p cowl-runtime -f 'runtime/src/{vector,list,array,map,index,string,unshare}.rs' -- --lib
! cat target/mutants.own/answered.txt target/mutants.runtime/answered.txt | grep '^NOBODY'
