/// Gathering a batch: rows of a stored array, chosen by number, converted to what the network computes with.
#pragma once

#include <stdint.h>

/// How a stored array keeps its elements.
typedef enum {
  TRAIN_FLOAT32, TRAIN_FLOAT64, TRAIN_UINT8, TRAIN_INT8, TRAIN_INT32, TRAIN_INT64, TRAIN_BOOL
} train_element;

/// `output[r] = scale · stored[rows[r]] + offset`, a whole row of `columns` elements each.
/// With `rows` NULL the rows are `*first + r` (`first` NULL counts as 0). `scale` 1 and `offset` 0 keep values exactly.
/// Float64 and int64 are scaled in double, everything else in float. The plan must have checked that all row numbers are inside.
/// A piece is `rows_per_piece` rows.
typedef struct {
  float *output;
  const void *stored;
  const int32_t *rows;
  const int64_t *first;
  int64_t count;              ///< rows of the batch
  int64_t columns;            ///< elements of a row
  int64_t rows_per_piece;
  int32_t element;            ///< `train_element`
  float scale, offset;
  const int32_t *rows_after;  ///< the rows of the next batch, if that is known: a product may ask for them (`train_product.expected`)
  int64_t count_after;
} train_gather;

/// `output[v] = Σ values[i] over i with indices[i] = v`, whole rows, added in their order; numbers outside of 0 ..< rows are
/// left out. A piece is `rows_per_piece` rows of the output and reads all numbers.
typedef struct {
  float *output;              ///< [rows, columns]
  const float *values;        ///< [count, columns]
  const int32_t *indices;     ///< [count]
  int64_t count, rows, columns;
  int64_t rows_per_piece;
} train_scatter_rows;

/// `output[r] = (int32)stored[rows[r]]`: labels as numbers of a class. Same fields; fractions are cut off; a value that does not
/// fit an int32 becomes −1.
typedef struct {
  int32_t *output;
  const void *stored;
  const int32_t *rows;
  const int64_t *first;
  int64_t count;
  int64_t columns;
  int64_t rows_per_piece;
  int32_t element;
} train_gather_labels;
