#include "gemm/micro_kernel.h"

#include "machine/cpu.h"

namespace rooftile::gemm {
namespace {

bool always() {
  return true;
}

using enum Arithmetic;
// bf16 without instructions of its own is f32_bf16 on inputs that were widened as they were packed.
constexpr KernelList kLists[] = {
#ifdef ROOFTILE_X86
    {f32, Isa::avx512, always, micro_tiles_avx512},
    {f32_bf16, Isa::avx512, always, f32_bf16_tiles_avx512},
    {f32_s8, Isa::avx512, always, f32_s8_tiles_avx512},
    {bf16, Isa::avx512, [] { return cpu_info().avx512_bf16; }, bf16_tiles_avx512bf16},
    {bf16, Isa::avx512, always, bf16_tiles_avx512},
    {int8, Isa::avx512, [] { return cpu_info().avx512_vnni; }, int8_tiles_avx512vnni},
    {int8, Isa::avx512, always, int8_tiles_avx512},
    {f32, Isa::avx2, always, micro_tiles_avx2},
    {f32_bf16, Isa::avx2, always, f32_bf16_tiles_avx2},
    {f32_s8, Isa::avx2, always, f32_s8_tiles_avx2},
    {bf16, Isa::avx2, always, f32_bf16_tiles_avx2},
    {int8, Isa::avx2, always, int8_tiles_avx2},
#endif
    {f32, Isa::scalar, always, micro_tiles_scalar},
    {f32_bf16, Isa::scalar, always, f32_bf16_tiles_scalar},
    {f32_s8, Isa::scalar, always, f32_s8_tiles_scalar},
    {bf16, Isa::scalar, always, f32_bf16_tiles_scalar},
    {int8, Isa::scalar, always, int8_tiles_scalar},
};

}  // namespace

std::span<const KernelList> kernel_lists() {
  return kLists;
}

std::span<const MicroTile> micro_tiles(Arithmetic arithmetic, Isa isa) {
  for (const KernelList& list : kLists) {
    if (list.arithmetic == arithmetic && list.isa == isa && list.usable()) return list.tiles();
  }
  return {};
}

const MicroTile* find_micro_tile(Arithmetic arithmetic, Isa isa, std::int64_t mr, std::int64_t nr) {
  for (const MicroTile& tile : micro_tiles(arithmetic, isa)) {
    if (mr >= 1 && mr <= tile.mr && tile.nr == nr) return &tile;
  }
  return nullptr;
}

}  // namespace rooftile::gemm
