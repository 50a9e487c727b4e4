// The operands of a problem, and whether what the sides make of them is right.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "machine/ceilings.h"
#include "parallel/aligned.h"
#include "peer.h"
#include "values.h"

namespace rooftile::peers {

class Operands {
 public:
  virtual ~Operands() = default;

  /** Which arrays, and what is to be done; who opens a side sets the plan. */
  const PeerProblem& problem() const { return problem_; }
  void set_threads(int threads) { problem_.threads = threads; }

  /** Of the weights. */
  virtual std::int64_t copies() const { return 1; }
  /** What the kernels multiply. */
  virtual OpsType ops_type(Isa) const { return OpsType::f32; }

  /** Makes outputs unusable, so that nobody's result passes for the next one's. */
  void spoil();

  /** What stands in the outputs now, as doubles. */
  virtual std::vector<double> outputs() const;

  /** How far outputs are from what double precision makes of the problem, at some places, and the largest of
   * those. */
  struct Error {
    double worst = 0, scale = 0;

    void see(double found, double expected);
  };
  virtual Error error_of(const std::vector<double>& outputs) const = 0;

  /** Largest difference between two sides, of the largest output; 0 for integers. */
  virtual double tolerance() const { return 1e-4; }  // contest.ts has the same

 protected:
  /** 4-byte outputs. */
  explicit Operands(std::int64_t outputs) : outputs_(outputs) {}

  PeerProblem problem_{};
  parallel::AlignedFloats outputs_;
};

/** The shape's keys are taken from `shape`; throws std::invalid_argument for one that is missing or unknown.
 */
std::unique_ptr<Operands> operands_of(const std::string& kind, Values& shape, int threads);

// One file each.
std::unique_ptr<Operands> gemm_operands(Values& shape);
std::unique_ptr<Operands> conv2d_operands(Values& shape);
std::unique_ptr<Operands> rnn_operands(Values& shape, bool lstm);

}  // namespace rooftile::peers
