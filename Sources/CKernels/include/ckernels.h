// Kernels of the CPU backend and of digests. Every symbol begins with ck_.
//
// Instruction sets are chosen at run time; nothing here calls the C math library, whose results
// differ between processors and versions.

#ifndef CKERNELS_H
#define CKERNELS_H

#include <stdbool.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// MARK: - Elementary functions (ops/math.c)

/// e to the power x, within 1e-15 of the true value, relatively.
double ck_exp(double x);
/// The natural logarithm of a positive normal number; NaN for others.
double ck_log(double x);
/// base to the power exponent, for positive bases.
double ck_pow(double base, double exponent);
/// Sine and cosine of angles up to a million.
void ck_sincos(double angle, double *sine, double *cosine);

// MARK: - Digests (ops/sha256.c)

/// Mixes `count` blocks of 64 bytes into the eight words of a state; only where the processor has the instructions.
void ck_sha256_blocks(uint32_t *state, const uint8_t *bytes, int64_t count);

// MARK: - Memory (memory.c)

/// Zeroed memory aligned to pages, null if there is none; large buffers in huge pages if these are wanted and the
/// system has them.
void *_Nullable ck_memory_allocate(int64_t bytes, bool wants_huge_pages);
/// Returns memory of ck_memory_allocate.
void ck_memory_free(void *address, int64_t bytes);

// MARK: - Processors (cpu_features.c)

/// Whether the processor and the system have the AVX-512 subsets that the kernels use.
bool ck_has_avx512(void);
/// Whether the processor has AMX tiles of bytes besides AVX-512; asks the system to let this process use them.
bool ck_has_amx(void);
/// Whether the processor and the system have AVX2 with fused multiply-add and half conversions.
bool ck_has_avx2(void);
/// Whether the processor has instructions for SHA-256.
bool ck_has_sha256(void);
/// Tells the processor that the caller waits for another thread.
void ck_pause(void);

/// Reads memory; the result only keeps the reads from being left out.
uint64_t ck_read_memory(const void *memory, int64_t bytes);
/// Multiplies and adds bytes in registers; returns the number of multiplications.
int64_t ck_multiply_bytes(int64_t rounds, uint64_t *sum);

// MARK: - Regions

// A region is a job split over threads: every function below takes its job and a range of items,
// writes only what belongs to those items, and gives the same bits for any split.

// MARK: - Weights (dot/pack.c)

/// The stored types that have kernels. Those up to CK_MXFP4 are packed, the others decoded on the
/// way to a product, as all are where the format of a product is CK_STORED.
enum ck_format {
  CK_F32, CK_F16, CK_BF16, CK_Q4_0, CK_Q4_1, CK_Q5_0, CK_Q8_0, CK_Q4_K, CK_Q5_K, CK_Q6_K,
  CK_MXFP4, CK_Q5_1, CK_Q2_K, CK_Q3_K, CK_IQ2_XXS, CK_IQ4_NL, CK_IQ4_XS, CK_E4M3, CK_E2M1,
  CK_STORED
};

/// A matrix in its stored form; the `packed` address of a CK_STORED product leads to one.
typedef struct {
  int32_t format;
  int64_t rows, row_bytes;
  const uint8_t *stored;
  /// Factors of tiles, as powers of two or as floats, in rows of `scale_columns`.
  const uint8_t *_Nullable scales;
  int64_t scale_columns, tile_rows, tile_columns;
  /// The row of the factors' matrix that is row zero here.
  int64_t first_row;
  bool scales_are_floats;
} ck_stored;

/// Stored rows to be interleaved sixteen by sixteen; the items are groups of sixteen rows.
typedef struct {
  int32_t format;
  int64_t rows, columns, row_bytes;
  const uint8_t *stored;
  uint8_t *packed;
  /// For CK_E2M1, which is packed as CK_MXFP4: the scales of its rows, one byte per 32 columns.
  const uint8_t *_Nullable scales;
} ck_pack_job;

/// The bytes of one packed group of sixteen rows.
int64_t ck_packed_group_bytes(int32_t format, int64_t columns);
/// Interleaves stored rows; every set writes the same bytes.
void ck_pack_scalar(const ck_pack_job *job, int64_t begin, int64_t end);
void ck_pack_avx512(const ck_pack_job *job, int64_t begin, int64_t end);

// MARK: - Activations of 8 bits (dot/quantize.c)

/// Thirty-two activations: a = scale * q.
typedef struct {
  int8_t q[32];
  float scale;
  /// scale times the sum of q.
  float scaled_sum;
  /// Minus the sums of q[0..<16] and q[16..<32].
  int32_t minus_sums[2];
  /// -128 times the sum of q, and -32 times the two sums: what stored offsets add.
  int32_t minus_128, minus_32[2];
  int32_t unused;
} ck_block8;

/// Rows to be rounded to 8 bits; the items are rows.
typedef struct {
  int64_t columns, input_stride, output_stride;
  const float *input;
  ck_block8 *output;
  /// Null, or rows at the same distance that the SiLU of the input is multiplied by first.
  const float *_Nullable up;
} ck_quantize_job;

void ck_quantize_scalar(const ck_quantize_job *job, int64_t begin, int64_t end);
void ck_quantize_avx2(const ck_quantize_job *job, int64_t begin, int64_t end);
void ck_quantize_avx512(const ck_quantize_job *job, int64_t begin, int64_t end);

// MARK: - Products (dot/products.c)

/// Rows of activations times one packed weight; the items are groups of sixteen weight rows.
typedef struct {
  int32_t format;
  int64_t rows, columns;
  const uint8_t *packed;
  /// The groups to compute, null for all in order; output then holds just those.
  const int32_t *_Nullable groups;
  int64_t group_count;
  int64_t tokens;
  /// ck_block8 rows or float rows, and the distance of rows in elements of that kind.
  const void *input;
  int64_t input_stride;
  float *output;
  int64_t output_stride;
  const float *_Nullable bias;
} ck_product;

/// Several products whose items follow one another.
typedef struct {
  int64_t count;
  const ck_product *products;
} ck_products;

void ck_products_block8_scalar(const ck_products *job, int64_t begin, int64_t end);
void ck_products_block8_avx2(const ck_products *job, int64_t begin, int64_t end);
void ck_products_block8_avx512(const ck_products *job, int64_t begin, int64_t end);
void ck_products_block8_amx(const ck_products *job, int64_t begin, int64_t end);
void ck_products_float_scalar(const ck_products *job, int64_t begin, int64_t end);
void ck_products_float_avx2(const ck_products *job, int64_t begin, int64_t end);
void ck_products_float_avx512(const ck_products *job, int64_t begin, int64_t end);

// MARK: - Rows (ops/rows.c)

/// Rows of floats to be normalized, joined or rotated; the items are rows.
typedef struct {
  int64_t columns;
  const float *input;
  /// The weight of a norm, the second operand of an addition or a gate, the angles of a rotation.
  const float *other;
  float *output;
  /// The elements of one norm, or of one head.
  int64_t size;
  float epsilon;
  /// Null, or rows that the input is added to before the norm, which takes the sums.
  float *_Nullable residual;
  /// The first turning element of a head, and the number of turning pairs.
  int64_t offset, pairs;
  bool neighbors;
} ck_rows_job;

void ck_normalize_scalar(const ck_rows_job *job, int64_t begin, int64_t end);
void ck_normalize_avx2(const ck_rows_job *job, int64_t begin, int64_t end);
void ck_normalize_avx512(const ck_rows_job *job, int64_t begin, int64_t end);
void ck_swiglu_scalar(const ck_rows_job *job, int64_t begin, int64_t end);
void ck_swiglu_avx2(const ck_rows_job *job, int64_t begin, int64_t end);
void ck_swiglu_avx512(const ck_rows_job *job, int64_t begin, int64_t end);
void ck_add_scalar(const ck_rows_job *job, int64_t begin, int64_t end);
void ck_add_avx2(const ck_rows_job *job, int64_t begin, int64_t end);
void ck_add_avx512(const ck_rows_job *job, int64_t begin, int64_t end);
void ck_rotate_scalar(const ck_rows_job *job, int64_t begin, int64_t end);
void ck_rotate_avx2(const ck_rows_job *job, int64_t begin, int64_t end);
void ck_rotate_avx512(const ck_rows_job *job, int64_t begin, int64_t end);

/// Writes cosines and sines of `pairs` angles at one position.
void ck_angles(const float *frequencies, int64_t pairs, int64_t position, float magnitude,
               float *output);

// MARK: - Choices (ops/rows.inc)

/// One row of logits under a mask of one bit each; the items are the mask's words of 64 bits.
typedef struct {
  int64_t count;
  const float *logits;
  const uint64_t *words;
  /// What is subtracted from logits, and the factor of the difference.
  float greatest, factor;
  /// One value per word.
  float *output;
} ck_choice_job;

/// The greatest logit of each word, minus infinity where the word is empty.
void ck_choice_greatest_scalar(const ck_choice_job *job, int64_t begin, int64_t end);
void ck_choice_greatest_avx512(const ck_choice_job *job, int64_t begin, int64_t end);
/// The sum of exp((logit - greatest) * factor) over each word: 16 lanes, joined by halves.
void ck_choice_sums_scalar(const ck_choice_job *job, int64_t begin, int64_t end);
void ck_choice_sums_avx512(const ck_choice_job *job, int64_t begin, int64_t end);

// MARK: - Attention (ops/attention.c)

/// A run of positions of one sequence in one layer.
///
/// Each head holds its keys first, `[capacity / 16][key_size][16]`, then its values,
/// `[capacity][value_size]` with rows padded to whole sixteens; `first` and `capacity` are multiples of 64.
typedef struct {
  void *heads;
  /// The position of the first key.
  int64_t first;
  int64_t capacity;
} ck_segment;

/// The keys and values of one sequence in one layer, and the rows that attend to them.
typedef struct {
  /// From position zero without gaps; the last belongs to this sequence alone and takes what is stored.
  const ck_segment *segments;
  int64_t segment_count;
  int64_t position, first_row, count;
  /// The items before this sequence's.
  int64_t first_item;
} ck_sequence;

/// Keys and values to be stored, or queries that attend.
typedef struct {
  int64_t sequence_count;
  const ck_sequence *sequences;
  int64_t query_heads, heads, key_size, value_size;
  float scale;
  bool half;
  /// Rows of queries, or of keys.
  const float *input;
  /// Rows of values.
  const float *_Nullable values;
  float *_Nullable output;
  /// Null, or where the parts of single blocks go: `[item][8][16 + padded value_size]`.
  float *_Nullable parts;
  /// The blocks per tile in `parts`.
  int64_t blocks;
} ck_attention_job;

/// The queries that share one pass over keys and values.
enum { CK_TILE_QUERIES = 8, CK_KEY_BLOCK = 256, CK_MAX_VALUE_SIZE = 512 };

/// The positions in which segments begin and end.
enum { CK_SEGMENT_STEP = 64 };

/// Stores keys and values; the items are rows.
void ck_store_scalar(const ck_attention_job *job, int64_t begin, int64_t end);
void ck_store_avx2(const ck_attention_job *job, int64_t begin, int64_t end);
void ck_store_avx512(const ck_attention_job *job, int64_t begin, int64_t end);
/// Attends; the items are tiles, or pairs of tile and block if there are `parts`.
void ck_attend_scalar(const ck_attention_job *job, int64_t begin, int64_t end);
void ck_attend_avx2(const ck_attention_job *job, int64_t begin, int64_t end);
void ck_attend_avx512(const ck_attention_job *job, int64_t begin, int64_t end);
/// Joins the parts of every tile, left to right; the items are tiles.
void ck_join_scalar(const ck_attention_job *job, int64_t begin, int64_t end);
void ck_join_avx2(const ck_attention_job *job, int64_t begin, int64_t end);
void ck_join_avx512(const ck_attention_job *job, int64_t begin, int64_t end);

// MARK: - Rows by index (ops/indexed.inc)

/// The longest row of a score or of attention to selected rows, and the keys of one score item.
enum { CK_MAX_ROW = 640, CK_SCORE_BLOCK = 256 };

/// Weighted sums of rows; the items are output rows.
typedef struct {
  int64_t columns, terms;
  const float *source;
  /// `terms` source rows and factors per output row.
  const int32_t *rows;
  const float *weights;
  float *output;
  /// Whether the output's own rows come first in the sums.
  bool adding;
} ck_mix_job;

void ck_mix_scalar(const ck_mix_job *job, int64_t begin, int64_t end);
void ck_mix_avx2(const ck_mix_job *job, int64_t begin, int64_t end);
void ck_mix_avx512(const ck_mix_job *job, int64_t begin, int64_t end);

/// Rows to be kept between two bounds; the items are rows.
typedef struct {
  int64_t columns;
  float *values;
  float low, high;
} ck_clamp_job;

void ck_clamp_scalar(const ck_clamp_job *job, int64_t begin, int64_t end);
void ck_clamp_avx2(const ck_clamp_job *job, int64_t begin, int64_t end);
void ck_clamp_avx512(const ck_clamp_job *job, int64_t begin, int64_t end);

/// Windows of slots to be pooled column by column; the items are windows.
typedef struct {
  int64_t columns;
  const float *values, *gates;
  /// Where window w's slots begin in `slots`, and one more for the end of the last.
  const int64_t *starts;
  /// The element offset of each slot in values and gates.
  const int64_t *slots;
  float *output;
} ck_pool_job;

void ck_pool_scalar(const ck_pool_job *job, int64_t begin, int64_t end);
void ck_pool_avx2(const ck_pool_job *job, int64_t begin, int64_t end);
void ck_pool_avx512(const ck_pool_job *job, int64_t begin, int64_t end);

/// Rows to be put into a store of floats or halves; the items are rows.
typedef struct {
  int64_t columns;
  bool half;
  const float *source;
  const int64_t *sources, *targets;
  void *store;
} ck_store_rows_job;

void ck_store_rows_scalar(const ck_store_rows_job *job, int64_t begin, int64_t end);
void ck_store_rows_avx2(const ck_store_rows_job *job, int64_t begin, int64_t end);
void ck_store_rows_avx512(const ck_store_rows_job *job, int64_t begin, int64_t end);

/// One query and the keys that it scores.
typedef struct {
  int64_t query, count, first_item;
  const void *keys;
} ck_scored_row;

/// Keys to be scored by the heads of queries; the items are blocks of keys, row by row.
typedef struct {
  int64_t columns, heads, row_count, stride;
  float scale;
  bool half;
  const float *queries, *weights;
  const ck_scored_row *rows;
  float *scores;
} ck_score_job;

void ck_score_rows_scalar(const ck_score_job *job, int64_t begin, int64_t end);
void ck_score_rows_avx2(const ck_score_job *job, int64_t begin, int64_t end);
void ck_score_rows_avx512(const ck_score_job *job, int64_t begin, int64_t end);

/// The keys of one item of rounded scores.
enum { CK_ROUNDED_KEYS = 64 };

/// Queries to be rounded to 8 bits; the items are lines.
typedef struct {
  int64_t columns, heads;
  float scale;
  const float *queries, *weights;
  /// The row of queries and of weights of each line.
  const int64_t *rows;
  /// Per line and sixteen heads: steps of four elements, 64 bytes each; 128 stands for zero.
  uint8_t *codes;
  /// Per line: a factor per head, zero for the heads that fill up a sixteen.
  float *factors;
} ck_round_queries_job;

void ck_round_queries_scalar(const ck_round_queries_job *job, int64_t begin, int64_t end);
void ck_round_queries_avx2(const ck_round_queries_job *job, int64_t begin, int64_t end);
void ck_round_queries_avx512(const ck_round_queries_job *job, int64_t begin, int64_t end);

/// Keys of halves to be scored by rounded queries; the items are blocks of keys.
typedef struct {
  int64_t columns, heads, line_count, stride, key_count;
  const void *keys;
  /// The lines of queries and scores, and how many keys each sees.
  const int64_t *lines, *counts;
  const uint8_t *codes;
  const float *factors;
  float *scores;
} ck_rounded_scores_job;

void ck_rounded_scores_scalar(const ck_rounded_scores_job *job, int64_t begin, int64_t end);
void ck_rounded_scores_avx2(const ck_rounded_scores_job *job, int64_t begin, int64_t end);
void ck_rounded_scores_avx512(const ck_rounded_scores_job *job, int64_t begin, int64_t end);

/// One query and the rows that it attends to.
typedef struct {
  int64_t query, near_count, far_count;
  const void *near;
  const void *_Nullable far;
  const int32_t *_Nullable near_rows;
  const int32_t *_Nullable far_rows;
} ck_selection;

/// Queries that attend to selected rows; the items are tiles of sixteen heads, query by query.
typedef struct {
  int64_t columns, heads;
  float scale;
  bool half;
  const float *queries, *sinks;
  const ck_selection *selections;
  float *output;
} ck_attend_rows_job;

void ck_attend_rows_scalar(const ck_attend_rows_job *job, int64_t begin, int64_t end);
void ck_attend_rows_avx2(const ck_attend_rows_job *job, int64_t begin, int64_t end);
void ck_attend_rows_avx512(const ck_attend_rows_job *job, int64_t begin, int64_t end);

#pragma clang assume_nonnull end

#endif
