//! Every HTML page that people meet: a typed context, a template, and a sample of each.
//!
//! Pages need no script (those of a login method's test and of a request that waits have one, to spare reloading, and the App Launcher to find while one types) and hold no inline style, load nothing from elsewhere but the organisation's logo, and are complete
//! without their stylesheet. Whatever comes from outside goes through one escaper (`harmless.rs`); addresses of links are checked
//! besides. All words stand in [`text`], in tables for each language.
//!
//! Whoever serves a page also answers [`STYLE_PATH`] on the same host, and sends [`headers`] with it.
#![warn(missing_docs)]

mod blocked;
mod choice;
mod colour;
mod console_door;
mod context_not_granted;
mod deactivated;
mod forbidden;
mod harmless;
mod landing;
mod launcher;
mod link;
mod look;
mod no_seat;
mod not_signed_in;
mod notice;
mod outage;
mod own;
mod sign_in_failed;
mod sign_in_help;
mod sign_out;
mod signed_out;
mod temporary;
mod test_run;
pub mod text;
mod unmatched;

pub use blocked::{Blocked, Detail, Refusal};
pub use choice::{Choice, LoginMethod};
pub use colour::Colour;
pub use console_door::{ConsoleDoor, DoorFault};
pub use context_not_granted::ContextNotGranted;
pub use deactivated::Deactivated;
pub use forbidden::Forbidden;
pub use landing::Landing;
pub use launcher::{
    Access, FAVOURITE_PATH, LAUNCHER_SCRIPT, LAUNCHER_SCRIPT_PATH, Launcher, SessionEnd, Tile, launcher_content_security_policy,
};
pub use look::{Framing, LAUNCHER_STYLE_PATH, Look, STYLE, STYLE_PATH, content_security_policy, framed_content_security_policy, headers};
pub use no_seat::NoSeat;
pub use not_signed_in::NotSignedIn;
pub use outage::{NoUpstream, OriginDown, OriginFault, Outage, ProviderDown, TooOften, Unavailable};
pub use own::{REFERENCE_HEADER, Told, own_headers, own_page};
pub use sign_in_failed::{SignInFailed, SignInFault};
pub use sign_in_help::SignInHelp;
pub use sign_out::SignOut;
pub use signed_out::SignedOut;
pub use temporary::{
    ApprovalDone, Approve, Ask, Demand, Done, FOLLOW_SCRIPT, FOLLOW_SCRIPT_PATH, GoOn, RequestEnd, RequestEnded, RequestWaiting,
};
pub use test_run::{
    Difference, Explained, ListedFault, Marked, Pasted, TEST_SCRIPT, TEST_SCRIPT_PATH, TestFailed, TestFinding, TestGoing, TestHelp,
    TestMark, TestPassed, TestProgress, TestRefusal, TestRefused, TestSaid, TestWaiting, test_content_security_policy,
};
pub use text::{Language, kind_in_words};
pub use unmatched::{NoPage, NotFound};
