"""The run that the tests of the page read, and its page."""

from __future__ import annotations

import pytest
from html_page import Page
from loan_runs import EVIL, PARAMS, Made, loans, make


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(tmp_path_factory.mktemp("loans"), PARAMS.replace("METRIC", "roc_auc").replace("EVIL", EVIL), loans())


@pytest.fixture(scope="session")
def page(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Page:
    return made.write(tmp_path_factory.mktemp("page") / "report.html")
