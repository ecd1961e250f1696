//! Uses of what moved, of what has no value, moves that cannot be.

use super::{check, owned, wrong};

#[test]
fn use_after_a_move() {
    wrong(
        "fn t(x: [int]) {
            let y: [int] = unshare(end x);
            f(own x, own y);
         }",
        &["E0301 3:x 2"],
    );
}

#[test]
fn use_in_the_same_operation() {
    wrong("fn t(x: [int]) { f(end x, own x); }", &["E0301 1:x 1"]);
    wrong("fn t(x: [int]) { f(end x, end x); }", &["E0301 1:x 1"]);
    wrong(
        "fn t(x: [int]) { upd x @push(f(end x)); }",
        &["E0301 1:x 1"],
    );
}

#[test]
fn use_of_a_field_after_the_whole_moved() {
    wrong(
        "fn t(x: ([int], [int])) {
            f(end x);
            g(own x.1);
         }",
        &["E0301 3:x 2"],
    );
}

#[test]
fn use_of_the_whole_after_a_field_moved() {
    wrong(
        "fn t(x: ([int], [int])) {
            f(end x.1);
            g(own x);
         }",
        &["E0301 3:x 2"],
    );
    check(
        "fn t(x: ([int], [int])) { f(end x.1); g(own x.0); }",
        "f(move x.1);
         g(move x.0);",
    );
}

#[test]
fn numbers_end_too() {
    wrong(
        "fn t(n: int) { let m: int = unshare(end n); f(own m, own n); }",
        &["E0301 1:n 1"],
    );
}

#[test]
fn use_after_a_move_in_one_branch() {
    wrong(
        "fn t(x: [int]) {
            if cond() { f(end x) };
            g(own x)
         }",
        &["E0301 3:x 2"],
    );
    check(
        "fn t(x: [int]) { if cond() { f(end x) } else { g(own x) } }",
        "if cond() {
             f(move x)
         } else {
             g(move x)
         }",
    );
}

#[test]
fn the_branch_that_leaves_may_move() {
    check(
        "fn t(x: [int]) { if cond() { return f(end x) }; g(own x) }",
        "if cond() {
             return f(move x)
         };
         g(move x)",
    );
    check(
        "fn t(x: [int]) { if cond() { f(end x); panic() }; g(own x) }",
        "if cond() {
             f(move x);
             panic()
         };
         g(move x)",
    );
}

#[test]
fn reassignment_in_one_branch_only() {
    wrong(
        "fn t(x: [int]) {
            f(end x);
            if cond() { set x = g() };
            h(own x)
         }",
        &["E0301 4:x 2"],
    );
}

#[test]
fn a_move_in_a_loop() {
    wrong(
        "fn t(x: [int]) {
            loop0: loop {
                f(end x)
            }
         }",
        &["E0302 3:x 1"],
    );
    wrong(
        "fn t(x: [int]) {
            loop0: loop {
                @len(look x);
                f(end x)
            }
         }",
        &["E0301 3:x 4"],
    );
    check(
        "fn t(x: [int]) { loop0: loop { f(end x); set x = g() } }",
        "loop0: loop {
             f(move x);
             update x = g()
         }",
    );
    check(
        "fn t(x: [int]) { loop0: loop { f(end x); break loop0 } }",
        "loop0: loop {
             f(move x);
             break loop0
         }",
    );
}

#[test]
fn a_continue_brings_a_move_round() {
    wrong(
        "fn t(x: [int]) {
            loop0: for i: int in 0..3 {
                if cond() { f(end x); continue loop0 };
                if cond() { break loop0 };
            }
         }",
        &["E0302 3:x 1"],
    );
}

#[test]
fn a_move_on_one_way_round_a_loop() {
    wrong(
        "fn t(x: [int]) {
            loop0: loop {
                f(end x);
                if cond() { set x = g() };
            }
         }",
        &["E0302 3:x 1"],
    );
}

#[test]
fn a_pointer_can_end_only_once() {
    wrong(
        "fn t(p: *int) {
            f(end p);
            g(look p.*);
         }",
        &["E0301 3:p 2"],
    );
}

#[test]
fn use_of_what_may_not_have_a_value() {
    wrong(
        "fn t() {
            once x: [int];
            if cond() { set x = f() };
            g(own x)
         }",
        &["E0303 4:x 2"],
    );
    wrong(
        "fn t() {
            let x: [int];
            upd x @push(1);
         }",
        &["E0303 3:x 2"],
    );
    wrong(
        "fn t() {
            let n: int;
            loop0: loop { if cond() { f(own n); break loop0 }; set n = 1 }
         }",
        &["E0303 3:n 2"],
    );
}

#[test]
fn the_fields_of_what_has_no_value() {
    wrong(
        "fn t() {
            let x: ([int], [int]);
            set x.0 = f();
            g(own x);
         }",
        &["E0303 4:x 2"],
    );
    check(
        "fn t() { let x: ([int], [int]); set x.0 = f(); set x.1 = g(); h(own x); }",
        "update x.0 = f();
         update x.1 = g();
         h(move x);",
    );
}

#[test]
fn a_let_is_assigned_once() {
    wrong(
        "fn t() {
            once x: [int];
            set x = f();
            if cond() { set x = g() };
            h(own x)
         }",
        &["E0304 4:x 2 3"],
    );
    wrong(
        "fn t() {
            once x: int;
            loop0: loop { set x = f(); }
         }",
        &["E0304 3:x 2"],
    );
    check(
        "fn t() { loop0: loop { once x: [int]; set x = f(); g(own x); } }",
        "loop0: loop {
             update x = f();
             g(move x);
         }",
    );
}

#[test]
fn what_cannot_move() {
    wrong("fn t(borrowed x: [int]) { f(end x); }", &["E0305 1:x"]);
    wrong("fn t(x: [[int]]) { f(end x[0]); }", &["E0305 1:x"]);
    wrong(
        "fn t(o: [int]?, z: [int]) { match own o { .1(x: [int]) if f(end z) => 1, _ => 2 } }",
        &["E0305 1:z"],
    );
    wrong(
        "fn t(o: [int]?) { match own o { .1(x: [int]) if f(end x) => 1, _ => 2 } }",
        &["E0305 1:x"],
    );
}

#[test]
fn asking_after_the_last_use() {
    wrong(
        "fn t(x: [int]) {
            f(own x);
            unique x;
         }",
        &["E0306 3:x"],
    );
    wrong("fn t(x: [int]) { unique x; }", &["E0306 1:x"]);
    wrong(
        "fn t(x: ([int], [int])) { unique x; f(own x.0); }",
        &["E0306 1:x"],
    );
    check(
        "fn t(p: *int) { unique p; }",
        "is_unique(p);
         release p",
    );
}

#[test]
fn asking_about_what_holds_is_not_about_its_numbers() {
    check(
        "fn t(x: ([int], int)) { f(own x.1); unique x; f(own x.0); }",
        "f(share x.1);
         is_unique(x);
         f(move x.0);",
    );
    wrong("fn t(n: int) { f(own n); unique n; }", &["E0306 1:n"]);
}

#[test]
fn fifty_mistakes_are_enough() {
    for (one, code) in [
        ("{ let x: [int] = f(); g(end x); h(own x); };", "E0301"),
        ("{ let x: [int]; h(own x); };", "E0303"),
        ("{ once x: int; set x = f(); set x = g(); };", "E0304"),
    ] {
        let (_, problems) = owned(&format!("fn t() {{ {} }}", one.repeat(60)));
        assert_eq!(problems.len(), 50, "{code}");
        assert!(problems.iter().all(|p| p.starts_with(code)), "{problems:?}");
    }
}

#[test]
fn what_is_never_reached_is_no_mistake() {
    check(
        "fn t(x: [int]) { return 1; f(end x); g(own x); { let y: [int]; h(own y); } }",
        "release x
         return 1;
         f(share x);
         g(move x);
         {
             h(move y);
         }",
    );
    check(
        "fn t(x: [int]) { f(end x); return 1; g(own x) }",
        "f(move x);
         return 1;
         g(move x)",
    );
}
