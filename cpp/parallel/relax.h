// A moment's pause of a thread that waits for another by looking again and again.
#pragma once

#include <thread>

namespace rooftile::parallel {

inline void relax() {
#if defined(ROOFTILE_X86)
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

}  // namespace rooftile::parallel
