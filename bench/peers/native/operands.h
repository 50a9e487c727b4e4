// The operands of a product in each element type, and whether what the sides make of them is right.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gemm/types.h"
#include "parallel/aligned.h"

namespace rooftile::peers {

/** "u8:s8:s32" as inputs, weights and outputs, or one name for all. Throws std::invalid_argument. */
gemm::GemmTypes parse_types(const std::string& text);

class Operands {
 public:
  /** Random numbers, never all zeros, which lie about bandwidth. Outputs must be f32 or s32. */
  Operands(const gemm::GemmTypes& types, std::int64_t m, std::int64_t n, std::int64_t k, std::int64_t copies);

  const void* a() const { return a_.data(); }
  const std::vector<const void*>& b() const { return copies_; }
  void* c() { return c_.data(); }

  /** Makes outputs unusable, so that nobody's result passes for the next one's. */
  void spoil();

  /** What stands in the outputs now, as doubles. */
  std::vector<double> outputs() const;

  /**
   * How far outputs are from the product in double precision at a few hundred places, and the largest of
   * those.
   */
  struct Error {
    double worst, scale;
  };
  Error error_of(const std::vector<double>& outputs) const;

  /** Largest difference between two sides, of the largest output; 0 for integers. */
  double tolerance() const;

 private:
  gemm::GemmTypes types_;
  std::int64_t m_, n_, k_;
  parallel::AlignedFloats a_, c_;
  std::vector<parallel::AlignedFloats> b_;
  std::vector<const void*> copies_;
};

}  // namespace rooftile::peers
