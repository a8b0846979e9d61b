/// Attention: `softmax(query · keyᵀ · scale) · value`, head by head, with scores that never leave the cache.
///
/// Queries are taken in blocks whose rows of scores, all keys long, are held on the stack. The derivative computes the scores again
/// instead of reading them (Dao et al., "FlashAttention", 2022). Operands lie as dense layers make them, [batch, positions, heads, size].
#pragma once

#include <stdint.h>

enum {
  /// Scores that are held at once, so that a block has this divided by the keys, at least one row.
  train_attention_scores = 32 * 1024
};

/// What both directions read. Head h looks at key head `h / (heads / key_heads)`.
typedef struct {
  const float *query;         ///< [batch, queries, heads, size]
  const float *key;           ///< [batch, keys, key_heads, size]
  const float *value;         ///< [batch, keys, key_heads, width]
  /// 0 where a query may not look, rows of `keys`; NULL where it may everywhere. A query that may look nowhere looks everywhere.
  const float *mask;
  int64_t mask_batch, mask_head, mask_query;  ///< distance of the mask's rows along these axes; 0 repeats
  int64_t batch, queries, keys;
  int64_t heads, key_heads;
  int64_t size, width;
  int64_t block_rows;         ///< queries of a block; a block's scores fit into `train_attention_scores`
  float scale;
  int32_t causal;             ///< whether key j is hidden from queries before j
} train_attention_operands;

/// A piece is `blocks_per_piece` blocks of queries, counted through batch and heads.
typedef struct {
  train_attention_operands operands;
  float *output;              ///< [batch, queries, heads, width]
  int64_t blocks_per_piece;
} train_attention;

/// The derivatives in query, key and value. A piece is `items_per_piece` key heads of an example.
typedef struct {
  train_attention_operands operands;
  const float *output_gradient;  ///< [batch, queries, heads, width]
  float *query_gradient;
  float *key_gradient;
  float *value_gradient;
  int64_t items_per_piece;
} train_attention_gradient;
