# SPDX-License-Identifier: GPL-3.0-or-later
# cmake -DNAME=identifier -DPART=name -DINPUT=file -DOUTPUT=file.c -P Embed.cmake: a file as a C array. What goes into a <script> of the page must
# not end it.
file(READ ${INPUT} hex HEX)
file(STRINGS ${INPUT} ends REGEX "</[sS][cC][rR][iI][pP][tT]")
if(ends AND NOT INPUT MATCHES "\\.html$")
  message(FATAL_ERROR "${INPUT} holds '</script'")
endif()
string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
file(WRITE ${OUTPUT} "/* Generated from ${INPUT}. */
#include \"report/parts.h\"

static const unsigned char bytes[] = {${bytes}};
extern const dia_report_part ${NAME};
const dia_report_part ${NAME} = {\"${PART}\", bytes, sizeof bytes};
")
