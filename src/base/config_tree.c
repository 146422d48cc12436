/* SPDX-License-Identifier: GPL-3.0-or-later */
/* YAML text -> tree of nodes, by libyaml's event interface, because events still contain anchors and tags, which are
 * refused. */
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base/config_internal.h"

/* LONGEST: libyaml takes keys up to 1024 bytes, and each byte may be written as six. */
enum { DEEPEST = 32, PAIRS = 1000, LONGEST = 150 };

typedef struct reader {
    dia_config *config;
    const char *source;
    yaml_parser_t parser;
    bool failed; /* the parser failed, or out of memory */
    bool deep;
} reader;

dia_node *dia_config_node(dia_config *config, node_kind kind, int line, int column, const char *source)
{
    dia_node *node = dia_arena_get(config->arena, sizeof *node);
    if (node == NULL) {
        config->exhausted = true;
        return NULL;
    }
    node->kind = kind;
    node->line = line;
    node->column = column;
    node->source = source;
    return node;
}

bool dia_config_append(dia_config *config, dia_node *to, dia_node *key, dia_node *value)
{
    if (to->count == to->room) {
        int room = to->room > 0 ? 2 * to->room : 4;
        dia_node **items = dia_arena_get(config->arena, (size_t)room * sizeof *items);
        dia_node **keys = key != NULL ? dia_arena_get(config->arena, (size_t)room * sizeof *keys) : NULL;
        if (items == NULL || (key != NULL && keys == NULL)) {
            config->exhausted = true;
            return false;
        }
        for (int i = 0; i < to->count; i++) {
            items[i] = to->items[i];
            if (key != NULL)
                keys[i] = to->keys[i];
        }
        to->items = items;
        to->keys = keys;
        to->room = room;
    }
    to->items[to->count] = value;
    if (key != NULL)
        to->keys[to->count] = key;
    to->count++;
    return true;
}

static bool next(reader *in, yaml_event_t *event)
{
    in->failed = in->failed || in->config->exhausted || yaml_parser_parse(&in->parser, event) == 0;
    return !in->failed;
}

static dia_node *node_at(reader *in, const yaml_event_t *event, node_kind kind)
{
    dia_node *node = dia_config_node(in->config, kind, (int)event->start_mark.line + 1,
                                     (int)event->start_mark.column + 1, in->source);
    in->failed = in->failed || node == NULL;
    return node;
}

/* Anchors, aliases and tags make an input hard to read and can grow without bound: refused, but reading goes on. */
static void refuse_marks(reader *in, const dia_node *node, const yaml_char_t *anchor, const yaml_char_t *tag)
{
    if (anchor != NULL)
        dia_config_mistake(in->config, node,
                           "anchors ('&%.40s') are not allowed; write the value out, or put it in quotation marks",
                           (const char *)anchor);
    if (tag != NULL)
        dia_config_mistake(in->config, node,
                           "tags ('%.40s') are not allowed; put text beginning with '!' in quotation marks",
                           (const char *)tag);
}

static dia_node *read_node(reader *in, yaml_event_t *event, int depth);

static void add_pair(reader *in, dia_node *mapping, dia_node *key, dia_node *value)
{
    if (key->kind != NODE_SCALAR) {
        if (key->kind != NODE_BROKEN)
            dia_config_mistake(in->config, key, "a key must be a simple word");
        return;
    }
    if (strlen(key->text) > LONGEST) {
        dia_config_mistake(in->config, key, "a key of %zu bytes, expected %d at most: '%.40s...'", strlen(key->text),
                           LONGEST, key->text);
        return;
    }
    for (int i = 0; i < mapping->count; i++)
        if (strcmp(mapping->keys[i]->text, key->text) == 0) {
            dia_config_mistake(in->config, key, "key '%.60s' given twice, first on line %d", key->text,
                               mapping->keys[i]->line);
            return;
        }
    if (mapping->count == PAIRS) { /* bounds the cost of the search above for a hostile file */
        dia_config_mistake(in->config, key, "more than %d keys in one block", PAIRS);
        in->deep = in->failed = true;
        return;
    }
    dia_config_append(in->config, mapping, key, value);
}

/* Children of a list or mapping until its end event. */
static void read_children(reader *in, dia_node *parent, yaml_event_type_t end, int depth)
{
    dia_node *key = NULL;
    yaml_event_t event;
    while (next(in, &event)) {
        if (event.type == end) {
            yaml_event_delete(&event);
            return;
        }
        dia_node *child = read_node(in, &event, depth + 1);
        if (child == NULL)
            return;
        if (parent->kind == NODE_LIST) {
            dia_config_append(in->config, parent, NULL, child);
        } else if (key == NULL) {
            key = child;
        } else {
            add_pair(in, parent, key, child);
            key = NULL;
        }
    }
}

/* The node that begins with this event (which is deleted); NULL: failed. */
static dia_node *read_node(reader *in, yaml_event_t *event, int depth)
{
    dia_node *node = NULL;
    if (depth > DEEPEST) {
        node = node_at(in, event, NODE_BROKEN);
        dia_config_mistake(in->config, node, "more than %d levels of nesting", DEEPEST);
        in->deep = in->failed = true;
        yaml_event_delete(event);
        return NULL;
    }
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        node = node_at(in, event, NODE_SCALAR);
        if (node == NULL)
            break;
        refuse_marks(in, node, event->data.scalar.anchor, event->data.scalar.tag);
        node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
        node->text = dia_arena_text(in->config->arena, (const char *)event->data.scalar.value);
        in->failed = in->failed || node->text == NULL;
        if (node->text != NULL && strlen(node->text) != event->data.scalar.length) {
            dia_config_mistake(in->config, node, "text with a zero byte ('\\0') is not allowed");
            node->kind = NODE_BROKEN;
        }
        break;
    case YAML_ALIAS_EVENT:
        node = node_at(in, event, NODE_BROKEN);
        if (node != NULL)
            dia_config_mistake(in->config, node,
                               "aliases ('*%.40s') are not allowed; write the value out, or put it in quotation marks",
                               (const char *)event->data.alias.anchor);
        break;
    case YAML_SEQUENCE_START_EVENT:
        node = node_at(in, event, NODE_LIST);
        if (node != NULL) {
            refuse_marks(in, node, event->data.sequence_start.anchor, event->data.sequence_start.tag);
            read_children(in, node, YAML_SEQUENCE_END_EVENT, depth);
        }
        break;
    case YAML_MAPPING_START_EVENT:
        node = node_at(in, event, NODE_MAPPING);
        if (node != NULL) {
            refuse_marks(in, node, event->data.mapping_start.anchor, event->data.mapping_start.tag);
            read_children(in, node, YAML_MAPPING_END_EVENT, depth);
        }
        break;
    default:
        break;
    }
    yaml_event_delete(event);
    return in->failed || in->config->exhausted ? NULL : node;
}

/* Does the indentation of this line contain a tab? */
static bool tab_indented(const char *text, size_t line)
{
    for (; line > 0 && text != NULL; line--) {
        text = strchr(text, '\n');
        if (text != NULL)
            text++;
    }
    return text != NULL && text[strspn(text, " ")] == '\t';
}

/* libyaml's own message, with line and column; errors of the byte reader have only an offset. */
static dia_status grammar_error(const reader *in, const char *text, size_t size, dia_error *error)
{
    const yaml_parser_t *parser = &in->parser;
    if (parser->error == YAML_MEMORY_ERROR || in->config->exhausted)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory reading '%s'", in->config->name);
    size_t line = parser->problem_mark.line, column = parser->problem_mark.column;
    if (parser->error == YAML_READER_ERROR) {
        line = column = 0;
        for (size_t i = 0; i < parser->problem_offset && i < size; i++) {
            column = text[i] == '\n' ? 0 : column + (((unsigned char)text[i] & 0xc0) != 0x80);
            line += text[i] == '\n';
        }
    }
    char caret[400] = "";
    dia_config_caret(text, (int)line + 1, (int)column + 1, sizeof caret, caret);
    const char *problem = parser->problem != NULL ? parser->problem : "not YAML", *context = parser->context;
    if (tab_indented(text, line)) {
        problem = "a tab in the indentation; use spaces";
        context = NULL;
    } else if (strstr(problem, "UTF-8") != NULL) {
        problem = "a byte that is not UTF-8 text; save the file as UTF-8";
        context = NULL;
    }
    const char *source = in->source != NULL ? in->source : in->config->name;
    if (in->source != NULL)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: %s%s%s", source, problem, context != NULL ? " " : "",
                             context != NULL ? context : "");
    return dia_error_set(error, DIA_ERROR_INPUT, "%s:%zu:%zu: %s%s%s%s", source, line + 1, column + 1, problem,
                         context != NULL ? " " : "", context != NULL ? context : "", caret);
}

/* Stream start, document start, one node, document end, stream end. */
static void read_stream(reader *in, dia_node **root)
{
    yaml_event_t event;
    while (next(in, &event)) {
        switch (event.type) {
        case YAML_STREAM_END_EVENT:
            yaml_event_delete(&event);
            return;
        case YAML_STREAM_START_EVENT:
        case YAML_DOCUMENT_END_EVENT:
            yaml_event_delete(&event);
            break;
        case YAML_DOCUMENT_START_EVENT:
            if (*root != NULL) {
                dia_node *node = node_at(in, &event, NODE_BROKEN);
                dia_config_mistake(in->config, node, "a second document begins here; one file holds one input");
                in->deep = in->failed = true;
            }
            yaml_event_delete(&event);
            break;
        default: {
            dia_node *node = read_node(in, &event, 0);
            if (*root == NULL)
                *root = node;
        }
        }
    }
}

dia_status dia_config_tree(dia_config *config, const char *text, size_t size, const char *source, dia_node **root,
                           dia_error *error)
{
    *root = NULL;
    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) { /* byte order mark */
        text += 3;
        size -= 3;
    }
    reader in = {.config = config, .source = source};
    if (yaml_parser_initialize(&in.parser) == 0)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory reading '%s'", config->name);
    yaml_parser_set_encoding(&in.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&in.parser, (const unsigned char *)text, size);
    read_stream(&in, root);
    dia_status status = DIA_OK;
    if (in.failed && !in.deep)
        status = grammar_error(&in, text, size, error);
    yaml_parser_delete(&in.parser);
    if (*root != NULL && (*root)->kind == NODE_SCALAR && !(*root)->quoted && (*root)->text[0] == '\0')
        *root = NULL; /* only "---" and comments */
    return status;
}
