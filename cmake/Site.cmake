# SPDX-License-Identifier: GPL-3.0-or-later
# `cmake --build build --target site`: the pages of docs/ and examples/ as a site with a search, the headers and the Python package rendered, in
# build/site/html. Needs the Debian packages of the optional part of cmake/packages.txt; without them there is no such target.
# `--target site_links` asks the net for every external link.
find_program(DIABOLO_SITE_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(DIABOLO_DOXYGEN doxygen)
if(DIABOLO_SITE_PYTHON AND DIABOLO_DOXYGEN AND TARGET diabolo)
  execute_process(COMMAND ${DIABOLO_SITE_PYTHON} -c "import sphinx, myst_parser, furo, breathe, numpy, h5py, ase" RESULT_VARIABLE missing OUTPUT_QUIET ERROR_QUIET)
  if(NOT missing)
    set(DIABOLO_SITE ${DIABOLO_SITE_PYTHON} ${PROJECT_SOURCE_DIR}/docs/site/build.py ${PROJECT_SOURCE_DIR} $<TARGET_FILE:diabolo>
      $<TARGET_FILE:libdiabolo> ${PROJECT_BINARY_DIR}/site)
    add_custom_target(site COMMAND ${DIABOLO_SITE} DEPENDS diabolo libdiabolo USES_TERMINAL VERBATIM)
    add_custom_target(site_links COMMAND ${DIABOLO_SITE} --linkcheck DEPENDS diabolo libdiabolo USES_TERMINAL VERBATIM)
  endif()
endif()
