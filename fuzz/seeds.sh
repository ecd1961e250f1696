#!/usr/bin/env bash
# Makes the seed corpora: every program of spec/ and examples/ for the targets that read text, and
# tapes of some lengths for the generator.
#
#   fuzz/seeds.sh            into fuzz/corpus/TARGET, where `cargo fuzz run TARGET` looks
#   fuzz/seeds.sh DIR        into DIR/TARGET
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
to=${1:-$top/fuzz/corpus}
for target in parse check pipeline; do
    mkdir -p "$to/$target"
    find "$top/spec" "$top/examples" -name '*.cowl' -size -8k | while read -r program; do
        name=${program#"$top/"}
        cp "$program" "$to/$target/${name//\//_}"
    done
done
mkdir -p "$to/generated"
for length in 64 512 2048 8192; do
    for i in 1 2 3 4 5 6 7 8; do
        # The same tapes each time.
        openssl enc -aes-128-ctr -nosalt -md sha256 -pass "pass:$length-$i" </dev/zero 2>/dev/null |
            head -c "$length" >"$to/generated/$length-$i" || true
    done
done
