//! Statements of configuration objects and sealed values.

use super::statements;

statements! {
    /// Puts an object; its version counts the puts.
    PUT(kind: Text, id: Text, owner: OptText, doc: Text) -> () =
        "INSERT INTO object (account_no, kind, id, owner, version, doc) VALUES ($1, $2, $3, $4, 1, $5) \
         ON CONFLICT (account_no, kind, id) DO UPDATE SET owner = excluded.owner, version = object.version + 1, doc = excluded.doc";
    /// One object.
    GET(kind: Text, id: Text) -> (doc: Text) = "SELECT doc FROM object WHERE account_no = $1 AND kind = $2 AND id = $3";
    /// All of a kind.
    LIST(kind: Text) -> (id: Text, doc: Text) = "SELECT id, doc FROM object WHERE account_no = $1 AND kind = $2 ORDER BY id";
    /// What dies with an application.
    OWNED(owner: Text) -> (kind: Text, id: Text) = "SELECT kind, id FROM object WHERE account_no = $1 AND owner = $2 ORDER BY kind, id";
    /// Removes an object.
    REMOVE(kind: Text, id: Text) -> () = "DELETE FROM object WHERE account_no = $1 AND kind = $2 AND id = $3";
    /// Puts a sealed value.
    SEAL(kind: Text, id: Text, key_id: Text, ciphertext: Blob) -> () =
        "INSERT INTO secret (account_no, kind, id, key_id, ciphertext) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (account_no, kind, id) DO UPDATE SET key_id = excluded.key_id, ciphertext = excluded.ciphertext";
    /// One sealed value.
    SEALED(kind: Text, id: Text) -> (key_id: Text, ciphertext: Blob) =
        "SELECT key_id, ciphertext FROM secret WHERE account_no = $1 AND kind = $2 AND id = $3";
    /// Sealed values that are not under the current key.
    SEALED_OTHERWISE(key_id: Text) -> (kind: Text, id: Text, key_id: Text, ciphertext: Blob) =
        "SELECT kind, id, key_id, ciphertext FROM secret WHERE account_no = $1 AND key_id <> $2 ORDER BY kind, id";
    /// Removes a sealed value.
    UNSEAL(kind: Text, id: Text) -> () = "DELETE FROM secret WHERE account_no = $1 AND kind = $2 AND id = $3";
}
