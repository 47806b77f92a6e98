"""What must not be said of a database's URL."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from sqlalchemy import URL

HIDDEN = "***"


def masked(text: str, url: URL) -> str:
    """Return a driver's message without any part of the URL that it was given.

    >>> from sqlalchemy import make_url
    >>> masked('no entry for user "ann" at db.local: hush', make_url("postgresql://ann:hush@db.local/loans"))
    'no entry for user "***" at ***: ***'
    """
    plain = url.render_as_string(hide_password=False)
    values = [value for held in url.query.values() for value in ([held] if isinstance(held, str) else held)]
    parts = [plain, str(url), url.password, url.username, url.host, url.database, *values]
    written = {form for part in parts if part for form in (str(part), quote(str(part), safe=""), quote_plus(str(part)))}
    for form in sorted(written, key=len, reverse=True):
        # Only where it stands by itself: a user named `a` must not blot out every a.
        text = re.sub(rf"(?<!\w){re.escape(form)}(?!\w)", HIDDEN, text)
    return text
