// The kernels of attention.inc for every processor.

#define CK_NAME(name) name##_scalar
#include "attention.inc"
