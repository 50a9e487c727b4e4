// The tap of an input projection: passes on what the GEMM's driver tells, under the operands and tile numbers
// of the recurrent run.
#pragma once

#include "rnn/plan.h"
#include "traffic/tap.h"

namespace rooftile::rnn {

/** A row-major matrix of scratch whose tiles are the vectors of its rows. */
struct ScratchRows {
  const float* base = nullptr;  // null: not in scratch
  std::int64_t first_tile = 0;
  std::int64_t row_floats = 0;
};

template <class Tap>
class ProjectionTap {
 public:
  ProjectionTap(Tap& tap, std::int64_t panel, std::int64_t weights_tile, const ScratchRows& inputs,
                const ScratchRows& outputs)
      : tap_(tap), panel_(panel), weights_tile_(weights_tile), inputs_(inputs), outputs_(outputs) {}

  void enter(traffic::Scope scope, std::int64_t index) { tap_.enter(scope, index); }
  void leave(traffic::Scope scope) { tap_.leave(scope); }
  void call() { tap_.call(); }
  void touch(const traffic::Block& block, traffic::Access access) {
    using traffic::Operand;
    if (block.operand == Operand::outputs) return touch_rows(outputs_, block, access);
    if (block.operand == Operand::inputs && inputs_.base != nullptr) {
      return touch_rows(inputs_, block, access);
    }
    traffic::Block own = block;
    if (block.operand == Operand::packed_weights) own.tile += weights_tile_;
    tap_.touch(own, access);
  }

 private:
  void touch_rows(const ScratchRows& matrix, const traffic::Block& block, traffic::Access access) {
    constexpr std::int64_t kBytes = sizeof(float);
    const auto* at = static_cast<const float*>(block.base);
    for (std::int64_t row = 0; row < block.rows; ++row, at += block.stride_bytes / kBytes) {
      const std::int64_t vectors = block.row_bytes / kBytes / panel_;
      // Rows are whole vectors, and so are the GEMM's blocks of them.
      tap_.touch({traffic::Operand::scratch, matrix.first_tile + (at - matrix.base) / panel_, at, 1,
                  block.row_bytes, block.row_bytes, vectors},
                 access);
    }
  }

  Tap& tap_;
  std::int64_t panel_, weights_tile_;
  ScratchRows inputs_, outputs_;
};

/** The empty tap has nothing to rename: the projection is the very code that a GEMM runs. */
template <>
class ProjectionTap<traffic::NoTap> : public traffic::NoTap {
 public:
  ProjectionTap(traffic::NoTap&, std::int64_t, std::int64_t, const ScratchRows&, const ScratchRows&) {}
};

}  // namespace rooftile::rnn
