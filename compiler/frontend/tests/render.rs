//! Problems as text and as JSON.

use cowl_frontend::problem::Problem;
use cowl_frontend::render;
use cowl_frontend::source::{FileId, SourceMap, Span};

fn sources() -> (SourceMap, FileId, FileId) {
    let mut sources = SourceMap::default();
    let text = "fn main() {\n\tlet größe = (1 + 2\n    let y = 3\n}\n";
    let a = sources.add("a.cowl".into(), text.into(), false);
    let b = sources.add("b.cowl".into(), "let Z = 1\n".into(), false);
    (sources, a, b)
}

#[test]
fn text_shows_places_and_help() {
    let (sources, a, b) = sources();
    let problem = Problem::error("E0002", Span::new(a, 27, 28), "this `(` is never closed")
        .label("opened here")
        .note(Span::new(a, 42, 45), "a new statement")
        .note(Span::new(b, 4, 5), "and this")
        .help("write a `)`");
    let expected = "\
error[E0002]: this `(` is never closed
 --> a.cowl:2:14
  |
2 |     let größe = (1 + 2
  |                 ^ opened here
3 |     let y = 3
  |         --- a new statement
  |
 ::: b.cowl:1:5
  |
1 | let Z = 1
  |     - and this
  |
  = help: write a `)`

";
    assert_eq!(render::text(&sources, &problem, false), expected);
}

#[test]
fn places_at_the_end_and_outside_are_shown() {
    let (sources, a, _) = sources();
    for span in [
        Span::new(a, 52, 52),
        Span::new(a, 90, 99),
        Span::new(a, 19, 19),
    ] {
        let problem = Problem::warning("W0001", span, "here");
        assert!(render::text(&sources, &problem, false).starts_with("warning[W0001]: here\n"));
        render::json(&sources, &problem);
    }
}

#[test]
fn far_places_do_not_show_all_between() {
    let mut sources = SourceMap::default();
    let text = "x\n".repeat(100_000);
    let file = sources.add("a.cowl".into(), text.into(), false);
    let problem = Problem::error("E0001", Span::new(file, 0, 150_000), "tall")
        .note(Span::new(file, 199_998, 199_999), "far");
    let shown = render::text(&sources, &problem, false);
    assert!(shown.lines().count() < 15, "{shown}");
    assert!(shown.contains("a.cowl:100000:1"), "{shown}");
}

#[test]
fn json_has_all_parts() {
    let (sources, a, _) = sources();
    let problem = Problem::error("E0002", Span::new(a, 27, 28), "m")
        .label("l")
        .note(Span::new(a, 42, 45), "n")
        .help("h");
    let json = render::json(&sources, &problem);
    assert_eq!(
        json.to_string(),
        r#"{"code":"E0002","col":14,"end_col":15,"end_line":2,"file":"a.cowl","help":"h","label":"l","line":2,"message":"m","notes":[{"col":9,"end_col":12,"end_line":3,"file":"a.cowl","line":3,"message":"n"}],"severity":"error"}"#
    );
}
