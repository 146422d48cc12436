/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

static bool zeroed(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

/* Pieces of all sizes: aligned, zeroed, and none overlaps another (each is filled with its own mark, then checked). */
static void test_pieces(void **state)
{
    (void)state;
    enum { N = 2000 };
    static unsigned char *piece[N];
    static size_t size[N];
    dia_arena *arena = dia_arena_create();
    assert_non_null(arena);
    for (size_t i = 0; i < N; i++) {
        size[i] = i % 100 == 0 ? 100000 : (i * 37) % 300; /* now and then larger than a chunk; 0 as well */
        piece[i] = dia_arena_get(arena, size[i]);
        assert_non_null(piece[i]);
        assert_int_equal((uintptr_t)piece[i] % 64, 0);
        assert_true(zeroed(piece[i], size[i]));
        memset(piece[i], (int)(i % 251) + 1, size[i]);
    }
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < size[i]; j++)
            if (piece[i][j] != (unsigned char)(i % 251 + 1))
                fail_msg("piece %zu was overwritten", i);
    char text[] = "text";
    char *copy = dia_arena_text(arena, text);
    text[0] = 'n';
    assert_string_equal(copy, "text");
    dia_arena_free(arena);
    dia_arena_free(NULL);
}

static void test_too_much(void **state)
{
    (void)state;
    dia_arena *arena = dia_arena_create();
    assert_null(dia_arena_get(arena, SIZE_MAX));
    assert_null(dia_arena_get(arena, SIZE_MAX - 63));
    assert_non_null(dia_arena_get(arena, 1)); /* a refusal does no harm */
    dia_arena_free(arena);
    assert_null(dia_allocate(SIZE_MAX / 8 + 2, 8)); /* the product overflows */
    assert_null(dia_allocate(SIZE_MAX, 1));
    void *nothing = dia_allocate(0, 8);
    assert_non_null(nothing);
    free(nothing);
    unsigned char *some = dia_allocate(3, 7);
    assert_int_equal((uintptr_t)some % 64, 0);
    assert_true(zeroed(some, 21));
    free(some);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pieces), cmocka_unit_test(test_too_much)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
