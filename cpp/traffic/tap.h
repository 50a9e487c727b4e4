// What a driver tells about the memory that it moves. A driver is a template over its tap: NoTap has empty
// hooks and is an instantiation of its own, so timed runs carry no trace of the others.
#pragma once

#include <cstdint>

namespace rooftile::traffic {

/** The operands of every kernel family. `scratch`: what a kernel writes for itself and reads again. */
enum class Operand { weights, inputs, outputs, state, packed_weights, packed_inputs, scratch };
constexpr int kOperands = 7;

/** How a micro-kernel or a packing routine uses a block. */
enum class Access {
  read,
  write,   // overwritten without being read
  update,  // read, then written
};

/** In which order a micro-kernel call comes by the lines of a block. */
enum class Walk {
  once,              // all of them at once, row by row, after the blocks that are walked step by step
  rows,              // a row a step, together with the other blocks of the call that are walked
  columns,           // the next line of every row, likewise
  columns_backward,  // likewise from the last line to the first
};

constexpr std::int64_t kEachByteOnce = -1;

/**
 * A block of `rows` runs of `row_bytes`, `stride_bytes` apart. `tile` numbers the block among its operand's
 * own: the same tile is the same block whenever it comes again. A block may be several consecutive tiles of
 * equal size.
 */
struct Block {
  Operand operand;
  std::int64_t tile;
  const void* base;
  std::int64_t rows;
  std::int64_t row_bytes;
  std::int64_t stride_bytes;
  std::int64_t tiles = 1;
  /** What the registers load or store of it, where that isn't each byte once: windows overlap. */
  std::int64_t loaded_bytes = kEachByteOnce;
  Walk walk = Walk::once;
  /** Of blocks that overlap: which walk past the operand this is. A line that one walk fetches twice is halo.
   */
  std::int32_t pass = 0;
};

/**
 * A loop of a driver, numbered from the innermost outward from 1; each family names its own. A cache that
 * keeps what one iteration of a loop touches makes each execution of that loop fetch its blocks once: the
 * loop is the *scope* in which that cache holds every block that it has seen.
 */
using Scope = int;
constexpr Scope kNoScope = 0;    // holds nothing between two calls of a micro-kernel
constexpr Scope kRunScope = 11;  // holds all that a run touches, and serves the next run
constexpr int kScopes = 12;

/**
 * Hooks of a tap. `enter`: an execution of a loop begins, in iteration `index` of the loop around it. `call`:
 * the blocks touched since the last one are those of one micro-kernel call, or of one step of packing.
 */
struct NoTap {
  void enter(Scope, std::int64_t) {}
  void leave(Scope) {}
  void touch(const Block&, Access) {}
  void call() {}
};

/**
 * What a driver tells its tap with: every hook goes through here. Without them, a test holds the code of the
 * empty tap against what is left.
 */
template <class Tap>
class Hooks {
 protected:
  explicit Hooks(Tap& tap) : tap_(tap) {}

  template <class Call>
  void hook([[maybe_unused]] Call&& call) {
#ifndef ROOFTILE_WITHOUT_HOOKS
    call();
#endif
  }
  void enter([[maybe_unused]] Scope scope, [[maybe_unused]] std::int64_t index) {
    hook([&] { tap_.enter(scope, index); });
  }
  void leave([[maybe_unused]] Scope scope) {
    hook([&] { tap_.leave(scope); });
  }
  void called() {
    hook([&] { tap_.call(); });
  }

  Tap& tap_;
};

}  // namespace rooftile::traffic
