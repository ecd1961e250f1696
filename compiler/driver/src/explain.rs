//! `cowl explain`: the pages of `spec/errors`, embedded.

use crate::fault;
use cowl_contract::outcome::status;

/// By code, sorted.
static PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// One page, or the list of all.
pub fn explain(code: Option<&str>) -> i32 {
    let Some(code) = code else {
        let list: String = PAGES
            .iter()
            .map(|(code, page)| format!("{code}  {}\n", title(code, page)))
            .collect();
        fault::print(&list);
        return status::OK;
    };
    let wanted = code.to_uppercase();
    match PAGES.iter().find(|(code, _)| *code == wanted) {
        Some((_, page)) => {
            fault::print(page);
            status::OK
        }
        None => fault::error(format!(
            "there is no page for `{code}`; `cowl explain` lists all"
        )),
    }
}

/// The first line without `# E0203:`.
fn title<'a>(code: &str, page: &'a str) -> &'a str {
    let line = page.lines().next().unwrap_or_default();
    line.trim_start_matches(['#', ' '])
        .trim_start_matches(code)
        .trim_start_matches([':', ' '])
}
