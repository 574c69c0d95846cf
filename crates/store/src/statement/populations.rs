//! Statements of populations: the users or the groups of one provider, and how many there are.

use super::statements;

statements! {
    /// Number and totals.
    OF(idp: Text, kind: Text) -> (no: Int, total: Int, active: Int) =
        "SELECT no, total, active FROM population WHERE account_no = $1 AND idp = $2 AND kind = $3";
    /// Begins one.
    BEGIN(idp: Text, kind: Text) -> (no: Int) =
        "INSERT INTO population (account_no, idp, kind, total, active) VALUES ($1, $2, $3, 0, 0) RETURNING no";
    /// Counts who came and went.
    COUNT(total: Int, active: Int, account_no: Account, no: Int) -> () =
        "UPDATE population SET total = total + $1, active = active + $2 WHERE account_no = $3 AND no = $4";
    /// Forgets those of a provider.
    FORGET(idp: Text) -> () = "DELETE FROM population WHERE account_no = $1 AND idp = $2";
}
