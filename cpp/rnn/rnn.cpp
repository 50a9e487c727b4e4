#include "rnn/rnn.h"

#include "parallel/aligned.h"
#include "rnn/runner.h"

namespace rooftile::rnn {
namespace {

/** A team to which both phases are alike. */
template <class Team>
class EveryPhaseAlike {
 public:
  EveryPhaseAlike(std::int64_t threads, Team& team) : threads_(threads), team_(team) {}
  void begin(Phase) {}
  template <class Body>
  void each(Body&& body) {
    team_.each(threads_, body);
  }

 private:
  std::int64_t threads_;
  Team& team_;
};

}  // namespace

bool run(const RnnPlan& plan, const RnnShape& shape, const RnnOperands& operands,
         const std::atomic<bool>* cancel) {
  const ScratchLayout buffers(shape, Layout(plan, shape));
  const parallel::RunScratch scratch(2, buffers.size);
  traffic::UntappedTeam pool;
  EveryPhaseAlike team(plan.threads, pool);
  return Runner(plan, shape, operands, scratch.data(), cancel, team).run();
}

bool observe(const RnnPlan& plan, const RnnShape& shape, const RnnOperands& operands,
             const std::atomic<bool>* cancel, traffic::ObserverTeam& observers) {
  const ScratchLayout buffers(shape, Layout(plan, shape));
  const parallel::RunScratch scratch(2, buffers.size);
  EveryPhaseAlike team(plan.threads, observers);
  Runner runner(plan, shape, operands, scratch.data(), cancel, team);
  return observers.watch([&] { return runner.run(); });
}

}  // namespace rooftile::rnn
