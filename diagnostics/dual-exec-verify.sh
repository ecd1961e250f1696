#!/usr/bin/env bash
# Builds cowl from this checkout and verifies the programs below the given paths on every engine:
# the same as `cowl verify PATH…`, for CI. Exit status 0 agree, 1 differ, 2 cannot run.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
[ $# -gt 0 ] || { echo "usage: dual-exec-verify.sh PATH…" >&2; exit 2; }
cargo build --quiet --manifest-path "$top/Cargo.toml" -p cowl || exit 2
exec "${CARGO_TARGET_DIR:-$top/target}/debug/cowl" verify "$@"
