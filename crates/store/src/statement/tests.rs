//! Each statement is prepared on the real schema and held against its declaration and the common subset of SQL.

use std::collections::BTreeSet;

use super::*;
use crate::migrate::in_memory;

fn all() -> impl Iterator<Item = &'static Statement> {
    let server = [checks::ALL, feed::ALL, logs::ALL, objects::ALL];
    let people = [
        expanded::ALL,
        favourites::ALL,
        grants::ALL,
        groups::ALL,
        held::ALL,
        populations::ALL,
        provisioned::ALL,
        provisioning_log::ALL,
        seats::ALL,
        sessions::ALL,
        users::ALL,
    ];
    server.into_iter().chain(people).flatten()
}

/// The numbers of the parameters in the order of their first occurrence.
fn parameters(sql: &str) -> Vec<usize> {
    let mut seen = Vec::new();
    for part in sql.split('$').skip(1) {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        let number = digits.parse().expect("a number after $");
        if !seen.contains(&number) {
            seen.push(number);
        }
    }
    seen
}

/// What keeps a text from running on another engine, as far as one can see it.
fn faults(sql: &str) -> Vec<String> {
    const FUNCTIONS: [&str; 3] = ["count", "coalesce", "max"];
    const FORBIDDEN: [&str; 17] = [
        "?",
        "->",
        "::",
        "`",
        "\"",
        "||",
        "PRAGMA",
        "ROWID",
        "AUTOINCREMENT",
        "OR IGNORE",
        "OR REPLACE",
        "REPLACE INTO",
        "COLLATE",
        "GLOB",
        "ILIKE",
        "CURRENT_TIMESTAMP",
        "IS NOT DISTINCT",
    ];
    let upper = sql.to_uppercase();
    let mut found: Vec<String> = FORBIDDEN.iter().filter(|word| upper.contains(*word)).map(|word| (*word).to_owned()).collect();
    for (at, _) in sql.match_indices('(') {
        let name: String = sql[..at].chars().rev().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let name: String = name.chars().rev().collect();
        if !name.is_empty() && !FUNCTIONS.contains(&name.as_str()) {
            found.push(format!("{name}("));
        }
    }
    found
}

#[test]
fn every_statement_is_what_it_declares() {
    let connection = in_memory();
    for statement in all() {
        let Statement { name, sql, cols, .. } = statement;
        let prepared = connection.prepare(sql).unwrap_or_else(|e| panic!("{name}: {e}"));
        let expected: Vec<usize> = (1..=statement.given().count() + 1).collect();
        assert_eq!(parameters(sql), expected, "{name}: parameters first occur in their order");
        assert_eq!(prepared.parameter_count(), expected.len(), "{name}: parameters");
        for at in expected {
            assert_eq!(prepared.parameter_name(at), Some(format!("${at}").as_str()), "{name}: the engine counts as we do");
        }
        let declared: Vec<&str> = cols.iter().map(|slot| slot.name).collect();
        let columns: Vec<&str> = prepared.column_names().collect();
        assert_eq!(columns, declared, "{name}: columns");
    }
}

#[test]
fn every_statement_is_of_one_account() {
    for statement in all() {
        let at = statement.account_at();
        let row = at == 1 && statement.sql.contains("VALUES ($1,") && statement.sql.contains(" (account_no, ");
        let place = statement.sql.contains(&format!("account_no = ${at} ")) || statement.sql.ends_with(&format!("account_no = ${at}"));
        assert!(row || place, "{}: restricted to the account, which is ${at}", statement.name);
    }
}

#[test]
fn every_statement_keeps_to_the_common_subset() {
    for statement in all() {
        assert_eq!(faults(statement.sql), Vec::<String>::new(), "{}", statement.name);
    }
}

#[test]
fn the_check_of_the_subset_finds_what_it_should() {
    for (sql, fault) in [
        ("SELECT datetime('now') FROM t", "datetime("),
        ("INSERT OR REPLACE INTO t (a) VALUES (?)", "?"),
        ("SELECT doc->>'a' FROM t", "->"),
        ("SELECT json_extract(doc, '$.a') FROM t", "json_extract("),
        ("SELECT a::text FROM t", "::"),
        ("SELECT rowid FROM t", "ROWID"),
    ] {
        assert!(faults(sql).iter().any(|f| f == fault), "{sql}: {:?}", faults(sql));
    }
    assert_eq!(parameters("a $2 b $1 c $2"), [2, 1]);
}

#[test]
fn names_are_unique_and_tables_hold_plain_values_only() {
    let names: BTreeSet<_> = all().map(|s| s.name).collect();
    assert_eq!(names.len(), all().count());
    let connection = in_memory();
    let mut tables = connection
        .prepare("SELECT l.name, i.name, i.type, l.strict FROM pragma_table_list l JOIN pragma_table_info(l.name) i WHERE l.schema = 'main' AND l.type = 'table'")
        .unwrap();
    let mut rows = tables.query([]).unwrap();
    let mut columns = 0;
    while let Some(row) = rows.next().unwrap() {
        let (table, column, kind, strict): (String, String, String, bool) =
            (row.get(0).unwrap(), row.get(1).unwrap(), row.get(2).unwrap(), row.get(3).unwrap());
        if table.starts_with("sqlite_") || table == "refinery_schema_history" {
            continue;
        }
        columns += 1;
        assert!(strict, "{table} is STRICT");
        assert!(["INTEGER", "TEXT", "BLOB"].contains(&kind.as_str()), "{table}.{column} is {kind}");
    }
    assert!(columns > 50, "the schema was read");
}

#[test]
fn look_ups_among_a_million_go_straight_to_what_they_look_for() {
    let connection = in_memory();
    for (statement, plan) in [
        (&users::NEXT_ISSUER, "(account_no=? AND issuer>?)"),
        (&provisioned::KEYS, "provisioned_id (id=? AND account_no=?)"),
        (&provisioned::NUMBER, "provisioned_id (id=? AND account_no=?)"),
        (&provisioned::KIND, "provisioned_id (id=? AND account_no=?)"),
        (&provisioned::BY_ID, "provisioned_id (id=? AND account_no=?)"),
        (&provisioned::NAMED, "provisioned_name (population_no=? AND name_folded=?)"),
        (&provisioned::BY_NAME, "provisioned_name (population_no=? AND name_folded=?)"),
        (&provisioned::BY_EXTERNAL_ID, "provisioned_external_id (population_no=? AND external_id_folded=?)"),
        (&provisioned::BY_DISPLAY_NAME, "provisioned_display_name (population_no=? AND display_name_folded=?)"),
        (&provisioned::BY_EMAIL, "provisioned_email (population_no=? AND email_folded=?)"),
        (&provisioned::PAGE, "provisioned_order (population_no=?)"),
        (&provisioned::EACH, "provisioned_order (population_no=?)"),
        (&groups::MEMBERS, "PRIMARY KEY (group_no=?)"),
        (&groups::MEMBER_PAGE, "PRIMARY KEY (group_no=?)"),
        (&groups::MEMBER_COUNT, "PRIMARY KEY (group_no=?)"),
        (&groups::MEMBER_COUNT_TO, "PRIMARY KEY (group_no=?)"),
        (&expanded::PAGE, "(account_no=? AND group_id=?)"),
        (&expanded::COUNT, "(account_no=? AND group_id=?)"),
        (&expanded::OF_GROUP, "(account_no=? AND group_id=?)"),
        (&groups::MEMBER, "PRIMARY KEY (group_no=? AND member_no=? AND account_no=?)"),
        (&groups::LEAVE_ALL, "membership_member (member_no=?)"),
        (&groups::GROUPS_OF, "membership_member (member_no=?)"),
        (&seats::HOLDER, "users_seat_id (account_no=? AND seat_id=?)"),
        (&seats::IDLE, "users_idle (account_no=? AND access_seat=? AND last_seen<?)"),
        (&populations::OF, "population_of (account_no=? AND idp=? AND kind=?)"),
    ] {
        let mut explained = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", statement.sql)).unwrap();
        let steps: Vec<String> = explained.raw_query().mapped(|row| row.get(3)).map(Result::unwrap).collect();
        // What a bounded part has found may be gone through.
        let steps: Vec<String> =
            steps.into_iter().filter(|step| !["CO-ROUTINE counted", "SCAN counted"].contains(&step.as_str())).collect();
        assert!(steps[0].contains(plan), "{}: {steps:?}", statement.name);
        assert!(!steps.iter().any(|step| step.starts_with("SCAN")), "{}: {steps:?}", statement.name);
    }
}
