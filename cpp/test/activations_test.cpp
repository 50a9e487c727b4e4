// Sigmoid and tanh of every ISA against double: over every exponent, subnormals, zeros, infinities and NaN.
// With the argument "all", over all 2^32 floats (minutes).
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string_view>
#include <vector>

#include "check.h"
#include "isas.h"
#include "rnn/step_kernel.h"

using namespace rooftile;
using namespace rooftile::rnn;

namespace {

constexpr std::int64_t kMostUlps = 4;

/** Floats in order as whole numbers: neighbours differ by 1, and both zeros are 0. */
std::int64_t rank(float value) {
  std::int32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits >= 0 ? bits : -static_cast<std::int64_t>(bits & 0x7fffffff);
}

float from_bits(std::uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

double exact_sigmoid(double x) {
  return x >= 0 ? 1.0 / (1.0 + std::exp(-x)) : std::exp(x) / (1.0 + std::exp(x));
}

double exact_tanh(double x) {
  return std::tanh(x);
}

/** The largest distance to the correctly rounded value among `inputs`, in ulps; NaN must give NaN. */
class Comparison {
 public:
  Comparison(const char* name, Activation activation, double (*exact)(double))
      : name_(name), activation_(activation), exact_(exact) {}

  void check(const std::vector<float>& inputs) {
    results_.resize(inputs.size());
    activation_(inputs.data(), results_.data(), static_cast<std::int64_t>(inputs.size()));
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const float x = inputs[i], result = results_[i];
      if (std::isnan(x) || std::isnan(result)) {
        wrong_nans_ += std::isnan(x) != std::isnan(result);
        continue;
      }
      const std::int64_t distance =
          std::llabs(rank(result) - rank(static_cast<float>(exact_(static_cast<double>(x)))));
      if (distance <= worst_) continue;
      worst_ = distance;
      worst_at_ = x;
    }
  }

  void report(Isa isa) const {
    std::printf("%s of %s: at most %lld ulp, at %a\n", name_, isa_name(isa), static_cast<long long>(worst_),
                static_cast<double>(worst_at_));
    CHECK(worst_ <= kMostUlps);
    CHECK_EQ(wrong_nans_, 0);
  }

 private:
  const char* name_;
  Activation activation_;
  double (*exact_)(double);
  std::vector<float> results_;
  std::int64_t worst_ = -1;
  float worst_at_ = 0;
  int wrong_nans_ = 0;
};

/** Calls `check` with 2^`log_mantissas` mantissas, evenly spread and both ends among them, of every exponent.
 */
template <class Check>
void over_exponents(int log_mantissas, Check&& check) {
  const std::uint32_t count = 1u << log_mantissas;
  std::vector<float> inputs(count);
  for (std::uint32_t head = 0; head < 512; ++head) {  // sign and exponent
    for (std::uint32_t i = 0; i < count; ++i) {
      // Low bits vary too: those of a spread with steps of a power of two would all be 0.
      const std::uint32_t step = 1u << (23 - log_mantissas);
      const std::uint32_t low = i + 1 == count ? step - 1 : (i * 0x9e3779b1u >> 7) % step;
      inputs[i] = from_bits(head << 23 | (i * step + (i == 0 ? 0 : low)));
    }
    check(inputs);
  }
}

void check_special(const StepKernels& kernels) {
  const float inf = std::numeric_limits<float>::infinity();
  const float inputs[] = {0.0f, -0.0f, inf, -inf, 200.0f, -200.0f, 0x1p-149f, -0x1p-149f};
  float sigmoids[8], tanhs[8];
  kernels.sigmoid(inputs, sigmoids, 8);
  kernels.tanh(inputs, tanhs, 8);
  const float expected_sigmoids[] = {0.5f, 0.5f, 1.0f, 0.0f, 1.0f, 0.0f, 0.5f, 0.5f};
  const float expected_tanhs[] = {0.0f, -0.0f, 1.0f, -1.0f, 1.0f, -1.0f, 0x1p-149f, -0x1p-149f};
  for (int i = 0; i < 8; ++i) {
    CHECK_EQ(sigmoids[i], expected_sigmoids[i]);
    CHECK_EQ(tanhs[i], expected_tanhs[i]);
    CHECK_EQ(std::signbit(tanhs[i]), std::signbit(expected_tanhs[i]));
  }
}

/** Any count, in place, and nothing beyond it. */
void check_tails(Activation activation) {
  for (int count = 0; count < 40; ++count) {
    std::vector<float> whole(40, 0.75f), part(40, 0.75f);
    activation(whole.data(), whole.data(), 40);
    activation(part.data(), part.data(), count);
    for (int i = 0; i < 40; ++i) CHECK_EQ(part[static_cast<std::size_t>(i)], i < count ? whole[0] : 0.75f);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const bool all = argc > 1 && std::string_view(argv[1]) == "all";
  for (const Isa isa : rooftile::test::isas()) {
    const StepKernels& kernels = step_kernels(isa);
    Comparison sigmoids("sigmoid", kernels.sigmoid, exact_sigmoid);
    Comparison tanhs("tanh", kernels.tanh, exact_tanh);
    over_exponents(all ? 23 : 13, [&](const std::vector<float>& inputs) {
      sigmoids.check(inputs);
      tanhs.check(inputs);
    });
    sigmoids.report(isa);
    tanhs.report(isa);
    check_special(kernels);
    check_tails(kernels.sigmoid);
    check_tails(kernels.tanh);
  }
  return rooftile::test::finish();
}
