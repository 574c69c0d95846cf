//! Statements of provisioned groups' direct members.

use super::statements;

statements! {
    /// Adds a member; one that is there gets the new name, if one was sent.
    ADD(group_no: Int, member_no: Int, display: OptText) -> () =
        "INSERT INTO membership (account_no, group_no, member_no, display) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (group_no, member_no, account_no) DO UPDATE SET display = coalesce(excluded.display, membership.display)";
    /// Takes a member out.
    TAKE_OUT(group_no: Int, member_no: Int) -> () = "DELETE FROM membership WHERE account_no = $1 AND group_no = $2 AND member_no = $3";
    /// Takes every member out.
    CLEAR(group_no: Int) -> () = "DELETE FROM membership WHERE account_no = $1 AND group_no = $2";
    /// Takes a resource out of every group.
    LEAVE_ALL(member_no: Int) -> () = "DELETE FROM membership WHERE account_no = $1 AND member_no = $2";
    /// Takes out the members of every group of a provider.
    CLEAR_IDP(idp: Text) -> () =
        "DELETE FROM membership WHERE account_no = $1 AND group_no IN \
         (SELECT p.no FROM population n JOIN provisioned p ON p.population_no = n.no WHERE n.account_no = $1 AND n.idp = $2 AND n.kind = 'Group')";
    /// Members of a group, and what they are.
    MEMBERS(group_no: Int) -> (id: Text, display: OptText, kind: Text) =
        "SELECT p.id, m.display, n.kind FROM membership m JOIN provisioned p ON p.no = m.member_no JOIN population n ON n.no = p.population_no \
         WHERE m.account_no = $1 AND m.group_no = $2 ORDER BY p.id";
    /// A page of them.
    MEMBER_PAGE(group_no: Int, limit: Int, offset: Int) -> (id: Text, display: OptText, kind: Text) =
        "SELECT p.id, m.display, n.kind FROM membership m JOIN provisioned p ON p.no = m.member_no JOIN population n ON n.no = p.population_no \
         WHERE m.account_no = $1 AND m.group_no = $2 ORDER BY m.member_no LIMIT $3 OFFSET $4";
    /// How many there are.
    MEMBER_COUNT(group_no: Int) -> (total: Int) = "SELECT count(*) AS total FROM membership WHERE account_no = $1 AND group_no = $2";
    /// The same, of no more than so many.
    MEMBER_COUNT_TO(group_no: Int, most: Int) -> (total: Int) =
        "SELECT count(*) AS total FROM (SELECT member_no FROM membership WHERE account_no = $1 AND group_no = $2 LIMIT $3) AS counted";
    /// One member.
    MEMBER(group_no: Int, member_no: Int) -> (display: OptText) =
        "SELECT display FROM membership WHERE account_no = $1 AND group_no = $2 AND member_no = $3";
    /// Groups that a resource is a direct member of.
    GROUPS_OF(member_no: Int) -> (id: Text) =
        "SELECT p.id FROM membership m JOIN provisioned p ON p.no = m.group_no WHERE m.account_no = $1 AND m.member_no = $2 ORDER BY p.id";
    /// The same groups themselves.
    HOLDERS(member_no: Int) -> (doc: Text, no: Int) =
        "SELECT p.doc, p.no FROM membership m JOIN provisioned p ON p.no = m.group_no WHERE m.account_no = $1 AND m.member_no = $2";
}
