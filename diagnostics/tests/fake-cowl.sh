#!/bin/sh
# A stand-in for `cowl` whose engines agree, except for one planted mismatch:
# PLANT is ENGINE/MODE/WHAT, set by the test in the copy of this script that it runs.
PLANT=${PLANT:-}
LEDGER='p.cowl:8:8 in_place 2
p.cowl:9:8 copied 9:5 1
objects allocated 1 freed 1 collected 0 live 0'

planted() {
    if [ "$PLANT" = "$engine/$mode/$1" ]; then return 0; fi
    case $engine in *-stress) [ "$PLANT" = "stress/$mode/$1" ] ;; *) false ;; esac
}

# What the program does: prints, writes a file, writes its ledger.
program() {
    if planted crash; then kill -SEGV $$; fi
    if planted hang; then sleep 1000; fi
    if planted stdout; then echo "[1, 9]"; else echo "[1, 2]"; fi
    if planted stderr; then echo "oops" >&2; fi
    if planted file; then echo "other" > out.txt; else cat in.txt > out.txt; fi
    if [ -n "$ledger" ]; then
        if planted event; then
            echo "$LEDGER" | sed 's/in_place 2/in_place 3/' > "$ledger"
        elif planted moved; then
            echo "$LEDGER" | sed 's/9:8 copied/10:8 copied/' > "$ledger"
        elif planted leak; then
            echo "$LEDGER" | sed 's/freed 1/freed 0/; s/live 0/live 1/' > "$ledger"
        elif planted garbage; then
            echo "garbage" > "$ledger"
        elif ! planted no-ledger; then
            echo "$LEDGER" > "$ledger"
        fi
    fi
    if planted exit; then exit 1; fi
    exit 0
}

command=$1; shift
engine=$command; mode=Plain; ledger=; out=; file=; function=
while [ $# -gt 0 ]; do
    case $1 in
        --engine=*) engine=${1#--engine=} ;;
        --mm=*) engine=$engine-${1#--mm=} ;;
        --gc-stress*) engine=$engine-stress ;;
        --ledger) mode=Counting; if [ "$command" = run ]; then shift; ledger=$1; fi ;;
        --format) shift ;;
        --color=* | --emit=*) ;;
        --fn) shift; function=$1 ;;
        -o) shift; out=$1 ;;
        *) file=$1; break ;;
    esac
    shift
done
case $engine/$mode in interp/*) mode=Counting ;; esac

case $command in
    check)
        if planted refuse; then
            echo '{"code":"E0201","severity":"error","message":"no","file":"p.cowl","line":3,"col":1}'
            echo 'error[E0201]: no' >&2
            exit 1
        fi ;;
    dump)
        if planted refuse; then echo "error: no" >&2; exit 1; fi
        if planted unknown; then exit 0; fi
        if planted share; then echo "fn $function () {"; echo "  _1 = share _0"
        else echo "fn $function () {"; echo "  _1 = move _0"; fi
        echo "}"; echo ;;
    run) program ;;
    test)
        mode=Tests
        if planted exit; then echo "0 passed, 1 failed"; exit 1; fi
        if planted stdout; then echo "2 passed, 0 failed"; else echo "1 passed, 0 failed"; fi ;;
    build)
        engine=aot${engine#build}
        if planted no-build; then echo "error: cc is not there" >&2; exit 1; fi
        # The executable is this script again, as the engine that it stands for.
        { echo "#!/bin/sh"; echo "exec '$0' built $engine/$mode \"\$@\""; } > "$out"
        chmod +x "$out" ;;
    built)
        engine=${file%/*}; mode=${file#*/}
        if [ "$mode" = Counting ]; then ledger=$COWL_LEDGER; fi
        program ;;
    *) echo "fake cowl: $command" >&2; exit 2 ;;
esac
