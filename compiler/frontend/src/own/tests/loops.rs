//! Loops: back edges, breaks, the end of a `for`.

use super::check;

#[test]
fn a_loop_body_shares_what_the_next_turn_needs() {
    check(
        "fn t(x: [int]) { loop0: loop { if cond() { break loop0 }; f(own x) } }",
        "loop0: loop {
             if cond() {
                 release x
                 break loop0
             };
             f(share x)
         }",
    );
}

#[test]
fn the_last_use_before_a_break_moves() {
    check(
        "fn t(x: [int]) { loop0: loop { if cond() { f(own x); break loop0 }; @len(look x) } }",
        "loop0: loop {
             if cond() {
                 f(move x);
                 break loop0
             };
             @len(look x)
         }",
    );
}

#[test]
fn loop_state_moves_through_its_update() {
    check(
        "fn t(acc: [int]) { loop0: for i: int in 0..3 { set acc = f(own acc, own i) }; own acc }",
        "loop0: for i in 0..3 {
             update acc = f(move acc, share i)
         };
         move acc",
    );
}

#[test]
fn an_in_place_update_keeps_the_variable() {
    check(
        "fn t(x: [int]) { loop0: for i: int in 0..3 { upd x @push(own i) }; own x }",
        "loop0: for i in 0..3 {
             update x @push(share i)
         };
         move x",
    );
}

#[test]
fn what_only_the_body_needs_ends_when_the_range_has_run_out() {
    check(
        "fn t(x: [int]) { loop0: for i: int in 0..3 { f(own x) }; g() }",
        "loop0: for i in 0..3 {
             f(share x)
         } at the end release x;
         g()",
    );
}

#[test]
fn a_break_of_a_for_ends_for_itself() {
    check(
        "fn t(x: [int]) { loop0: for i: int in 0..3 { if cond() { f(own x); break loop0 } }; g() }",
        "loop0: for i in 0..3 {
             if cond() {
                 f(move x);
                 break loop0
             }
         } at the end release x;
         g()",
    );
}

#[test]
fn what_only_follows_a_break_ends_in_the_other_turns() {
    // `y` is needed after the break only, `x` only when the range has run out.
    check(
        "fn t(x: [int], y: [int]) {
            loop1: { loop0: for i: int in 0..3 { if cond() { f(own y); break loop1 } }; g(own x) }
         }",
        "loop1: {
             loop0: for i in 0..3 {
                 if cond() {
                     release x
                     f(move y);
                     break loop1
                 }
             } at the end release y;
             g(move x)
         }",
    );
}

#[test]
fn a_sequence_moves_into_its_loop() {
    check(
        "fn t(x: [[int]]) { loop0: for e: [int] in own x { f(own e) } }",
        "loop0: for e in move x {
             f(move e)
         }",
    );
}

#[test]
fn a_sequence_that_is_still_needed_is_shared() {
    check(
        "fn t(x: [[int]]) { loop0: for e: [int] in own x { upd x @push(own e) }; own x }",
        "loop0: for e in share x {
             update x @push(move e)
         };
         move x",
    );
}

#[test]
fn an_unused_item_ends_at_the_entry_of_the_turn() {
    check(
        "fn t(x: [[int]]) { loop0: for e: [int] in own x { f() } }",
        "loop0: for e in move x {
             release e
             f()
         }",
    );
}

#[test]
fn a_pointer_item_lives_for_its_turn() {
    check(
        "fn t(x: [*int]) { loop0: for p: *int in own x { f(own p); if cond() { continue loop0 }; if cond() { break loop0 }; g() } }",
        "loop0: for p in move x {
             f(share p);
             if cond() {
                 continue loop0 release p
             };
             if cond() {
                 break loop0 release p
             };
             (g() then release p)
         }",
    );
}

#[test]
fn an_item_can_be_moved() {
    check(
        "fn t(x: [[int]]) { loop0: for e: [int] in own x { f(unshare(end e)) } }",
        "loop0: for e in move x {
             f(unshare(move e))
         }",
    );
}

#[test]
fn a_continue_ends_what_the_rest_of_the_turn_needs() {
    check(
        "fn t(x: [[int]]) { loop0: for e: [int] in own x { let y: [int] = f(); if cond() { continue loop0 }; g(own e, own y) } }",
        "loop0: for e in move x {
             let y: List<int> = f()
             if cond() {
                 release y, e
                 continue loop0
             };
             g(move e, move y)
         }",
    );
}

#[test]
fn a_value_that_the_next_turn_replaces_ends_in_this_one() {
    check(
        "fn t() { let x: [int] = f(); loop0: loop { set x = g(); if cond() { break loop0 } }; h(own x) }",
        "let x: List<int> = f()
         release x
         loop0: loop {
             update x = g();
             if cond() {
                 break loop0
             } else {
                 release x
             }
         };
         h(move x)",
    );
}

#[test]
fn a_loop_gives_a_value_by_break() {
    check(
        "fn t(x: [int]) { let y: [int] = loop0: loop { if cond() { break loop0 own x }; @len(look x) }; f(own y) }",
        "let y: List<int> = loop0: loop {
             if cond() {
                 break loop0 move x
             };
             @len(look x)
         }
         f(move y)",
    );
}

#[test]
fn nested_loops() {
    check(
        "fn t(x: [int], y: [int]) {
            loop0: for i: int in 0..3 {
                loop1: for j: int in 0..3 { f(own x); if cond() { break loop0 } };
                g(own y)
            };
            h(own y)
         }",
        "loop0: for i in 0..3 {
             loop1: for j in 0..3 {
                 f(share x);
                 if cond() {
                     release x
                     break loop0
                 }
             };
             g(share y)
         } at the end release x;
         h(move y)",
    );
}

#[test]
fn an_endless_loop_keeps_what_it_needs() {
    check(
        "fn t(x: [int], y: [int]) { loop0: loop { f(own x) } }",
        "release y
         loop0: loop {
             f(share x)
         }",
    );
}

#[test]
fn a_fresh_variable_in_each_turn() {
    check(
        "fn t() { loop0: loop { let x: [int] = f(); if cond() { g(unshare(end x)); continue loop0 }; h(own x) } }",
        "loop0: loop {
             let x: List<int> = f()
             if cond() {
                 g(unshare(move x));
                 continue loop0
             };
             h(move x)
         }",
    );
}

#[test]
fn a_pointer_in_a_loop_ends_with_its_turn() {
    check(
        "fn t() { loop0: loop { let p: *int = f(); if cond() { return 1 }; g(own p); } }",
        "loop0: loop {
             let p: *int = f()
             if cond() {
                 return 1 release p
             };
             g(share p);
             release p
         }",
    );
}
