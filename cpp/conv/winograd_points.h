// The points at which Winograd's polynomials are multiplied, for F(2×2, 3×3) and F(4×4, 3×3).
#pragma once

namespace rooftile::conv {
namespace {  // internal linkage: each per-ISA object keeps its own copy

/**
 * F(4): 0, ±a, ±b, ∞. The usual 1 and 2 double the error: 128 channels of numbers from −1 to 1, rms of the
 * error ÷ rms of the outputs, 1 and 2: 2.3e-6, √½ and √2: 1.07e-6, 5/8 and 3/2: 1.03e-6 (direct, one sum in
 * fp32: 0.6e-6). With the last the products of both transforms' constants are exact in fp32.
 */
constexpr float kPointA = 0.625f, kPointB = 1.5f;
constexpr float kSquareA = kPointA * kPointA, kSquareB = kPointB * kPointB;

}  // namespace
}  // namespace rooftile::conv
