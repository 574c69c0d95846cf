//! What is announced has the RFC's form and is true.

use super::*;
use crate::schema;

const BASE: &str = "https://team.harbourworks.example/populations/1/scim/v2/";

#[test]
fn the_configuration_announces_what_there_is() {
    let config = service_provider_config(BASE);
    for (pointer, expected) in [
        ("/schemas/0", json!("urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig")),
        ("/patch/supported", json!(true)),
        ("/bulk/supported", json!(false)),
        ("/filter", json!({"supported": true, "maxResults": 1000})),
        ("/changePassword/supported", json!(false)),
        ("/sort/supported", json!(true)),
        ("/etag/supported", json!(true)),
        ("/authenticationSchemes/0/type", json!("oauthbearertoken")),
        ("/meta/location", json!("https://team.harbourworks.example/populations/1/scim/v2/ServiceProviderConfig")),
    ] {
        assert_eq!(config.pointer(pointer), Some(&expected), "{pointer}");
    }
}

#[test]
fn resource_types_are_listed_and_found_one_by_one() {
    let all = resource_types(BASE);
    assert_eq!(all["totalResults"], 2);
    for (id, endpoint, urn) in [("User", "/Users", schema::USER_URN), ("Group", "/Groups", schema::GROUP_URN)] {
        let one = resource_type(BASE, id).unwrap();
        assert_eq!((one["endpoint"].as_str(), one["schema"].as_str()), (Some(endpoint), Some(urn)));
        assert!(all["Resources"].as_array().unwrap().contains(&one));
    }
    assert_eq!(resource_type(BASE, "Device"), None);
}

#[test]
fn schemas_are_listed_and_found_one_by_one() {
    let all = schemas(BASE);
    assert_eq!(all["totalResults"], 3);
    for urn in [schema::USER_URN, schema::GROUP_URN, schema::ENTERPRISE_URN] {
        let one = schema(BASE, &urn.to_uppercase()).unwrap();
        assert_eq!(one["id"], urn);
        assert!(all["Resources"].as_array().unwrap().contains(&one));
    }
    assert_eq!(schema(BASE, "urn:nothing"), None);
}

#[test]
fn every_attribute_has_the_characteristics_of_rfc_7643_section_7() {
    fn check(attribute: &Value) {
        let text = |name: &str| attribute[name].as_str().unwrap_or_else(|| panic!("{attribute} lacks {name}"));
        assert!(["string", "boolean", "dateTime", "reference", "binary", "complex"].contains(&text("type")));
        assert!(["readOnly", "readWrite", "immutable"].contains(&text("mutability")));
        assert!(["none", "server"].contains(&text("uniqueness")));
        assert_eq!(text("returned"), "default");
        for flag in ["multiValued", "required", "caseExact"] {
            assert!(attribute[flag].is_boolean(), "{attribute}");
        }
        assert_eq!(text("type") == "complex", attribute.get("subAttributes").is_some(), "{attribute}");
        assert_eq!(text("type") == "reference", attribute.get("referenceTypes").is_some(), "{attribute}");
        for sub in attribute["subAttributes"].as_array().into_iter().flatten() {
            check(sub);
        }
    }
    let all = schemas(BASE);
    for attribute in all["Resources"].as_array().unwrap().iter().flat_map(|s| s["attributes"].as_array().unwrap()) {
        check(attribute);
    }
    let text = all.to_string();
    assert!(!text.contains("null") && !text.contains("password"));
}

#[test]
fn user_name_and_group_name_are_unique_and_caseless() {
    for (urn, name) in [(schema::USER_URN, "userName"), (schema::GROUP_URN, "displayName")] {
        let schema = schema(BASE, urn).unwrap();
        let found = schema["attributes"].as_array().unwrap().iter().find(|a| a["name"] == name).unwrap();
        assert_eq!((&found["required"], &found["uniqueness"], &found["caseExact"]), (&json!(true), &json!("server"), &json!(false)));
    }
}
