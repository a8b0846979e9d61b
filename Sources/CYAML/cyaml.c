#include "cyaml.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct cyaml_reader {
  yaml_parser_t parser;
  yaml_event_t event;  // all zero before the first
};

cyaml_reader *cyaml_open(const unsigned char *bytes, size_t count) {
  cyaml_reader *reader = calloc(1, sizeof *reader);
  if (!reader) return NULL;
  if (!yaml_parser_initialize(&reader->parser)) {
    free(reader);
    return NULL;
  }
  // Said beforehand, a byte order mark counts as a character like any other.
  yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&reader->parser, bytes, count);
  return reader;
}

static void take_failure(const yaml_parser_t *parser, cyaml_event *out) {
  out->kind = cyaml_failure;
  out->text = parser->problem ? parser->problem : "out of memory";
  out->length = strlen(out->text);
  out->start = parser->problem_mark.index;
  if (parser->error == YAML_READER_ERROR) out->start = parser->mark.index + parser->unread;
  out->end = out->start;
  out->context = parser->context;
  out->context_start = parser->context_mark.index;
}

static void take_scalar(const yaml_event_t *event, cyaml_event *out) {
  out->kind = cyaml_scalar;
  out->text = (const char *)event->data.scalar.value;
  out->length = event->data.scalar.length;
  out->anchor = (const char *)event->data.scalar.anchor;
  out->tag = (const char *)event->data.scalar.tag;
  switch (event->data.scalar.style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE: out->style = cyaml_single_quoted; break;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE: out->style = cyaml_double_quoted; break;
    case YAML_LITERAL_SCALAR_STYLE: out->style = cyaml_literal; break;
    case YAML_FOLDED_SCALAR_STYLE: out->style = cyaml_folded; break;
    default: out->style = cyaml_plain;
  }
}

void cyaml_next(cyaml_reader *reader, cyaml_event *out) {
  memset(out, 0, sizeof *out);
  yaml_event_t *event = &reader->event;
  do {
    yaml_event_delete(event);
    if (!yaml_parser_parse(&reader->parser, event)) return take_failure(&reader->parser, out);
  } while (event->type == YAML_STREAM_START_EVENT);
  out->start = event->start_mark.index;
  out->end = event->end_mark.index;
  switch (event->type) {
    case YAML_DOCUMENT_START_EVENT: out->kind = cyaml_document_start; break;
    case YAML_DOCUMENT_END_EVENT: out->kind = cyaml_document_end; break;
    case YAML_ALIAS_EVENT:
      out->kind = cyaml_alias;
      out->text = (const char *)event->data.alias.anchor;
      out->length = strlen(out->text);
      break;
    case YAML_SCALAR_EVENT: take_scalar(event, out); break;
    case YAML_SEQUENCE_START_EVENT:
      out->kind = cyaml_sequence_start;
      out->anchor = (const char *)event->data.sequence_start.anchor;
      out->tag = (const char *)event->data.sequence_start.tag;
      break;
    case YAML_SEQUENCE_END_EVENT: out->kind = cyaml_sequence_end; break;
    case YAML_MAPPING_START_EVENT:
      out->kind = cyaml_mapping_start;
      out->anchor = (const char *)event->data.mapping_start.anchor;
      out->tag = (const char *)event->data.mapping_start.tag;
      break;
    case YAML_MAPPING_END_EVENT: out->kind = cyaml_mapping_end; break;
    default: out->kind = cyaml_stream_end;
  }
}

void cyaml_close(cyaml_reader *reader) {
  yaml_event_delete(&reader->event);
  yaml_parser_delete(&reader->parser);
  free(reader);
}
