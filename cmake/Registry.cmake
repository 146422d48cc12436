# SPDX-License-Identifier: GPL-3.0-or-later
# A model, descriptor, hopping or decoherence method is one file; its stem is its name. These lists are all the registration there is.
function(diabolo_registry kind folder header out)
  file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.c)
  set(declarations "")
  set(entries "")
  foreach(file IN LISTS files)
    get_filename_component(stem ${file} NAME_WE)
    string(APPEND declarations "extern const dia_${kind}_type dia_${kind}_type_${stem};\n")
    string(APPEND entries "    &dia_${kind}_type_${stem},\n")
  endforeach()
  set(path ${CMAKE_CURRENT_BINARY_DIR}/registry_${kind}.c)
  file(CONFIGURE OUTPUT ${path} CONTENT "/* Generated from the files in ${folder}/. */
#include <string.h>

#include \"${header}\"

${declarations}
const dia_${kind}_type *const dia_${kind}_types[] = {
${entries}    NULL};

const dia_${kind}_type *dia_${kind}_type_find(const char *name)
{
    for (int i = 0; dia_${kind}_types[i] != NULL; i++)
        if (strcmp(dia_${kind}_types[i]->name, name) == 0)
            return dia_${kind}_types[i];
    return NULL;
}
")
  set(${out} ${${out}} ${path} PARENT_SCOPE)
endfunction()

diabolo_registry(model models model/registry.h DIABOLO_REGISTRY_SOURCES)
diabolo_registry(descriptor src/model/descriptor model/registry.h DIABOLO_REGISTRY_SOURCES)
diabolo_registry(architecture src/model/architecture model/architecture.h DIABOLO_REGISTRY_SOURCES)
diabolo_registry(baseline src/model/baseline model/baseline.h DIABOLO_REGISTRY_SOURCES)
diabolo_registry(path src/intersect/path intersect/task.h DIABOLO_REGISTRY_SOURCES)
diabolo_registry(exact src/exact/engine exact/engine.h DIABOLO_REGISTRY_SOURCES)
diabolo_registry(hop src/dynamics/hop dynamics/registry.h DIABOLO_REGISTRY_SOURCES)
diabolo_registry(decoherence src/dynamics/decoherence dynamics/registry.h DIABOLO_REGISTRY_SOURCES)

# A command of the program is one file src/cli/cmd_NAME.c, which defines dia_command_NAME.
file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/cli/cmd_*.c)
set(declarations "")
set(entries "")
foreach(file IN LISTS files)
  get_filename_component(stem ${file} NAME_WE)
  string(REGEX REPLACE "^cmd_" "" stem ${stem})
  string(APPEND declarations "extern const dia_command dia_command_${stem};\n")
  string(APPEND entries "    &dia_command_${stem},\n")
endforeach()
set(DIABOLO_COMMANDS ${CMAKE_CURRENT_BINARY_DIR}/registry_command.c)
file(CONFIGURE OUTPUT ${DIABOLO_COMMANDS} CONTENT "/* Generated from the files src/cli/cmd_*.c. */
#include \"cli/cli.h\"

${declarations}
const dia_command *const dia_commands[] = {
${entries}    NULL};
")
