//! When structs and enums have `Eq`, `Ord`, `Hash` and `Show`.
use super::traits::Unmet;
use crate::defs::Defs;
use crate::source::Span;
use crate::types::Types;

pub(super) fn reason(_defs: &Defs, _types: &Types, _unmet: &Unmet) -> Option<(Span, String)> {
    None
}
