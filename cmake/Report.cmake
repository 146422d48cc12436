# SPDX-License-Identifier: GPL-3.0-or-later
# The files of the page that `diabolo report` writes, as C: ours from src/report/page/, the 3-D viewer and the plots from npm.
set(DIABOLO_REPORT_3D AUTO CACHE STRING "3-D viewer and live plots in reports, from npm: AUTO, ON or OFF")
set_property(CACHE DIABOLO_REPORT_3D PROPERTY STRINGS AUTO ON OFF)
include(${CMAKE_CURRENT_LIST_DIR}/Npm.cmake)

set(parts "") # name|file
file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/report/page/*)
foreach(file IN LISTS files)
  get_filename_component(name ${file} NAME)
  list(APPEND parts "${name}|${file}")
endforeach()

set(DIABOLO_REPORT_PARTS FALSE)
if(DIABOLO_REPORT_3D)
  diabolo_npm(${PROJECT_SOURCE_DIR}/src/report/npm ${PROJECT_BINARY_DIR}/npm/report DIABOLO_REPORT_PARTS)
  if(NOT DIABOLO_REPORT_PARTS)
    set(how STATUS)
    if(NOT DIABOLO_REPORT_3D STREQUAL AUTO)
      set(how FATAL_ERROR)
    endif()
    message(${how} "Reports without 3-D viewer and live plots: npm or the network is missing (-DDIABOLO_NPM_RETRY=ON tries again)")
  endif()
endif()
if(DIABOLO_REPORT_PARTS)
  set(modules ${PROJECT_BINARY_DIR}/npm/report/node_modules)
  # 3Dmol's script holds the other packages.
  list(APPEND parts "3dmol.js|${modules}/3dmol/build/3Dmol-min.js" "uplot.js|${modules}/uplot/dist/uPlot.iife.min.js"
    "uplot.css|${modules}/uplot/dist/uPlot.min.css")
  foreach(package 3dmol uplot iobuffer netcdfjs pako upng-js)
    file(GLOB licence ${modules}/${package}/LICENSE*)
    if(NOT licence)
      message(FATAL_ERROR "npm package ${package} without a licence text")
    endif()
    list(GET licence 0 licence)
    list(APPEND parts "licence ${package}|${licence}")
  endforeach()
endif()

set(DIABOLO_REPORT_SOURCES "")
set(declarations "")
set(entries "")
foreach(part IN LISTS parts)
  string(REGEX REPLACE "\\|.*" "" name "${part}")
  string(REGEX REPLACE "^[^|]*\\|" "" file "${part}")
  string(MAKE_C_IDENTIFIER "dia_report_part_${name}" id)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${id}.c)
  add_custom_command(OUTPUT ${source} DEPENDS ${file} ${PROJECT_SOURCE_DIR}/cmake/Embed.cmake
    COMMAND ${CMAKE_COMMAND} -DNAME=${id} "-DPART=${name}" -DINPUT=${file} -DOUTPUT=${source} -P ${PROJECT_SOURCE_DIR}/cmake/Embed.cmake
    COMMENT "Embedding ${name}" VERBATIM)
  string(APPEND declarations "extern const dia_report_part ${id};\n")
  string(APPEND entries "    &${id},\n")
  list(APPEND DIABOLO_REPORT_SOURCES ${source})
endforeach()
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/dia_report_parts.c CONTENT "/* Generated: the files of the page. */
#include \"report/parts.h\"

${declarations}
const dia_report_part *const dia_report_parts[] = {
${entries}    NULL};
")
list(APPEND DIABOLO_REPORT_SOURCES ${CMAKE_CURRENT_BINARY_DIR}/dia_report_parts.c)
