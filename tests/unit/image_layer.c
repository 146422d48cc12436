/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first layer for all images at once, against one image after the other, on groups with and without operations that commute. */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/rng.h"
#include "model/image_layer.h"

#define L DIA_PANEL_LANES
enum { FEATURES = 12, UNITS = 17, GENERATORS = 3, IMAGES_MAX = 64 };

typedef struct group { /* signed permutations: feature k of the image is that at |to[k]| - 1, with its sign */
    const char *name;
    int generator[GENERATORS][FEATURES];
    int order, commuting; /* of the group; of the subgroup that is to be found */
} group;

#define STAY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
static const group groups[] = {
    {"one element", {{STAY}, {STAY}, {STAY}}, 1, 1},
    {"only a sign", {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, -11, -12}, {STAY}, {STAY}}, 2, 2},
    {"three exchanges, as of ethylene", /* atoms, and the last features odd under two of them */
     {{2, 1, 4, 3, 6, 5, 8, 7, 9, 10, -11, 12},
      {3, 4, 1, 2, 7, 8, 5, 6, 9, 10, -11, -12},
      {5, 6, 7, 8, 1, 2, 3, 4, -9, 10, 11, 12}},
     8,
     8},
    {"pairs turned round by the next",
     {{2, 1, 4, 3, 6, 5, 7, 8, 9, 10, 11, 12}, {4, 3, 2, 1, -6, -5, -7, 8, 9, 10, 11, 12}, {STAY}},
     4,
     4},
    {"signs on what is exchanged",
     {{-2, -1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, {STAY}, {-1, -2, 3, 4, 5, 6, 7, 8, -10, -9, 11, 12}},
     4,
     4},
    {"rotations by a quarter: one of two commutes with itself",
     {{2, 3, 4, 1, 6, -5, 7, 8, 9, 10, 11, 12}, {STAY}, {STAY}},
     4,
     2},
    {"permutations of three and a sign, as of ammonia",
     {{2, 1, 3, 5, 4, 6, 7, 8, 9, -10, 11, 12},
      {1, 3, 2, 4, 6, 5, 7, 8, 9, -10, 11, 12},
      {1, 2, 3, 4, 5, 6, 7, 8, 9, -10, -11, 12}},
     12,
     4},
};

typedef struct subject {
    dia_images images;
    dia_mlp mlp;
    dia_image_layer layer;
    int source[IMAGES_MAX * FEATURES];
    double sign[IMAGES_MAX * FEATURES];
} subject;

static int find(const dia_images *images, const int *source, const double *sign)
{
    for (int g = 0; g < images->nimage; g++)
        if (memcmp(images->source + g * FEATURES, source, sizeof *source * FEATURES) == 0 &&
            memcmp(images->sign + g * FEATURES, sign, sizeof *sign * FEATURES) == 0)
            return g;
    return -1;
}

/* All products of the generators, until there is no new one. */
static void close_group(subject *s, const group *g)
{
    dia_images *images = &s->images;
    *images = (dia_images){
        .nfeature = FEATURES, .nstate = 1, .npacked = 1, .nimage = 1, .source = s->source, .sign = s->sign};
    for (int k = 0; k < FEATURES; k++) {
        s->source[k] = k;
        s->sign[k] = 1.0;
    }
    for (int at = 0; at < images->nimage; at++)
        for (int q = 0; q < GENERATORS; q++) {
            int *source = s->source + images->nimage * FEATURES;
            double *sign = s->sign + images->nimage * FEATURES;
            for (int k = 0; k < FEATURES; k++) {
                const int to = g->generator[q][k];
                source[k] = s->source[at * FEATURES + abs(to) - 1];
                sign[k] = s->sign[at * FEATURES + abs(to) - 1] * (to > 0 ? 1.0 : -1.0);
            }
            if (find(images, source, sign) < 0)
                images->nimage++;
            assert_true(images->nimage < IMAGES_MAX);
        }
    assert_int_equal(images->nimage, g->order);
}

static void subject_init(subject *s, const group *g)
{
    dia_error error = {0};
    const int width[2] = {FEATURES, UNITS};
    close_group(s, g);
    assert_ok(dia_mlp_init(&s->mlp, 1, width, DIA_ACTIVATION_TANH, true, &error), &error);
    s->mlp.theta = dia_allocate((size_t)s->mlp.ntheta, sizeof(double));
    for (int i = 0; i < s->mlp.ntheta; i++)
        s->mlp.theta[i] = dia_rng_normal(1, 0, 0, DIA_PURPOSE_TEST, (uint32_t)i);
    dia_mlp_refresh(&s->mlp);
    assert_ok(dia_image_layer_init(&s->layer, &s->images, &s->mlp, &error), &error);
    dia_image_layer_refresh(&s->layer);
}

static void subject_free(subject *s)
{
    free(s->mlp.theta);
    dia_image_layer_free(&s->layer);
    dia_mlp_free(&s->mlp);
}

static double *random_panel(int rows, uint64_t stream)
{
    double *x = dia_allocate((size_t)dia_panel_padded(rows) * L, sizeof *x);
    for (int i = 0; i < rows * L; i++)
        x[i] = dia_rng_normal(2, stream, 0, DIA_PURPOSE_TEST, (uint32_t)i);
    return x;
}

/* z of each image, and the sum of what each gives back; sums of some 100 numbers of order 1: rounding below 1e-13. */
static void as_image_by_image(void **state)
{
    (void)state;
    static subject s;
    for (size_t q = 0; q < sizeof groups / sizeof groups[0]; q++) {
        subject_init(&s, &groups[q]);
        print_message("%s\n", groups[q].name);
        assert_int_equal(s.layer.group.order, groups[q].commuting);
        assert_int_equal(s.layer.group.order * s.layer.group.ncoset, groups[q].order);
        const double *W = s.mlp.theta, *b = W + UNITS * FEATURES;
        double *u = random_panel(FEATURES, 1), *ubar = random_panel(FEATURES, 2), *image = random_panel(FEATURES, 3),
               *back = random_panel(FEATURES, 4);
        double *z = dia_allocate(dia_image_layer_size(&s.layer), sizeof *z);
        double *scratch = dia_allocate(dia_image_layer_scratch(&s.layer), sizeof *scratch);
        for (int tangent = 0; tangent < 2; tangent++) {
            dia_image_layer_forward(&s.layer, u, tangent != 0, scratch, z);
            for (int g = 0; g < s.images.nimage; g++) {
                dia_images_take(&s.images, g, u, image);
                for (int i = 0; i < UNITS; i++)
                    for (int l = 0; l < L; l++) {
                        double sum = tangent ? 0.0 : b[i];
                        for (int k = 0; k < FEATURES; k++)
                            sum += W[i * FEATURES + k] * image[k * L + l];
                        assert_close(dia_image_layer_of(&s.layer, z, g)[i * L + l], sum, 0.0, 1e-13);
                    }
            }
        }
        dia_image_layer_reverse(&s.layer, z, scratch, ubar);
        memset(back, 0, sizeof *back * FEATURES * L);
        for (int g = 0; g < s.images.nimage; g++) {
            for (int k = 0; k < FEATURES; k++)
                for (int l = 0; l < L; l++) {
                    image[k * L + l] = 0.0;
                    for (int i = 0; i < UNITS; i++)
                        image[k * L + l] += W[i * FEATURES + k] * dia_image_layer_of(&s.layer, z, g)[i * L + l];
                }
            dia_images_give(&s.images, g, image, back);
        }
        for (int i = 0; i < FEATURES * L; i++)
            assert_close(ubar[i], back[i], 1e-13, 2e-12); /* some thousand products of order 10 */
        free(u), free(ubar), free(image), free(back), free(z), free(scratch);
        subject_free(&s);
    }
}

/* The images of an image are those of the geometry in another order, to the last bit where all operations commute: what is summed
 * over them is as symmetric as it was. */
static void images_of_images(void **state)
{
    (void)state;
    static subject s;
    for (size_t q = 0; q < sizeof groups / sizeof groups[0]; q++) {
        if (groups[q].commuting < groups[q].order)
            continue;
        subject_init(&s, &groups[q]);
        const dia_images *images = &s.images;
        double *u = random_panel(FEATURES, 5), *other = random_panel(FEATURES, 6);
        const size_t size = dia_image_layer_size(&s.layer);
        double *z = dia_allocate(size, sizeof *z), *zother = dia_allocate(size, sizeof *zother);
        double *scratch = dia_allocate(dia_image_layer_scratch(&s.layer), sizeof *scratch);
        dia_image_layer_forward(&s.layer, u, false, scratch, z);
        for (int g = 0; g < images->nimage; g++) {
            dia_images_take(images, g, u, other);
            dia_image_layer_forward(&s.layer, other, false, scratch, zother);
            for (int h = 0; h < images->nimage; h++) { /* h of g */
                int source[FEATURES];
                double sign[FEATURES];
                for (int k = 0; k < FEATURES; k++) {
                    const int to = images->source[h * FEATURES + k];
                    source[k] = images->source[g * FEATURES + to];
                    sign[k] = images->sign[h * FEATURES + k] * images->sign[g * FEATURES + to];
                }
                const int hg = find(images, source, sign);
                assert_memory_equal(dia_image_layer_of(&s.layer, zother, h), dia_image_layer_of(&s.layer, z, hg),
                                    sizeof *z * UNITS * L);
            }
        }
        free(u), free(other), free(z), free(zother), free(scratch);
        subject_free(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_image_by_image), cmocka_unit_test(images_of_images)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
