#include "machine/isa.h"

#include "machine/cpu.h"

namespace rooftile {

namespace {
constexpr Isa kAllIsas[] = {Isa::scalar, Isa::avx2, Isa::avx512};
}

const char* isa_name(Isa isa) {
  switch (isa) {
    case Isa::scalar:
      return "scalar";
    case Isa::avx2:
      return "avx2";
    case Isa::avx512:
      return "avx512";
  }
  return "unknown";
}

std::optional<Isa> parse_isa(std::string_view name) {
  for (const Isa isa : kAllIsas) {
    if (name == isa_name(isa)) return isa;
  }
  return std::nullopt;
}

std::vector<Isa> supported_isas() {
  std::vector<Isa> isas{Isa::scalar};
  if (cpu_info().avx2_fma) isas.push_back(Isa::avx2);
  // The AVX-512 files are compiled with -mfma too, so they need both.
  if (cpu_info().avx2_fma && cpu_info().avx512) isas.push_back(Isa::avx512);
  return isas;
}

}  // namespace rooftile
