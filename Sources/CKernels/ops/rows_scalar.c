// The kernels of rows.inc for every processor.

#define CK_NAME(name) name##_scalar
#include "rows.inc"
