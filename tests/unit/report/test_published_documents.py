"""Documents of judged histories keep to the schemas that the site publishes."""

from __future__ import annotations

import json

from described_documents import files_of, undescribed, validators

from perfsite.pages.publish import publish_site


def test_every_document_of_a_judged_history_keeps_to_its_schema(stepped, tmp_path):
    publish_site(stepped, project=tmp_path / "none", output=tmp_path / "site")
    for one, validator in validators():
        for file in files_of(tmp_path / "site", one.path):
            document = json.loads(file.read_text(encoding="utf-8"))
            validator.validate(document)
            assert list(undescribed(document, validator.schema)) == [], one.path


def test_a_site_of_nothing_keeps_to_the_schemas(make_report, tmp_path):
    publish_site(make_report([]), project=tmp_path / "none", output=tmp_path / "site")
    for one, validator in validators():
        for file in files_of(tmp_path / "site", one.path):
            document = json.loads(file.read_text(encoding="utf-8"))
            validator.validate(document)
            assert list(undescribed(document, validator.schema)) == [], one.path
    assert "Documents" in (tmp_path / "site" / "data" / "index.html").read_text(encoding="utf-8")
