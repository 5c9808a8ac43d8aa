/* A shared library, but no plugin. */
#include "good.h"

HG_EXPORT int32_t something_else(void) { return HG_OK; }
