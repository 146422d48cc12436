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
diabolo_registry(engine src/learn/engine learn/engine.h DIABOLO_REGISTRY_SOURCES)
diabolo_registry(hop src/dynamics/hop dynamics/registry.h DIABOLO_REGISTRY_SOURCES)
diabolo_registry(decoherence src/dynamics/decoherence dynamics/registry.h DIABOLO_REGISTRY_SOURCES)
diabolo_registry(thermostat src/dynamics/thermostat dynamics/thermostat.h DIABOLO_REGISTRY_SOURCES)

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

# Texts that are part of the library: parameter sets of models, models/sets/NAME.yaml, whose second and third line say what it is and
# where it is from; inputs with the usual start of a model, models/inputs/NAME.yaml.
set(entries_sets "")
set(entries_inputs "")
set(bytes "")
foreach(kind sets inputs)
  file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/models/${kind}/*.yaml)
  foreach(file IN LISTS files)
    set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    get_filename_component(stem ${file} NAME_WE)
    file(READ ${file} hex HEX)
    string(REGEX REPLACE "(..)" "0x\\1," hex "${hex}")
    string(APPEND bytes "static const char ${kind}_${stem}[] = {${hex}0};\n")
    file(STRINGS ${file} lines LIMIT_COUNT 3)
    string(REPLACE "\"" "\\\"" lines "${lines}")
    list(GET lines 1 summary)
    list(GET lines 2 reference)
    string(REGEX REPLACE "^# *" "" summary "${summary}")
    string(REGEX REPLACE "^# *" "" reference "${reference}")
    string(APPEND entries_${kind} "    {\"${stem}\", \"${summary}\", \"${reference}\", ${kind}_${stem}},\n")
  endforeach()
endforeach()
set(path ${CMAKE_CURRENT_BINARY_DIR}/registry_texts.c)
file(CONFIGURE OUTPUT ${path} CONTENT "/* Generated from models/sets/ and models/inputs/. */
#include \"model/registry.h\"

#include <string.h>

${bytes}
const dia_model_text_entry dia_model_sets[] = {
${entries_sets}    {NULL, NULL, NULL, NULL}};

const dia_model_text_entry dia_model_inputs[] = {
${entries_inputs}    {NULL, NULL, NULL, NULL}};

const dia_model_text_entry *dia_model_text_find(const dia_model_text_entry *entries, const char *name)
{
    for (; entries->name != NULL; entries++)
        if (strcmp(entries->name, name) == 0)
            return entries;
    return NULL;
}
")
list(APPEND DIABOLO_REGISTRY_SOURCES ${path})
