//! The words of all pages: tables for each language, and how a language is chosen.

use crate::harmless::set_apart;

/// One language's words of some pages that belong together. Places for values are written `{0}`, `{1}`.
macro_rules! words {
    ($($name:ident),* $(,)?) => {
        pub(crate) struct Words {
            $(pub $name: &'static str,)*
        }

        #[cfg(test)]
        impl Words {
            pub(in crate::text) fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($name), self.$name)),*]
            }
        }
    };
}

pub(crate) mod console_door;
mod english;
mod german;
pub(crate) mod launcher;
pub(crate) mod temporary;
pub(crate) mod test_run;

/// A language that pages can be had in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    English,
    /// German.
    German,
}

impl Language {
    /// Both.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// The language a browser likes best among ours (RFC 9110, section 12.5.4); English when it names none of them.
    /// Reads the first twenty ranges.
    pub fn from_accept_language(header: &str) -> Self {
        let mut best = (0, Self::English);
        for range in header.split(',').take(20) {
            let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
            let primary = tag.trim().split('-').next().unwrap_or("");
            let language = match primary.to_ascii_lowercase().as_str() {
                "en" | "*" => Self::English,
                "de" => Self::German,
                _ => continue,
            };
            let weight = weight(parameters);
            if weight > best.0 {
                best = (weight, language);
            }
        }
        best.1
    }
    /// The tag for `<html lang>`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }
    pub(crate) const fn text(self) -> &'static Text {
        match self {
            Self::English => &english::TEXT,
            Self::German => &german::TEXT,
        }
    }
}

/// `q=` in thousandths; 1000 when absent, 0 when it is nonsense.
fn weight(parameters: &str) -> u16 {
    let Some(value) = parameters.trim().strip_prefix("q=") else { return 1000 };
    match value.trim().parse::<f32>() {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1000")]
        Ok(q) if (0.0..=1.0).contains(&q) => (q * 1000.0) as u16,
        _ => 0,
    }
}

/// The kinds of rule as on the wire, in the order of the tables.
pub const KINDS: [&str; 26] = model::rule::Rule::KINDS;

/// A kind of rule in words for people; a kind that is not known is "another rule".
pub fn kind_in_words(kind: &str, lang: Language) -> &'static str {
    let text = lang.text();
    KINDS.iter().position(|known| *known == kind).map_or(text.kind_other, |place| text.kinds[place])
}

/// Puts the values in the places `{0}`, `{1}` … of a pattern. Values are not searched for places again; one that is written from right to
/// left is set apart, so that it leaves the sentence around it as it is.
pub(crate) fn fill(pattern: &str, values: &[&str]) -> String {
    let values: Vec<_> = values.iter().map(|value| set_apart(value)).collect();
    let mut filled = String::with_capacity(pattern.len() + values.iter().map(|v| v.len()).sum::<usize>());
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((place, behind)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        filled.push_str(place.parse::<usize>().ok().and_then(|place| values.get(place)).map_or("", |value| &**value));
        rest = behind;
    }
    filled.push_str(rest);
    filled
}

macro_rules! text {
    ($($name:ident),* $(,)?) => {
        /// One language's words. Places for values are written `{0}`, `{1}`.
        pub(crate) struct Text {
            $(pub $name: &'static str,)*
            /// In the order of [`KINDS`].
            pub kinds: [&'static str; 26],
            /// What a provider's page shows, what it means, what a person can do.
            pub help_rows: [[&'static str; 3]; 7],
        }

        #[cfg(test)]
        impl Text {
            fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($name), self.$name)),*]
            }
        }
    };
}

text! {
    choice_title, choice_lead, choice_with, choice_none, choice_unfinished, choice_help, help_title, help_lead, help_advice,
    blocked_title, blocked_no_match, blocked_by_policy, blocked_advice, blocked_advice_again,
    groups_not_requested, groups_graph_refused, groups_graph_failed, groups_incomplete, email_unverified, fact_unknown,
    forbidden_title, forbidden_lead, forbidden_advice,
    deactivated_title, deactivated_lead, deactivated_advice,
    no_seat_title, no_seat_lead, no_seat_advice,
    context_title, context_lead, context_advice,
    sign_out_title, sign_out_lead, signed_out_title, signed_out_lead, signed_out_advice,
    not_signed_in_title, not_signed_in_lead, not_signed_in_advice, to_console,
    sign_in_failed_title, sign_in_failed_again, sign_in_failed_advice,
    fault_invalid_session, fault_cancelled, fault_not_assigned, fault_consent_required, fault_misconfigured,
    fault_provider_error, fault_bad_answer, fault_no_email, fault_just_revoked,
    provider_down_title, provider_down_lead,
    not_found_title, not_found_lead, not_found_advice, no_page_title, no_page_lead, no_page_advice, to_front_page,
    no_upstream_title, no_upstream_lead, no_upstream_advice,
    origin_down_title, origin_down_lead, origin_unreachable, origin_timed_out, origin_bad_answer, origin_busy,
    unavailable_title, unavailable_lead, unavailable_store, wait_advice,
    too_often_title, too_often_lead, too_often_advice,
    label_app, label_person, label_policy, label_rule, label_provider, label_code, label_cause, label_fix, label_context, label_reference,
    other_account, sign_out, sign_in, sign_in_again, try_again, kind_other,
}

#[cfg(test)]
mod tests;
