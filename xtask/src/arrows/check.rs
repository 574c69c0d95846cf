//! The plan against itself, and the workspace against the plan.

use crate::arrows::table::{Plan, Row, Shelf};
use crate::arrows::workspace::{Dependency, Origin, Package, Purpose};
use crate::fault::Fault;

/// Faults of the tables themselves: arrows that point upwards, sideways without saying so, in a circle, or nowhere.
pub fn plan(document: &str, plan: &Plan) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, row) in plan.rows.iter().enumerate() {
        let mut fault = |text: String| faults.push(Fault::new(document, row.line, text));
        let room = &row.room;
        if plan.rows[..index].iter().any(|other| other.room == *room) {
            fault(format!("`{room}` has a second row"));
        }
        for entry in &row.below {
            match shelf_of(plan, entry) {
                None => fault(format!("`{entry}` is neither a room nor a shelf")),
                Some(shelf) if shelf >= row.shelf => {
                    fault(format!("{room} -> {entry} does not point downwards: `{entry}` is on the shelf `{}`", shelf.name()));
                }
                Some(_) => {}
            }
        }
        for entry in &row.beside {
            match plan.row(entry) {
                None => fault(format!("`{entry}` is not a room; arrows to the same shelf are named one by one")),
                Some(other) if other.shelf != row.shelf => {
                    fault(format!("{room} -> {entry} is not on one shelf: it belongs under \"uses\""))
                }
                Some(_) if row.shelf == Shelf::Surface => fault(format!("{room} -> {entry}: surfaces never see each other")),
                Some(_) => {}
            }
        }
        for entry in row.tests.iter().filter(|entry| shelf_of(plan, entry).is_none()) {
            fault(format!("`{entry}` is neither a room nor a shelf"));
        }
        if let Some(circle) = circle(plan, row) {
            fault(format!("arrows in a circle: {}", circle.join(" -> ")));
        }
    }
    for rule in &plan.outside {
        for entry in rule.rooms.iter().chain(&rule.tests).filter(|entry| *entry != "any" && shelf_of(plan, entry).is_none()) {
            faults.push(Fault::new(document, rule.line, format!("`{entry}` is neither a room nor a shelf")));
        }
    }
    faults
}

/// The shelf that an entry stands on: its own when it names a whole shelf.
fn shelf_of(plan: &Plan, entry: &str) -> Option<Shelf> {
    Shelf::parse(entry).or_else(|| plan.row(entry).map(|row| row.shelf))
}

/// A way along sideways arrows that comes back to this row. Downward arrows cannot form one.
fn circle<'a>(plan: &'a Plan, start: &'a Row) -> Option<Vec<&'a str>> {
    let mut ways: Vec<Vec<&str>> = vec![vec![&start.room]];
    let mut seen: Vec<&str> = Vec::new();
    while let Some(way) = ways.pop() {
        let Some(row) = way.last().and_then(|room| plan.row(room)) else { continue };
        for next in &row.beside {
            let longer = [way.as_slice(), &[next.as_str()]].concat();
            if *next == start.room {
                return Some(longer);
            }
            if !seen.contains(&next.as_str()) {
                seen.push(next);
                ways.push(longer);
            }
        }
    }
    None
}

/// Faults of the workspace: arrows and outside crates that the plan does not grant.
pub fn workspace(document: &str, plan: &Plan, packages: &[Package]) -> Vec<Fault> {
    packages.iter().flat_map(|package| room(document, plan, package)).collect()
}

fn room(document: &str, plan: &Plan, package: &Package) -> Vec<Fault> {
    let name = &package.name;
    let Some(row) = plan.row(name) else {
        return vec![Fault::new(&package.manifest, 0, format!("`{name}` has no row in the arrows table of {document}"))];
    };
    let mut faults = Vec::new();
    let mut fault = |text: String| faults.push(Fault::new(&package.manifest, 0, text));
    if package.shelf.as_deref() != Some(row.shelf.name()) {
        let stated = package.shelf.as_deref().unwrap_or("none");
        fault(format!("states the shelf `{stated}`, {document}:{} says `{}`", row.line, row.shelf.name()));
    }
    for dependency in &package.dependencies {
        let problem = match dependency.origin {
            Origin::House => house(document, plan, row, dependency),
            Origin::Outside => outside(document, plan, row, dependency),
        };
        if let Some(problem) = problem {
            fault(problem);
        }
    }
    faults
}

fn house(document: &str, plan: &Plan, row: &Row, dependency: &Dependency) -> Option<String> {
    let (room, other) = (&row.room, &dependency.name);
    let granted = plan.covers(&row.below, other) || row.beside.contains(other);
    if granted || (dependency.purpose == Purpose::Tests && plan.covers(&row.tests, other)) {
        return None;
    }
    let tests = if dependency.purpose == Purpose::Tests { " (in tests)" } else { "" };
    let direction = match plan.row(other) {
        Some(target) if target.shelf > row.shelf => ", and it would point upwards",
        Some(target) if target.shelf == row.shelf => ", and it would point sideways",
        _ => "",
    };
    Some(format!("the arrow {room} -> {other}{tests} is not in {document}:{}{direction}", row.line))
}

fn outside(document: &str, plan: &Plan, row: &Row, dependency: &Dependency) -> Option<String> {
    let rule = plan.outside.iter().find(|rule| rule.name == dependency.name)?;
    let in_tests = dependency.purpose == Purpose::Tests;
    let granted = plan.covers(&rule.rooms, &row.room)
        || (in_tests && (plan.covers(&rule.tests, &row.room) || rule.tests.iter().any(|entry| entry == "any")));
    let tests = if in_tests { " in its tests" } else { "" };
    (!granted).then(|| format!("`{}` may not use `{}`{tests}: {document}:{} says who may", row.room, dependency.name, rule.line))
}
