// The kernels of scores.inc for every processor.

#define CK_NAME(name) name##_scalar
#include "scores.inc"
