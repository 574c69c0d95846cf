//! Owns the tables of mapping expressions.

use serde_json::json;

use super::*;

fn mara() -> Source {
    Source::of([
        ("IsSoftDeleted", Value::Bool(false)),
        ("givenName", "Mara".into()),
        ("surname", "Lindqvist".into()),
        ("mail", "".into()),
        ("userPrincipalName", "mara@harbourworks.example".into()),
        ("city", "Århus Ø".into()),
        ("employeeId", "0042".into()),
        ("extension_0123_costCentre", "C7".into()),
        ("appRoleAssignments", json!([{"id": "r1", "value": "Admin", "displayName": "Administrator"}])),
    ])
}

#[test]
fn expressions_give_the_documented_values() {
    let table = [
        ("[givenName]", Some("Mara")),
        ("[GIVENNAME]", Some("Mara")),
        ("[extension_0123_costCentre]", Some("C7")),
        ("[mail]", None),
        ("[unknown]", None),
        ("\"fixed\"", Some("fixed")),
        ("\"a \\\"b\\\" c\"", Some("a \"b\" c")),
        ("Join(\" \", [givenName], [surname])", Some("Mara Lindqvist")),
        ("Join(\".\", [mail], [surname])", Some("Lindqvist")),
        ("Switch([IsSoftDeleted], , \"False\", \"True\", \"True\", \"False\")", Some("True")),
        ("Switch([city], \"other\", \"Oslo\", \"north\")", Some("other")),
        ("Coalesce([mail], [givenName])", Some("Mara")),
        ("ToLower([surname])", Some("lindqvist")),
        ("ToUpper([surname], \"en-US\")", Some("LINDQVIST")),
        ("Append([givenName], \"-x\")", Some("Mara-x")),
        ("Not([IsSoftDeleted])", Some("True")),
        ("IIF([employeeId]=\"0042\", \"us\", \"them\")", Some("us")),
        ("IIF(IsNullOrEmpty([mail]), [userPrincipalName], [mail])", Some("mara@harbourworks.example")),
        ("IIF([employeeId] < 7, \"low\", \"high\")", Some("high")),
        ("Mid([surname], 1, 4)", Some("Lind")),
        ("Left([surname], 50)", Some("Lindqvist")),
        ("Replace([userPrincipalName], \"@harbourworks.example\", , , \"\", , )", Some("mara")),
        ("Item(Split([userPrincipalName], \"@\"), 2)", Some("harbourworks.example")),
        ("Word(\"one;two three\", 2, \"; \")", Some("two")),
        ("StripSpaces(\"a b c\")", Some("abc")),
        ("PCase(\"nIGHT pilots-west\")", Some("Night Pilots-West")),
        ("NormalizeDiacritics([city])", Some("Arhus O")),
        ("IgnoreFlowIfNullOrEmpty([mail])", None),
        ("IsPresent([givenName])", Some("True")),
        ("CBool([IsSoftDeleted])", Some("False")),
        ("CStr([IsSoftDeleted])", Some("False")),
        ("SingleAppRoleAssignment([appRoleAssignments])", Some("Admin")),
    ];
    for (written, expected) in table {
        let value = Expression::parse(written).unwrap().value(&mara());
        assert_eq!(value, expected.map(Value::from), "{written}");
    }
    let number = |written: &str| Expression::parse(written).unwrap().value(&mara());
    assert_eq!(number("InStr([userPrincipalName], \"@\")"), Some(5.into()));
    assert_eq!(number("Count(Split(\"a,b,a\", \",\"))"), Some(3.into()));
    assert_eq!(number("RemoveDuplicates(Split(\"a,b,a\", \",\"))"), Some(json!(["a", "b"])));
}

#[test]
fn roles_are_texts_that_grow_or_objects_that_replace() {
    let value = |written: &str| Expression::parse(written).unwrap().value(&mara()).unwrap();
    let growing = value("AppRoleAssignmentsComplex([appRoleAssignments])");
    assert_eq!(growing, json!([{"value": "{\"id\":\"r1\",\"value\":\"Admin\",\"displayName\":\"Administrator\"}"}]));
    assert!(is_growing(&growing));
    let whole = value("AssertiveAppRoleAssignmentsComplex([appRoleAssignments])");
    let clean = json!([{"primary": false, "type": "WindowsAzureActiveDirectoryRole", "display": "Administrator", "value": "Admin"}]);
    assert_eq!((&whole, is_growing(&whole)), (&clean, false));
    assert_eq!(Roles(&growing).for_create(), clean);
    assert!(Roles(&growing).values().contains("Admin"));
    let none = Source::of([("appRoleAssignments", json!([]))]);
    assert_eq!(Expression::parse("AppRoleAssignmentsComplex([appRoleAssignments])").unwrap().value(&none), None);
    assert_eq!(Expression::parse("AssertiveAppRoleAssignmentsComplex([appRoleAssignments])").unwrap().value(&none), Some(json!([])));
}

#[test]
fn broken_expressions_are_refused() {
    for written in ["", " ", "[open", "Join(\"a\"", "[a] [b]", "\"open", "IIF([a] == \"b\", , )", &"Not(".repeat(200)] {
        assert!(matches!(Expression::parse(written), Err(ExpressionError::Malformed(_))), "{written}");
    }
    assert_eq!(Expression::parse("Rot13([a])"), Err(ExpressionError::UnknownFunction("Rot13".into())));
    for (written, name, count) in [
        ("Not()", "Not", 1),
        ("Mid([a], 1)", "Mid", 2),
        ("Switch([a], , \"x\")", "Switch", 3),
        ("Replace([a], , \"p\", , \"b\")", "Replace", 5),
    ] {
        let refusal = Expression::parse(written);
        let known = if written == "Not()" { refusal.is_ok() } else { refusal == Err(ExpressionError::Arguments(name, count)) };
        assert!(known, "{written}");
    }
}

#[test]
fn the_trap_of_account_enabled_reads_no_assignment() {
    let source = |gone: bool| Source::of([("IsSoftDeleted", gone.into()), ("accountEnabled", true.into())]);
    let good = Expression::parse("Switch([IsSoftDeleted], , \"False\", \"True\", \"True\", \"False\")").unwrap();
    let trap = Expression::parse("[accountEnabled]").unwrap();
    assert_eq!((good.value(&source(true)), good.value(&source(false))), (Some("False".into()), Some("True".into())));
    assert_eq!((trap.value(&source(true)), trap.value(&source(false))), (Some(true.into()), Some(true.into())));
    assert!(good.reads("issoftdeleted") && !trap.reads("IsSoftDeleted"));
}
