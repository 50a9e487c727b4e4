#include "gemm/plan.h"

#include "gemm/micro_kernel.h"

namespace rooftile::gemm {
namespace {

/** A block must be whole tiles, or else cover its dimension. */
std::string block_error(const char* name, std::int64_t block, const char* tile_name, std::int64_t tile,
                        std::int64_t extent) {
  if (block < 1) return std::string(name) + " must be at least 1, got " + std::to_string(block);
  if (block % tile != 0 && block < extent) {
    return std::string(name) + " = " + std::to_string(block) + " is not a multiple of " + tile_name + " = " +
           std::to_string(tile);
  }
  return {};
}

}  // namespace

std::int64_t panel_width(Isa isa) {
  return micro_tiles(isa).front().panel;
}

std::string plan_error(const GemmPlan& plan, const GemmShape& shape, bool transpose_a, bool transpose_b) {
  if (find_micro_tile(plan.isa, plan.mr, plan.nr) == nullptr) {
    return "mr × nr = " + std::to_string(plan.mr) + " × " + std::to_string(plan.nr) +
           " is not a micro-tile of " + isa_name(plan.isa);
  }
  // The reference row by row: more rows a block would already reuse the weights.
  const std::int64_t row_tile = plan.order == Order::none ? 1 : plan.mr;
  if (plan.order == Order::none && plan.mc != 1) {
    return "order none takes one row at a time: mc must be 1, got " + std::to_string(plan.mc);
  }
  if (auto e = block_error("mc", plan.mc, "mr", row_tile, shape.m); !e.empty()) return e;
  if (auto e = block_error("nc", plan.nc, "nr", plan.nr, shape.n); !e.empty()) return e;
  if (plan.kc < 1) return "kc must be at least 1, got " + std::to_string(plan.kc);
  if (plan.threads < 1 || plan.threads > 256) {
    return "threads must be 1..256, got " + std::to_string(plan.threads);
  }
  if (plan.thread_rows < 1 || plan.threads % plan.thread_rows != 0) {
    return "threadRows = " + std::to_string(plan.thread_rows) +
           " doesn't divide threads = " + std::to_string(plan.threads);
  }
  if (plan.prepared && !plan.pack_weights) return "prepared weights are packed: packWeights must be true";
  if (!plan.pack_inputs && transpose_a) return "transposed inputs must be packed: packInputs must be true";
  if (!plan.pack_weights && transpose_b) return "transposed weights must be packed: packWeights must be true";
  return {};
}

}  // namespace rooftile::gemm
