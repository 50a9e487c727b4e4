// A line as a cache holds it, in one word: a set of eight is one line of the machine that simulates it.
#pragma once

#include <cstdint>

#include "traffic/tap.h"

namespace rooftile::traffic {

/** Lines are numbers below 2^60 - 1: address / line_bytes with lines of 4 bytes and addresses below 2^62. */
struct CachedLine {
  static constexpr std::uint64_t kEmpty = ~std::uint64_t{1};  // not dirty

  std::uint64_t bits = kEmpty;

  CachedLine() = default;
  CachedLine(std::uint64_t line, Operand operand, bool dirty)
      : bits(line << 4 | static_cast<std::uint64_t>(operand) << 1 | (dirty ? 1 : 0)) {}

  bool empty() const { return bits == kEmpty; }
  bool is(std::uint64_t line) const { return bits >> 4 == line; }
  std::uint64_t line() const { return bits >> 4; }
  Operand operand() const { return static_cast<Operand>(bits >> 1 & 7); }
  bool dirty() const { return (bits & 1) != 0; }

  void clean() { bits &= ~std::uint64_t{1}; }
  /** `operand` touches it, and changes it if `writes`. */
  void touch(Operand operand, bool writes) {
    bits = (bits & ~std::uint64_t{0xe}) | static_cast<std::uint64_t>(operand) << 1 | (writes ? 1 : 0);
  }
};

}  // namespace rooftile::traffic
