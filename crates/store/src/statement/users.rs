//! Statements of people.

use super::statements;

statements! {
    /// Puts a person; what the last sign-in told stays.
    PUT(id: Text, issuer: OptText, subject: OptText, subject_folded: OptText, email_folded: Text, upn_folded: OptText, name_folded: Text,
        access_seat: Int, generation: Int, created_at: Int, seat_id: Text, doc: Text) -> () =
        "INSERT INTO users (account_no, id, issuer, subject, subject_folded, email_folded, upn_folded, name_folded, access_seat, generation, created_at, seat_id, doc) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
         ON CONFLICT (account_no, id) DO UPDATE SET issuer = excluded.issuer, subject = excluded.subject, subject_folded = excluded.subject_folded, \
         email_folded = excluded.email_folded, upn_folded = excluded.upn_folded, name_folded = excluded.name_folded, access_seat = excluded.access_seat, \
         generation = excluded.generation, created_at = excluded.created_at, seat_id = excluded.seat_id, doc = excluded.doc";
    /// One person.
    GET(id: Text) -> (doc: Text) = "SELECT doc FROM users WHERE account_no = $1 AND id = $2";
    /// By key.
    BY_KEY(issuer: Text, subject: Text) -> (doc: Text) = "SELECT doc FROM users WHERE account_no = $1 AND issuer = $2 AND subject = $3";
    /// By object id, in lower case.
    BY_SUBJECT(issuer: Text, subject_folded: Text) -> (doc: Text) =
        "SELECT doc FROM users WHERE account_no = $1 AND issuer = $2 AND subject_folded = $3 ORDER BY created_at, id";
    /// The issuer after this one.
    NEXT_ISSUER(after: Text) -> (issuer: Text) = "SELECT issuer FROM users WHERE account_no = $1 AND issuer > $2 ORDER BY issuer LIMIT 1";
    /// By address.
    BY_EMAIL(email_folded: Text) -> (doc: Text) = "SELECT doc FROM users WHERE account_no = $1 AND email_folded = $2 ORDER BY created_at, id";
    /// By user principal name.
    BY_UPN(issuer: Text, upn_folded: Text) -> (doc: Text) =
        "SELECT doc FROM users WHERE account_no = $1 AND issuer = $2 AND upn_folded = $3 ORDER BY created_at, id";
    /// Everybody.
    EVERYBODY() -> (doc: Text) = "SELECT doc FROM users WHERE account_no = $1 ORDER BY created_at, id";
    /// Some after an id, with what the last sign-in told.
    AFTER(id: Text, limit: Int) -> (doc: Text, identity: OptText, circumstances: OptText) =
        "SELECT u.doc, i.doc AS identity, u.circumstances FROM users u \
         LEFT JOIN identity i ON i.account_no = u.account_no AND i.hash = u.identity WHERE u.account_no = $1 AND u.id > $2 ORDER BY u.id LIMIT $3";
    /// A page of those with an address (and perhaps a name, and perhaps a part of either).
    PAGE_BY_EMAIL(email: Text, name: OptText, pattern: OptText, seat: OptInt, limit: Int, offset: Int) -> (doc: Text) =
        "SELECT doc FROM users WHERE account_no = $1 AND email_folded = $2 AND (name_folded = $3 OR $3 IS NULL) \
         AND (email_folded LIKE $4 ESCAPE '!' OR name_folded LIKE $4 ESCAPE '!' OR $4 IS NULL) \
         AND (access_seat = $5 OR $5 IS NULL) ORDER BY created_at, id LIMIT $6 OFFSET $7";
    /// How many those are.
    COUNT_BY_EMAIL(email: Text, name: OptText, pattern: OptText, seat: OptInt) -> (total: Int) =
        "SELECT count(*) AS total FROM users WHERE account_no = $1 AND email_folded = $2 AND (name_folded = $3 OR $3 IS NULL) \
         AND (email_folded LIKE $4 ESCAPE '!' OR name_folded LIKE $4 ESCAPE '!' OR $4 IS NULL) \
         AND (access_seat = $5 OR $5 IS NULL)";
    /// A page of everybody (perhaps with a name, and perhaps a part of name or address).
    PAGE(name: OptText, pattern: OptText, seat: OptInt, limit: Int, offset: Int) -> (doc: Text) =
        "SELECT doc FROM users WHERE account_no = $1 AND (name_folded = $2 OR $2 IS NULL) \
         AND (email_folded LIKE $3 ESCAPE '!' OR name_folded LIKE $3 ESCAPE '!' OR $3 IS NULL) \
         AND (access_seat = $4 OR $4 IS NULL) ORDER BY created_at, id LIMIT $5 OFFSET $6";
    /// How many those are.
    COUNT(name: OptText, pattern: OptText, seat: OptInt) -> (total: Int) =
        "SELECT count(*) AS total FROM users WHERE account_no = $1 AND (name_folded = $2 OR $2 IS NULL) \
         AND (email_folded LIKE $3 ESCAPE '!' OR name_folded LIKE $3 ESCAPE '!' OR $3 IS NULL) \
         AND (access_seat = $4 OR $4 IS NULL)";
    /// Removes a person.
    REMOVE(id: Text) -> () = "DELETE FROM users WHERE account_no = $1 AND id = $2";
    /// Notes what the last sign-in told.
    SIGNED_IN(identity: Text, circumstances: Text, account_no: Account, id: Text) -> () =
        "UPDATE users SET identity = $1, circumstances = $2 WHERE account_no = $3 AND id = $4";
    /// What the last sign-in told.
    LAST_IDENTITY(id: Text) -> (hash: Text, doc: Text, circumstances: OptText) =
        "SELECT i.hash, i.doc, u.circumstances FROM users u JOIN identity i ON i.account_no = u.account_no AND i.hash = u.identity \
         WHERE u.account_no = $1 AND u.id = $2";
}
