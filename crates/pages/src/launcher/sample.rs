//! Mara's App Launcher.

use model::{
    AppId,
    app::{FooterLink, LandingPage, LauncherLook},
    identity::GroupsUnknown,
};

use super::{Access, Launcher, SessionEnd, Tile};
use crate::Detail;

impl Launcher {
    /// Mara's applications: one of them a favourite, one a link, one of which nobody knows, one that asks.
    pub fn sample() -> Self {
        let tile = |number: u8, name: &str, access: Access| Tile {
            id: id(number),
            name: format!("Harbour {name}"),
            url: format!("https://{}.harbourworks.example/", name.to_lowercase()),
            logo: None,
            tags: vec![if number < 3 { "Pilots & more".into() } else { "Office".into() }],
            access,
            is_link: number == 3,
            is_favourite: number == 2,
        };
        let unknown = Access::Unknown(Detail::GroupsUnknown(GroupsUnknown::GraphFailed));
        Self {
            name: "Mara Quay".into(),
            email: "mara@harbourworks.example".into(),
            apps: vec![
                tile(1, "Charts", Access::Open),
                tile(4, "Payroll", Access::Asks),
                tile(5, "Records", unknown),
                tile(3, "Tides", Access::Open),
                tile(2, "Wiki", Access::Open),
            ],
            recent: vec![id(1), id(2)],
            tag: None,
            search: None,
            launcher: sample_look(),
            ends: SessionEnd {
                at_millis: 1_790_000_000_000,
                left_secs: 5 * 3600 + 1200,
                extend_url: Some("/cdn-cgi/access/launcher?extend=1".into()),
            },
            form_state: "sealed".into(),
            sign_out_url: "/cdn-cgi/access/logout".into(),
        }
    }
}

fn id(number: u8) -> AppId {
    format!("00000000-0000-4000-8000-0000000000{number:02}").parse().unwrap_or_else(|_| AppId::random())
}

pub(crate) fn sample_look() -> LauncherLook {
    let text = |s: &str| Some(s.to_owned());
    LauncherLook {
        app_launcher_logo_url: text("https://static.harbourworks.example/quay.svg"),
        bg_color: text("#0b3d4f"),
        header_bg_color: text("navy"),
        footer_links: vec![FooterLink { name: "Harbour office".into(), url: "https://office.harbourworks.example/".into() }],
        landing_page_design: Some(LandingPage {
            title: text("Welcome to the quay"),
            message: text("Sign in with your Harbour Works account."),
            image_url: None,
            button_color: text("#c5ed1b"),
            button_text_color: text("black"),
        }),
        skip_app_launcher_login_page: false,
    }
}
