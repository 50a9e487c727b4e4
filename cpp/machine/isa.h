// The instruction sets that kernels are written for, weakest first, and which of them this CPU and its OS can
// run.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace rooftile {

enum class Isa { scalar, avx2, avx512 };

const char* isa_name(Isa isa);

// Exact, lower-case names only: "scalar", "avx2", "avx512".
std::optional<Isa> parse_isa(std::string_view name);

// Weakest first; always holds Isa::scalar. ROOFTILE_ISA doesn't change it: forcing one is the caller's
// policy.
std::vector<Isa> supported_isas();

}  // namespace rooftile
