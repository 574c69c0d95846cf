//! The kinds of odd input that are brought into the RFC's form, and the counter of them.

use std::collections::BTreeMap;

/// How often each kind of odd input was normalised in one body.
pub type Normalised = BTreeMap<Quirk, u32>;

/// One kind of input that differs from RFC 7643/7644 (or from our spelling of it) and was accepted all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quirk {
    /// `op` spelt with capitals (`Add`, `Replace`, `Remove`).
    OperationCase,
    /// A core attribute spelt in other capitals than the schema's.
    AttributeCase,
    /// A boolean given as a string, such as `"False"`.
    BooleanString,
    /// A number or boolean where the schema wants a text (`"employeeNumber": 17`); kept as that text.
    ScalarAsText,
    /// A `null` member or list element, dropped.
    NullDropped,
    /// A key with a dot (`name.givenName`) in a PATCH value without path.
    DottedKey,
    /// A key that is a URN and an attribute in a PATCH value without path.
    UrnKey,
    /// A value filter that matched nothing, so that the element was created from it.
    ElementCreated,
    /// `remove` with a list of values instead of a filter.
    RemoveByValue,
    /// A list element that is a bare value instead of an object, such as a member's id.
    BareElement,
    /// One value where the schema wants a list.
    SingleAsList,
    /// A list of one `{"value": …}` where the schema wants a single value.
    ListAsSingle,
    /// `manager` given as a bare string; it is kept so, because Entra compares it with what it sent.
    BareManager,
    /// An attribute of the enterprise extension addressed without its URN.
    ImpliedExtension,
    /// A read-only attribute (`id`, `meta`, `schemas`, `groups`), ignored.
    ReadOnlyIgnored,
    /// A `password`, dropped: none is ever kept.
    PasswordDropped,
}

impl Quirk {
    /// A stable snake-case name for logs and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OperationCase => "operation_case",
            Self::AttributeCase => "attribute_case",
            Self::BooleanString => "boolean_string",
            Self::ScalarAsText => "scalar_as_text",
            Self::NullDropped => "null_dropped",
            Self::DottedKey => "dotted_key",
            Self::UrnKey => "urn_key",
            Self::ElementCreated => "element_created",
            Self::RemoveByValue => "remove_by_value",
            Self::BareElement => "bare_element",
            Self::SingleAsList => "single_as_list",
            Self::ListAsSingle => "list_as_single",
            Self::BareManager => "bare_manager",
            Self::ImpliedExtension => "implied_extension",
            Self::ReadOnlyIgnored => "read_only_ignored",
            Self::PasswordDropped => "password_dropped",
        }
    }
}

/// Counts one more of `quirk`.
pub(crate) fn count(counts: &mut Normalised, quirk: Quirk) {
    let entry = counts.entry(quirk).or_insert(0);
    *entry = entry.saturating_add(1);
}
