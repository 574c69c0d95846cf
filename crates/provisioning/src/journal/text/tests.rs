//! What is kept of bodies and resources.

use super::*;

#[test]
fn a_body_is_kept_as_it_arrived() {
    for body in [r#"{ "userName" : "ilo@harbourworks.example" }"#, "{not json", "[1,2]"] {
        assert_eq!(request(body.as_bytes()).as_deref(), Some(body));
    }
    assert_eq!(request(b""), None);
}

#[test]
fn passwords_are_never_kept_however_they_are_spelt() {
    for body in [
        r#"{"password":"knot-7"}"#,
        r#"{"PassWord":{"a":"knot-7"}}"#,
        r#"{"pass\u0077ord":"knot-7"}"#,
        r#"{"urn:ietf:params:scim:schemas:core:2.0:User:password":"knot-7"}"#,
        r#"{"x":[{"userPassword":["knot-7"]}]}"#,
        r#"{"Operations":[{"op":"replace","path":"password","value":"knot-7"}]}"#,
        r#"{"Operations":[{"op":"replace","Path":"urn:x:Password","Value":{"a":["knot-7"]}}]}"#,
        r#"{"Operations":[{"op":"remove","path":"password[value eq \"knot-7\"]"}]}"#,
        r#"{"Operations":[{"op":"add","value":{"password":"knot-7"}}]}"#,
        r#"{"password":"knot-7""#,
        r#"{"pass\u0077ord":"knot-7","#,
    ] {
        let kept = request(body.as_bytes()).unwrap();
        assert!(!kept.contains("knot-7"), "{body} is kept as {kept}");
        assert!(kept.contains("(not kept)"), "{kept}");
    }
    assert!(!request(b"{\"password\":\"knot-7\xff\"}").unwrap().contains("knot-7"));
}

#[test]
fn long_bodies_stay_json_and_say_how_much_is_missing() {
    let members: Vec<_> = (0..10_000).map(|n| json!({"value": format!("{n:036}")})).collect();
    let body = json!({"Operations": [{"op": "add", "path": "members", "value": members}]}).to_string();
    let kept: Value = serde_json::from_str(&request(body.as_bytes()).unwrap()).unwrap();
    let list = kept["Operations"][0]["value"].as_array().unwrap();
    assert_eq!((list.len(), &list[50]), (51, &json!("(and 9950 more)")));

    let body = json!({"title": "å".repeat(20_000)}).to_string();
    let kept = request(body.as_bytes()).unwrap();
    assert!(kept.len() <= MAX_TEXT);
    let kept: Value = serde_json::from_str(&kept).unwrap();
    assert_eq!((&kept["cut"], &kept["bytes"]), (&json!(true), &json!(body.len())));
    assert!(kept["begins"].as_str().unwrap().starts_with("{\"title\":\"ååå"));

    let broken = "x".repeat(MAX_TEXT + 1);
    assert_eq!(serde_json::from_str::<Value>(&request(broken.as_bytes()).unwrap()).unwrap()["bytes"], broken.len());
}
