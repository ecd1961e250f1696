//! Matches, guards, destructuring.

use super::check;

#[test]
fn a_match_of_what_is_dead_after_moves_its_parts() {
    check(
        "fn t(o: [int]?) { match own o { .1(x: [int]) => f(own x), .0 => g() } }",
        "match move o {
             .1(x) => f(move x)
             .0 => g()
         }",
    );
}

#[test]
fn bindings_that_nobody_uses_end_at_the_arm() {
    check(
        "fn t(o: ([int], [int])) { match own o { (a: [int], b: [int]) => f(own a), (_, c: [int]) => g() } }",
        "match move o {
             (a, b) release b => f(move a)
             (_, c) release c => g()
         }",
    );
}

#[test]
fn a_match_of_what_an_arm_needs_shares() {
    check(
        "fn t(o: [int]?) { match own o { .1(x: [int]) => f(own x), .0 => g(own o) } }",
        "match share o {
             .1(x) release o => f(move x)
             .0 => g(move o)
         }",
    );
}

#[test]
fn an_arm_may_assign_the_matched_path() {
    check(
        "fn t(o: [int]?) { match own o { .1(x: [int]) => set o = f(own x), .0 => set o = g() }; own o }",
        "match move o {
             .1(x) => update o = f(move x)
             .0 => update o = g()
         };
         move o",
    );
}

#[test]
fn other_places_share_and_their_roots_end_at_the_arm() {
    check(
        "fn t(x: [[int]?]) { match own x[0] { .1(y: [int]) => f(own y), .0 => g(own x) } }",
        "match share x[0] {
             .1(y) release x => f(move y)
             .0 => g(move x)
         }",
    );
}

#[test]
fn a_part_of_a_struct_is_matched_by_itself() {
    check(
        "fn t(s: ([int]?, [int])) { match own s.0 { .1(y: [int]) => f(own y, own s.1), .0 => g() } }",
        "match move s.0 {
             .1(y) => f(move y, move s.1)
             .0 release s.1 => g()
         }",
    );
}

#[test]
fn guards_look_and_share() {
    check(
        "fn t(o: [int]?, z: [int]) {
            match own o {
                .1(x: [int]) if f(own x, own z, @len(look x)) => f(own x),
                .1(w: [int]) => g(own w, own z),
                .0 => h()
            }
         }",
        "match move o {
             .1(x) if f(share x, share z, @len(look x)) release z => f(move x)
             .1(w) => g(move w, move z)
             .0 release z => h()
         }",
    );
}

#[test]
fn what_only_a_guard_names_ends_when_an_arm_is_chosen() {
    check(
        "fn t(o: int, z: [int]) { match own o { 1 if f(own z) => 1, _ => 2 } }",
        "match share o {
             1 if f(share z) release z => 1
             _ release z => 2
         }",
    );
}

#[test]
fn a_guard_may_have_variables_of_its_own() {
    check(
        "fn t(o: int, z: [int]) { match own o { 1 if { let y: [int] = f(own z); g(own y) } => 1, _ => h(own z) } }",
        "match share o {
             1 if {
                 let y: List<int> = f(share z)
                 g(move y)
             } release z => 1
             _ => h(move z)
         }",
    );
}

#[test]
fn a_guard_that_leaves_releases_what_the_arms_need() {
    check(
        "fn t(o: int, z: [int]) { match own o { 1 if { if cond() { return 7 }; cond() } => f(own z), _ => 2 } }",
        "match share o {
             1 if {
                 if cond() {
                     release z
                     return 7
                 };
                 cond()
             } => f(move z)
             _ release z => 2
         }",
    );
}

#[test]
fn a_guard_that_changes_the_scrutinee_reads_it_as_it_was() {
    check(
        "fn t(o: [int]?) { match own o { .1(x: [int]) if { set o = f(); cond() } => g(own x, own o), _ => h(own o) } }",
        "match share (share o) {
             .1(x) if {
                 update o displacing = f();
                 cond()
             } => g(move x, move o)
             _ => h(move o)
         }",
    );
}

#[test]
fn pointer_bindings_live_for_their_arm() {
    check(
        "fn t(o: *int?, n: [int]) { match own o { .1(p: *int) => f(own p), .0 => g(own n) } }",
        "(match share o {
             .1(p) release n => (f(share p) then release p)
             .0 => g(move n)
         } then release o)",
    );
}

#[test]
fn a_named_whole_and_its_parts() {
    check(
        "fn t(o: ([int], [int])) { match own o { w: ([int], [int]) @ (a: [int], _) => f(own w, own a) } }",
        "match move o {
             w @ (a, _) => f(move w, move a)
         }",
    );
}

#[test]
fn destructuring_moves_and_releases_what_is_unused() {
    check(
        "fn t(o: ([int], [int])) { let (a: [int], b: [int]) = own o; f(own b); }",
        "let (a, b) = move o
         release a
         f(move b);",
    );
}

#[test]
fn destructuring_shares_what_is_needed_later() {
    check(
        "fn t(o: ([int], [int])) { let (a: [int], _) = own o; f(own a, own o.1); }",
        "let (a, _) = share o
         release o.0
         f(move a, move o.1);",
    );
}

#[test]
fn let_else_releases_on_the_way_out() {
    check(
        "fn t(o: [int]?, z: [int]) { let .1(x: [int]) = own o else { return f() }; g(own x, own z) }",
        "let .1(x) = move o else {
             release z, o
             return f()
         }
         g(move x, move z)",
    );
}

#[test]
fn let_else_may_use_what_did_not_fit() {
    check(
        "fn t(o: [int]?) { let .1(x: [int]) = own o else { return f(own o) }; g(own x) }",
        "let .1(x) = share o else {
             return f(move o)
         }
         release o
         g(move x)",
    );
}

#[test]
fn let_else_of_an_unused_binding() {
    check(
        "fn t(o: [int]?, z: [int]) { let .1(x: [int]) = own o else { return f(own z) }; g() }",
        "let .1(x) = move o else {
             release o
             return f(move z)
         }
         release x, z
         g()",
    );
}

#[test]
fn a_guard_that_leaves_sees_what_is_still_there() {
    check(
        "fn t(o: [int]?) { match own o { .1(x: [int]) if return @len(look x) => 1, _ => 2 } }",
        "match move o {
             .1(x) if return (@len(look x) then release o) release x => 1
             _ => 2
         }",
    );
    // One that does not look may end it at once.
    check(
        "fn t(o: [int]?) { match own o { .1(x: [int]) if return 1 => 1, _ => 2 } }",
        "match move o {
             .1(x) if {
                 release o
                 return 1
             } release x => 1
             _ => 2
         }",
    );
}
