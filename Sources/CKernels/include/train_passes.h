/// Many element-wise functions in one pass over memory: a list of instructions is gone through block by block, and what lies between them
/// stays in registers, which are blocks that fit into the first cache.
#pragma once

#include <stdint.h>

#include "train_elementwise.h"

/// Functions of up to three operands: the unary kinds, the binary ones after them, and these.
typedef enum {
  TRAIN_PASS_UNARY = 0,
  TRAIN_PASS_BINARY = TRAIN_UNARY_COUNT,
  TRAIN_PASS_SELECT = TRAIN_UNARY_COUNT + TRAIN_BINARY_COUNT,  ///< a ≠ 0 ? b : c
  TRAIN_PASS_MULTIPLY_ADD,            ///< a·b + c
  TRAIN_PASS_MULTIPLY_SUBTRACT,       ///< a·b − c
  TRAIN_PASS_SUBTRACT_PRODUCT,        ///< c − a·b
  TRAIN_PASS_APPROACH,                ///< c + a·(b − c): a mean that moves
  TRAIN_PASS_APPROACH_SQUARE,         ///< c + a·(b² − c)
  TRAIN_PASS_ROOT_QUOTIENT,           ///< a/(√b + c), c being a number
  TRAIN_PASS_FROM_INTEGER,            ///< (float)a, a being int32
  TRAIN_PASS_FUNCTION_COUNT
} train_pass_function;

enum {
  TRAIN_PASS_PLACES = 256,            ///< most places of a pass
  TRAIN_PASS_FLOATS = 8192,           ///< floats of all registers together
};

/// One function from places to a place. Operands that a function does not have are not read.
typedef struct {
  uint16_t function;                  ///< `train_pass_function`
  uint16_t output, a, b, c;
} train_pass_instruction;

/// What a place is.
typedef enum {
  TRAIN_PLACE_REGISTER,               ///< a block between instructions
  TRAIN_PLACE_NUMBER,                 ///< one number, repeated: a register that is filled from memory at first
  TRAIN_PLACE_MEMORY                  ///< `count` elements, walked along
} train_place_kind;

typedef struct {
  float *memory;                      ///< NULL for a register
  int32_t kind;                       ///< `train_place_kind`
} train_pass_place;

/// All instructions on `count` elements. The first `registers` places are registers and numbers, with `block` floats each, which
/// are `TRAIN_PASS_FLOATS` at most; the others lie in memory. An instruction's output may be one of its operands. A piece is
/// `per_piece` elements.
typedef struct {
  const train_pass_instruction *instructions;
  int64_t length;
  const train_pass_place *places;
  int64_t place_count, registers;
  int64_t block;
  int64_t count, per_piece;
} train_pass;
