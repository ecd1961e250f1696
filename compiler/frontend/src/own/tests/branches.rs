//! Branches, early exits, assignments on some ways.

use super::check;

#[test]
fn what_one_branch_needs_ends_at_the_entry_of_the_other() {
    check(
        "fn t(x: [int], y: [int]) { if cond() { f(own x) } else { f(own y) } }",
        "if cond() {
             release y
             f(move x)
         } else {
             release x
             f(move y)
         }",
    );
}

#[test]
fn a_missing_else_is_made_where_something_ends() {
    check(
        "fn t(x: [int]) { if cond() { f(own x) }; g(); }",
        "if cond() {
             f(move x)
         } else {
             release x
         };
         g();",
    );
}

#[test]
fn a_value_used_after_both_is_shared_in_both() {
    check(
        "fn t(x: [int]) { if cond() { f(own x) } else { g(own x) }; h(own x); }",
        "if cond() {
             f(share x)
         } else {
             g(share x)
         };
         h(move x);",
    );
}

#[test]
fn a_condition_of_a_chain_releases_before_it_runs() {
    check(
        "fn t(x: [int], y: [int]) { if cond() { f(own x) } else if g(own y) { 1 } else { 2 } }",
        "if cond() {
             release y
             f(move x)
         } else if {
             release x
             g(move y)
         } {
             1
         } else {
             2
         }",
    );
}

#[test]
fn an_early_return_ends_what_only_the_rest_needs() {
    check(
        "fn t(x: [int], y: [int]) { if cond() { return own y }; f(own x, own y) }",
        "if cond() {
             release x
             return move y
         };
         f(move x, move y)",
    );
}

#[test]
fn an_early_return_in_the_middle_of_operands() {
    // `x` was moved into the pending operand, which the engine releases.
    check(
        "fn t(x: [int], y: [int]) { f(own x, if cond() { return 1 } else { own y }) }",
        "f(move x, if cond() {
             release y
             return 1
         } else {
             move y
         })",
    );
}

#[test]
fn pointers_are_released_on_each_way_out() {
    check(
        "fn t(p: *int) { let q: *int = f(); if cond() { let r: *int = g(); return own r }; h(own q) }",
        "let q: *int = f()
         if cond() {
             let r: *int = g()
             return share r release r, q, p
         };
         (h(share q) then release q, p)",
    );
}

#[test]
fn a_pointer_that_is_not_yet_there_is_not_released() {
    check(
        "fn t() { if cond() { return 1 }; let q: *int = f(); 2 }",
        "if cond() {
             return 1
         };
         let q: *int = f()
         (2 then release q)",
    );
}

#[test]
fn a_pointer_that_ended_on_one_way_may_be_empty() {
    check(
        "fn t(p: *int) { if cond() { let q: *int = unshare(end p); f(own q); }; g(); }",
        "if cond() {
             let q: *int = unshare(move p)
             f(share q);
             release q
         };
         g();
         release p",
    );
}

#[test]
fn a_pointer_that_ended_on_all_ways_is_not_released() {
    check(
        "fn t(p: *int) { if cond() { f(end p) } else { g(end p) }; g(); }",
        "if cond() {
             f(move p)
         } else {
             g(move p)
         };
         g();",
    );
}

#[test]
fn a_conditional_move_then_reassignment() {
    check(
        "fn t(x: [int]) { if cond() { f(unshare(end x)); set x = g() }; h(own x) }",
        "if cond() {
             f(unshare(move x));
             update x = g()
         };
         h(move x)",
    );
}

#[test]
fn assigned_on_every_way() {
    check(
        "fn t(a: [int]) { once x: [int]; if cond() { set x = own a } else { set x = f() }; g(own x) }",
        "if cond() {
             update x = move a
         } else {
             release a
             update x = f()
         };
         g(move x)",
    );
}

#[test]
fn assigned_on_the_ways_that_go_on() {
    check(
        "fn t() { once x: [int]; if cond() { set x = f() } else { panic() }; g(own x) }",
        "if cond() {
             update x = f()
         } else {
             panic()
         };
         g(move x)",
    );
}

#[test]
fn assigned_and_not_used_on_one_way() {
    check(
        "fn t() { let x: [int]; if cond() { set x = f(); if cond() { g(own x) } }; h(); }",
        "if cond() {
             update x = f();
             if cond() {
                 g(move x)
             } else {
                 release x
             }
         };
         h();",
    );
}

#[test]
fn labelled_blocks_join_their_breaks() {
    check(
        "fn t(x: [int], y: [int]) {
            loop0: { if cond() { break loop0 own x }; @len(look y); own y }
         }",
        "loop0: {
             if cond() {
                 release y
                 break loop0 move x
             } else {
                 release x
             };
             @len(look y);
             move y
         }",
    );
}

#[test]
fn a_break_out_of_a_block_releases_its_pointers() {
    check(
        "fn t() { loop0: { let p: *int = f(); { let q: *int = f(); if cond() { break loop0 }; g(own q) }; h(own p) } }",
        "loop0: {
             let p: *int = f()
             {
                 let q: *int = f()
                 if cond() {
                     break loop0 release q, p
                 };
                 (g(share q) then release q)
             };
             (h(share p) then release p)
         }",
    );
}

#[test]
fn a_value_of_branches_moves_out_of_each() {
    check(
        "fn t(x: [int], y: [int]) { let z: [int] = if cond() { own x } else { own y }; f(own z) }",
        "let z: List<int> = if cond() {
             release y
             move x
         } else {
             release x
             move y
         }
         f(move z)",
    );
}

#[test]
fn parts_end_on_their_edges() {
    check(
        "fn t(s: ([int], [int], [int])) { if cond() { f(own s.0) } else { g(own s) } }",
        "if cond() {
             release s.1, s.2
             f(move s.0)
         } else {
             g(move s)
         }",
    );
}

#[test]
fn a_part_that_moved_on_one_way_keeps_the_others() {
    check(
        "fn t(s: ([int], [int])) { if cond() { f(own s.0) }; g(own s.1) }",
        "if cond() {
             f(move s.0)
         } else {
             release s.0
         };
         g(move s.1)",
    );
}

#[test]
fn a_number_that_is_dead_already_is_covered() {
    check(
        "fn t(x: ([int], int)) { f(own x.1); if cond() { f(own x.0) } }",
        "f(share x.1);
         if cond() {
             f(move x.0)
         } else {
             release x
         }",
    );
    check(
        "fn t(x: ([int], int)) { if cond() { f(own x.0) }; f(own x.1); }",
        "if cond() {
             f(move x.0)
         } else {
             release x.0
         };
         f(share x.1);",
    );
    // Beside a part that lives on, a number is not released for itself.
    check(
        "fn t(x: ([int], int, [int])) { if cond() { f(own x.0, own x.1) }; g(own x.2); }",
        "if cond() {
             f(move x.0, share x.1)
         } else {
             release x.0
         };
         g(move x.2);",
    );
}
