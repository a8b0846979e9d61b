#include "train_shapes.h"

#include <string.h>
#include <time.h>

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

void train_cast_to_float_run(const void *arguments, int32_t piece) {
  const train_cast_to_float *a = arguments;
  int64_t end = smaller(a->count, (piece + (int64_t)1) * a->per_piece);
  for (int64_t i = piece * a->per_piece; i < end; i++) a->output[i] = (float)a->input[i];
}

void train_cast_to_int_run(const void *arguments, int32_t piece) {
  const train_cast_to_int *a = arguments;
  int64_t end = smaller(a->count, (piece + (int64_t)1) * a->per_piece);
  for (int64_t i = piece * a->per_piece; i < end; i++) {
    float value = a->input[i];
    a->output[i] = value > -2147483648.0f && value < 2147483648.0f ? (int32_t)value : -1;
  }
}

void train_one_hot_run(const void *arguments, int32_t piece) {
  const train_one_hot *a = arguments;
  int64_t end = smaller(a->rows, (piece + (int64_t)1) * a->rows_per_piece);
  for (int64_t r = piece * a->rows_per_piece; r < end; r++) {
    float *row = a->output + r * a->depth;
    for (int64_t c = 0; c < a->depth; c++) row[c] = c == a->indices[r] ? 1.0f : 0.0f;
  }
}

void train_take_rows_run(const void *arguments, int32_t piece) {
  const train_take_rows *a = arguments;
  int64_t end = smaller(a->count, (piece + (int64_t)1) * a->per_piece);
  size_t bytes = (size_t)a->columns * sizeof(float);
  for (int64_t i = piece * a->per_piece; i < end; i++) {
    int64_t row = a->indices[i];
    if (row >= 0 && row < a->rows) {
      memcpy(a->output + i * a->columns, a->table + row * a->columns, bytes);
    } else {
      memset(a->output + i * a->columns, 0, bytes);
    }
  }
}

void train_take_along_rows_run(const void *arguments, int32_t piece) {
  const train_take_along_rows *a = arguments;
  int64_t end = smaller(a->rows, (piece + (int64_t)1) * a->rows_per_piece);
  for (int64_t r = piece * a->rows_per_piece; r < end; r++) {
    int64_t column = a->indices[r];
    a->output[r] = column >= 0 && column < a->columns ? a->input[r * a->columns + column] : 0.0f;
  }
}

void train_pad_rows_run(const void *arguments, int32_t piece) {
  const train_pad_rows *a = arguments;
  int64_t end = smaller(a->rows, (piece + (int64_t)1) * a->rows_per_piece);
  int64_t after = a->output_row - a->before - a->columns;
  for (int64_t r = piece * a->rows_per_piece; r < end; r++) {
    float *row = a->output + r * a->output_row;
    memset(row, 0, (size_t)a->before * sizeof(float));
    memcpy(row + a->before, a->input + r * a->columns, (size_t)a->columns * sizeof(float));
    memset(row + a->before + a->columns, 0, (size_t)after * sizeof(float));
  }
}

/// The axes from `axis` on; as deep as there are axes, which are few once those that go on evenly are merged.
static float *permute(const train_permute *a, int axis, float *output, const float *input) {
  int64_t extent = a->extents[axis], stride = a->strides[axis];
  if (axis == a->rank - 1) {
    if (stride == 1) {
      memcpy(output, input, (size_t)extent * sizeof(float));
    } else {
      for (int64_t i = 0; i < extent; i++) output[i] = input[i * stride];
    }
    return output + extent;
  }
  for (int64_t i = 0; i < extent; i++) output = permute(a, axis + 1, output, input + i * stride);
  return output;
}

void train_permute_run(const void *arguments, int32_t piece) {
  const train_permute *a = arguments;
  int64_t slice = 1;
  for (int axis = 1; axis < a->rank; axis++) slice *= a->extents[axis];
  int64_t end = smaller(a->extents[0], (piece + (int64_t)1) * a->per_piece);
  for (int64_t i = piece * a->per_piece; i < end; i++) {
    const float *input = a->input + i * a->strides[0];
    if (a->rank == 1) {
      a->output[i] = *input;
    } else {
      permute(a, 1, a->output + i * slice, input);
    }
  }
}

void train_accumulate_run(const void *arguments, int32_t piece) {
  (void)piece;
  const train_accumulate *a = arguments;
  for (int64_t i = 0; i < a->count; i++) a->state[i] += (double)a->values[i];
}

void train_sequence_run(const void *arguments, int32_t piece) {
  const train_sequence *a = arguments;
  for (int64_t i = 0; i < a->count; i++) a->steps[i].run(a->steps[i].arguments, piece);
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

void train_timed_sequence_run(const void *arguments, int32_t piece) {
  const train_timed_sequence *a = arguments;
  int64_t *nanoseconds = a->nanoseconds + piece * a->sequence.count, begin = now();
  for (int64_t i = 0; i < a->sequence.count; i++) {
    a->sequence.steps[i].run(a->sequence.steps[i].arguments, piece);
    int64_t end = now();
    nanoseconds[i] += end - begin;
    begin = end;
  }
}
