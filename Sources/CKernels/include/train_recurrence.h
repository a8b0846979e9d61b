/// The gates of recurrent cells: what stands between the products of one step.
#pragma once

#include <stdint.h>

/// A step of an LSTM. With z = input + recurrent, in four blocks of `units` columns (input gate i, forget gate f, candidate g, output
/// gate o): `gates = σ(i), σ(f), tanh(g), σ(o)`, `cell = f · before + i · g`, `hidden = o · tanh(cell)`. A piece is `rows_per_piece` rows.
typedef struct {
  float *gates;               ///< [rows, 4·units]
  float *cell, *hidden;       ///< [rows, units]
  const float *input, *recurrent;  ///< [rows, 4·units]
  const float *before;        ///< [rows, units]: the cell of the step before
  int64_t rows, units;
  int64_t rows_per_piece;
} train_lstm;

/// Its derivatives in z and in the cell of the step before, from those in hidden and cell.
typedef struct {
  float *z_gradient;          ///< [rows, 4·units]
  float *before_gradient;     ///< [rows, units]
  const float *gates;
  const float *before, *cell;
  const float *hidden_gradient, *cell_gradient;
  int64_t rows, units;
  int64_t rows_per_piece;
} train_lstm_gradient;

/// A step of a GRU whose reset gate comes after the product (Cho et al., 2014, version 1). In three blocks of `units` columns (update
/// gate z, reset gate r, candidate g): `z = σ(input + recurrent)`, `r = σ(input + recurrent)`, `g = tanh(input + r · recurrent)`,
/// `gates = z, r, g`, `hidden = z · before + (1 − z) · g`. A piece is `rows_per_piece` rows.
typedef struct {
  float *gates;               ///< [rows, 3·units]
  float *hidden;              ///< [rows, units]
  const float *input, *recurrent;  ///< [rows, 3·units]
  const float *before;        ///< [rows, units]
  int64_t rows, units;
  int64_t rows_per_piece;
} train_gru;

/// Its derivatives in both products and in the state before, from that in the state after; of `before_gradient` the part that does
/// not go through the products.
typedef struct {
  float *input_gradient, *recurrent_gradient;  ///< [rows, 3·units]
  float *before_gradient;     ///< [rows, units]
  const float *gates, *recurrent, *before;
  const float *hidden_gradient;
  int64_t rows, units;
  int64_t rows_per_piece;
} train_gru_gradient;
