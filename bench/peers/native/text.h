// Of every module: text for the driver.
#pragma once

#include <cstddef>
#include <cstdio>
#include <cstring>

#include "peer.h"

namespace {

inline void tell(char* text, std::size_t size, const char* what) {
  std::snprintf(text, size, "%s", what);
}

inline bool is_f32(const PeerProblem* problem) {
  return std::strcmp(problem->gemm.type, "f32") == 0;
}

}  // namespace
