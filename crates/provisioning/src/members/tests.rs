//! Which PATCH bodies get by without reading the whole group.

use super::*;

#[test]
fn only_what_is_plainly_about_single_members_spares_the_rest() {
    let named = |ids: &[&str]| Needed::Named(ids.iter().map(|id| (*id).to_owned()).collect());
    for (operations, expected) in [
        (json!([{"op": "Replace", "path": "displayName", "value": "Pilots"}]), Needed::None),
        (json!([{"op": "replace", "value": {"displayName": "Pilots"}}]), Needed::None),
        (json!([{"op": "Add", "path": "members", "value": [{"value": "a"}, {"Value": "b"}]}]), named(&["a", "b"])),
        (json!([{"op": "add", "path": "Members", "value": {"value": "a"}}]), named(&["a"])),
        (json!([{"op": "add", "path": "members", "value": "a"}]), named(&["a"])),
        (json!([{"op": "add", "value": {"members": [{"value": "a"}]}}]), named(&["a"])),
        (json!([{"op": "remove", "path": "members", "value": [{"value": "a"}]}]), named(&["a"])),
        (json!([{"op": "remove", "path": "members[value eq \"a\"]"}]), named(&["a"])),
        (json!([{"op": "remove", "path": "urn:ietf:params:scim:schemas:core:2.0:Group:members[value eq \"a\"]"}]), named(&["a"])),
        (
            json!([{"op": "add", "path": "members", "value": ["a"]}, {"op": "remove", "path": "members[value eq \"b\"]"}]),
            named(&["a", "b"]),
        ),
        (json!([{"op": "remove", "path": "members"}]), Needed::All),
        (json!([{"op": "remove", "path": "members", "value": []}]), Needed::All),
        (json!([{"op": "remove", "path": "members", "value": null}]), Needed::All),
        (json!([{"op": "remove", "path": "members[value ne \"a\"]"}]), Needed::All),
        (json!([{"op": "remove", "path": "members[display eq \"a\"]"}]), Needed::All),
        (json!([{"op": "remove", "path": "members.display"}]), Needed::All),
        (json!([{"op": "replace", "path": "members", "value": [{"value": "a"}]}]), Needed::All),
        (json!([{"op": "replace", "path": "members[value eq \"a\"].display", "value": "A"}]), Needed::All),
        (json!([{"op": "replace", "value": {"members": [{"value": "a"}]}}]), Needed::All),
        (json!([{"op": "replace", "value": {"urn:ietf:params:scim:schemas:core:2.0:Group": {"members": []}}}]), Needed::All),
        (json!([{"op": "replace", "Path": "displayName", "path": "members", "value": []}]), Needed::All),
        (json!([{"op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:Group", "value": {"members": []}}]), Needed::All),
        (json!([{"op": "add", "path": "members", "value": ["a"]}, {"op": "replace", "path": "members", "value": []}]), Needed::All),
    ] {
        let body = json!({"Operations": operations});
        let body = body.as_object().unwrap();
        let request = PatchRequest::parse(Kind::Group, body).unwrap();
        assert_eq!(Needed::by_patch(&request), expected, "{body:?}");
    }
}
