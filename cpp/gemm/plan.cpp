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
  return micro_tiles(Arithmetic::f32, isa).front().panel;
}

PreparedLayout prepared_layout(const GemmShape& shape, Isa isa) {
  const Arithmetic arithmetic = arithmetic_of(shape.types);
  const std::int64_t panel = panel_width(isa);
  const std::int64_t columns = ceil_div(shape.n, panel) * panel;
  const Format format = format_of(arithmetic, isa);
  // Without K there is nothing to read, and no length of weights that bounds the columns.
  const bool summed = arithmetic == Arithmetic::int8 && shape.k > 0;
  return {packed_weights_cells(shape.n, shape.k, panel, format) * format.weight_cell(),
          summed ? columns * static_cast<std::int64_t>(sizeof(std::int32_t)) : 0};
}

std::int64_t largest_k(const GemmTypes& types, bool zero_points) {
  // With zero points a difference of two bytes is as large as 255.
  const std::int64_t input = zero_points || types.inputs == ElementType::u8 ? 255 : 128;
  const std::int64_t weight = zero_points ? 255 : 128;
  return std::numeric_limits<std::int32_t>::max() / (input * weight);
}

std::string plan_error(const GemmPlan& plan, const GemmShape& shape, bool transpose_a, bool transpose_b) {
  if (!types_known(shape.types)) return "there is no kernel for these element types";
  const Arithmetic arithmetic = arithmetic_of(shape.types);
  if (find_micro_tile(arithmetic, plan.isa, plan.mr, plan.nr) == nullptr) {
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
  if (arithmetic != Arithmetic::f32 && !plan.prepared) {
    return "weights that aren't fp32 are packed beforehand: prepared must be true";
  }
  if (needs_packed_inputs(shape.types) && !plan.pack_inputs) {
    return "inputs that aren't fp32 must be packed: packInputs must be true";
  }
  // Partial sums of bytes would have to wait in outputs of another type.
  const bool one_pass = arithmetic == Arithmetic::int8 || shape.types.outputs == ElementType::bf16;
  if (one_pass && plan.kc < shape.k) {
    return "these types take one pass over K: kc must be at least " + std::to_string(shape.k) + ", got " +
           std::to_string(plan.kc);
  }
  if (arithmetic == Arithmetic::int8 && shape.k > largest_k(shape.types, false)) {
    return "k = " + std::to_string(shape.k) +
           ": sums of bytes fit into s32 up to k = " + std::to_string(largest_k(shape.types, false));
  }
  const std::int64_t group = format_of(arithmetic, plan.isa).k_group;
  if (plan.kc % group != 0 && plan.kc < shape.k) {
    return "kc = " + std::to_string(plan.kc) + " is not a multiple of " + std::to_string(group) +
           ", the elements of K that a step takes";
  }
  if (!plan.pack_inputs && transpose_a) return "transposed inputs must be packed: packInputs must be true";
  if (!plan.pack_weights && transpose_b) return "transposed weights must be packed: packWeights must be true";
  return {};
}

}  // namespace rooftile::gemm
