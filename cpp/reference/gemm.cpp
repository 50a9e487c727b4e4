#include "reference/gemm.h"

#include <algorithm>
#include <cmath>

#include "simd/bf16.h"

namespace rooftile::reference {
namespace {

using gemm::ElementType;

double element(ElementType type, const void* array, std::int64_t at) {
  switch (type) {
    case ElementType::f32:
      return static_cast<const float*>(array)[at];
    case ElementType::bf16:
      return to_float(static_cast<const Bf16*>(array)[at]);
    case ElementType::u8:
      return static_cast<const std::uint8_t*>(array)[at];
    case ElementType::s8:
      return static_cast<const std::int8_t*>(array)[at];
    case ElementType::s32:
      break;
  }
  return static_cast<const std::int32_t*>(array)[at];
}

template <class T>
double at_line(const gemm::PerLine<T>& lines, std::int64_t line, T otherwise) {
  return lines.values == nullptr ? otherwise : lines.at(line);
}

double quantised(double value, const gemm::Quantisation& q, double low, double high) {
  const double steps = std::nearbyint(static_cast<float>(value) / q.output_scale) + q.output_zero;
  return std::isnan(steps) ? low : std::clamp(steps, low, high);
}

void store(ElementType type, void* array, std::int64_t at, double value, const gemm::Quantisation& q) {
  switch (type) {
    case ElementType::f32:
      static_cast<float*>(array)[at] = static_cast<float>(value);
      return;
    case ElementType::bf16:
      static_cast<Bf16*>(array)[at] = to_bf16(static_cast<float>(value));
      return;
    case ElementType::u8:
      static_cast<std::uint8_t*>(array)[at] = static_cast<std::uint8_t>(quantised(value, q, 0, 255));
      return;
    case ElementType::s8:
      static_cast<std::int8_t*>(array)[at] = static_cast<std::int8_t>(quantised(value, q, -128, 127));
      return;
    case ElementType::s32:
      static_cast<std::int32_t*>(array)[at] = static_cast<std::int32_t>(value);
  }
}

}  // namespace

void gemm(const gemm::GemmShape& shape, const gemm::GemmOperands& op) {
  const auto& [inputs, weights, outputs] = shape.types;
  const gemm::Quantisation& q = op.quantisation;
  const gemm::Epilogue& epilogue = op.epilogue;
  for (std::int64_t i = 0; i < shape.m; ++i) {
    for (std::int64_t j = 0; j < shape.n; ++j) {
      double sum = 0.0;
      for (std::int64_t k = 0; k < shape.k && op.alpha != 0.0f; ++k) {
        const double a = element(inputs, op.a, op.transpose_a ? k * op.lda + i : i * op.lda + k);
        const double b = element(weights, op.b, op.transpose_b ? j * op.ldb + k : k * op.ldb + j);
        sum += (a - at_line(q.input_zeros, i, 0)) * (b - at_line(q.weight_zeros, j, 0));
      }
      sum *= at_line(q.input_scales, i, 1.0f) * at_line(q.weight_scales, j, 1.0f);
      double value = static_cast<double>(op.alpha) * sum;
      if (op.beta != 0.0f) value += op.beta * element(outputs, op.c, i * op.ldc + j);
      if (epilogue.bias != nullptr) value += epilogue.bias[j];
      if (epilogue.addend != nullptr) value += epilogue.addend[i * epilogue.addend_stride + j];
      if (!std::isnan(value)) {
        value =
            std::min(std::max(value, static_cast<double>(epilogue.low)), static_cast<double>(epilogue.high));
      }
      store(outputs, op.c, i * op.ldc + j, value, q);
    }
  }
}

}  // namespace rooftile::reference
