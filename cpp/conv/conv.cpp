#include "conv/conv.h"

#include "conv/phases.h"
#include "parallel/aligned.h"

namespace rooftile::conv {
namespace {

/** The calling thread's buffers, so that several calls may run at once; none where nothing is copied. */
class RunCopies {
 public:
  RunCopies(const ConvPlan& plan, const Geometry& g)
      : inputs_(0, plan.nchw ? g.inputs_size() : 0), outputs_(1, plan.nchw ? g.outputs_size() : 0) {}
  Copies get() const { return {inputs_.data(), outputs_.data()}; }

 private:
  parallel::RunScratch inputs_, outputs_;
};

}  // namespace

bool run(const ConvPlan& plan, const Geometry& g, const ConvOperands& operands,
         const std::atomic<bool>* cancel) {
  traffic::UntappedTeam team;
  const RunCopies copies(plan, g);
  return run_phases(plan, g, operands, copies.get(), cancel, team);
}

bool observe(const ConvPlan& plan, const Geometry& g, const ConvOperands& operands,
             const std::atomic<bool>* cancel, traffic::ObserverTeam& team) {
  const RunCopies copies(plan, g);
  return team.watch([&] { return run_phases(plan, g, operands, copies.get(), cancel, team); });
}

}  // namespace rooftile::conv
