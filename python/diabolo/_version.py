# SPDX-License-Identifier: GPL-3.0-or-later
"""The version of this package: that of the library it calls (CMakeLists.txt, which compares them)."""
__version__ = "0.1.0"
