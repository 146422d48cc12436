# SPDX-License-Identifier: GPL-3.0-or-later
# Debian packages by CPack, five of them by the components of Install.cmake: `cmake --build build --target package` packs what is built;
# ./package.sh builds it first as Debian does, with hardening flags.
# As in Debian, DEBFULLNAME and DEBEMAIL name who builds. Else nobody is: there is no address of the project, and .invalid says so (RFC 2606).
set(DIABOLO_MAINTAINER "" CACHE STRING "Maintainer of the packages: Name <address>; empty: DEBFULLNAME <DEBEMAIL>")
if(DIABOLO_MAINTAINER)
  set(maintainer "${DIABOLO_MAINTAINER}")
elseif(DEFINED ENV{DEBFULLNAME} AND DEFINED ENV{DEBEMAIL})
  set(maintainer "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
else()
  set(maintainer "Diabolo developers <nobody@diabolo.invalid>")
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME diabolo)
set(CPACK_PACKAGE_VENDOR Diabolo)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each component has its own
set(CPACK_PACKAGE_CONTACT "${maintainer}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/packages)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_COMPONENTS_ALL runtime library development python documentation)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(version ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})
# The package for Python and the library must be of one version, whatever the revision of the packages.
set(same "libdiabolo0 (>= ${PROJECT_VERSION}), libdiabolo0 (<< ${PROJECT_VERSION}.~)")

# diabolo_deb(COMPONENT package section synopsis, then lines of the description)
macro(diabolo_deb component name section synopsis)
  string(TOUPPER ${component} c)
  string(REPLACE ";" "\n" text "${ARGN}")
  set(CPACK_DEBIAN_${c}_PACKAGE_NAME ${name})
  set(CPACK_DEBIAN_${c}_PACKAGE_SECTION ${section})
  set(CPACK_DEBIAN_${c}_DESCRIPTION "${synopsis}\n${text}")
  set(CPACK_COMPONENT_${c}_DESCRIPTION "${synopsis}\n${text}")
  install(FILES ${PROJECT_SOURCE_DIR}/packaging/debian/copyright ${CMAKE_CURRENT_BINARY_DIR}/debian/changelog.Debian.gz
    DESTINATION share/doc/${name} COMPONENT ${component} EXCLUDE_FROM_ALL)
endmacro()
set(about "Diabolo flies swarms of surface-hopping trajectories on diabatic Hamiltonian"
  "matrices H(R) that a network or an analytic model predicts, trains such"
  "networks, finds conical intersections and analyses what swarms did.")
diabolo_deb(runtime diabolo science "excited-state dynamics with learned diabatic Hamiltonians" ${about} "."
  "This package holds the program, its manual pages and trained models.")
diabolo_deb(library libdiabolo0 libs "excited-state dynamics with learned diabatic Hamiltonians (library)" ${about} "."
  "This package holds the shared library.")
diabolo_deb(development libdiabolo-dev libdevel "excited-state dynamics with learned diabatic Hamiltonians (headers)" ${about} "."
  "This package holds what is needed to compile programs that use the library" "and plug-ins that add surfaces and methods.")
diabolo_deb(python python3-diabolo python "excited-state dynamics with learned diabatic Hamiltonians (Python)" ${about} "."
  "This package holds models and swarms as NumPy arrays, a calculator for ASE," "and the scripts that draw pictures ('diabolo plot').")
diabolo_deb(documentation diabolo-doc doc "excited-state dynamics with learned diabatic Hamiltonians (manual)" ${about} "."
  "This package holds the documentation and the examples.")

set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_RECOMMENDS "python3-diabolo")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SUGGESTS "diabolo-doc")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SHLIBDEPS ON)
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/debian/shlibs "libdiabolo 0 libdiabolo0 (>= ${PROJECT_VERSION}), libdiabolo0 (<< ${PROJECT_VERSION}.~)\n")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA "${PROJECT_SOURCE_DIR}/packaging/debian/triggers;${CMAKE_CURRENT_BINARY_DIR}/debian/shlibs")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libdiabolo0 (= ${version})")
set(CPACK_DEBIAN_PYTHON_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_PYTHON_PACKAGE_DEPENDS "python3:any, python3-numpy, python3-h5py, python3-matplotlib, ${same}")
set(CPACK_DEBIAN_PYTHON_PACKAGE_RECOMMENDS "diabolo, python3-tqdm")
set(CPACK_DEBIAN_PYTHON_PACKAGE_SUGGESTS "python3-ase, python3-pandas, python3-xarray")
set(CPACK_DEBIAN_PYTHON_PACKAGE_CONTROL_EXTRA "${PROJECT_SOURCE_DIR}/packaging/debian/postinst;${PROJECT_SOURCE_DIR}/packaging/debian/prerm")
set(CPACK_DEBIAN_DOCUMENTATION_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_DOCUMENTATION_PACKAGE_DEPENDS "python3:any") # scripts among the examples
set(CPACK_DEBIAN_DOCUMENTATION_PACKAGE_RECOMMENDS "diabolo")

set(when 0)
execute_process(COMMAND git -C ${PROJECT_SOURCE_DIR} log -1 --format=%ct OUTPUT_VARIABLE committed OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
foreach(time "${committed}" "$ENV{SOURCE_DATE_EPOCH}")
  if(time MATCHES "^[0-9]+$")
    set(when ${time})
  endif()
endforeach()
execute_process(COMMAND date -u -R -d @${when} OUTPUT_VARIABLE date OUTPUT_STRIP_TRAILING_WHITESPACE)
set(changelog ${CMAKE_CURRENT_BINARY_DIR}/debian/changelog.Debian)
file(WRITE ${changelog} "diabolo (${version}) unstable; urgency=medium\n\n  * Version ${PROJECT_VERSION}: see CHANGELOG.md in diabolo-doc.\n\n"
  " -- ${maintainer}  ${date}\n")
execute_process(COMMAND gzip -9nf ${changelog})
include(CPack)
