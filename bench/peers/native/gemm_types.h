#pragma once

#include <string>

#include "gemm/types.h"

namespace rooftile::peers {

/** "u8:s8:s32" as inputs, weights and outputs, or one name for all. Throws std::invalid_argument. */
gemm::GemmTypes parse_types(const std::string& text);

}  // namespace rooftile::peers
