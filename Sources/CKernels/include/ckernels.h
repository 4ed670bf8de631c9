// Kernels of the CPU backend. Every symbol begins with ck_.
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

// MARK: - Memory (memory.c)

/// Zeroed memory aligned to pages, in huge pages where the system has them; null if there is none.
void *_Nullable ck_memory_allocate(int64_t bytes);
/// Returns memory of ck_memory_allocate.
void ck_memory_free(void *address, int64_t bytes);

#pragma clang assume_nonnull end

#endif
