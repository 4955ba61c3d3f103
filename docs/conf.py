"""How Sphinx builds the documents as a site: `make docs`."""

import importlib.metadata

project = "Parley"
author = "The Parley authors"
release = importlib.metadata.version("parley-sms")

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["decisions/README.md"]
root_doc = "index"
html_theme = "furo"
html_title = f"Parley {release}"
html_copy_source = False

# A document links to others as GitHub does: by file name and by the anchor of a heading.
myst_heading_anchors = 4

# Docstrings have their names in single backquotes.
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
