//! The words of the test's pages: one table for each language.

use crate::text::Language;

mod english;
mod german;

words! {
    title, ready_lead, ready_who, ready_button, waiting_lead, waiting_button, late_lead, kept, nothing, keep_open, look_again, came_back,
    going, go_on,
    passed_title, passed_lead, failed_title, failed_lead, mark_fine, mark_note, mark_warning, mark_fault,
    identity_title, identity_lead, sent_title, said_title, said_error, said_code, said_correlation, said_trace, said_at, said_text, again,
    compare_title, compare_lead, callback, client_id, directory, copy, copied,
    paste_title, paste_text, paste_registered, paste_button,
    explained_title, explained_nothing, received_as_sent, registered, we_send, differs, differs_missing, differs_too_much, differs_instead_of,
    listed_title, listed_lead,
    refused_title, refused_used, refused_expired, refused_not_yours, refused_superseded, refused_too_many, refused_advice,
}

pub(crate) const fn words(lang: Language) -> &'static Words {
    match lang {
        Language::English => &english::WORDS,
        Language::German => &german::WORDS,
    }
}
