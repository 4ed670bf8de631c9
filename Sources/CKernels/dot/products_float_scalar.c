// Products in 32 bits for every x86-64.

#define CK_NAME(name) name##_scalar
#include "products_float.inc"
