/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of lane_product.h that is there for doubles and for floats: first what a matrix is, then, with PRODUCT_BLOCKS, products. */
#define NAME(name) PRODUCT_NAME(name)
#if !defined(PRODUCT_BLOCKS)

typedef struct NAME(matrix) { /* element (i, j) is row i down + j right of a panel */
    PRODUCT_REAL *x;          /* of a factor it is only read */
    long down, right;
} NAME(matrix);

INLINE NAME(matrix) NAME(matrix_of)(const PRODUCT_REAL *x, int n)
{
    return (NAME(matrix)){(PRODUCT_REAL *)x, n, 1};
}

INLINE NAME(matrix) NAME(transposed)(NAME(matrix) A)
{
    return (NAME(matrix)){A.x, A.right, A.down};
}

INLINE PRODUCT_REAL *NAME(element_of)(NAME(matrix) A, int i, int j)
{
    return A.x + (i * A.down + j * A.right) * PRODUCT_ROW;
}

INLINE NAME(matrix) NAME(part_of)(NAME(matrix) A, int i, int j)
{
    return (NAME(matrix)){NAME(element_of)(A, i, j), A.down, A.right};
}

#else

INLINE void NAME(multiply_block)(const int rows, const int columns, int inner, NAME(matrix) A, NAME(matrix) B, int i0,
                                 int j0, NAME(matrix) C, const addition *plus)
{
    const PRODUCT_REAL *a = NAME(element_of)(A, i0, 0), *b = NAME(element_of)(B, 0, j0);
    PRODUCT_VECTOR s[TALL][BROAD];
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            s[i][j] = (PRODUCT_VECTOR){0};
    for (int k = 0; k < inner; k++, a += A.right * PRODUCT_ROW, b += B.down * PRODUCT_ROW) {
        PRODUCT_VECTOR y[BROAD];
        for (int j = 0; j < columns; j++)
            y[j] = *(const PRODUCT_VECTOR *)(const void *)(b + j * B.right * PRODUCT_ROW);
        for (int i = 0; i < rows; i++) {
            const PRODUCT_VECTOR x = *(const PRODUCT_VECTOR *)(const void *)(a + i * A.down * PRODUCT_ROW);
            for (int j = 0; j < columns; j++)
                s[i][j] += x * y[j];
        }
    }
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            if (plus != NULL) {
                const vector old = load(element_of(plus->add, i0 + i, j0 + j));
                store(element_of(plus->to, i0 + i, j0 + j), choose(plus->on, old + PRODUCT_WIDE(s[i][j]), old));
            } else {
                *(PRODUCT_VECTOR *)(void *)NAME(element_of)(C, i0 + i, j0 + j) = s[i][j];
            }
}

INLINE void NAME(multiply_rows)(const int rows, int columns, int inner, NAME(matrix) A, NAME(matrix) B, int i,
                                NAME(matrix) C, const addition *plus)
{
    int j = 0;
    for (; j + BROAD <= columns; j += BROAD)
        NAME(multiply_block)(rows, BROAD, inner, A, B, i, j, C, plus);
    for (; j + 2 <= columns; j += 2)
        NAME(multiply_block)(rows, 2, inner, A, B, i, j, C, plus);
    if (j < columns)
        NAME(multiply_block)(rows, 1, inner, A, B, i, j, C, plus);
}

INLINE void NAME(multiply_any)(int rows, int columns, int inner, bool lower, NAME(matrix) A, NAME(matrix) B,
                               NAME(matrix) C, const addition *plus)
{
    int i = 0;
    B.right = 1;
    for (; i + TALL <= rows; i += TALL)
        NAME(multiply_rows)(TALL, lower ? i + TALL : columns, inner, A, B, i, C, plus);
    for (; TALL > 2 && i + 2 <= rows; i += 2)
        NAME(multiply_rows)(2, lower ? i + 2 : columns, inner, A, B, i, C, plus);
    if (i < rows)
        NAME(multiply_rows)(1, lower ? i + 1 : columns, inner, A, B, i, C, plus);
}

/* C (rows, columns) = A B; lower: what is above the diagonal need not be there. B lies by rows; C is none of A and B. */
__attribute__((unused)) static void NAME(multiply)(int rows, int columns, int inner, bool lower, NAME(matrix) A,
                                                   NAME(matrix) B, NAME(matrix) C)
{
    NAME(multiply_any)(rows, columns, inner, lower, A, B, C, NULL);
}

/* A B is added (addition). */
__attribute__((unused)) static void NAME(multiply_add)(int rows, int columns, int inner, NAME(matrix) A, NAME(matrix) B,
                                                       const addition *plus)
{
    NAME(multiply_any)(rows, columns, inner, false, A, B, (NAME(matrix)){0}, plus);
}

/* the next number asks for both parts again */
#undef PRODUCT_BLOCKS
#undef PRODUCT_REAL
#undef PRODUCT_VECTOR
#undef PRODUCT_ROW
#undef PRODUCT_WIDE
#undef PRODUCT_NAME
#endif
#undef NAME
