#include "reference/gemm.h"

namespace rooftile::reference {

void gemm(const gemm::GemmShape& shape, const gemm::GemmOperands& operands) {
  for (std::int64_t i = 0; i < shape.m; ++i) {
    for (std::int64_t j = 0; j < shape.n; ++j) {
      double sum = 0.0;
      for (std::int64_t k = 0; k < shape.k && operands.alpha != 0.0f; ++k) {
        const float a =
            operands.transpose_a ? operands.a[k * operands.lda + i] : operands.a[i * operands.lda + k];
        const float b =
            operands.transpose_b ? operands.b[j * operands.ldb + k] : operands.b[k * operands.ldb + j];
        sum += static_cast<double>(a) * static_cast<double>(b);
      }
      float& c = operands.c[i * operands.ldc + j];
      const double scaled = static_cast<double>(operands.alpha) * sum;
      c = static_cast<float>(operands.beta == 0.0f ? scaled
                                                   : static_cast<double>(operands.beta) * c + scaled);
    }
  }
}

}  // namespace rooftile::reference
