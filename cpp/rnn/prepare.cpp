// Packs ONNX's weights into the order in which the kernels read them.
#include <algorithm>
#include <cmath>
#include <limits>

#include "rnn/rnn.h"
#include "simd/bf16.h"

namespace rooftile::rnn {
namespace {

/** So that the largest weight becomes ±127; NaN, which makes every sum NaN, where one isn't finite. */
float s8_scale(const float* weights, std::int64_t count) {
  float largest = 0.0f;
  for (std::int64_t k = 0; k < count; ++k) {
    if (!std::isfinite(weights[k])) return std::numeric_limits<float>::quiet_NaN();
    largest = std::max(largest, std::fabs(weights[k]));
  }
  return largest / 127.0f;
}

/** The nearest multiple of `scale`. */
std::int8_t to_s8(float weight, float scale) {
  if (!(scale > 0.0f)) return 0;
  return static_cast<std::int8_t>(std::clamp(std::nearbyint(weight / scale), -127.0f, 127.0f));
}

/** One direction of a layer, with the sizes that its packing needs. */
class Packer {
 public:
  Packer(const RnnPlan& plan, const RnnShape& shape, std::int64_t layer, std::int64_t direction,
         const LayerWeights& weights)
      : shape_(shape),
        layout_(plan, shape),
        weight_type_(plan.weight_type),
        layer_(layer),
        width_(layer == 0 ? shape.inputs : shape.directions * shape.hidden),
        gemm_panel_(gemm::panel_width(plan.isa)),
        w_(weights.w + direction * layout_.gates * shape.hidden * width_),
        r_(weights.r + direction * layout_.gates * shape.hidden * shape.hidden),
        b_(weights.b == nullptr ? nullptr : weights.b + direction * 2 * layout_.gates * shape.hidden) {}

  void pack(float* to) const {
    pack_input_weights(to);
    to += layout_.input_weights(layer_);
    const Passes passes = passes_of(shape_);
    pack_pass(passes.first, 0, to);
    if (passes.two) pack_pass(passes.second, 2, to + layout_.panels * layout_.panel_floats[0]);
  }

 private:
  /**
   * Column `column` of the projection, [panel][gate][lane], is a row of W; null where it is padding. Row k of
   * a later layer's weights belongs to a lane of the outputs between layers, which have padding too.
   */
  const float* projection_column(std::int64_t column) const {
    if (column >= layout_.projected) return nullptr;
    const std::int64_t of_panel = layout_.gates * layout_.panel;
    const std::int64_t gate = column % of_panel / layout_.panel;
    const std::int64_t unit = column / of_panel * layout_.panel + column % layout_.panel;
    return unit < shape_.hidden ? w_ + (gate * shape_.hidden + unit) * width_ : nullptr;
  }

  /** Position in a row of W of what the projection multiplies in step k; −1: padding. */
  std::int64_t weight_of(std::int64_t k) const {
    if (layer_ == 0) return k;
    const std::int64_t unit = k % layout_.padded;
    return unit < shape_.hidden ? k / layout_.padded * shape_.hidden + unit : -1;
  }

  void pack_input_weights(float* to) const {
    const std::int64_t depth = layout_.depth(layer_);
    const float* columns[64];  // no panel is wider
    for (std::int64_t first = 0; first < layout_.projected; first += gemm_panel_) {
      for (std::int64_t j = 0; j < gemm_panel_; ++j) columns[j] = projection_column(first + j);
      for (std::int64_t k = 0; k < depth; ++k, to += gemm_panel_) {
        const std::int64_t at = weight_of(k);
        for (std::int64_t j = 0; j < gemm_panel_; ++j) {
          to[j] = columns[j] == nullptr || at < 0 ? 0.0f : columns[j][at];
        }
      }
    }
  }

  float bias(std::int64_t half, std::int64_t gate, std::int64_t unit) const {
    return b_ == nullptr ? 0.0f : b_[(half * layout_.gates + gate) * shape_.hidden + unit];
  }

  /** The biases of a panel, in the order in which the kernel's gates read them. */
  void pack_biases(Pass pass, std::int64_t first_gate, std::int64_t unit, std::int64_t lane,
                   float* to) const {
    const std::int64_t panel = layout_.panel;
    for (std::int64_t gate = 0; gate < gates_of(pass); ++gate) {
      const std::int64_t of = first_gate + gate;
      const bool apart = pass == Pass::gru && gate == 2;  // only the recurrent one is scaled by r
      to[gate * panel + lane] = bias(1, of, unit) + (apart ? 0.0f : bias(0, of, unit));
      if (apart) to[3 * panel + lane] = bias(0, of, unit);
    }
  }

  void pack_pass(Pass pass, std::int64_t first_gate, float* to) const {
    const std::int64_t panel = layout_.panel, hidden = shape_.hidden, gates = gates_of(pass);
    const std::int64_t index = first_gate == 0 ? 0 : 1;
    for (std::int64_t p = 0; p < layout_.panels; ++p, to += layout_.panel_floats[index]) {
      float* biases = to + layout_.bias_offset[index];
      float* scales = biases + biases_of(pass) * panel;
      std::fill_n(to, layout_.panel_floats[index], 0.0f);
      for (std::int64_t lane = 0; lane < panel; ++lane) {
        const std::int64_t unit = p * panel + lane;
        if (unit >= hidden) break;
        for (std::int64_t gate = 0; gate < gates; ++gate) {
          const float* row = r_ + ((first_gate + gate) * hidden + unit) * hidden;
          pack_column(row, gate * panel + lane, gates * panel, to, scales);
        }
        pack_biases(pass, first_gate, unit, lane, biases);
      }
    }
  }

  /** The weights of a gate's unit, `stride` apart from `at` on. */
  void pack_column(const float* row, std::int64_t at, std::int64_t stride, float* to, float* scales) const {
    const auto place = [&](auto* elements, auto&& convert) {
      for (std::int64_t k = 0; k < shape_.hidden; ++k) elements[at + k * stride] = convert(row[k]);
    };
    const auto place_pairs = [&](Bf16* elements) {
      for (std::int64_t k = 0; k < shape_.hidden; ++k) {
        elements[2 * (at + k / 2 * stride) + k % 2] = to_bf16(row[k]);
      }
    };
    switch (weight_type_) {
      case WeightType::f32:
        return place(to, [](float weight) { return weight; });
      case WeightType::bf16:
        return place_pairs(reinterpret_cast<Bf16*>(to));
      case WeightType::s8:
        scales[at] = s8_scale(row, shape_.hidden);
        return place(reinterpret_cast<std::int8_t*>(to),
                     [scale = scales[at]](float weight) { return to_s8(weight, scale); });
    }
  }

  const RnnShape& shape_;
  Layout layout_;
  WeightType weight_type_;
  std::int64_t layer_, width_, gemm_panel_;
  const float* w_;
  const float* r_;
  const float* b_;
};

}  // namespace

void prepare(const RnnPlan& plan, const RnnShape& shape, std::int64_t layer, const LayerWeights& weights,
             float* packed) {
  const Layout layout(plan, shape);
  for (std::int64_t direction = 0; direction < shape.directions; ++direction) {
    Packer(plan, shape, layer, direction, weights).pack(packed + layout.weights_at(layer, direction));
  }
}

}  // namespace rooftile::rnn
