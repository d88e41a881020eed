"""The page that shows the description: Swagger UI, whole in one document.

It comes with powertools, in the layer that is there anyway. Nothing is loaded from another host,
and the policy names the digest of each script and style that the page holds, so that nothing else
runs in it. Tokens that are typed in stay in the page: they are gone with it.
"""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import NamedTuple

# The deployment may be below a path, as in the local account: the page finds itself.
START = """
const base = location.pathname.replace(/\\/api\\/v1\\/docs\\/?$/, "");
fetch(`${base}/api/v1/openapi.json`).then((answer) => answer.json()).then((spec) => {
  spec.servers = [{ url: location.origin + base }];
  SwaggerUIBundle({ spec, dom_id: "#ui", deepLinking: true, validatorUrl: null });
});
"""
POLICY = (
    "default-src 'none'; script-src {scripts}; style-src {styles}; img-src data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Page(NamedTuple):
    """A document, and the Content-Security-Policy that lets it run."""

    html: str
    policy: str


@cache
def page() -> Page:
    """Return the page. It is 1.7 MB, a quarter of that compressed."""
    assets = files("aws_lambda_powertools") / "event_handler" / "openapi" / "swagger_ui"
    bundle = _inlined((assets / "swagger-ui-bundle.min.js").read_text("utf-8"))
    style = (assets / "swagger-ui.min.css").read_text("utf-8")
    html = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Breakwater API</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f'<div id="ui"></div>\n<script>{bundle}</script>\n<script>{START}</script>\n'
        "</body>\n</html>\n"
    )
    scripts = f"{_digest(bundle)} {_digest(START)}"
    return Page(html, POLICY.format(scripts=scripts, styles=_digest(style)))


def _inlined(script: str) -> str:
    """Return a script as it may stand inside an element; these only occur in its texts.

    Source: html.spec.whatwg.org, 4.12.1.3, "Restrictions for contents of script elements".
    """
    for opening in ("<!--", "<script", "</script"):
        script = script.replace(opening, "\\x3C" + opening[1:])
    return script


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
