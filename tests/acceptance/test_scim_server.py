"""The rig of the SCIM acceptance test does what that test relies on."""

from __future__ import annotations

from tests.acceptance.scim_server import ScimServer


def test_rig_seeds_changes_and_deletes_and_leaves_no_process() -> None:
    """Users and groups are there, a change changes, a deletion deletes, and the end is the end."""
    with ScimServer(users=30, groups=3) as scim:
        assert (len(scim.user_ids), len(scim.group_ids)) == (30, 3)
        assert (scim.total("Users"), scim.total("Groups")) == (30, 3)
        scim.change_users(range(4), title="Director")
        assert scim.count("Users", 'title eq "Director"') == 4
        scim.delete_users([5, 6])
        assert scim.total("Users") == 28
        process = scim.process
    assert process.poll() is not None
