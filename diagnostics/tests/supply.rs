//! What comes into the build from outside, held against the lists of `deny.toml`: licences, two
//! versions of one crate, sources. `cargo deny check` says the same and more, where it is there.
//!
//! Reads `cargo metadata` and `deny.toml`; runs no program of ours.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("diagnostics stands in the root")
}

/// Every package of the lock file, for any platform.
fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--format-version=1"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    metadata["packages"].as_array().expect("a list").clone()
}

fn text<'v>(package: &'v Value, field: &str) -> &'v str {
    package[field].as_str().unwrap_or_default()
}

/// The quoted texts of `name = [ … ]` that stand behind `key` (or alone, where there is none).
fn list(name: &str, key: &str) -> BTreeSet<String> {
    let deny = std::fs::read_to_string(root().join("deny.toml")).expect("deny.toml is there");
    let begin = format!("\n{name} = [\n");
    let at = deny.find(&begin).unwrap_or_else(|| panic!("no {name}")) + begin.len();
    let end = deny[at..].find("\n]").expect("the list ends") + at;
    let quoted = |line: &str| {
        let from = line.find(key)? + key.len();
        let rest = line[from..].split_once('"')?.1;
        Some(rest.split_once('"')?.0.to_string())
    };
    deny[at..end].lines().filter_map(quoted).collect()
}

/// Is one of the ways to read a licence expression allowed? `/` is the old word for `OR`; brackets
/// stand around one choice.
fn is_allowed(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let flat = expression.replace('/', " OR ");
    if let Some((before, rest)) = flat.split_once('(')
        && let Some((inner, after)) = rest.split_once(')')
    {
        // A choice of its own: any of it, then the rest.
        return inner.split(" OR ").any(|one| {
            let whole = format!("{before}{}{after}", one.trim());
            is_allowed(&whole, allowed)
        });
    }
    flat.split(" OR ")
        .any(|way| way.split(" AND ").all(|one| allowed.contains(one.trim())))
}

#[test]
fn every_licence_is_allowed() {
    let allowed = list("allow", "");
    assert!(allowed.len() > 3, "{allowed:?}");
    let refused: Vec<String> = packages()
        .iter()
        .filter(|p| !is_allowed(text(p, "license"), &allowed))
        .map(|p| {
            format!(
                "{} {}: {}",
                text(p, "name"),
                text(p, "version"),
                p["license"]
            )
        })
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

#[test]
fn one_version_of_each_crate() {
    let skipped = list("skip", "crate =");
    assert!(!skipped.is_empty());
    let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for p in packages() {
        let version = text(&p, "version").to_string();
        versions
            .entry(text(&p, "name").to_string())
            .or_default()
            .push(version);
    }
    let is_skipped = |name: &str, version: &str| {
        let mut of_name = skipped.iter().filter_map(|s| s.split_once('@'));
        of_name.any(|(n, v)| n == name && version.starts_with(&format!("{v}.")))
    };
    let mut unused: BTreeSet<&str> = skipped.iter().map(String::as_str).collect();
    for (name, all) in &versions {
        let left = all.iter().filter(|v| !is_skipped(name, v)).count();
        assert_eq!(left, 1, "{name}: {all:?}");
        if all.len() > 1 {
            unused.retain(|s| s.split_once('@').is_none_or(|(n, _)| n != name));
        }
    }
    assert!(unused.is_empty(), "skipped without need: {unused:?}");
}

/// From cargo's own registry or from this checkout: nothing from elsewhere.
#[test]
fn sources_are_the_registry_and_this_checkout() {
    for p in packages() {
        let ours =
            p["source"].is_null() && Path::new(text(&p, "manifest_path")).starts_with(root());
        let source = text(&p, "source");
        let registry = source.starts_with("registry+") && source.contains("rust-lang/");
        assert!(ours || registry, "{}: {source}", text(&p, "name"));
    }
}

#[test]
fn the_expressions_of_licences() {
    let allowed: BTreeSet<String> = ["MIT", "Zlib", "Unicode-3.0"].map(String::from).into();
    for yes in [
        "MIT",
        "GPL-3.0 OR MIT",
        "Apache-2.0/MIT",
        "(GPL-3.0 OR MIT) AND Zlib",
    ] {
        assert!(is_allowed(yes, &allowed), "{yes}");
    }
    for no in [
        "",
        "GPL-3.0",
        "MIT AND GPL-3.0",
        "(GPL-3.0 OR MIT) AND GPL-2.0",
    ] {
        assert!(!is_allowed(no, &allowed), "{no}");
    }
}
