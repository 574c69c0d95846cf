//! The core User schema (RFC 7643 section 4.1), without `password` and `groups`, which doorward neither keeps nor shows.

use super::{Attribute, Demand, Type};

const VALUE: Attribute = Attribute::text("value", "The value itself.");
const DISPLAY: Attribute = Attribute::text("display", "The value as a person reads it.");
const TYPE: Attribute = Attribute::text("type", "What the value is for.");
const PRIMARY: Attribute = Attribute::boolean("primary", "Whether this is the preferred one; true for at most one.");

static NAME: &[Attribute] = &[
    Attribute::text("formatted", "The whole name."),
    Attribute::text("familyName", "Family name."),
    Attribute::text("givenName", "Given name."),
    Attribute::text("middleName", "Middle name or names."),
    Attribute::text("honorificPrefix", "Title before the name."),
    Attribute::text("honorificSuffix", "Title after the name."),
];
static EMAIL: &[Attribute] = &[VALUE, DISPLAY, TYPE.suggesting(&["work", "home", "other"]), PRIMARY];
static PHONE: &[Attribute] = &[VALUE, DISPLAY, TYPE.suggesting(&["work", "home", "mobile", "fax", "pager", "other"]), PRIMARY];
static PLAIN: &[Attribute] = &[VALUE, DISPLAY, TYPE, PRIMARY];
static PHOTO: &[Attribute] =
    &[Attribute::reference("value", &["external"], "Address of the photo."), DISPLAY, TYPE.suggesting(&["photo", "thumbnail"]), PRIMARY];
static ADDRESS: &[Attribute] = &[
    Attribute::text("formatted", "The whole address."),
    Attribute::text("streetAddress", "Street and number."),
    Attribute::text("locality", "City."),
    Attribute::text("region", "State or region."),
    Attribute::text("postalCode", "Postal code."),
    Attribute::text("country", "Country."),
    TYPE.suggesting(&["work", "home", "other"]),
    PRIMARY,
];
static CERTIFICATE: &[Attribute] = &[Attribute::new("value", Type::Binary, "DER certificate in base64.").exact(), DISPLAY, TYPE, PRIMARY];

/// The attributes of a User.
pub static USER: &[Attribute] = &[
    Attribute::text("userName", "Unique name of the user, usually the user principal name.").demand(Demand::Unique),
    Attribute::complex("name", NAME, "The parts of the user's name."),
    Attribute::text("displayName", "Name to show."),
    Attribute::text("nickName", "Casual name."),
    Attribute::reference("profileUrl", &["external"], "Address of the user's profile."),
    Attribute::text("title", "Job title."),
    Attribute::text("userType", "Relation to the organisation."),
    Attribute::text("preferredLanguage", "Preferred language."),
    Attribute::text("locale", "Locale for dates and numbers."),
    Attribute::text("timezone", "Time zone."),
    Attribute::boolean("active", "Whether the user may sign in; true when it is not given."),
    Attribute::list("emails", EMAIL, "E-mail addresses."),
    Attribute::list("phoneNumbers", PHONE, "Phone numbers."),
    Attribute::list("ims", PLAIN, "Instant messaging addresses."),
    Attribute::list("photos", PHOTO, "Photos."),
    Attribute::list("addresses", ADDRESS, "Postal addresses."),
    Attribute::list("entitlements", PLAIN, "Entitlements, kept as they are sent."),
    Attribute::list("roles", PLAIN, "Roles, kept as they are sent."),
    Attribute::list("x509Certificates", CERTIFICATE, "Certificates, kept as they are sent."),
];
