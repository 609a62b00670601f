"""A site that its host will refuse is warned of while there is time, with what to do."""

from perfsite.workflow.site import HOST_BYTES, ROOMY_BYTES, size_warning


def test_a_site_with_room_is_not_warned_of():
    assert size_warning(ROOMY_BYTES, "auto") is None


def test_from_700_mb_on_the_setting_that_helps_is_named():
    assert "`commit_pages` in perfsite.toml" in size_warning(ROOMY_BYTES + 1, "all")
    assert "pages of old commits are thinned" in size_warning(ROOMY_BYTES + 1, "auto")
    assert "`commit_pages`" in size_warning(2 * HOST_BYTES, "all")


def test_a_site_that_thinning_cannot_help_says_so():
    assert "publish it elsewhere" in size_warning(2 * HOST_BYTES, "auto")
    assert "publish it elsewhere" in size_warning(2 * HOST_BYTES, 500)
