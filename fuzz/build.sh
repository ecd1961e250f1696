#!/usr/bin/env bash
# Builds every target as OSS-Fuzz and ClusterFuzz take them: into $OUT the executables, each with
# its options, the dictionary and its seed corpus. Both set $OUT and the flags of the sanitizer;
# by hand: OUT=/tmp/out fuzz/build.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
: "${OUT:?where the executables go}"
mkdir -p "$OUT"
cargo +nightly fuzz build --fuzz-dir . -O --debug-assertions
seeds=$(mktemp -d)
trap 'rm -rf "$seeds"' EXIT
./seeds.sh "$seeds"
cp cowl.dict "$OUT"
for target in parse check pipeline generated; do
    cp "target/x86_64-unknown-linux-gnu/release/$target" "$OUT"
    cp "$target.options" "$OUT"
    (cd "$seeds/$target" && python3 -m zipfile -c "$OUT/${target}_seed_corpus.zip" .)
done
