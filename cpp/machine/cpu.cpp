#include "machine/cpu.h"

#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#ifdef ROOFTILE_X86
#include <cpuid.h>
#endif

namespace rooftile {

namespace detail {

CpuidRegisters cpuid([[maybe_unused]] std::uint32_t leaf, [[maybe_unused]] std::uint32_t subleaf) {
  CpuidRegisters r;
#ifdef ROOFTILE_X86
  // __get_cpuid_count checks the leaf against the highest of its range (basic or extended).
  if (__get_cpuid_count(leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx) == 0) r = {};
#endif
  return r;
}

}  // namespace detail

namespace {

bool bit(std::uint32_t word, int index) {
  return ((word >> index) & 1u) != 0;
}

// XCR0: which register files the OS saves at a context switch. Without OSXSAVE the instruction itself would
// fault.
std::uint64_t saved_state(bool osxsave) {
#ifdef ROOFTILE_X86
  if (osxsave) {
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (static_cast<std::uint64_t>(high) << 32) | low;
  }
#endif
  (void)osxsave;
  return 0;
}

std::string vendor_name() {
  const auto r = detail::cpuid(0, 0);
  char text[13] = {};
  std::memcpy(text, &r.ebx, 4);
  std::memcpy(text + 4, &r.edx, 4);
  std::memcpy(text + 8, &r.ecx, 4);
  return text[0] != '\0' ? text : "unknown";
}

std::string brand_name() {
  char text[49] = {};
  for (std::uint32_t i = 0; i < 3; ++i) {
    const auto r = detail::cpuid(0x80000002u + i, 0);
    std::memcpy(text + 16 * i, &r, 16);
  }
  std::string name(text);
  const std::size_t first = name.find_first_not_of(' ');
  if (first == std::string::npos) return "unknown";
  return name.substr(first, name.find_last_not_of(' ') - first + 1);
}

void read_signature(CpuInfo& info) {
  const std::uint32_t eax = detail::cpuid(1, 0).eax;
  const int base_family = static_cast<int>((eax >> 8) & 0xf);
  const int base_model = static_cast<int>((eax >> 4) & 0xf);
  info.family = base_family + (base_family == 0xf ? static_cast<int>((eax >> 20) & 0xff) : 0);
  const bool extended = base_family == 0xf || base_family == 0x6;
  info.model = base_model + (extended ? static_cast<int>((eax >> 16) & 0xf) << 4 : 0);
  info.stepping = static_cast<int>(eax & 0xf);
}

void read_features(CpuInfo& info) {
  constexpr std::uint64_t kAvxState = 0x6;      // XMM, YMM
  constexpr std::uint64_t kAvx512State = 0xe6;  // and opmask, upper ZMM, ZMM16–31
  const auto one = detail::cpuid(1, 0);
  const auto seven = detail::cpuid(7, 0);
  const auto seven_one = seven.eax >= 1 ? detail::cpuid(7, 1) : detail::CpuidRegisters{};
  const std::uint64_t state = saved_state(bit(one.ecx, 27));
  const bool avx = (state & kAvxState) == kAvxState && bit(one.ecx, 28);
  info.avx2_fma = avx && bit(one.ecx, 12) && bit(seven.ebx, 5);
  info.avx_vnni = info.avx2_fma && bit(seven_one.eax, 4);
  // macOS turns the AVX-512 state on at first use, so XCR0 says no there; AVX2 is then the safe answer.
  const bool avx512_saved = avx && (state & kAvx512State) == kAvx512State;
  info.avx512 =
      avx512_saved && bit(seven.ebx, 16) && bit(seven.ebx, 17) && bit(seven.ebx, 30) && bit(seven.ebx, 31);
  info.avx512_vnni = info.avx512 && bit(seven.ecx, 11);
  info.avx512_bf16 = info.avx512 && bit(seven_one.eax, 5);
}

void leave_out(CpuInfo& info, std::string_view names) {
  const std::pair<std::string_view, bool*> extensions[] = {{"avx512_vnni", &info.avx512_vnni},
                                                           {"avx512_bf16", &info.avx512_bf16}};
  for (const auto& [name, has] : extensions) {
    if (names.find(name) != std::string_view::npos) *has = false;
  }
}

// Elsewhere than on x86 every leaf is zeros: an unknown CPU without features.
CpuInfo detect() {
  CpuInfo info;
  info.vendor = vendor_name();
  info.brand = brand_name();
  read_signature(info);
  read_features(info);
  if (const char* names = std::getenv("ROOFTILE_WITHOUT")) leave_out(info, names);
  return info;
}

}  // namespace

const CpuInfo& cpu_info() {
  static const CpuInfo info = detect();
  return info;
}

}  // namespace rooftile
