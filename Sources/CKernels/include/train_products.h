/// Matrix products for small and medium shapes, with what comes right after them done while the tile is in registers.
///
/// An element is one chain of (fused) multiply-adds over k in order, on matrix tiles of sums of 32 products, so its bits depend on
/// neither tiles nor pieces; on matrix tiles with `accumulate`, if pieces are multiples of 32. Large products are better given to
/// oneDNN (`COneDNN`); `train_product_is_small` says which are ours.
#pragma once

#include <stdint.h>

#include "train_gather.h"
#include "train_optimizers.h"

/// C[m, n] = A[m, k] · B[k, n], by strides in elements: A[i, l] is at `a[i·a_row + l·a_inner]` (so a transposed A is a matter of
/// strides), B[l, j] at `b[l·b_inner + j·b_column]` with `b_column` 1 (rows contiguous) or `b_inner` 1 (B transposed: repacked on
/// the way). Then, in this order: += C if `accumulate`, + bias[j], activation, and 0 where `gate[i·gate_row + j]` ≤ 0 (a ReLU's
/// derivative from its output). Pieces are blocks of `rows_per_piece` × `columns_per_piece` of C, numbered along the row first;
/// best with columns in multiples of 32.
typedef struct {
  float *c;
  const float *a;
  const float *b;
  const void *panels;         ///< all of B as `train_product_pack` lays it out, then read in place of `b`; or NULL
  const float *bias;          ///< [n], or NULL
  const float *gate;          ///< [m, n], or NULL
  int64_t m, n, k;
  int64_t a_row, a_inner;
  int64_t b_inner, b_column;
  int64_t c_row;
  int64_t gate_row;
  int64_t rows_per_piece, columns_per_piece;
  int32_t activation;         ///< `train_activation`
  int32_t accumulate;
  const train_gather *expected;  ///< whose next rows are asked for from memory while vectors multiply; or NULL
  int32_t parts;              ///< bfloat16 a factor, on the matrix tiles of a level that has them: `train_split_parts`, 1, or 0
} train_product;

enum {
  /// Columns of B that a piece of `train_product_pack` takes: whole panels at every level.
  train_product_unit = 32,
  /// How many bfloat16 add up to a float32: the parts of a product on matrix tiles that is as exact as one of float32.
  train_split_parts = 3,
  /// The longest k of a product on matrix tiles that is not cut along k: more would leave room for too few columns beside it.
  train_longest_split = 2560,
};

/// Lays out B[k, n] of `product` in the order in which tiles read it, for a product of so many rows that this pays: into `panels`,
/// which has room for k times n rounded up to `train_product_unit`, 4 bytes each; for matrix tiles k is rounded up too, and 2 bytes
/// a part.
typedef struct {
  train_product product;
  void *panels;
} train_product_pack;

/// The same product of `items` operands each: item i's lie `a_item`, `b_item` and `c_item` elements after those of item i − 1. A
/// piece is `items_per_piece` items or, if that is 1, a block of one.
typedef struct {
  train_product product;
  int64_t items;
  int64_t a_item, b_item, c_item;
  int64_t items_per_piece;
} train_product_items;

/// A product cut along k: part p multiplies its `k_per_piece` columns of A with the same rows of B into `c + p·part_stride`. Pieces are
/// the blocks of the first part, then those of the next. When the same cut by rows of B is that of the weights' update, each thread's
/// share of the weights stays in its own cache.
/// Of the product, `bias`, `gate`, `activation` and `accumulate` are not used. `train_product_merge` finishes.
typedef struct {
  train_product product;
  int64_t k_per_piece;
  int64_t part_stride;
} train_product_parts;

/// `output[i, j] = activation(Σ parts[p, i, j] + bias[j])`, all dense, the sum a balanced tree. A piece is `rows_per_piece` rows.
typedef struct {
  float *output;
  const float *parts;
  const float *bias;          ///< [n], or NULL
  int64_t count;              ///< how many parts, at most 64
  int64_t part_stride;
  int64_t m, n;
  int64_t rows_per_piece;
  int32_t activation;         ///< `train_activation`
} train_product_merge;

/// A weight gradient that is never written: the tile of `product` is the gradient of `update.weights` (and slots), which lie as C
/// would, rows `c_row` apart. Of the product, `c`, `bias`, `gate`, `activation` and `accumulate` are not used.
typedef struct {
  train_product product;
  train_update update;
} train_product_update;

/// Whether our kernels are the faster choice for C[m, n] = A[m, k]·B[k, n] on this machine.
int train_product_is_small(int64_t m, int64_t n, int64_t k);

/// Whether matrix tiles are the faster choice where a level has them: where laying out both factors costs less than the tiles save.
int train_product_suits_tiles(int64_t m, int64_t n, int64_t k);
