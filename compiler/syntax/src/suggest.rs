//! "Did you mean": the known name nearest to one that is not known.

use crate::problem::Problems;

/// Candidates looked at for one question, and problems after which no more are asked: a program
/// with 100,000 unknown names and as many known ones must not take a minute to say so.
const MAX_CANDIDATES: usize = 4_000;
const MAX_PROBLEMS: usize = 100;
const MAX_LENGTH: usize = 64;

/// The candidate nearest to `name`, if one is near enough to be meant.
pub fn closest<'a>(
    problems: &Problems,
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    if problems.iter().take(MAX_PROBLEMS).count() == MAX_PROBLEMS {
        return None;
    }
    nearest(name, candidates)
}

/// ``did you mean `area`?``, as a problem's help.
pub fn did_you_mean<'a>(
    problems: &Problems,
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    closest(problems, name, candidates).map(|c| format!("did you mean `{c}`?"))
}

fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = name.chars().collect();
    if wanted.len() > MAX_LENGTH {
        return None;
    }
    // One letter is near to every other one: only its case can be wrong.
    let most = match wanted.len() {
        0 | 1 => 0,
        n => (n / 3).max(1),
    };
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates.into_iter().take(MAX_CANDIDATES) {
        if candidate == name {
            continue;
        }
        let limit = best.map_or(most, |(d, _)| d);
        let Some(found) = distance(&wanted, candidate, limit) else {
            continue;
        };
        // Of equally near ones the alphabetically first, so that the order of a table of names
        // does not show.
        if best.is_none_or(|(d, b)| (found, candidate) < (d, b)) {
            best = Some((found, candidate));
        }
    }
    best.map(|(_, c)| c)
}

/// How many insertions, removals, replacements and swaps of neighbours lead from one to the other,
/// if not more than `limit`. Differences of case alone count as one.
fn distance(a: &[char], b: &str, limit: usize) -> Option<usize> {
    let b: Vec<char> = b.chars().take(MAX_LENGTH + 1).collect();
    if b.len() > MAX_LENGTH {
        return None;
    }
    // Somebody stopped too early.
    if a.len() >= 4 && b.starts_with(a) {
        return Some(limit);
    }
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let lower = |cs: &[char]| -> String { cs.iter().flat_map(|c| c.to_lowercase()).collect() };
    if lower(a) == lower(&b) {
        return Some(1.min(limit));
    }
    let mut before: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    for (i, &ca) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &cb) in b.iter().enumerate() {
            let mut d = (previous[j] + usize::from(ca != cb))
                .min(previous[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && ca == b[j - 1] && a[i - 1] == cb {
                d = d.min(before[j - 1] + 1);
            }
            row.push(d);
        }
        if row.iter().min().is_some_and(|&m| m > limit) {
            return None;
        }
        before = std::mem::replace(&mut previous, row);
    }
    previous.last().copied().filter(|&d| d <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        assert_eq!(nearest("lenght", ["length", "size"]), Some("length"));
        assert_eq!(nearest("pussh", ["push", "pop"]), Some("push"));
        assert_eq!(nearest("String", ["string", "strung"]), Some("string"));
        assert_eq!(nearest("discard", ["discardable"]), Some("discardable"));
        assert_eq!(nearest("x", ["abc", "y"]), None);
        assert_eq!(nearest("area", ["perimeter"]), None);
        assert_eq!(nearest("ab", ["ac", "ad", "aa"]), Some("aa"));
    }
}
