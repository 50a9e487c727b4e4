// The instruction sets that kernels are written for, weakest first, and which of them this CPU and its OS can
// run.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "machine/isa_list.h"

namespace rooftile {

#define ROOFTILE_NAME(name, runs) name,
enum class Isa { ROOFTILE_ISAS(ROOFTILE_NAME) };
#undef ROOFTILE_NAME

/** All of the list, whether or not they run here. */
#define ROOFTILE_ISA(name, runs) Isa::name,
constexpr Isa kIsas[] = {ROOFTILE_ISAS(ROOFTILE_ISA)};
#undef ROOFTILE_ISA

const char* isa_name(Isa isa);

// Exact, lower-case names only.
std::optional<Isa> parse_isa(std::string_view name);

// Weakest first; always holds Isa::scalar. ROOFTILE_ISA doesn't change it: forcing one is the caller's
// policy.
std::vector<Isa> supported_isas();

}  // namespace rooftile
