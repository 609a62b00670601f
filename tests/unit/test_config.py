"""The owner's settings: defaults, rules, and every fault with its line."""

import json
import subprocess

import pytest

from perfsite.config import Settings, load, parse
from perfsite.errors import ConfigError
from perfsite.model.run import Direction
from perfsite.model.series import SeriesKey

KEY = SeriesKey(benchmark="parse/json", metric="time", environment="ci")


def test_without_a_file_the_defaults_apply(tmp_path):
    settings = load(tmp_path)
    assert settings == Settings()
    assert settings.policy(KEY, "s", Direction.LOWER).threshold.fail == 0.20
    assert settings.policy(KEY, "B", Direction.LOWER).threshold.fail == 0.15
    assert settings.policy(KEY, "1/s", Direction.HIGHER).threshold.fail == 0.10
    assert settings.policy(KEY, "1", Direction.NEITHER).threshold.fail is None


def test_a_named_file_that_is_missing_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="no such file"):
        load(tmp_path, tmp_path / "other.toml")


def test_later_rules_win_setting_by_setting():
    settings = parse(
        """
        [[rules]]
        benchmark = "parse/*"
        warn = 0.03
        fail = 0.08
        [[rules]]
        metric = "time"
        fail = 0.5
        direction = "higher"
        """,
        where="perfsite.toml",
    )
    policy = settings.policy(KEY, "s", Direction.LOWER)
    assert (policy.threshold.warn, policy.threshold.fail) == (0.03, 0.5)
    assert settings.direction(KEY, "s", Direction.LOWER) is Direction.HIGHER
    other = SeriesKey(benchmark="scan", metric="memory", environment="ci")
    assert settings.policy(other, "B", Direction.LOWER).threshold.fail == 0.15


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[[rules]]\nwarn = 0.1\nsite_url = 'https://x.y/'",
            "line 3: rules.site_url: no such setting; site_url belongs above",
        ),
        ("[severities]\nminor = 0.02\nalpha = 0.01", "line 3: severities.alpha: no such setting; alpha belongs above"),
        ("[[rule]]\nwarn = 0.1", "line 1: rule: no such setting; did you mean rules? there are"),
        ("titel = 'parser'", "line 1: titel: no such setting; did you mean title? there are"),
        ("xyzzy = 1", "line 1: xyzzy: no such setting; there are title"),
    ],
)
def test_a_setting_misspelt_or_below_a_section_is_told_what_may_be_meant(text, said):
    with pytest.raises(ConfigError) as caught:
        parse(text, where="perfsite.toml")
    assert said in str(caught.value)


def test_every_fault_is_told_with_its_line():
    text = 'title = ""\n\nalpha = 2\ntypo = 1\n[[rules]]\nfail = 0.1\n[[rules]]\nfail = "ten"\npreset = "slow"\n'
    with pytest.raises(ConfigError) as caught:
        parse(text, where="perfsite.toml")
    said = str(caught.value)
    assert "line 1: title" in said
    assert "line 3: alpha: expected a number between 0 and 1, found 2" in said
    assert "line 4: typo: no such setting" in said
    assert "line 8: rules.fail" in said
    assert "line 9: rules.preset" in said
    assert caught.value.exit_code == 2


def test_severities_must_rise():
    with pytest.raises(ConfigError, match="must rise"):
        parse("[severities]\nminor = 0.2\n", where="perfsite.toml")


def test_broken_toml_names_the_line():
    with pytest.raises(ConfigError, match="line 2"):
        parse("title = 'x'\nalpha = = 2\n", where="perfsite.toml")


@pytest.mark.parametrize(
    "address", ["example.org", "ftp://example.org/", "https://example.org/?a", "https://e.org/#x", 7]
)
def test_a_site_url_that_no_page_can_stand_below_is_refused(address):
    text = f"site_url = {address!r}"
    with pytest.raises(ConfigError, match="line 1: site_url: expected a web address"):
        parse(text, where="perfsite.toml")


REFUSED = ["", " ", "a b", "-a", "a..b", "a\tb", "a\x7fb", "a~1", "a^", "a:b", "a?", "a*", "[a]", "a\\b", "a@{1}"]
REFUSED += ["/a", "a/", "a//b", ".a", "a/.b", "a.", "a.lock", "a.lock/b"]
TAKEN = ["main", "perf-history", "perf/history", "v1.2", "@", "a@b", "größe", "a.b/c-d", "a-", "locked.lockx"]


@pytest.mark.parametrize("setting", ["branch", "history_branch", "remote"])
def test_names_that_git_refuses_are_told_with_their_line(setting):
    for name in REFUSED:
        with pytest.raises(ConfigError, match=f"line 2: {setting}: expected a name that git takes"):
            parse(f"\n{setting} = {json.dumps(name)}", where="perfsite.toml")
    for name in TAKEN:
        assert getattr(parse(f"{setting} = {json.dumps(name)}", where="perfsite.toml"), setting) == name


@pytest.mark.parametrize("name", [*REFUSED, *TAKEN])
def test_git_takes_and_refuses_the_same_names(name):
    done = subprocess.run(["git", "check-ref-format", "--branch", name], capture_output=True, check=False)
    assert (done.returncode == 0) == (name in TAKEN)


def test_an_environment_has_its_own_thresholds_and_confidence():
    settings = parse(
        """
        min_points = 8
        [[rules]]
        metric = "memory"
        warn = 0.04
        fail = 0.08
        [environments."ci*"]
        factor = 2
        alpha = 0.01
        [environments."ci-*"]
        factor = 1.5
        min_points = 12
        sensitivity = 1.3
        baseline_points = 50
        """,
        where="perfsite.toml",
    )

    def policy(environment, metric="time"):
        key = SeriesKey(benchmark="parse", metric=metric, environment=environment)
        return settings.policy(key, "s", Direction.LOWER)

    assert policy("desk").threshold.fail == 0.20
    assert (policy("ci").threshold.fail, policy("ci").alpha, policy("ci").min_points) == (0.40, 0.01, 8)
    both = policy("ci-large", "memory")
    assert (both.threshold.warn, both.threshold.fail) == pytest.approx((0.12, 0.24))
    assert (both.min_points, both.baseline_points, both.sensitivity, both.alpha) == (12, 50, 1.3, 0.01)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('environments = "ci"', "line 1: environments: expected a table"),
        ("[environments]\nci = 3", "line 2: environments.ci: expected a table, found 3"),
        ("[environments.ci]\nfactor = 0", "line 2: environments.ci.factor: expected a fraction above 0"),
        ("[environments.ci]\nwarn = 1", "line 2: environments.ci.warn: no such setting; there are factor, alpha"),
        ('ignored_paths = "docs"', "line 1: ignored_paths: expected a list of patterns"),
        ("ignored_paths = [1]", "line 1: ignored_paths: expected a list of patterns"),
    ],
)
def test_faults_of_environments_and_ignored_paths_are_told(text, said):
    with pytest.raises(ConfigError) as caught:
        parse(text, where="perfsite.toml")
    assert said in str(caught.value)
