# SPDX-License-Identifier: GPL-3.0-or-later
# The installed tree: headers, library, package files for find_package(diabolo) and pkg-config, models and scripts. Components are the packages
# of Package.cmake: runtime, library, development, python, documentation.
include(CMakePackageConfigHelpers)
add_library(diabolo::diabolo ALIAS libdiabolo)

install(DIRECTORY include/diabolo DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development FILES_MATCHING PATTERN "*.h")
install(TARGETS libdiabolo EXPORT diabolo-targets LIBRARY COMPONENT library NAMELINK_COMPONENT development)
install(EXPORT diabolo-targets NAMESPACE diabolo:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/diabolo COMPONENT development)
configure_package_config_file(cmake/diabolo-config.cmake.in diabolo-config.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/diabolo)
# 0.x: a minor version may change the interface.
write_basic_package_version_file(diabolo-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/diabolo-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/diabolo-config-version.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/diabolo COMPONENT development)

# ${pcfiledir} keeps the file true when the tree is moved.
file(RELATIVE_PATH DIABOLO_PC_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" DIABOLO_PC_PREFIX "${DIABOLO_PC_PREFIX}")
configure_file(cmake/diabolo.pc.in diabolo.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/diabolo.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

install(DIRECTORY models/ DESTINATION ${CMAKE_INSTALL_DATADIR}/diabolo/models COMPONENT runtime FILES_MATCHING PATTERN "*.h5" PATTERN "*.md" PATTERN "*.check.json" PATTERN "*.xyz" PATTERN "*.yaml")
# The Python package goes where a Python of the prefix looks for it, which is known when the prefix is: at installation.
set(DIABOLO_PYTHON_DIR "" CACHE STRING "Folder of the Python package below the prefix; empty: by the prefix")
find_package(Python3 COMPONENTS Interpreter)
install(CODE "set(DIABOLO_PYTHON_DIR \"${DIABOLO_PYTHON_DIR}\")
if(NOT DIABOLO_PYTHON_DIR AND CMAKE_INSTALL_PREFIX STREQUAL \"/usr\")
  set(DIABOLO_PYTHON_DIR lib/python3/dist-packages)
elseif(NOT DIABOLO_PYTHON_DIR AND CMAKE_INSTALL_PREFIX STREQUAL \"/usr/local\" AND EXISTS /etc/debian_version)
  set(DIABOLO_PYTHON_DIR lib/python${Python3_VERSION_MAJOR}.${Python3_VERSION_MINOR}/dist-packages)
elseif(NOT DIABOLO_PYTHON_DIR)
  set(DIABOLO_PYTHON_DIR lib/python${Python3_VERSION_MAJOR}.${Python3_VERSION_MINOR}/site-packages)
endif()" COMPONENT python)
install(DIRECTORY python/diabolo DESTINATION "\${DIABOLO_PYTHON_DIR}" COMPONENT python FILES_MATCHING PATTERN "*.py" PATTERN "py.typed"
  PATTERN "__pycache__" EXCLUDE PATTERN ".mypy_cache" EXCLUDE)
install(DIRECTORY analysis DESTINATION ${CMAKE_INSTALL_DATADIR}/diabolo COMPONENT python USE_SOURCE_PERMISSIONS PATTERN "__pycache__" EXCLUDE)
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DATADIR}/diabolo COMPONENT documentation USE_SOURCE_PERMISSIONS PATTERN "__pycache__" EXCLUDE)

# Completion; manual pages made by help2man from what --help prints.
install(FILES cmake/diabolo.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME diabolo COMPONENT runtime)
find_program(DIABOLO_HELP2MAN help2man)
mark_as_advanced(DIABOLO_HELP2MAN)
if(DIABOLO_HELP2MAN AND NOT CMAKE_CROSSCOMPILING AND TARGET diabolo)
  set(man ${CMAKE_CURRENT_BINARY_DIR}/man)
  # When they are installed, not in each build: the program is asked for the help of every command.
  install(CODE "execute_process(COMMAND sh \"${PROJECT_SOURCE_DIR}/cmake/man.sh\" \"${DIABOLO_HELP2MAN}\" \"$<TARGET_FILE:diabolo>\"
  ${PROJECT_VERSION} \"${man}\" COMMAND_ERROR_IS_FATAL ANY)" COMPONENT runtime)
  install(DIRECTORY ${man}/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT runtime FILES_MATCHING PATTERN "*.1.gz")
endif()

# The documents stand to one another as in the source tree, so that their links hold: what is installed elsewhere is linked here. Links to
# sources and tests, which are not installed, become plain words.
install(FILES README.md CHANGELOG.md CONTRIBUTING.md CITATION.cff LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT documentation)
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT documentation FILES_MATCHING PATTERN "*.md" PATTERN "*.png" PATTERN "*.ipynb" PATTERN "certificate.json" PATTERN "site" EXCLUDE)
set(DIABOLO_DOC_LINKS "")
foreach(pair "analysis|${CMAKE_INSTALL_DATADIR}/diabolo/analysis" "examples|${CMAKE_INSTALL_DATADIR}/diabolo/examples"
             "models|${CMAKE_INSTALL_DATADIR}/diabolo/models" "include|${CMAKE_INSTALL_INCLUDEDIR}")
  string(REPLACE "|" ";" pair "${pair}")
  list(GET pair 0 name)
  list(GET pair 1 target)
  file(RELATIVE_PATH target /${CMAKE_INSTALL_DOCDIR} /${target})
  string(APPEND DIABOLO_DOC_LINKS "file(CREATE_LINK \"${target}\" \"\${root}/${CMAKE_INSTALL_DOCDIR}/${name}\" SYMBOLIC)\n")
endforeach()
file(RELATIVE_PATH target /${CMAKE_INSTALL_DATADIR}/diabolo /${CMAKE_INSTALL_DOCDIR}/docs)
string(APPEND DIABOLO_DOC_LINKS "file(CREATE_LINK \"${target}\" \"\${root}/${CMAKE_INSTALL_DATADIR}/diabolo/docs\" SYMBOLIC)\n")
install(CODE "set(root \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}\")
${DIABOLO_DOC_LINKS}file(GLOB pages \"\${root}/${CMAKE_INSTALL_DOCDIR}/docs/*.md\")
foreach(page IN LISTS pages)
  file(READ \"\${page}\" text)
  string(REGEX REPLACE \"\\\\[([^]]*)\\\\]\\\\(\\\\.\\\\./(src|packaging|tests)/[^)]*\\\\)\" \"\\\\1\" text \"\${text}\")
  file(WRITE \"\${page}\" \"\${text}\")
endforeach()" COMPONENT documentation)

include(${CMAKE_CURRENT_LIST_DIR}/Package.cmake)
