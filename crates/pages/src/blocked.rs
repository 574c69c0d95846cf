//! The page of a person who signed in and may not pass (*identity denied*).

use model::{Reference, identity::GroupsUnknown};

use crate::{
    Look,
    link::Link,
    notice::Notice,
    text::{Language, Text, fill, kind_in_words},
};

/// A refusal after the sign-in. Names policy and kind of rule, never values (ruling 32).
#[derive(Debug, Clone)]
pub struct Blocked {
    /// The application's name.
    pub app: String,
    /// Who is signed in.
    pub email: String,
    /// How it came to the refusal.
    pub refusal: Refusal,
    /// Name of the policy that blocks or came nearest.
    pub policy: Option<String>,
    /// Wire name of the kind of rule it hung on (`azureAD`).
    pub rule_kind: Option<String>,
    /// What else is known about that rule.
    pub detail: Option<Detail>,
    /// The application's own words (`custom_deny_message`).
    pub custom_message: Option<String>,
    /// Finds the decision in the log.
    pub reference: Reference,
    /// Where to sign in as somebody else.
    pub other_account_url: String,
    /// Where to sign out.
    pub sign_out_url: String,
}

/// How it came to a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// No policy lets the person in.
    NoPolicyMatched,
    /// A policy keeps the person out.
    BlockPolicy,
}

/// A fact was missing; a wrong one has no detail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// The person's groups could not be read.
    GroupsUnknown(GroupsUnknown),
    /// Nobody vouches for the person's address.
    EmailUnverified,
    /// Another fact that the rule needs is not known here.
    FactUnknown,
}

impl Detail {
    /// The detail for a rule's reason, by its stable name; `None` when the fact was known and simply another.
    pub fn of_reason(reason: &str) -> Option<Self> {
        Some(match reason {
            "groups-not-requested" => Self::GroupsUnknown(GroupsUnknown::NotRequested),
            "groups-graph-refused" => Self::GroupsUnknown(GroupsUnknown::GraphRefused),
            "groups-graph-failed" => Self::GroupsUnknown(GroupsUnknown::GraphFailed),
            "groups-incomplete" => Self::GroupsUnknown(GroupsUnknown::Incomplete),
            "email-unverified" => Self::EmailUnverified,
            other if other.ends_with("-unknown") || other.ends_with("-unavailable") => Self::FactUnknown,
            _ => return None,
        })
    }
    pub(crate) const fn words(&self, text: &Text) -> &'static str {
        match self {
            Self::GroupsUnknown(GroupsUnknown::NotRequested) => text.groups_not_requested,
            Self::GroupsUnknown(GroupsUnknown::GraphRefused) => text.groups_graph_refused,
            Self::GroupsUnknown(GroupsUnknown::GraphFailed) => text.groups_graph_failed,
            Self::GroupsUnknown(GroupsUnknown::Incomplete) => text.groups_incomplete,
            Self::EmailUnverified => text.email_unverified,
            Self::FactUnknown => text.fact_unknown,
        }
    }
}

impl Blocked {
    /// The whole page.
    pub fn render(&self, look: &Look, lang: Language) -> String {
        let text = lang.text();
        let why = match self.refusal {
            Refusal::NoPolicyMatched => text.blocked_no_match,
            Refusal::BlockPolicy => text.blocked_by_policy,
        };
        let mut page = Notice::new(look, lang, fill(text.blocked_title, &[&self.app])).lead(fill(why, &[&self.email, &self.app]));
        if let Some(detail) = &self.detail {
            page = page.lead(detail.words(text));
        }
        page.message(self.custom_message.as_deref())
            .fact(text.label_app, Some(&self.app))
            .fact(text.label_person, Some(&self.email))
            .fact(text.label_policy, self.policy.as_deref())
            .fact(text.label_rule, self.rule_kind.as_deref().map(|kind| kind_in_words(kind, lang)))
            .reference(text, &self.reference)
            .advice(match self.detail {
                Some(Detail::GroupsUnknown(GroupsUnknown::GraphFailed | GroupsUnknown::Incomplete)) => text.blocked_advice_again,
                _ => text.blocked_advice,
            })
            .link(Link::main(&self.other_account_url, text.other_account))
            .link(Link::other(&self.sign_out_url, text.sign_out))
            .render_page()
    }
    /// Ilo at the pilots' charts.
    pub fn sample() -> Self {
        Self {
            app: "Harbour Charts".into(),
            email: "ilo@harbourworks.example".into(),
            refusal: Refusal::NoPolicyMatched,
            policy: Some("Pilots".into()),
            rule_kind: Some("azureAD".into()),
            detail: None,
            custom_message: Some("Charts are for pilots.\nAsk the harbour master.".into()),
            reference: Reference::from_bytes([0x5a; 16]),
            other_account_url: "/cdn-cgi/access/login/charts.harbourworks.example?other=1".into(),
            sign_out_url: "/cdn-cgi/access/logout".into(),
        }
    }
    /// Tessa, whose groups could not be read.
    pub fn sample_groups_unknown() -> Self {
        Self {
            email: "tessa@harbourworks.example".into(),
            refusal: Refusal::BlockPolicy,
            policy: Some("No dock crew".into()),
            detail: Some(Detail::GroupsUnknown(GroupsUnknown::GraphFailed)),
            custom_message: None,
            ..Self::sample()
        }
    }
}
