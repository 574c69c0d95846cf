//! The table of error codes: what each means, what to do, and where doorward tells of it.

use crate::error::Remedy;

/// Where an administrator learns of a fault (`AADSTS` codes are met on three legs: Microsoft's own page, the redirect, the token endpoint).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Microsoft sends it back, by redirect or as the answer of the token endpoint: doorward's page names it.
    ComesBack,
    /// The check finds it before anybody signs in.
    Probed,
    /// It stays on Microsoft's page, of which doorward hears nothing: the page of a sign-in that did not come back lists it.
    Listed,
}

/// A fault that is understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownFault {
    /// Its `AADSTS` numbers.
    pub codes: &'static [u32],
    /// Where doorward tells of it.
    pub class: Class,
    /// True when Microsoft shows it on its own page and does not come back.
    pub on_page: bool,
    /// Code of the check's finding that tells of it, always for [`Class::Probed`], else where permissions let the check look.
    pub finding: Option<&'static str>,
    /// What happened, in plain words.
    pub cause: &'static str,
    /// What to do.
    pub fix: &'static str,
    /// By whom.
    pub remedy: Remedy,
}

impl KnownFault {
    const fn new(codes: &'static [u32], cause: &'static str, fix: &'static str, remedy: Remedy) -> Self {
        Self { codes, class: Class::ComesBack, on_page: false, finding: None, cause, fix, remedy }
    }
    const fn listed(self) -> Self {
        Self { class: Class::Listed, on_page: true, ..self }
    }
    const fn probed(self, finding: &'static str) -> Self {
        Self { class: Class::Probed, finding: Some(finding), ..self }
    }
    const fn on_page(self) -> Self {
        Self { on_page: true, ..self }
    }
    /// The check tells of it where it may look.
    const fn seen(self, finding: &'static str) -> Self {
        Self { finding: Some(finding), ..self }
    }
}

const fn admin(codes: &'static [u32], cause: &'static str, fix: &'static str) -> KnownFault {
    KnownFault::new(codes, cause, fix, Remedy::Administrator)
}
const fn person(codes: &'static [u32], cause: &'static str, fix: &'static str) -> KnownFault {
    KnownFault::new(codes, cause, fix, Remedy::Person)
}
const fn again(codes: &'static [u32], cause: &'static str, fix: &'static str) -> KnownFault {
    KnownFault::new(codes, cause, fix, Remedy::SignInAgain)
}

/// Cause and fix by code; no code is listed twice.
pub(super) const CODES: &[KnownFault] = &[
    // Client secret and client authentication.
    admin(
        &[7_000_215],
        "Microsoft Entra does not accept the client secret",
        "Copy the column Value of the client secret, not the Secret ID; if it was not saved, make a new client secret \
         (App registrations, Certificates & secrets) and enter it here.",
    )
    .probed("secret-refused"),
    admin(
        &[7_000_222],
        "the client secret has expired",
        "Make a new client secret (App registrations, Certificates & secrets) and enter its Value here.",
    )
    .probed("secret-expired"),
    admin(
        &[7_000_218],
        "the registration wants a client secret and got none",
        "Enter the client secret's Value here, and register the callback under the platform Web.",
    )
    .probed("secret-missing"),
    admin(
        &[700_025],
        "the registration is a public client, which must not send a secret",
        "Register the callback under the platform Web and switch \"Allow public client flows\" off.",
    )
    .probed("public-client"),
    admin(
        &[700_027],
        "the signature of the client assertion does not fit any certificate of the registration",
        "Upload the certificate that doorward uses: App registrations, Certificates & secrets, Certificates.",
    )
    .probed("certificate-refused"),
    admin(
        &[700_024],
        "the client assertion is not within its time: the clocks of doorward and Microsoft differ",
        "Let the server's clock be set by NTP.",
    )
    .probed("assertion-time"),
    // Who and where the application is.
    admin(
        &[700_016],
        "this directory has no application with the configured client ID",
        "Compare the client ID and the directory ID with the Overview page of the registration: one of them is wrong.",
    )
    .probed("client-unknown")
    .on_page(),
    admin(
        &[7_000_112, 70_001],
        "the application is disabled in the directory",
        "Enable it: Enterprise applications, Properties, \"Enabled for users to sign-in\".",
    )
    .probed("application-disabled")
    .on_page(),
    admin(
        &[90_002, 900_023],
        "there is no directory with the configured directory ID in this cloud",
        "Copy the directory ID (tenant ID) from the Overview page; in a national cloud set the login address as well.",
    )
    .probed("directory-unknown")
    .on_page(),
    admin(
        &[50_194],
        "the registration is for one directory only, and the sign-in went to the address for several",
        "Open the registration for several directories (Authentication, Supported account types), or take the further tenants \
         out of the provider's settings.",
    )
    .listed()
    .seen("audience-single-tenant"),
    admin(
        &[50_059, 90_019],
        "Microsoft Entra could not tell which directory was meant",
        "Set the directory ID (tenant ID) of the directory in which the application is registered.",
    )
    .listed(),
    admin(
        &[9_001_023, 90_010],
        "the request did not go to the directory's own endpoint",
        "Set the directory ID (tenant ID) of the directory in which the application is registered.",
    ),
    admin(
        &[700_005],
        "the code was made by another directory than the one it was redeemed at",
        "Check the directory ID (tenant ID) of the provider, then sign in again.",
    ),
    admin(
        &[50_011],
        "the redirect address (callback) of the request is not registered",
        "Register doorward's callback address exactly (scheme, host, port, path, case, no slash at the end) under the platform Web.",
    )
    .listed()
    .seen("redirect-uri-unregistered"),
    admin(&[900_971], "the registration has no redirect address at all", "Register doorward's callback address under the platform Web.")
        .listed()
        .seen("redirect-uri-unregistered"),
    admin(
        &[500_112],
        "the redirect address (callback) of the token request is not the one of the sign-in",
        "Start the sign-in again; if it stays, the team domain or its port was changed in between.",
    ),
    admin(
        &[9_002_325, 9_002_326, 9_002_327],
        "the callback is registered as a single-page application, which has other rules",
        "Move the callback to the platform Web in the registration (Authentication).",
    )
    .seen("redirect-uri-platform"),
    admin(
        &[700_054],
        "the registration does not allow ID tokens from the authorize endpoint",
        "doorward asks for a code only; something changed the request on its way.",
    ),
    admin(
        &[50_146, 501_461],
        "the registration maps claims but has no signing key of its own",
        "Set acceptMappedClaims in the manifest, or give the application a signing key of its own.",
    )
    .on_page(),
    // Consent and permissions.
    admin(
        &[65_001],
        "consent is missing for the permissions that doorward asks for",
        "An administrator grants consent once: App registrations, API permissions, \"Grant admin consent\".",
    )
    .seen("consent-missing"),
    admin(
        &[90_094, 90_095],
        "a permission needs the consent of an administrator",
        "An administrator grants consent once: App registrations, API permissions, \"Grant admin consent\".",
    )
    .listed()
    .seen("consent-missing"),
    person(&[65_004], "the consent was declined", "Sign in again and accept, or ask an administrator to grant consent for everybody."),
    admin(
        &[500_011],
        "the directory does not know the Microsoft Graph that doorward asked for",
        "Check the cloud addresses of the provider: login and Graph must be of the same cloud.",
    )
    .probed("graph-unknown"),
    admin(
        &[650_052, 650_056, 650_057, 65_005],
        "the registration lacks an API permission, or the API is not in the directory",
        "Add the Microsoft Graph permissions openid, profile, email, offline_access, User.Read and \
         GroupMember.Read.All, and grant admin consent.",
    )
    .listed()
    .seen("permission-missing"),
    admin(
        &[70_011, 28_002, 28_003, 700_022],
        "a scope of the request is not valid",
        "Check the cloud addresses of the provider: the Graph permissions belong to the configured cloud.",
    )
    .seen("graph-unknown"),
    // Who may sign in.
    admin(
        &[50_105],
        "the application requires assignment and this person is not assigned to it, directly or by direct membership \
         in an assigned group",
        "Assign the person or one of their groups (Enterprise applications, Users and groups), or switch \"Assignment \
         required\" off.",
    )
    .listed()
    .seen("assignment-required"),
    person(
        &[50_020, 16_000, 16_003, 50_014, 51_004, 50_034, 90_072],
        "the account is not in this directory; often another account was still signed in",
        "Choose an account of the right directory, or ask to be invited as a guest.",
    )
    .listed(),
    admin(
        &[500_208, 500_212, 500_213, 500_021, 500_022],
        "a policy of a directory forbids this kind of account or access across directories",
        "The owner of the cross-tenant or tenant-restriction policy has to allow it.",
    )
    .listed(),
    person(&[50_126], "wrong user name or password", "Try again, or reset the password.").listed(),
    person(
        &[50_053],
        "the account is locked after too many attempts, or the address is blocked",
        "Wait some minutes; an administrator can unblock the account.",
    )
    .listed(),
    person(&[50_055, 50_144], "the password has expired", "Change the password at Microsoft, then sign in again.").listed(),
    admin(&[50_057], "the account is disabled", "If that is a mistake, an administrator enables the account in Entra.")
        .listed()
        .seen("person-disabled"),
    // Conditions.
    person(&[50_058], "nobody is signed in at Microsoft, or the browser does not send its cookies", "Sign in interactively."),
    person(&[50_072, 50_074, 50_076, 50_078, 50_079, 50_158], "multi-factor authentication is needed", "Sign in again and complete it."),
    person(
        &[53_000, 53_001, 53_002, 50_005, 50_097, 50_131],
        "the device or the application used does not meet the directory's conditions",
        "Use a managed, compliant device and an approved browser.",
    )
    .listed(),
    admin(
        &[53_003, 530_032, 530_034, 530_035, 53_011],
        "a Conditional Access policy, security defaults or a risk finding blocked the sign-in",
        "The sign-in log in the Entra admin center names the Conditional Access policy.",
    )
    .listed(),
    person(
        &[53_004, 53_010],
        "multi-factor authentication cannot be registered from here",
        "Register it from a place or device that the organisation trusts.",
    )
    .listed(),
    // The code.
    admin(
        &[501_481, 50_148],
        "the PKCE verifier does not fit the challenge of the sign-in",
        "Start the sign-in again from the application; if it stays, something changes the authorize request on its way.",
    ),
    admin(
        &[50_147, 501_491, 50_149],
        "the PKCE challenge was refused",
        "Something changed the authorize request on its way; start the sign-in again from the application.",
    ),
    again(
        &[54_005],
        "the code was already used, for example by a double click or a reload",
        "Start the sign-in again from the application.",
    ),
    again(&[70_008], "the code has expired; it is good for about ten minutes", "Start the sign-in again from the application."),
    again(
        &[70_000, 9_002_313, 900_144, 90_014],
        "the code or the request arrived damaged",
        "Start the sign-in again; if it stays, look for a proxy or an extension that changes requests.",
    ),
    again(&[700_082, 700_084], "the sign-in has not been used for too long", "Sign in again."),
    again(&[70_043], "the directory's sign-in frequency asks for a fresh sign-in", "Sign in again."),
    again(&[50_173, 50_132, 50_133, 50_089], "the sign-in was revoked, or the password was changed", "Sign in again."),
    again(&[50_196], "Microsoft Entra stopped a loop of sign-ins", "Wait a few minutes, then start once from the application.").on_page(),
    admin(
        &[900_561, 90_056],
        "the token endpoint was called in the wrong way",
        "Check the login address of the provider: it must be the origin of the cloud's login service.",
    ),
    again(&[90_033, 90_055, 90_024, 50_033], "Microsoft Entra is busy or has trouble of its own", "Try again in a few minutes.").on_page(),
];

/// Fall-backs by the OAuth `error` value (RFC 6749 sections 4.1.2.1 and 5.2, OpenID Connect Core 3.1.2.6).
pub(super) const BY_ERROR: &[(&str, KnownFault)] = &[
    (
        "access_denied",
        person(
            &[],
            "the sign-in was cancelled or not allowed at Microsoft",
            "Sign in again; if it was not cancelled, an administrator looks into the sign-in log in Entra.",
        ),
    ),
    (
        "invalid_client",
        admin(
            &[],
            "Microsoft Entra does not accept the client ID together with the client secret",
            "Check the client ID and enter the Value of a client secret that has not expired.",
        ),
    ),
    ("invalid_grant", again(&[], "the code is not good any more", "Start the sign-in again from the application.")),
    (
        "unauthorized_client",
        admin(&[], "the application may not sign people in this way", "Check the client ID and the platform Web of the registration."),
    ),
    ("login_required", person(&[], "nobody is signed in at Microsoft", "Sign in interactively.")),
    ("interaction_required", person(&[], "Microsoft needs to ask the person something", "Sign in interactively.")),
    (
        "consent_required",
        admin(
            &[],
            "consent is missing for the permissions that doorward asks for",
            "An administrator grants consent once: App registrations, API permissions, \"Grant admin consent\".",
        ),
    ),
    ("temporarily_unavailable", again(&[], "Microsoft Entra is busy", "Try again in a few minutes.")),
    ("server_error", again(&[], "Microsoft Entra had an error of its own", "Try again in a few minutes.")),
];
