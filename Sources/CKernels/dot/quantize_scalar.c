// Rounding of activations for every x86-64.

#define CK_NAME(name) name##_scalar
#include "quantize.inc"
