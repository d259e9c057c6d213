#pragma once

/// Marks what the shared library exports; everything else is hidden.
#if defined(__GNUC__)
#define GEMEL_API __attribute__((visibility("default")))
#else
#define GEMEL_API
#endif
