// The list of instruction sets that kernels are written for, weakest first: X(name, runs), where `runs` says
// whether the CPU of `cpu` (a CpuInfo) can. One line registers one; what each family must then offer, it
// names with the list, so that the compiler or the linker asks for what is missing. src/machine/types.ts
// repeats the names; a test holds the two together.
#pragma once

#define ROOFTILE_ISAS_ANYWHERE(X) X(scalar, true)
// The AVX-512 files are compiled with -mfma too, so they need both.
#define ROOFTILE_ISAS_X86(X) X(avx2, cpu.avx2_fma) X(avx512, (cpu.avx2_fma && cpu.avx512))

#define ROOFTILE_ISAS(X) ROOFTILE_ISAS_ANYWHERE(X) ROOFTILE_ISAS_X86(X)
#ifdef ROOFTILE_X86
#define ROOFTILE_BUILT_ISAS(X) ROOFTILE_ISAS(X)
#else
#define ROOFTILE_BUILT_ISAS(X) ROOFTILE_ISAS_ANYWHERE(X)
#endif
