//! Statements of provisioned groups' direct members.

use super::statements;

statements! {
    /// Adds a member; one that is there gets the new name, if one was sent.
    ADD(group_id: Text, member_id: Text, display: OptText) -> () =
        "INSERT INTO membership (account_no, group_id, member_id, display) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (account_no, group_id, member_id) DO UPDATE SET display = coalesce(excluded.display, membership.display)";
    /// Takes a member out.
    TAKE_OUT(group_id: Text, member_id: Text) -> () = "DELETE FROM membership WHERE account_no = $1 AND group_id = $2 AND member_id = $3";
    /// Takes every member out.
    CLEAR(group_id: Text) -> () = "DELETE FROM membership WHERE account_no = $1 AND group_id = $2";
    /// Takes a resource out of every group.
    LEAVE_ALL(member_id: Text) -> () = "DELETE FROM membership WHERE account_no = $1 AND member_id = $2";
    /// Takes out the members of every group of a provider.
    CLEAR_IDP(idp: Text) -> () =
        "DELETE FROM membership WHERE account_no = $1 AND group_id IN (SELECT p.id FROM provisioned p WHERE p.account_no = $1 AND p.idp = $2)";
    /// Members of a group.
    MEMBERS(group_id: Text) -> (member_id: Text, display: OptText) =
        "SELECT member_id, display FROM membership WHERE account_no = $1 AND group_id = $2 ORDER BY member_id";
    /// Groups that a resource is a direct member of.
    GROUPS_OF(member_id: Text) -> (group_id: Text) =
        "SELECT group_id FROM membership WHERE account_no = $1 AND member_id = $2 ORDER BY group_id";
}
