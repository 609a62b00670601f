"""The tools of the browser tests themselves: the server acts like GitHub Pages, the page notices what goes wrong."""

import gzip
import http.client
import json
from urllib.parse import urlsplit

import pytest
from watched_pages import Watch


@pytest.fixture
def folder(tmp_path):
    pages = {
        "index.html": "<!doctype html><link rel=icon href='data:,'><title>top</title><h1>top</h1>",
        "404.html": "<!doctype html><link rel=icon href='data:,'><title>not here</title>",
        "a/index.html": "<!doctype html><link rel=icon href='data:,'><title>a</title><a href='../'>up</a>",
        "bad.html": "<!doctype html><script src=gone.js></script><script>throw new Error('broken')</script>",
        "away.html": "<!doctype html><img src='http://example.org/x.png'>",
        "data.json": json.dumps(list(range(1000))),
    }
    for name, text in pages.items():
        path = tmp_path / "www" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    return tmp_path / "www"


def get(url, **headers):
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    connection.request("GET", parts.path + (f"?{parts.query}" if parts.query else ""), headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def test_a_folder_without_its_slash_is_redirected_and_keeps_its_query(serve, folder):
    answer, _ = get(serve(folder) + "a?x=1")
    assert (answer.status, answer.headers["Location"]) == (301, "/project/a/?x=1")


def test_a_missing_path_is_answered_with_the_own_404_page(serve, folder):
    answer, body = get(serve(folder) + "no/such/page")
    assert answer.status == 404
    assert b"not here" in body


def test_nothing_is_served_from_outside_the_folder_or_the_project(serve, folder):
    url = serve(folder)
    assert b"secret" not in get(url + "../secret.txt")[1] + get(url + "%2e%2e/secret.txt")[1]
    assert get(url.removesuffix("project/") + "data.json")[0].status == 404


def test_text_is_compressed_where_the_browser_takes_it_and_not_sent_again_unchanged(serve, folder):
    url = serve(folder) + "data.json"
    answer, body = get(url, **{"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert gzip.decompress(body) == (folder / "data.json").read_bytes()
    again, nothing = get(url, **{"Accept-Encoding": "gzip", "If-None-Match": answer.headers["ETag"]})
    assert (again.status, nothing) == (304, b"")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [360, 1280])
def test_a_page_has_the_width_and_the_scheme_it_was_asked_for(page_factory, serve, folder, dark, width):
    page = page_factory(dark=dark, width=width)
    page.goto(serve(folder) + "a/")
    page.click("text=up")
    assert page.title() == "top"
    assert page.evaluate("[innerWidth, matchMedia('(prefers-color-scheme: dark)').matches]") == [width, dark]


def problems(browser, url):
    context = browser.new_context()
    watch = Watch(context, None)
    context.new_page().goto(url)
    context.close()
    return "\n".join(watch.problems)


def test_errors_missing_files_and_other_hosts_are_noticed(browser, serve, folder):
    url = serve(folder)
    assert problems(browser, url) == ""
    broken = problems(browser, url + "bad.html")
    assert "page error: broken" in broken
    assert "gone.js: status 404" in broken
    assert "request to another host: http://example.org/x.png" in problems(browser, url + "away.html")


def test_a_page_opens_without_javascript(page_factory, serve, folder):
    page = page_factory(javascript=False)
    page.goto(serve(folder))
    assert page.inner_text("h1") == "top"


def test_an_expected_problem_does_not_fail_the_test(page_factory, serve, folder):
    page = page_factory(expected="404")
    page.goto(serve(folder) + "no/such/page")
    assert page.title() == "not here"
