// Many element-wise functions in one pass.

/// A function along a block; every operand has a value for each element.
typedef void (*block_function)(float *output, const float *a, const float *b, const float *c, int64_t count);

/// Applies EXPRESSION to a block, OPERANDS being the loading of what it needs at `i`.
#define BLOCK(NAME, OPERANDS, EXPRESSION)                                                                             \
  static void block_##NAME(float *output, const float *first, const float *second, const float *third, int64_t count) { \
    (void)second, (void)third;                                                                                        \
    int64_t i = 0;                                                                                                    \
    for (; i + LANES <= count; i += LANES) {                                                                          \
      OPERANDS(load, )                                                                                                \
      store(output + i, EXPRESSION);                                                                                  \
    }                                                                                                                 \
    if (i < count) {                                                                                                  \
      const int64_t rest = count - i;                                                                                 \
      OPERANDS(load_part, TRAIN_REST)                                                                                 \
      store_part(output + i, rest, EXPRESSION);                                                                       \
    }                                                                                                                 \
  }
#define TRAIN_REST , rest
#define ONE_OPERAND(LOAD, REST) floats x = LOAD(first + i REST);
#define TWO_OPERANDS(LOAD, REST) floats a = LOAD(first + i REST), b = LOAD(second + i REST);
#define THREE_OPERANDS(LOAD, REST) \
  floats a = LOAD(first + i REST), b = LOAD(second + i REST), c = LOAD(third + i REST);

#define BINARY_BLOCK(KIND, NAME, EXPRESSION) BLOCK(NAME, TWO_OPERANDS, EXPRESSION)
BINARY_FUNCTIONS(BINARY_BLOCK)
BLOCK(select, THREE_OPERANDS, a != 0.0f ? b : c)
BLOCK(multiply_add, THREE_OPERANDS, a *b + c)
BLOCK(multiply_subtract, THREE_OPERANDS, a *b - c)
BLOCK(subtract_product, THREE_OPERANDS, c - a * b)
BLOCK(approach, THREE_OPERANDS, a *(b - c) + c)
BLOCK(approach_square, THREE_OPERANDS, a *(b * b - c) + c)
BLOCK(root_quotient, THREE_OPERANDS, root_quotient(a, b, c[0]))
BLOCK(from_integer, ONE_OPERAND, __builtin_convertvector(bits_of(x), floats))

#define UNARY_BLOCK(KIND, NAME, EXPRESSION)                                                               \
  static void block_of_##NAME(float *output, const float *a, const float *b, const float *c, int64_t count) { \
    (void)b, (void)c;                                                                                     \
    span_##NAME(output, a, count, 0, 0);                                                                  \
  }
UNARY_FUNCTIONS(UNARY_BLOCK)

#define UNARY_BLOCK_ENTRY(KIND, NAME, EXPRESSION) [TRAIN_PASS_UNARY + KIND] = block_of_##NAME,
#define BINARY_BLOCK_ENTRY(KIND, NAME, EXPRESSION) [TRAIN_PASS_BINARY + KIND] = block_##NAME,
static const block_function block_functions[TRAIN_PASS_FUNCTION_COUNT] = {
  UNARY_FUNCTIONS(UNARY_BLOCK_ENTRY)
  BINARY_FUNCTIONS(BINARY_BLOCK_ENTRY)
  [TRAIN_PASS_SELECT] = block_select,
  [TRAIN_PASS_MULTIPLY_ADD] = block_multiply_add,
  [TRAIN_PASS_MULTIPLY_SUBTRACT] = block_multiply_subtract,
  [TRAIN_PASS_SUBTRACT_PRODUCT] = block_subtract_product,
  [TRAIN_PASS_APPROACH] = block_approach,
  [TRAIN_PASS_APPROACH_SQUARE] = block_approach_square,
  [TRAIN_PASS_ROOT_QUOTIENT] = block_root_quotient,
  [TRAIN_PASS_FROM_INTEGER] = block_from_integer,
};

/// Asks for the next block of a place, so that memory works while the processor does.
INLINE void prefetch_block(const float *next, int64_t left, int64_t block) {
  for (int64_t i = 0; i < smaller(left, block); i += 16) __builtin_prefetch(next + i, 1, 3);
}

static void pass_kernel(const void *arguments, int32_t piece) {
  const train_pass *s = arguments;
  range part = range_of(s->count, s->per_piece, piece);
  _Alignas(64) float registers[TRAIN_PASS_FLOATS];
  float *at[TRAIN_PASS_PLACES];
  const int64_t first = smaller(s->block, part.end - part.begin);
  for (int64_t p = 0; p < s->place_count; p++) {
    const train_pass_place *place = &s->places[p];
    at[p] = p < s->registers ? registers + p * s->block : place->memory + part.begin;
    if (place->kind != TRAIN_PLACE_NUMBER) continue;
    const floats number = splat(*place->memory);
    for (int64_t i = 0; i < first; i += LANES) store_some(at[p] + i, first - i, number);
  }
  const int64_t ahead = s->place_count - s->registers;
  for (int64_t begin = part.begin; begin < part.end; begin += s->block) {
    const int64_t count = smaller(s->block, part.end - begin);
    for (int64_t i = 0; i < s->length; i++) {
      const train_pass_instruction own = s->instructions[i];
      if (i < ahead) prefetch_block(at[s->registers + i] + s->block, part.end - begin - s->block, s->block);
      block_functions[own.function](at[own.output], at[own.a], at[own.b], at[own.c], count);
    }
    for (int64_t p = s->registers; p < s->place_count; p++) at[p] += s->block;
  }
}
