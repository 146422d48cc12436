/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/mechanism_data.h"

#include "base/json.h"

/* values[0], values[stride], ... times unit; at most `most` of them (0: all). */
static void put(dia_json *json, const char *key, int n, int most, size_t stride, const double *values, double unit)
{
    dia_json_line(json, key);
    for (int i = 0; i < dia_json_thinned(n, most); i++)
        dia_json_real(json, NULL, values[(size_t)dia_json_item(n, most, i) * stride] * unit);
    dia_json_end(json);
}

static void put_ints(dia_json *json, const char *key, int n, size_t stride, const int *values)
{
    dia_json_line(json, key);
    for (size_t i = 0; i < (size_t)n; i++)
        dia_json_int(json, NULL, *(const int *)((const char *)values + i * stride));
    dia_json_end(json);
}

/* The rows of the census as columns, one for frustrated and one for accepted hops; of triples the median. */
static void put_table(dia_json *json, const dia_census *c)
{
    static const struct {
        const char *name;
        size_t offset; /* in a group */
        double unit;
    } columns[] = {{"share", offsetof(dia_census_group, share.value), 1},
                   {"share_low", offsetof(dia_census_group, share.low), 1},
                   {"share_high", offsetof(dia_census_group, share.high), 1},
                   {"mean_time", offsetof(dia_census_group, mean_time), 1},
                   {"time_error", offsetof(dia_census_group, time_error), 1},
                   {"energy", offsetof(dia_census_group, energy), 1 / DIA_EV},
                   {"gap", offsetof(dia_census_group, gap[1]), 1 / DIA_EV},
                   {"distance", offsetof(dia_census_group, distance[1]), 1 / DIA_ANGSTROM}};
    const size_t stride = sizeof *c->row / sizeof(double);
    char key[64];
    dia_json_object(json, "table");
    put_ints(json, "from", c->nrow, sizeof *c->row, &c->row->from);
    put_ints(json, "to", c->nrow, sizeof *c->row, &c->row->to);
    put_ints(json, "point", c->nrow, sizeof *c->row, &c->row->point);
    for (int a = 0; a < 2; a++)
        put_ints(json, a == 0 ? "count_frustrated" : "count_accepted", c->nrow, sizeof *c->row,
                 &c->row->group[a].share.count);
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        for (int a = 0; a < 2; a++) {
            snprintf(key, sizeof key, "%s_%s", columns[i].name, a == 0 ? "frustrated" : "accepted");
            put(json, key, c->nrow, 0, stride, (const double *)((const char *)&c->row->group[a] + columns[i].offset),
                columns[i].unit);
        }
    dia_json_end(json);
}

static void put_census(dia_json *json, const dia_content *content)
{
    const dia_census *c = &content->mechanism.census;
    const dia_passages *p = &content->mechanism.passages;
    dia_json_object(json, "census");
    for (int label = 0; label < 2; label++) {
        dia_json_array(json, label ? "label" : "name");
        for (int i = 0; i < c->points.npoint; i++)
            dia_json_text(json, NULL, label ? c->points.label[i] : c->points.name[i]);
        dia_json_end(json);
    }
    put_ints(json, "hop", c->nhop, sizeof *c->point, c->point);
    put_table(json, c);
    dia_json_array(json, "last"); /* boundaries of points of times */
    for (int b = 0; b < p->nboundary; b++) {
        dia_json_array(json, NULL);
        for (int i = 0; i < p->ncolumn; i++)
            put(json, NULL, p->ntime, content->most, 1, p->last + (size_t)(b * p->ncolumn + i) * (size_t)p->ntime, 1);
        dia_json_end(json);
    }
    dia_json_end(json);
    dia_json_end(json);
}

/* The maps are bytes behind one another (maps.h), in an element of their own. */
static void put_map(dia_json *json, const dia_map *map, const dia_series *s)
{
    const double unit = dia_series_unit_of(s).size;
    dia_json_object(json, "map");
    dia_json_int(json, "columns", map->columns);
    dia_json_int(json, "bins", map->bins);
    dia_json_int(json, "every", map->every);
    dia_json_real(json, "from", s->density.edge[0] / unit);
    dia_json_real(json, "to", s->density.edge[s->density.bins] / unit);
    dia_json_real(json, "step", map->step / unit);
    put(json, "most", map->ngroup, 0, 1, map->most, unit);
    dia_json_line(json, "offset");
    for (int g = 0; g < map->ngroup; g++)
        dia_json_int(json, NULL, (int64_t)map->offset[g]);
    dia_json_end(json);
    dia_json_end(json);
}

/* Of the first value of a coordinate, over all trajectories: mean and the quantiles 5, 25, 50, 75, 95 %. */
static void put_coordinate(dia_json *json, const dia_series *s, const dia_map *map, int most)
{
    static const char *const keys[DIA_SERIES_QUANTILES] = {"q05", "q25", "q50", "q75", "q95"};
    const dia_series_unit unit = dia_series_unit_of(s);
    dia_json_object(json, NULL);
    dia_json_text(json, "name", s->name);
    dia_json_text(json, "coordinate", s->coordinate.text);
    dia_json_text(json, "unit", s->coordinate.dimension == DIA_LENGTH ? "Å" : unit.name);
    put(json, "mean", s->ntime, most, 1, s->mean, 1 / unit.size);
    for (int q = 0; q < DIA_SERIES_QUANTILES; q++)
        put(json, keys[q], s->ntime, most, DIA_SERIES_QUANTILES, s->quantile + q, 1 / unit.size);
    dia_json_int(json, "values", s->nvalue);
    put_map(json, map, s);
    dia_json_end(json);
}

void dia_mechanism_data_write(const dia_content *content, FILE *out)
{
    dia_json json = {.out = out, .digits = 6};
    dia_json_object(&json, NULL);
    if (content->mechanism.has_census)
        put_census(&json, content);
    dia_json_array(&json, "coordinates");
    for (int i = 0; i < content->mechanism.nseries; i++)
        put_coordinate(&json, &content->mechanism.series[i], &content->maps.map[i], content->most);
    dia_json_end(&json);
    dia_motion_data_write(content, &json);
    dia_json_end(&json);
}
