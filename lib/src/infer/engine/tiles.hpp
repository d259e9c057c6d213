#pragma once

namespace gemel::infer {

/// Whether this CPU multiplies tiles of bytes and of bf16 (AMX) and the kernel lets this process
/// keep them. Linux has to be asked once a process; what that changes is that signal frames have
/// room for tiles. Thread-safe.
bool may_use_tiles();

}  // namespace gemel::infer
