// Elementary functions in double precision for tables: RoPE frequencies, angles, label scores.
//
// The polynomials are Taylor series, cut where the remainder falls below half a unit in the last
// place of a double over the reduced range.

#include "math.h"

#include "ckernels.h"

static double double_of(uint64_t bits) {
  double x;
  memcpy(&x, &bits, 8);
  return x;
}

static uint64_t bits_of(double x) {
  uint64_t bits;
  memcpy(&bits, &x, 8);
  return bits;
}

/// Added and subtracted, it rounds a double below 2^51 to an integer.
static const double rounder = 6755399441055744.0;

double ck_exp(double x) {
  if (!(x > -708.0)) return x != x ? x : 0.0;
  if (x > 709.0) return double_of(0x7ff0000000000000ull);
  double shifted = x * 1.4426950408889634 + rounder;
  double n = shifted - rounder;
  // ln 2 in two parts; the first has so few bits that n times it is exact.
  double r = x - n * 6.93147180369123816490e-01;
  r -= n * 1.90821492927058770002e-10;
  double term = 1.0, sum = 0.0;
  double terms[14];
  for (int i = 0; i < 14; i++) {
    terms[i] = term;
    term = term * r / (i + 1);
  }
  for (int i = 13; i >= 0; i--) sum += terms[i];
  int64_t exponent = (int64_t)n;
  return sum * double_of((uint64_t)(exponent + 1023) << 52);
}

double ck_log(double x) {
  if (!(x >= 2.2250738585072014e-308) || x > 1.7976931348623157e308) {
    return double_of(0x7ff8000000000000ull);
  }
  uint64_t bits = bits_of(x);
  int64_t exponent = (int64_t)(bits >> 52) - 1023;
  double m = double_of((bits & 0x000fffffffffffffull) | 0x3ff0000000000000ull);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    exponent += 1;
  }
  // ln m = 2 atanh(t), t = (m - 1) / (m + 1), |t| < 0.172: t^23 / 23 is the first term left out.
  double t = (m - 1.0) / (m + 1.0), square = t * t, sum = 0.0;
  for (int k = 21; k >= 3; k -= 2) sum = (sum + 1.0 / k) * square;
  double n = (double)exponent;
  return n * 6.93147180369123816490e-01 + (2.0 * t + (2.0 * t * sum + n * 1.90821492927058770002e-10));
}

double ck_pow(double base, double exponent) { return ck_exp(exponent * ck_log(base)); }

void ck_sincos(double angle, double *sine, double *cosine) {
  double shifted = angle * 0.6366197723675814 + rounder;
  double n = shifted - rounder;
  // pi / 2 in three parts of 33, 33 and 53 bits, so that n times the first two is exact.
  double r = angle - n * 1.57079632673412561417e+00;
  r -= n * 6.07710050630396597660e-11;
  r -= n * 2.02226624879595063154e-21;
  double square = r * r;
  double s = 0.0, c = 0.0;
  for (int k = 19; k >= 3; k -= 2) s = (s + 1.0) * (-square / (k * (k - 1)));
  for (int k = 20; k >= 2; k -= 2) c = (c + 1.0) * (-square / (k * (k - 1)));
  s = r + r * s;
  c = 1.0 + c;
  switch ((int64_t)n & 3) {
    case 0: *sine = s; *cosine = c; break;
    case 1: *sine = c; *cosine = -s; break;
    case 2: *sine = -s; *cosine = -c; break;
    default: *sine = -c; *cosine = s; break;
  }
}
