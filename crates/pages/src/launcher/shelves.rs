//! In which order tiles stand: favourites, what was used lately, everything, and what nobody knows; or what was searched for.

use std::collections::BTreeSet;

use super::{Access, Launcher, Tile};
use crate::{
    link::followable,
    text::{Text, fill, launcher::Words},
};

/// How many of the recently used ones stand above the others.
const RECENT: usize = 6;
/// Colours of the signs of applications without a logo.
const HUES: u32 = 8;

/// Tiles under a heading.
pub(super) struct Shelf<'a> {
    pub id: &'static str,
    pub title: &'static str,
    pub lead: Vec<&'static str>,
    /// Its tiles stand elsewhere, too.
    pub is_extra: bool,
    pub tiles: Vec<Shown<'a>>,
}

impl<'a> Shelf<'a> {
    fn of(id: &'static str, title: &'static str, tiles: Vec<&'a Tile>, words: &'static Words) -> Self {
        Self { id, title, lead: Vec::new(), is_extra: false, tiles: tiles.into_iter().map(|tile| tile.shown(words)).collect() }
    }
}

/// A tile as the template writes it.
pub(super) struct Shown<'a> {
    pub id: String,
    pub name: &'a str,
    pub href: Option<&'a str>,
    pub logo: Option<&'a str>,
    pub initial: String,
    pub hue: u32,
    pub place: String,
    pub note: Option<&'static str>,
    pub searched: String,
    pub is_favourite: bool,
    pub star: String,
}

/// A link that narrows the list to a tag, or widens it again.
pub(super) struct Tag {
    pub href: String,
    pub words: String,
    pub here: bool,
}

impl Launcher {
    pub(super) fn shelves(&self, text: &'static Text, words: &'static Words) -> Vec<Shelf<'_>> {
        let fitting: Vec<&Tile> = self.apps.iter().filter(|tile| self.fits(tile)).collect();
        let is_known = |tile: &&&Tile| !matches!(tile.access, Access::Unknown(_));
        let known: Vec<&Tile> = fitting.iter().filter(is_known).copied().collect();
        let mut shelves = Vec::new();
        if self.tag.is_none() && self.search.is_none() {
            let favourites = known.iter().filter(|tile| tile.is_favourite).copied().collect();
            let recent = self.recent.iter().filter_map(|id| known.iter().find(|tile| tile.id == *id)).take(RECENT).copied().collect();
            shelves.push(Shelf { is_extra: true, ..Shelf::of("favourites", words.favourites, favourites, words) });
            shelves.push(Shelf { is_extra: true, ..Shelf::of("recent", words.recent, recent, words) });
            shelves.push(Shelf::of("every", words.every, known, words));
        } else {
            shelves.push(Shelf::of("every", words.found, known, words));
        }
        let unknown: Vec<&Tile> = fitting.iter().filter(|tile| !is_known(tile)).copied().collect();
        let reasons: BTreeSet<&'static str> = unknown
            .iter()
            .filter_map(|tile| match &tile.access {
                Access::Unknown(detail) => Some(detail.words(text)),
                Access::Open | Access::Asks => None,
            })
            .collect();
        shelves.push(Shelf { lead: reasons.into_iter().collect(), ..Shelf::of("unknown", words.unknown, unknown, words) });
        shelves.retain(|shelf| !shelf.tiles.is_empty());
        shelves
    }

    /// Links for every tag that an application of the list has; none when there is none.
    pub(super) fn tags(&self, all: &str) -> Vec<Tag> {
        let names: BTreeSet<&String> = self.apps.iter().flat_map(|tile| &tile.tags).collect();
        if names.is_empty() {
            return Vec::new();
        }
        let sought = self.search.as_deref().map(|q| format!("q={}", encoded(q)));
        let address = |tag: Option<&str>| {
            let query: Vec<String> = tag.map(|tag| format!("tag={}", encoded(tag))).into_iter().chain(sought.clone()).collect();
            if query.is_empty() { "/".to_owned() } else { format!("/?{}", query.join("&")) }
        };
        let link = |name: &&String| Tag { href: address(Some(name)), words: (*name).clone(), here: self.tag.as_ref() == Some(*name) };
        let all = Tag { href: address(None), words: all.to_owned(), here: self.tag.is_none() };
        std::iter::once(all).chain(names.iter().map(link)).collect()
    }

    /// Has the tag, and every word that was searched for.
    fn fits(&self, tile: &Tile) -> bool {
        let searched = tile.searched();
        let sought = self.search.as_deref().unwrap_or_default().to_lowercase();
        self.tag.as_ref().is_none_or(|tag| tile.tags.contains(tag)) && sought.split_whitespace().all(|word| searched.contains(word))
    }
}

impl Tile {
    fn shown(&self, words: &'static Words) -> Shown<'_> {
        Shown {
            id: self.id.to_string(),
            name: &self.name,
            href: followable(&self.url),
            logo: self.logo.as_deref().and_then(followable),
            initial: self.name.chars().find(|c| c.is_alphanumeric()).map(|c| c.to_uppercase().collect()).unwrap_or_else(|| "·".to_owned()),
            hue: self.name.chars().fold(7_u32, |sum, c| sum.wrapping_mul(31).wrapping_add(u32::from(c))) % HUES,
            place: if self.is_link { format!("{} · {}", self.host(), words.link) } else { self.host().to_owned() },
            note: (self.access == Access::Asks).then_some(words.asks),
            searched: self.searched(),
            is_favourite: self.is_favourite,
            star: fill(if self.is_favourite { words.drop } else { words.add }, &[&self.name]),
        }
    }
    /// What a search looks at, in lower case.
    fn searched(&self) -> String {
        format!("{} {} {}", self.name, self.host(), self.tags.join(" ")).to_lowercase()
    }
    fn host(&self) -> &str {
        let rest = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        rest.trim_end_matches('/')
    }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Language, text::launcher::words};

    /// The headings with the names beneath.
    fn shelves(launcher: &Launcher) -> Vec<(&'static str, Vec<String>)> {
        let (text, words) = (Language::English.text(), words(Language::English));
        let name = |tile: Shown<'_>| tile.name.trim_start_matches("Harbour ").to_owned();
        launcher.shelves(text, words).into_iter().map(|shelf| (shelf.id, shelf.tiles.into_iter().map(name).collect())).collect()
    }

    #[test]
    fn favourites_and_recent_ones_stand_above_and_the_unknown_ones_apart() {
        let all = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        let mut launcher = Launcher::sample();
        let unknown = ("unknown", all(&["Records"]));
        let every = ("every", all(&["Charts", "Payroll", "Tides", "Wiki"]));
        let favourites = ("favourites", all(&["Wiki"]));
        assert_eq!(shelves(&launcher), [favourites, ("recent", all(&["Charts", "Wiki"])), every, unknown.clone()]);
        launcher.search = Some("HARBOUR office".into());
        assert_eq!(shelves(&launcher), [("every", all(&["Payroll", "Tides"])), unknown]);
        launcher.tag = Some("Pilots & more".into());
        assert_eq!(shelves(&launcher), []);
        launcher.search = None;
        assert_eq!(shelves(&launcher), [("every", all(&["Charts", "Wiki"]))]);
    }
}
