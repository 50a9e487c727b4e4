// What a driver tells about the memory that it moves. A driver is a template over its tap: NoTap has empty
// hooks and is an instantiation of its own, so timed runs carry no trace of the others.
#pragma once

#include <cstdint>

namespace rooftile::traffic {

/** The operands of every kernel family. */
enum class Operand { weights, inputs, outputs, packed_weights, packed_inputs };
constexpr int kOperands = 5;

/** How a micro-kernel or a packing routine uses a block. */
enum class Access {
  read,
  write,   // overwritten without being read
  update,  // read, then written
};

/**
 * A block of `rows` runs of `row_bytes`, `stride_bytes` apart. `tile` numbers the block among its operand's
 * own: the same tile is the same block whenever it comes again.
 */
struct Block {
  Operand operand;
  std::int64_t tile;
  const void* base;
  std::int64_t rows;
  std::int64_t row_bytes;
  std::int64_t stride_bytes;
};

/**
 * The loops of a driver from the innermost outward, with one complete run around them. A cache that keeps
 * what one iteration of a loop touches makes each execution of that loop fetch its blocks once: the loop is
 * the *scope* in which that cache holds every block that it has seen.
 */
enum class Scope { none, ir, jr, inner, middle, outer, run };
constexpr int kScopes = 7;

/** Hooks of a tap. `enter`: an execution of a loop begins, in iteration `index` of the loop around it. */
struct NoTap {
  void enter(Scope, std::int64_t) {}
  void leave(Scope) {}
  void touch(const Block&, Access) {}
};

}  // namespace rooftile::traffic
