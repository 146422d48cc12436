/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One description, three outputs: the same struct as JSON, as a line of a table, and in a file, and read back from it. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/member.h"

typedef struct part {
    int count;
    double span[2];
} part;

typedef struct thing {
    char *name;
    char why[8];
    bool good;
    double length, error;
    part part;
    double *curve; /* (T, 2) */
} thing;

#define OF(member, ...) DIA_MEMBER_OF(part, member, __VA_ARGS__)
static const dia_member part_fields[] = {
    OF(count, DIA_MEMBER_INT, .name = "count", .key = "count"),
    OF(span, DIA_MEMBER_REAL, .shape = "2", .name = "span", .unit = "bohr", .key = "span_halves", .scale = 0.5),
    {0}};
#undef OF
#define OF(member, ...) DIA_MEMBER_OF(thing, member, __VA_ARGS__)
static const dia_member fields[] = {
    OF(name, DIA_MEMBER_TEXT, .name = "name", .key = "name", .heading = "what", .width = 6),
    OF(why, DIA_MEMBER_WORDS, .key = "why"),
    OF(good, DIA_MEMBER_BOOL, .name = "good", .key = "good"),
    OF(length, DIA_MEMBER_REAL, .name = "length", .key = "length_halves", .scale = 0.5, .heading = "length", .width = 8,
       .digits = 2),
    OF(error, DIA_MEMBER_REAL, .heading = "", .width = 4, .digits = 1, .before = " ± "),
    OF(part, DIA_MEMBER_OBJECT, .key = "part", .fields = part_fields),
    OF(curve, DIA_MEMBER_REAL, .shape = "T2", .name = "curve", .unit = "hartree", .key = "curve", .across = true,
       .least = 1, .most = 5, .absent = true),
    {0}};
#undef OF

static double curve[6] = {1, 2, 3, 4, 5, NAN};
static char first[] = "first", second[] = "zweité";
static thing things[2] = {
    {.name = first, .why = "so", .good = true, .length = 1, .error = 0.25, .part = {3, {1, 2}}, .curve = curve},
    {.name = second, .length = NAN, .error = NAN, .part = {4, {5, 6}}, .curve = curve}};
static const dia_extents extents = {.of = {['T'] = 3}};

static char *caught;
static size_t size;

static void as_json(void **state)
{
    (void)state;
    FILE *out = open_memstream(&caught, &size);
    dia_json json = {.out = out};
    dia_json_object(&json, NULL);
    dia_members_json(fields, &things[0], &extents, &json);
    dia_json_end(&json);
    fclose(out);
    assert_string_equal(caught,
                        "{\n  \"name\": \"first\",\n  \"why\": \"so\",\n  \"good\": true,\n  \"length_halves\": 2,\n"
                        "  \"part\": {\n    \"count\": 3,\n    \"span_halves\": [2, 4]\n  },\n"
                        "  \"curve\": [\n    [1, 3, 5],\n    [2, 4, null]\n  ]\n}\n");
    free(caught);
}

static void as_text(void **state)
{
    (void)state;
    FILE *out = open_memstream(&caught, &size);
    dia_members_heading(fields, out);
    fputc('\n', out);
    for (int i = 0; i < 2; i++) {
        dia_members_line(fields, &things[i], out);
        fputc('\n', out);
    }
    fclose(out);
    assert_string_equal(caught, " what     length       \n first      2.00 ±  0.2\n zweité        -       \n");
    free(caught);
}

static void as_file(void **state)
{
    (void)state;
    static const size_t dims[2] = {3, 2}, row[2] = {2, 2};
    dia_error error = {0};
    dia_store *store = NULL;
    char *text = NULL;
    double found[6], length = 0;
    int64_t good = 0;
    const dia_rows rows = {.row = &things[0].part, .stride = sizeof *things, .rank = 1, .dims = {2}};
    assert_ok(dia_store_create(&store, "member.h5", &error), &error);
    assert_ok(dia_members_store(fields, &things[0], &extents, store, "group", &error), &error);
    assert_ok(dia_rows_store(part_fields, &rows, store, "rows", &error), &error);
    assert_ok(dia_store_commit(&store, &error), &error);
    assert_ok(dia_store_open(&store, "member.h5", &error), &error);
    assert_ok(dia_store_read(store, "group/curve", DIA_NUMBER_REAL, 2, dims, found, &error), &error);
    for (int i = 0; i < 5; i++)
        assert_close(found[i], curve[i], 0, 0);
    assert_ok(dia_store_attribute_text(store, "group/curve", "unit", &text, &error), &error);
    assert_string_equal(text, "hartree");
    free(text);
    assert_ok(dia_store_attribute_text(store, "group", "name", &text, &error), &error);
    assert_string_equal(text, "first");
    free(text);
    assert_ok(dia_store_attribute_real(store, "group", "length", &length, &error), &error);
    assert_close(length, 1, 0, 0);
    assert_ok(dia_store_attribute_int(store, "group", "good", &good, &error), &error);
    assert_int_equal(good, 1);
    assert_ok(dia_store_read(store, "rows/span", DIA_NUMBER_REAL, 2, row, found, &error), &error);
    assert_close(found[1], 2, 0, 0);
    assert_close(found[2], 5, 0, 0);
    dia_store_close(&store);
}

/* The file of as_file: the same struct again, and refused where a number, an extent or a text is not allowed. */
static void read_back(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_store *store = NULL;
    dia_member strict[8];
    thing found = {0};
    part parts[2] = {{0}};
    const dia_rows rows = DIA_ROWS(parts, 2), three = DIA_ROWS(parts, 3);
    dia_extents any = {.of = {['T'] = DIA_EXTENT_ANY}}, wrong = {.of = {['T'] = 2}};
    assert_ok(dia_store_open(&store, "member.h5", &error), &error);
    assert_ok(dia_members_load(fields, &found, &any, store, "group", NULL, &error), &error);
    assert_int_equal(any.of['T'], 3);
    assert_string_equal(found.name, "first");
    assert_true(found.good && found.length == 1 && found.curve[4] == 5 && isnan(found.curve[5]));
    dia_members_free(fields, &found);
    assert_null(found.curve);
    assert_ok(dia_members_load(fields, &found, &any, store, "group", "length good", &error), &error);
    assert_true(found.name == NULL && found.curve == NULL);
    assert_ok(dia_rows_load(part_fields, &rows, &any, store, "rows", NULL, &error), &error);
    assert_true(parts[1].count == 4 && parts[1].span[0] == 5 && parts[1].span[1] == 6);
    assert_int_equal(dia_members_load(fields, &found, &wrong, store, "group", NULL, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "group/curve"));
    dia_members_free(fields, &found);
    dia_error_clear(&error);
    memcpy(strict, fields, sizeof fields);
    strict[6].most = 4; /* curve */
    assert_int_equal(dia_members_load(strict, &found, &any, store, "group", NULL, &error), DIA_ERROR_FILE);
    assert_non_null(strstr(error.text, "number 4: expected 1 to 4 or none, found 5"));
    dia_members_free(fields, &found);
    strict[6].most = 5;
    strict[6].absent = false;
    assert_int_equal(dia_members_load(strict, &found, &any, store, "group", "curve", &error), DIA_ERROR_FILE);
    dia_members_free(fields, &found);
    strict[6].unit = "eV";
    assert_int_equal(dia_members_load(strict, &found, &any, store, "group", "curve", &error), DIA_ERROR_INPUT);
    dia_members_free(fields, &found);
    assert_int_equal(dia_rows_load(part_fields, &three, &any, store, "rows", NULL, &error), DIA_ERROR_INPUT);
    dia_store_close(&store);
    unlink("member.h5");
}

typedef struct item {
    int place;
    char why[8];
} item;

typedef struct whole {
    part part;
    int colour;
    double *way; /* (T, 3) */
    int *count;  /* (T) */
    double *none;
    item *items; /* (I) */
} whole;

static const char *const colours[] = {"red", "green"};
#define OF(member, ...) DIA_MEMBER_OF(item, member, __VA_ARGS__)
static const dia_member item_fields[] = {
    OF(place, DIA_MEMBER_INT, .name = "place"), OF(why, DIA_MEMBER_WORDS, .name = "why", .unit = "1"), {0}};
#undef OF
#define OF(member, ...) DIA_MEMBER_OF(whole, member, __VA_ARGS__)
static const dia_member array_fields[] = {
    OF(way, DIA_MEMBER_REAL, .shape = "T3", .name = "way", .unit = "bohr", .frame = true, .key = "way"),
    OF(count, DIA_MEMBER_INT, .shape = "T", .name = "count", .key = "count"),
    {0}};
static const dia_member whole_fields[] = {
    {.kind = DIA_MEMBER_PART, .fields = array_fields},
    OF(part, DIA_MEMBER_PART, .fields = part_fields),
    OF(colour, DIA_MEMBER_CHOICE, .name = "colour", .words = colours),
    OF(none, DIA_MEMBER_REAL, .shape = "T", .name = "none"),
    OF(items, DIA_MEMBER_ROWS, .shape = "I", .fields = item_fields, .stride = sizeof(item)),
    {0}};
#undef OF

/* Parts, rows, texts of numbers, vectors; arrays that are reserved. */
static void as_parts(void **state)
{
    (void)state;
    item items[2] = {{7, "so"}, {8, ""}}, read[2];
    const dia_extents both = {.of = {['T'] = 2, ['I'] = 2}};
    dia_extents any = {{0}};
    const dia_rows rows = DIA_ROWS(read, 2);
    whole w = {.part = {.count = 5}, .colour = 1, .items = items};
    dia_error error = {0};
    dia_store *store = NULL;
    char *text = NULL;
    int64_t number = 0;
    assert_ok(dia_members_reserve(array_fields, &w, &both, &error), &error);
    assert_true(isnan(w.way[5]) && w.count[1] == 0);
    for (int i = 0; i < 6; i++)
        w.way[i] = i;
    w.count[1] = 9;
    assert_ok(dia_store_create(&store, "member.h5", &error), &error);
    assert_ok(dia_members_store(whole_fields, &w, &both, store, "group", &error), &error);
    assert_ok(dia_store_commit(&store, &error), &error);
    assert_ok(dia_store_open(&store, "member.h5", &error), &error);
    assert_false(dia_store_has(store, "group/none"));
    assert_ok(dia_store_attribute_text(store, "group", "colour", &text, &error), &error);
    assert_string_equal(text, "green");
    free(text);
    assert_ok(dia_store_attribute_text(store, "group/way", "frame", &text, &error), &error);
    assert_string_equal(text, "cartesian");
    free(text);
    assert_ok(dia_store_attribute_int(store, "group", "count", &number, &error), &error); /* of the part */
    assert_int_equal(number, 5);
    assert_ok(dia_rows_load(item_fields, &rows, &any, store, "group", NULL, &error), &error);
    assert_int_equal(read[1].place, 8);
    assert_string_equal(read[0].why, "so");
    FILE *out = open_memstream(&caught, &size);
    dia_json json = {.out = out};
    dia_json_object(&json, NULL);
    dia_members_json_row(array_fields, 2, &w, &both, 1, &json);
    dia_json_end(&json);
    fclose(out);
    assert_string_equal(caught, "{\n  \"way\": [3, 4, 5],\n  \"count\": 9\n}\n");
    free(caught);
    dia_members_free(array_fields, &w);
    assert_null(w.way);
    dia_store_close(&store);
    unlink("member.h5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_json), cmocka_unit_test(as_text), cmocka_unit_test(as_file),
                                       cmocka_unit_test(read_back), cmocka_unit_test(as_parts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
