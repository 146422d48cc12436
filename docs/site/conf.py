# SPDX-License-Identifier: GPL-3.0-or-later
"""Sphinx configuration of the site. build.py puts the pages together in a folder, sets the variables of the environment and calls Sphinx."""
import os
import pathlib
import sys

sys.path[:0] = [os.environ["DIABOLO_PACKAGE"], str(pathlib.Path(__file__).parent)]

import markup  # noqa: E402

project = "Diabolo"
author = "the Diabolo developers"
copyright = "the Diabolo developers, GPL-3.0-or-later"
version = release = os.environ["DIABOLO_VERSION"]

extensions = ["myst_parser", "sphinx.ext.autodoc", "breathe", "markup"]
root_doc = "docs/index"
exclude_patterns = []
nitpicky = False

myst_enable_extensions = ["dollarmath", "amsmath", "deflist"]
myst_heading_anchors = 4
myst_linkify_fuzzy_links = False
suppress_warnings = ["misc.highlighting_failure"]  # the language of an unnamed block is a guess
highlight_language = "none"
html_math_renderer = "katex"

breathe_projects = {"diabolo": os.environ["DIABOLO_DOXYGEN"]}
breathe_default_project = "diabolo"
breathe_domain_by_extension = {"h": "c"}
breathe_show_include = False

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # docstrings say shapes and units; the types of arrays fill lines

html_theme = "furo"
html_title = f"Diabolo {version}"
html_static_path = [os.environ["DIABOLO_STATIC"]]
html_extra_path = [os.environ["DIABOLO_FRONT"]]
html_css_files = ["katex/katex.min.css", "site.css"]
html_js_files = ["katex/katex.min.js", "katex/contrib/auto-render.js", "site.js"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {"source_repository": "", "navigation_with_keys": True}

linkcheck_anchors = False
myst_heading_slug_func = markup.heading_slug
