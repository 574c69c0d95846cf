"""Which requests schemathesis does not send: those that are not the description's business. Importing this module is enough."""

import re

import schemathesis

# Control characters, dots and doubly escaped signs in a path are refused before any surface sees the request, in plain text and for
# the applications behind as well; Rust tests of the proxy hold that.
PLAIN = re.compile(r"[A-Za-z0-9_~-]+")


@schemathesis.hook
def filter_path_parameters(_context, path_parameters):
    return all(PLAIN.fullmatch(str(value)) for value in (path_parameters or {}).values())


@schemathesis.hook
def filter_query(_context, query):
    """A parameter without a value is as good as none: that is how forms and scripts leave a filter open."""
    return all(value != "" for value in (query or {}).values())
