// The operands of a product in each element type.
#include <cstring>
#include <stdexcept>
#include <utility>

#include "gemm/plan.h"
#include "gemm_types.h"
#include "operands.h"
#include "random.h"

namespace rooftile::peers {
namespace {

float from_bf16(std::uint16_t half) {
  const std::uint32_t bits = static_cast<std::uint32_t>(half) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

using gemm::ElementType;

ElementType element_named(const std::string& name) {
  using enum ElementType;
  const std::vector<std::pair<const char*, ElementType>> elements = {
      {"f32", f32}, {"bf16", bf16}, {"u8", u8}, {"s8", s8}, {"s32", s32}};
  for (const auto& [known, element] : elements) {
    if (name == known) return element;
  }
  throw std::invalid_argument("no type of elements is called " + name);
}

/** Bytes take every value of their type. */
parallel::AlignedFloats random_elements(ElementType type, std::int64_t count, std::uint32_t seed) {
  // Floats are what aligned memory comes in.
  parallel::AlignedFloats memory(gemm::ceil_div(count * gemm::element_bytes(type), sizeof(float)));
  Random random(seed);
  auto* bytes = reinterpret_cast<std::uint8_t*>(memory.data());
  for (std::int64_t i = 0; i < count; ++i) {
    if (type == ElementType::u8 || type == ElementType::s8) {
      bytes[i] = static_cast<std::uint8_t>(random.bits() >> 8);
      continue;
    }
    const float value = random.signed_unit();
    std::uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    const auto half = static_cast<std::uint16_t>(bits >> 16);
    if (type == ElementType::bf16) std::memcpy(bytes + 2 * i, &half, sizeof half);
    if (type == ElementType::f32) std::memcpy(bytes + 4 * i, &value, sizeof value);
  }
  return memory;
}

double element_at(ElementType type, const void* data, std::int64_t at) {
  switch (type) {
    case ElementType::f32:
      return static_cast<const float*>(data)[at];
    case ElementType::bf16:
      return from_bf16(static_cast<const std::uint16_t*>(data)[at]);
    case ElementType::u8:
      return static_cast<const std::uint8_t*>(data)[at];
    case ElementType::s8:
      return static_cast<const std::int8_t*>(data)[at];
    case ElementType::s32:
      break;
  }
  return static_cast<const std::int32_t*>(data)[at];
}

/** Outputs must be f32 or s32. */
class GemmOperands : public Operands {
 public:
  GemmOperands(std::string type, std::int64_t m, std::int64_t n, std::int64_t k, std::int64_t copies)
      : Operands(m * n),
        type_(std::move(type)),
        types_(parse_types(type_)),
        a_(random_elements(types_.inputs, m * k, 1)) {
    if (gemm::element_bytes(types_.outputs) != 4) throw std::invalid_argument("outputs must be f32 or s32");
    for (std::int64_t copy = 0; copy < copies; ++copy) {
      b_.push_back(random_elements(types_.weights, k * n, 2));
      copies_.push_back(b_.back().data());
    }
    problem_.kind = PEER_GEMM;
    problem_.gemm = {m, n, k, type_.c_str(), a_.data(), copies_.data(), copies, outputs_.data()};
  }

  std::int64_t copies() const override { return problem_.gemm.copies; }

  /** bf16 is widened where there are no instructions for it. */
  OpsType ops_type(Isa isa) const override {
    switch (gemm::arithmetic_of(types_)) {
      case gemm::Arithmetic::int8:
        return OpsType::int8;
      case gemm::Arithmetic::bf16:
        return isa == Isa::avx512 ? OpsType::bf16 : OpsType::f32;
      default:
        return OpsType::f32;
    }
  }

  std::vector<double> outputs() const override {
    std::vector<double> values(static_cast<std::size_t>(outputs_.size()));
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = element_at(types_.outputs, outputs_.data(), static_cast<std::int64_t>(i));
    }
    return values;
  }

  Error error_of(const std::vector<double>& outputs) const override {
    constexpr std::int64_t kPlaces = 256;
    const auto& [m, n, k, type, a, b, copies, c] = problem_.gemm;
    Error error;
    Random random(3);
    for (std::int64_t place = 0; place < kPlaces; ++place) {
      // The corners first: tails are where kernels err.
      const std::int64_t row = place < 4 ? (place & 1) * (m - 1) : random.bits() % m;
      const std::int64_t column = place < 4 ? (place >> 1) * (n - 1) : random.bits() % n;
      double sum = 0;
      for (std::int64_t i = 0; i < k; ++i) {
        sum += element_at(types_.inputs, a, row * k + i) * element_at(types_.weights, b[0], i * n + column);
      }
      error.see(outputs[static_cast<std::size_t>(row * n + column)], sum);
    }
    return error;
  }

  double tolerance() const override { return types_.outputs == ElementType::s32 ? 0 : Operands::tolerance(); }

 private:
  std::string type_;
  gemm::GemmTypes types_;
  parallel::AlignedFloats a_;
  std::vector<parallel::AlignedFloats> b_;
  std::vector<const void*> copies_;
};

}  // namespace

gemm::GemmTypes parse_types(const std::string& text) {
  const std::size_t first = text.find(':');
  if (first == std::string::npos) {
    const ElementType element = element_named(text);
    return {element, element, element};
  }
  const std::size_t second = text.find(':', first + 1);
  if (second == std::string::npos) throw std::invalid_argument(text + " isn't inputs:weights:outputs");
  return {element_named(text.substr(0, first)), element_named(text.substr(first + 1, second - first - 1)),
          element_named(text.substr(second + 1))};
}

std::unique_ptr<Operands> gemm_operands(Values& shape) {
  const std::int64_t m = shape.positive("m"), n = shape.positive("n"), k = shape.positive("k");
  const std::int64_t copies = shape.positive("copies");
  return std::make_unique<GemmOperands>(shape.text("type"), m, n, k, copies);
}

}  // namespace rooftile::peers
