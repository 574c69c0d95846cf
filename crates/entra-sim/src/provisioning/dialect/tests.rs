//! Owns the tables of both dialects, one row for each intent.

use super::*;

const URN: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn writer(dialect: Dialect) -> Writer {
    Writer::new(dialect, &Wire::default())
}

fn differences(rows: &[(&str, Value, Value)]) -> Vec<Difference> {
    rows.iter().map(|(path, held, wanted)| Difference { path: (*path).to_owned(), held: held.clone(), wanted: wanted.clone() }).collect()
}

fn both(rows: &[(&str, Value, Value)]) -> (Value, Value) {
    let operations = |dialect: Dialect| writer(dialect).change(&differences(rows))["Operations"].clone();
    (operations(Dialect::Usual), operations(Dialect::Compliant))
}

#[test]
fn the_flag_in_the_tenant_url_chooses_the_dialect() {
    let table = [
        ("https://a.example/scim/v2/", Dialect::Usual, Dialect::Usual),
        ("https://a.example/scim/v2?aadOptscim062020", Dialect::Usual, Dialect::Compliant),
        ("https://a.example/scim/v2/?x=1&aadOptscim062020", Dialect::Usual, Dialect::Compliant),
        ("https://a.example/scim/v2", Dialect::Compliant, Dialect::Compliant),
        ("https://a.example/scim/v2?AzureAdScimPatch2017", Dialect::Compliant, Dialect::Usual),
    ];
    for (url, default, expected) in table {
        let read = TenantUrl::read(url, default);
        assert_eq!((read.base.as_str(), read.dialect), ("https://a.example/scim/v2", expected), "{url}");
    }
}

#[test]
fn disabling_is_a_text_in_one_dialect_and_a_boolean_in_the_other() {
    for wanted in [json!("False"), json!(false)] {
        let (usual, compliant) = both(&[("active", json!(true), wanted)]);
        assert_eq!(usual, json!([{"op": "Replace", "path": "active", "value": "False"}]));
        assert_eq!(compliant, json!([{"op": "replace", "path": "active", "value": false}]));
    }
    let plain = Writer::new(Dialect::Usual, &Wire { booleans: Booleans::Json, ..Wire::default() });
    let body = plain.change(&differences(&[("active", json!(true), json!("False"))]));
    assert_eq!(body["Operations"][0]["value"], false);
}

#[test]
fn several_attributes_are_one_operation_only_with_the_flag() {
    let number = format!("{URN}:employeeNumber");
    let (usual, compliant) = both(&[
        ("displayName", json!("A"), json!("B")),
        ("name.givenName", json!("A"), json!("B")),
        (&number, Value::Null, json!("7")),
        ("emails[type eq \"work\"].value", Value::Null, json!("c@x")),
        ("addresses[type eq \"work\"].locality", json!("Pier"), json!("Quay")),
        ("roles[primary eq \"True\"].value", json!("User"), json!("Admin")),
    ]);
    assert_eq!(
        usual,
        json!([
            {"op": "Replace", "path": "displayName", "value": "B"},
            {"op": "Replace", "path": "name.givenName", "value": "B"},
            {"op": "Add", "path": number, "value": "7"},
            {"op": "Add", "path": "emails[type eq \"work\"].value", "value": "c@x"},
            {"op": "Replace", "path": "addresses[type eq \"work\"].locality", "value": "Quay"},
            {"op": "Replace", "path": "roles[primary eq \"True\"].value", "value": "Admin"},
        ])
    );
    assert_eq!(
        compliant,
        json!([
            {"op": "replace", "value": {"displayName": "B", "name.givenName": "B", (number): "7"}},
            {"op": "add", "path": "emails[type eq \"work\"].value", "value": "c@x"},
            {"op": "replace", "path": "addresses[type eq \"work\"].locality", "value": "Quay"},
            {"op": "replace", "path": "roles[primary eq \"True\"].value", "value": "Admin"},
        ])
    );
}

#[test]
fn roles_grow_by_texts_or_are_replaced_by_objects() {
    let growing = json!([{"value": "{\"id\":\"r1\",\"value\":\"Admin\",\"displayName\":\"Administrator\"}"}]);
    let (usual, compliant) = both(&[("roles", Value::Null, growing.clone())]);
    assert_eq!(usual, json!([{"op": "Add", "path": "roles", "value": growing}]));
    assert_eq!(compliant[0]["op"], "add");
    let whole = json!([{"primary": false, "type": "WindowsAzureActiveDirectoryRole", "display": "Administrator", "value": "Admin"}]);
    let (usual, compliant) = both(&[("roles", json!([]), whole.clone())]);
    assert_eq!(usual, json!([{"op": "Replace", "path": "roles", "value": whole}]));
    assert_eq!(compliant, json!([{"op": "replace", "path": "roles", "value": whole}]));
}

#[test]
fn a_manager_is_a_bare_id_a_list_or_an_object() {
    let path = format!("{URN}:manager");
    let operation = |writer: Writer| writer.set_manager(&path, "u-17")["Operations"][0].clone();
    assert_eq!(operation(writer(Dialect::Usual)), json!({"op": "Add", "path": path, "value": "u-17"}));
    assert_eq!(operation(writer(Dialect::Compliant)), json!({"op": "add", "path": path, "value": {"value": "u-17"}}));
    let older = Writer::new(Dialect::Usual, &Wire { manager: ManagerForm::List, ..Wire::default() });
    assert_eq!(operation(older), json!({"op": "Add", "path": "manager", "value": [{"$ref": "../Users/u-17", "value": "u-17"}]}));
}

#[test]
fn members_are_added_alike_and_removed_by_value_or_by_filter() {
    let ids = ["u1".to_owned(), "u2".to_owned()];
    let added = json!([{"$ref": null, "value": "u1"}, {"$ref": null, "value": "u2"}]);
    assert_eq!(writer(Dialect::Usual).add_members(&ids)["Operations"], json!([{"op": "Add", "path": "members", "value": added}]));
    assert_eq!(writer(Dialect::Compliant).add_members(&ids)["Operations"], json!([{"op": "add", "path": "members", "value": added}]));
    assert_eq!(
        writer(Dialect::Usual).remove_members(&ids)["Operations"],
        json!([{"op": "Remove", "path": "members", "value": [{"value": "u1"}, {"value": "u2"}]}])
    );
    assert_eq!(
        writer(Dialect::Compliant).remove_members(&ids)["Operations"],
        json!([{"op": "remove", "path": "members[value eq \"u1\"]"}, {"op": "remove", "path": "members[value eq \"u2\"]"}])
    );
}
