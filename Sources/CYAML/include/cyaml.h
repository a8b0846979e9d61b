// YAML through libyaml: the events of a text, one after another.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct cyaml_reader cyaml_reader;

typedef enum {
  cyaml_failure,
  cyaml_stream_end,
  cyaml_document_start,
  cyaml_document_end,
  cyaml_alias,
  cyaml_scalar,
  cyaml_sequence_start,
  cyaml_sequence_end,
  cyaml_mapping_start,
  cyaml_mapping_end,
} cyaml_kind;

typedef enum { cyaml_plain, cyaml_single_quoted, cyaml_double_quoted, cyaml_literal, cyaml_folded } cyaml_style;

typedef struct {
  cyaml_kind kind;
  cyaml_style style;    // of a scalar
  uint64_t start, end;  // in characters since the text began
  const char *text;     // a scalar's value, or an alias's name; what a failure is, in libyaml's words
  size_t length;
  const char *anchor;   // NULL without one
  const char *tag;      // resolved; NULL without one
  const char *context;  // what libyaml was reading when it failed, from `context_start` on; NULL if it does not say
  uint64_t context_start;
} cyaml_event;

// Reads UTF-8, which must stay where it is until the reader is closed; NULL without memory.
cyaml_reader *cyaml_open(const unsigned char *bytes, size_t count);
// The next event; its strings are valid until the next call. Nothing follows a failure or the stream's end.
void cyaml_next(cyaml_reader *reader, cyaml_event *event);
void cyaml_close(cyaml_reader *reader);
