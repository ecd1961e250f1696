#!/usr/bin/env bash
# Memory errors: the runtime's own tests under AddressSanitizer and LeakSanitizer, and executables
# of spec programs under valgrind, both with every block of a program an allocation of its own
# (the feature `system-alloc`).
#
#   diagnostics/sanitize.sh            the whole: usual numbers of cases, every runnable program
#   diagnostics/sanitize.sh --part     a tenth of the cases, every 40th program
#   diagnostics/sanitize.sh PATH…      these programs only
#
# Needs a nightly toolchain and valgrind. Exit status 0: nothing was found; 1: something was; 2:
# it cannot run.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top"
step=1 cases=1
case "${1:-}" in
    --part) step=40 cases=1/10; shift ;;
    -*) sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
command -v valgrind >/dev/null || { echo "sanitize: valgrind is missing" >&2; exit 2; }
target=${CARGO_TARGET_DIR:-$top/target}
host=x86_64-unknown-linux-gnu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ $# -eq 0 ]; then
    rustup toolchain list | grep -q '^nightly' || { echo "sanitize: a nightly toolchain is missing" >&2; exit 2; }
    echo "== the runtime's tests under AddressSanitizer ($cases of the cases)"
    # Only code of this build is instrumented; the standard library is as it comes.
    RUSTFLAGS=-Zsanitizer=address RUNTIME_CASES=$cases ASAN_OPTIONS=detect_stack_use_after_return=0 \
        cargo +nightly test --quiet -p cowl-runtime --features system-alloc \
        --target $host --target-dir "$target/sanitize"
    # What ASan does not see: bytes that nobody has written. Each case takes some fifty times as long.
    echo "== the runtime's tests under valgrind (a part of the cases)"
    CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER="valgrind --quiet --error-exitcode=9" RUNTIME_CASES=1/40 \
        cargo test --quiet -p cowl-runtime --lib --features system-alloc --target-dir "$target/sanitize"
fi

echo "== executables under valgrind"
# The same target folder, so that Cranelift is not built again; the usual `cowl` is put back.
cargo build --quiet -p cowl --features system-alloc || exit 2
cp "$target/debug/cowl" "$work/cowl"
cargo build --quiet -p cowl || exit 2

[ $# -gt 0 ] || set -- spec/run spec/panic spec/regress examples
existing=(); for path in "$@"; do [ -e "$path" ] && existing+=("$path"); done
# Programs that end by themselves, without the machine's limits; modules and rejects are not run.
mapfile -t programs < <(find "${existing[@]}" -name '*.cowl' | sort |
    xargs grep -lE '^//! (run|panic )' | xargs grep -LE '^//! panic (stack overflow|out of memory)')

# One program: built, run under valgrind with its arguments and input. What a panic or `exit` leaves
# is no leak.
one() {
    local program=$1 name dir input leaks=full status=0 limit=300
    name=$(echo "$program" | tr / _)
    dir=$work/$name; mkdir -p "$dir/files"
    if ! "$work/cowl" build -o "$dir/exe" "$program" >"$dir/log" 2>&1; then
        echo "NOT BUILT $program"; cat "$dir/log"; return 1
    fi
    grep -qE '^//! panic |\bexit\(' "$program" && leaks=no
    local files; files=$(sed -n 's|^//! files: ||p' "$program")
    [ -z "$files" ] || cp -r "$(dirname "$program")/$files/." "$dir/files"
    input=$(sed -n 's|^//! stdin from: ||p' "$program")
    if [ -n "$input" ]; then cp "$(dirname "$program")/$input" "$dir/stdin"
    else sed -n '/^\/\/! stdin:/,/^\/\/! [a-z]*:/{/^\/\/! stdin:/d;/^\/\/! [a-z]*:/d;s|^//! \{0,1\}||p}' "$program" >"$dir/stdin"
    fi
    local args; eval "args=($(sed -n 's|^//! args: ||p' "$program"))"
    # A thread's stack of 1 GiB is more than valgrind expects.
    (cd "$dir/files" && timeout $limit valgrind --quiet --error-exitcode=9 --exit-on-first-error=no \
        --leak-check=$leaks --max-stackframe=1100000000 --main-stacksize=8388608 \
        --log-file="$dir/valgrind" "$dir/exe" "${args[@]}" <"$dir/stdin" >"$dir/out" 2>&1) || status=$?
    case $status in
        9) ;;
        124) echo "TOO SLOW $program"; rm -rf "$dir"; return 3 ;;
        *) [ -s "$dir/valgrind" ] || { rm -rf "$dir"; return 0; } ;;
    esac
    echo "FOUND $program"; head -40 "$dir/valgrind"; rm -rf "$dir"; return 1
}

# As many at a time as there are cores; each leaves its status in a file.
run=0
for ((i = 0; i < ${#programs[@]}; i += step)); do
    run=$((run + 1))
    while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n || true; done
    (status=0; said=$(one "${programs[i]}" 2>&1) || status=$?
     [ -z "$said" ] || echo "$said"
     echo "$status" >"$work/status.$run") &
done
wait
found=$(cat "$work"/status.* | grep -c '[^03]') || true
slow=$(cat "$work"/status.* | grep -c 3) || true
echo "sanitize: $run programs under valgrind, $found with findings, $slow too slow to be judged"
[ "$run" -gt 0 ] || exit 2
[ "$found" -eq 0 ]
