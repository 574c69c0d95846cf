//! The two tables of ARCHITECTURE.md: arrows between our rooms, and who may use which part of the outside world.

use crate::fault::Fault;

/// A shelf of the house, lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shelf {
    Pure,
    Engine,
    Surface,
    Program,
    Test,
    /// Not part of the product: `xtask`.
    Tool,
}

impl Shelf {
    pub const ALL: [Shelf; 6] = [Shelf::Pure, Shelf::Engine, Shelf::Surface, Shelf::Program, Shelf::Test, Shelf::Tool];
    pub const NAMES: [&str; 6] = ["pure", "engine", "surface", "program", "test", "tool"];

    pub fn parse(name: &str) -> Option<Shelf> {
        Shelf::ALL.into_iter().zip(Shelf::NAMES).find(|(_, own)| *own == name).map(|(shelf, _)| shelf)
    }

    pub fn name(self) -> &'static str {
        Shelf::NAMES[self as usize]
    }
}

/// One room and what it may import. A cell may also name a whole shelf.
#[derive(Debug, Clone)]
pub struct Row {
    pub line: usize,
    pub shelf: Shelf,
    pub room: String,
    /// Rooms on lower shelves.
    pub below: Vec<String>,
    /// Rooms on the same shelf: each one an exception that the text defends.
    pub beside: Vec<String>,
    /// What its tests may use on top of that.
    pub tests: Vec<String>,
}

/// One crate of the outside world and the rooms (or shelves) that may use it.
#[derive(Debug, Clone)]
pub struct Outside {
    pub line: usize,
    pub name: String,
    pub rooms: Vec<String>,
    /// Rooms whose tests may use it as well; `any` for all.
    pub tests: Vec<String>,
}

#[derive(Debug, Clone, Default)]
pub struct Plan {
    pub rows: Vec<Row>,
    pub outside: Vec<Outside>,
}

impl Plan {
    pub fn row(&self, room: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.room == room)
    }

    /// Whether a list of rooms and shelves covers this room.
    pub fn covers(&self, list: &[String], room: &str) -> bool {
        list.iter()
            .any(|entry| entry == room || Shelf::parse(entry).is_some_and(|shelf| self.row(room).is_some_and(|row| row.shelf == shelf)))
    }
}

/// Reads both tables. What cannot be read is a fault, never a rule that silently does not hold.
pub fn parse(document: &str, text: &str) -> (Plan, Vec<Fault>) {
    let mut plan = Plan::default();
    let mut faults = Vec::new();
    for (line, cells) in rows(document, text, "arrows", &mut faults) {
        match arrow(line, &cells) {
            Ok(row) => plan.rows.push(row),
            Err(problem) => faults.push(Fault::new(document, line, problem)),
        }
    }
    for (line, cells) in rows(document, text, "outside", &mut faults) {
        let [names, rooms, tests] = cells.as_slice() else {
            faults.push(Fault::new(document, line, "a row here has three cells: crates, rooms, rooms whose tests may too"));
            continue;
        };
        for name in words(names) {
            plan.outside.push(Outside { line, name, rooms: words(rooms), tests: words(tests) });
        }
    }
    (plan, faults)
}

fn arrow(line: usize, cells: &[String]) -> Result<Row, String> {
    let [shelf, room, below, beside, tests] = cells else {
        return Err("a row here has five cells: shelf, room, uses, uses beside it, its tests may also use".to_owned());
    };
    let shelf = Shelf::parse(shelf).ok_or_else(|| format!("`{shelf}` is not a shelf: one of {}", Shelf::NAMES.join(", ")))?;
    let mut names = words(room);
    let room = names.pop().filter(|_| names.is_empty()).ok_or("the second cell names one room")?;
    Ok(Row { line, shelf, room, below: words(below), beside: words(beside), tests: words(tests) })
}

/// The body rows between `<!-- name:begin -->` and `<!-- name:end -->`, with their lines.
fn rows(document: &str, text: &str, name: &str, faults: &mut Vec<Fault>) -> Vec<(usize, Vec<String>)> {
    let (begin, end) = (format!("<!-- {name}:begin -->"), format!("<!-- {name}:end -->"));
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let start = lines.iter().position(|line| *line == begin);
    let stop = lines.iter().position(|line| *line == end);
    let (Some(start), Some(stop)) = (start, stop.filter(|stop| start.is_some_and(|start| *stop > start))) else {
        faults.push(Fault::new(document, 0, format!("the table between `{begin}` and `{end}` is missing")));
        return Vec::new();
    };
    let table = (start + 1..stop).filter(|index| lines[*index].starts_with('|'));
    // The first two rows are the heading and the rule under it.
    let body: Vec<_> = table.skip(2).map(|index| (index + 1, cells(lines[index]))).collect();
    if body.is_empty() {
        faults.push(Fault::new(document, start + 1, format!("the table `{name}` is empty")));
    }
    body
}

fn cells(line: &str) -> Vec<String> {
    line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
}

/// The names in a cell, without back-ticks, commas and dashes that stand for "nothing".
fn words(cell: &str) -> Vec<String> {
    let words = cell.split(|c: char| c == ',' || c.is_whitespace()).map(|word| word.trim_matches('`'));
    words.filter(|word| !matches!(*word, "" | "-" | "–" | "—")).map(str::to_owned).collect()
}
