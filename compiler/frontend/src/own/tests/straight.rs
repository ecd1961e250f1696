//! Straight lines: operands, paths, updates, scoped locals, closures.

use super::check;

#[test]
fn the_last_use_moves_and_earlier_ones_share() {
    check("fn t(x: [int]) { f(own x, own x); }", "f(share x, move x);");
}

#[test]
fn unused_parameters_end_at_entry_in_reverse_order() {
    check(
        "fn t(a: [int], n: int, b: [int], c: string) { f(own b); }",
        "release c, a
         f(move b);",
    );
}

#[test]
fn a_binding_that_is_never_used_ends_at_once() {
    check(
        "fn t() { let x: [int] = f(); let y: [int] = f(); g(own y); }",
        "let x: List<int> = f()
         release x
         let y: List<int> = f()
         g(move y);",
    );
}

#[test]
fn numbers_are_copied_and_never_released() {
    check(
        "fn t(n: int, m: int) { let k: int = own n; f(own k); }",
        "let k: int = share n
         f(share k);",
    );
}

#[test]
fn a_look_ends_after_its_operation() {
    check(
        "fn t(x: [int]) { f(@len(look x), 1); }",
        "f((@len(look x) then release x), 1);",
    );
}

#[test]
fn a_look_lasts_until_its_operation_ends() {
    // The second operand may not move what the first one looks at.
    check(
        "fn t(x: [int]) { @eq(look x, f(own x)); }",
        "(@eq(look x, f(share x)) then release x);",
    );
}

#[test]
fn looks_that_end_together_are_one_release() {
    check(
        "fn t(x: ([int], [int]), y: [int]) { f(own y); @eq(look x.0, look x.1); }",
        "f(move y);
         (@eq(look x.0, look x.1) then release x);",
    );
}

#[test]
fn several_holders_that_end_at_one_point_end_in_reverse_order() {
    check(
        "fn t(x: [int], y: [int]) { @eq(look x, look y); }",
        "(@eq(look x, look y) then release y, x);",
    );
}

#[test]
fn push_of_the_own_length_is_in_place() {
    // `xs.push(xs.len())`: the argument's look ends the local.
    check(
        "fn t(xs: [int]) { let t: [int] = own xs; upd t @push(@len(look xs)); own t }",
        "let t: List<int> = share xs
         update t @push((@len(look xs) then release xs));
         move t",
    );
}

#[test]
fn a_chain_moves_from_step_to_step() {
    check(
        "fn t(xs: [int]) { let a: [int] = own xs; upd a @push(1); let b: [int] = own a; upd b @reverse(); own b }",
        "let a: List<int> = move xs
         update a @push(1);
         let b: List<int> = move a
         update b @reverse();
         move b",
    );
}

#[test]
fn fields_are_held_one_by_one() {
    check(
        "fn t(s: ([int], [int], [int])) { f(own s.0, own s.1); }",
        "release s.2
         f(move s.0, move s.1);",
    );
}

#[test]
fn a_whole_value_moves_only_as_a_whole() {
    // `s.0` is needed later: the whole is shared, and what nobody needs ends then.
    check(
        "fn t(s: ([int], [int])) { f(own s); g(own s.0); }",
        "f((share s then release s.1));
         g(move s.0);",
    );
}

#[test]
fn fields_of_fields() {
    check(
        "fn t(s: (([int], string, [int]), [int])) { f(own s.0.1); g(own s.0); }",
        "release s.1
         f(share s.0.1);
         g(move s.0);",
    );
}

#[test]
fn unmentioned_fields_end_as_declared() {
    check(
        "fn t(s: ([int], int, [int], string, [int])) { f(own s.2); }",
        "release s.0, s.3, s.4
         f(move s.2);",
    );
}

#[test]
fn a_number_in_a_struct_does_not_keep_it_from_ending_as_one() {
    check(
        "fn t(s: ([int], int)) { f(own s.1); @len(look s.0); }",
        "f(share s.1);
         (@len(look s.0) then release s);",
    );
}

#[test]
fn a_number_in_a_struct_that_is_still_needed_does() {
    check(
        "fn t(s: ([int], int)) { @len(look s.0); f(own s.1); }",
        "(@len(look s.0) then release s.0);
         f(share s.1);",
    );
}

#[test]
fn swapping_moves_both() {
    check(
        "fn t(a: [int], b: [int]) {
            let t: ([int], [int]) = (own b, own a);
            set a = own t.0;
            set b = own t.1;
            f(own a, own b);
         }",
        "let t: (List<int>, List<int>) = (move b, move a)
         update a = move t.0;
         update b = move t.1;
         f(move a, move b);",
    );
}

#[test]
fn an_assigned_value_displaces_nothing_that_ended_before() {
    check(
        "fn t(x: [int]) { f(own x); set x = g(); f(own x); }",
        "f(move x);
         update x = g();
         f(move x);",
    );
}

#[test]
fn a_value_that_is_overwritten_unused_ended_at_its_binding() {
    check(
        "fn t() { let x: [int] = f(); set x = g(); h(own x); }",
        "let x: List<int> = f()
         release x
         update x = g();
         h(move x);",
    );
}

#[test]
fn an_assignment_that_nobody_reads_ends_after_the_store() {
    check(
        "fn t(x: [int]) { f(own x); set x = g(); }",
        "f(move x);
         (update x = g() then release x);",
    );
}

#[test]
fn assigning_from_itself_moves() {
    check(
        "fn t(x: [int]) { set x = f(own x); own x }",
        "update x = f(move x);
         move x",
    );
}

#[test]
fn assigning_a_field_keeps_the_others() {
    check(
        "fn t(s: ([int], [int])) { set s.0 = f(own s.0); own s }",
        "update s.0 = f(move s.0);
         move s",
    );
}

#[test]
fn an_element_is_displaced() {
    check(
        "fn t(x: [[int]]) { set x[0] = f(); own x }",
        "update x[0] displacing = f();
         move x",
    );
}

#[test]
fn an_element_is_shared_and_its_list_ends_after() {
    check(
        "fn t(x: [[int]]) { f(own x[0]); }",
        "f((share x[0] then release x));",
    );
}

#[test]
fn an_element_through_a_field_keeps_only_the_field() {
    check(
        "fn t(x: ([[int]], [int])) { f(own x.0[0]); g(own x.0); }",
        "release x.1
         f(share x.0[0]);
         g(move x.0);",
    );
}

#[test]
fn indices_run_before_the_place_is_looked_at() {
    check(
        "fn t(x: [[int]], k: int) { own x[f(own x)] }",
        "(share x[f(share x)] then release x)",
    );
}

#[test]
fn an_index_that_updates_its_own_root_reads_the_old_value() {
    check(
        "fn t(x: [[int]]) { own x[{ upd x @reverse(); 0 }]; own x }",
        "share (share x)[{
             update x @reverse();
             0
         }];
         move x",
    );
}

#[test]
fn a_look_before_an_update_of_its_root_is_a_share() {
    check(
        "fn t(x: [int]) { @eq(look x, { upd x @push(1); 5 }); own x }",
        "@eq(share x, {
             update x @push(1);
             5
         });
         move x",
    );
}

#[test]
fn a_look_before_an_assignment_of_its_root_is_a_move() {
    check(
        "fn t(x: [int]) { @eq(look x, { set x = f(); 5 }); own x }",
        "@eq(move x, {
             update x = f();
             5
         });
         move x",
    );
}

#[test]
fn a_look_before_the_end_of_its_place_is_fixed() {
    check(
        "fn t(x: [int]) { @eq(look x, f(end x)); }",
        "@eq(share x, f(move x));",
    );
}

#[test]
fn a_look_through_a_pointer_before_a_call_is_a_share() {
    check(
        "fn t(p: *([int], int), n: int) { @eq(look p.*.0, f()); @eq(look p.*.0, own n); }",
        "@eq(share p.*.0, f());
         @eq(look p.*.0, share n);
         release p",
    );
}

#[test]
fn numbers_are_copied_where_they_are_mentioned() {
    check(
        "fn t(p: *([int], int)) { eq(look p.*.1, f()) }",
        "((share p.*.1 == f()) then release p)",
    );
    check(
        "fn t(x: [int]) { eq(look x[0], f(own x)) }",
        "(share x[0] == f(move x))",
    );
    check(
        "fn t(x: [int], n: int) { eq(look x[0], look n) }",
        "((share x[0] then release x) == share n)",
    );
}

#[test]
fn printing_through_a_pointer_holds_what_it_prints() {
    check(
        "fn t(p: *([int], int)) { @print(look p.*.0) }",
        "(@print(share p.*.0) then release p)",
    );
}

#[test]
fn an_index_that_calls_fixes_what_it_reaches_through_a_pointer() {
    // Where nothing acts between, a look stays one, whatever acted before.
    check(
        "fn t(p: *[[int]]) { f(); @len(look p.*[0]); @len(look p.*[g()]); }",
        "f();
         @len(look p.*[0]);
         @len(look (share p.*)[g()]);
         release p",
    );
    check(
        "fn t(p: *[[[int]]]) { @len(look p.*[g()][h()]); }",
        "@len(look (share (share p.*)[g()])[h()]);
         release p",
    );
}

#[test]
fn an_element_taken_out_may_end_what_a_look_reaches() {
    check(
        "fn t(p: *([int], int), x: [[int]]) { @eq(look p.*.0, own x[0]); }",
        "@eq(share p.*.0, (share x[0] then release x));
         release p",
    );
    check(
        "fn t(p: *([int], int), x: [[int]]) { @eq(look p.*.0, look x[0]); }",
        "(@eq(look p.*.0, look x[0]) then release x);
         release p",
    );
}

#[test]
fn a_change_through_a_pointer_fixes_what_it_looks_at() {
    check(
        "fn t(p: *[int], q: *[int]) { upd p.* @push(look q.*); }",
        "update p.* @push(share q.*);
         release q, p",
    );
}

#[test]
fn what_is_left_hanging_ends_at_its_operand() {
    check(
        "fn t(x: [int]) { @eq(look x, return 1); }",
        "(@eq(move x, return 1) then release x);",
    );
    check(
        "fn t(x: [[int]]) { @eq(look x[0], return 1); }",
        "(@eq((share x[0] then release x), return 1) then release x);",
    );
    check(
        "fn t(o: [int]?, z: [int]) { match own o { .1(x: [int]) if @eq(look z, return 1) => 1, _ => @len(look z) } }",
        "match move o {
             .1(x) if {
                 release o
                 @eq((share z then release z), return 1)
             } release x, z => 1
             _ => (@len(look z) then release z)
         }",
    );
}

#[test]
fn numbers_in_tuples_hold_nothing() {
    check("fn t(x: (int, int)) { f(); }", "f();");
}

#[test]
fn pointers_live_to_the_end_of_their_block() {
    check(
        "fn t(x: int) { let p: *int = f(); { let q: *int = g(own p); h(own x); }; f(own x); }",
        "let p: *int = f()
         {
             let q: *int = g(share p)
             h(share x);
             release q
         };
         f(share x);
         release p",
    );
}

#[test]
fn optional_pointers_too_but_not_what_contains_pointers() {
    check(
        "fn t(o: (*int)?, l: [*int], s: (*int, int)) { f(own l); f(own s.0); f(own o); }"
            .replace("(*int)?", "*int?")
            .as_str(),
        "f(move l);
         f(move s.0);
         f(share o);
         release o",
    );
}

#[test]
fn unsharing_ends_a_pointer_before_its_block() {
    check(
        "fn t(p: *int) { let q: *int = unshare(end p); f(own q); }",
        "let q: *int = unshare(move p)
         f(share q);
         release q",
    );
}

#[test]
fn an_assigned_pointer_displaces_the_old_one() {
    check(
        "fn t(p: *int, q: *int) { set p = own q; f(own p); set p = g(unshare(end p)); }",
        "update p displacing = share q;
         f(share p);
         update p = g(unshare(move p));
         release q, p",
    );
}

#[test]
fn borrowed_parameters_are_shared_and_never_end() {
    check(
        "fn t(borrowed x: [int], y: [int]) { f(own x); @len(look x); f(own x, own y); }",
        "f(share x);
         @len(look x);
         f(share x, move y);",
    );
}

#[test]
fn captures_of_a_closure_are_owning_uses() {
    check(
        "fn t(x: [int], y: [int]) { let c: {int} = closure(own x, own y); @len(look x); call look c(1); }",
        "let c: fn(int) = closure f(share x, move y)
         (@len(look x) then release x);
         ((look c)(1) then release c);",
    );
}

#[test]
fn a_closure_is_looked_at_until_its_call_ends() {
    check(
        "fn t(c: {A}, d: A) { call look c(own d); call look c(f(own c)); }",
        "(look c)(move d);
         ((look c)(f(share c)) then release c);",
    );
}

#[test]
fn asking_is_no_use() {
    check(
        "fn t(x: [int]) { unique x; f(own x); }",
        "is_unique(x);
         f(move x);",
    );
}

#[test]
fn a_type_parameter_may_hold() {
    check(
        "fn t(x: A, y: A) { let z: A = own x; f(own z); }",
        "release y
         let z: T0 = move x
         f(move z);"
            .replace(": A", ": T0")
            .as_str(),
    );
}

#[test]
fn what_a_value_gives_up_early_is_not_released_again() {
    check(
        "fn t(s: ([int], [int])) { f(own s.0); set s.0 = g(); f(own s); }",
        "f(move s.0);
         update s.0 = g();
         f(move s);",
    );
}

#[test]
fn unshared_copies_keep_other_sources() {
    check(
        "fn t(s: ([int], [int])) { let a: [int] = unshare(own s.0); let b: [int] = unshare(own s.0); f(own a, own b, own s.1); }",
        "let a: List<int> = unshare(share s.0)
         let b: List<int> = unshare(move s.0)
         f(move a, move b, move s.1);",
    );
}

#[test]
fn taking_over_oneself_makes_sole() {
    check(
        "fn t(x: [int]) { set x = unshare(end x); own x }",
        "update x = unshare(move x);
         move x",
    );
}
