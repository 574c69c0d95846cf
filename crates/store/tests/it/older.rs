//! Databases of earlier releases, made by the migrations there were then.

use std::path::Path;

use refinery::Target;
use rusqlite::Connection;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// Replaces the database of a closed store by one of an earlier schema. Of the tables that are in both, rows are carried over, by the columns
/// they have in common.
pub fn rewritten(folder: &Path, version: u32) -> Connection {
    let file = folder.join("data/doorward.sqlite3");
    let newer = folder.join("newer.sqlite3");
    std::fs::rename(&file, &newer).unwrap();
    let mut database = Connection::open(&file).unwrap();
    database.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    embedded::migrations::runner().set_grouped(true).set_target(Target::Version(version.try_into().unwrap())).run(&mut database).unwrap();
    database.execute("ATTACH ?1 AS newer", [newer.to_str().unwrap()]).unwrap();
    for table in tables(&database) {
        let (old, new) = (columns(&database, "main", &table), columns(&database, "newer", &table));
        let both: Vec<&str> = old.iter().filter(|column| new.contains(column)).map(String::as_str).collect();
        if both.len() == old.len() {
            let columns = both.join(", ");
            database.execute(&format!("INSERT INTO main.{table} ({columns}) SELECT {columns} FROM newer.{table}"), []).unwrap();
        }
    }
    database.execute_batch("DETACH newer").unwrap();
    database
}

fn tables(database: &Connection) -> Vec<String> {
    let mut listed = database
        .prepare("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%' AND name <> 'refinery_schema_history'")
        .unwrap();
    listed.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn columns(database: &Connection, schema: &str, table: &str) -> Vec<String> {
    let mut listed = database.prepare("SELECT name FROM pragma_table_info(?1, ?2)").unwrap();
    listed.query_map([table, schema], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}
