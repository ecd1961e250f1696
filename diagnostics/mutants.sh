#!/usr/bin/env bash
# Mutants: small changes of the code, each of which a test must notice (`cargo install cargo-mutants`).
#
#   diagnostics/mutants.sh                the ownership pass and the runtime's collections, all
#   diagnostics/mutants.sh SEED/PARTS     one of so many parts, which the seed chooses
#
# cargo-mutants leaves `unsafe` functions alone, and so most of the runtime: there the planted faults
# (`cowl planted`) take their place. What it finds stands in target/mutants.out.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# Each mutant is a build and a short run: without the optimiser and what debuggers read it takes
# seconds.
export CARGO_PROFILE_DEV_OPT_LEVEL=0 CARGO_PROFILE_DEV_DEBUG=0 CARGO_INCREMENTAL=1
part=()
if [ $# -gt 0 ]; then
    seed=${1%/*} parts=${1#*/}
    part=(--shard "$((seed % parts))/$parts" --sharding round-robin)
fi
mutants() {
    # In place, so that nothing is built twice; a mutant that hangs is noticed too.
    cargo mutants --in-place --baseline skip --timeout 300 --output target "${part[@]}" "$@"
}
status=0
mutants -p cowl-frontend -f 'compiler/frontend/src/own/*.rs' -- --lib own || status=$?
cp -r target/mutants.out target/mutants.own
mutants -p cowl-runtime -f 'runtime/src/{vector,list,array,map,index,string,unshare}.rs' -- --lib || status=$?
exit $status
