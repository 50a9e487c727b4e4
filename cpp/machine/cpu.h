// What the CPU says of itself. Compiled without ISA flags, so that it runs on any x86 (and elsewhere says
// "unknown").
#pragma once

#include <cstdint>
#include <string>

#include "machine/allowed_cpus.h"

namespace rooftile {

struct CpuInfo {
  std::string vendor = "unknown";  // "AuthenticAMD", "GenuineIntel"
  std::string brand = "unknown";   // "AMD EPYC 7763 64-Core Processor"; a guest may shorten it
  int family = 0;                  // extended family added, as /proc/cpuinfo has it
  int model = 0;
  int stepping = 0;
  // Each is true only when the CPU has it *and* the OS saves its registers (XCR0).
  bool avx2_fma = false;
  bool avx512 = false;  // F, VL, BW and DQ: what the kernels are compiled for
  bool avx512_vnni = false;
  bool avx512_bf16 = false;
  bool avx_vnni = false;
};

// Detected once. ROOFTILE_WITHOUT names extensions to do without, as on a CPU that lacks them ("avx512_vnni
// avx512_bf16"), so that the kernels for such CPUs run anywhere; words that name none are ignored.
const CpuInfo& cpu_info();

namespace detail {
struct CpuidRegisters {
  std::uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};
// Zeros for a leaf above the CPU's highest (which would otherwise answer with another leaf's data), or not
// x86.
CpuidRegisters cpuid(std::uint32_t leaf, std::uint32_t subleaf);
}  // namespace detail

}  // namespace rooftile
