#include "machine/isa.h"

#include "machine/cpu.h"

namespace rooftile {

const char* isa_name(Isa isa) {
#define ROOFTILE_NAME(name, runs) #name,
  constexpr const char* kNames[] = {ROOFTILE_ISAS(ROOFTILE_NAME)};
#undef ROOFTILE_NAME
  return kNames[static_cast<int>(isa)];
}

std::optional<Isa> parse_isa(std::string_view name) {
  for (const Isa isa : kIsas) {
    if (name == isa_name(isa)) return isa;
  }
  return std::nullopt;
}

std::vector<Isa> supported_isas() {
  const CpuInfo& cpu = cpu_info();
  std::vector<Isa> isas;
#define ROOFTILE_PUSH(name, runs) \
  if (runs) isas.push_back(Isa::name);
  ROOFTILE_ISAS(ROOFTILE_PUSH)
#undef ROOFTILE_PUSH
  return isas;
}

}  // namespace rooftile
