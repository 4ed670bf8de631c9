// The kernels of indexed.inc for every processor.

#define CK_NAME(name) name##_scalar
#include "indexed.inc"
