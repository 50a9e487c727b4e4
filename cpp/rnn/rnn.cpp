#include "rnn/rnn.h"

#include <vector>

#include "parallel/aligned.h"
#include "parallel/rounds.h"
#include "rnn/runner.h"

namespace rooftile::rnn {
namespace {

/** The pool's threads, with taps that do nothing. */
class PoolTeam {
 public:
  explicit PoolTeam(std::int64_t threads) : threads_(threads) {}
  void begin(Phase) {}
  template <class Body>
  void each(Body&& body) {
    pool_.each(threads_, body);
  }
  template <class Make>
  bool rounds(std::int64_t count, const std::atomic<bool>* cancel, Make&& make) {
    traffic::NoTap tap;
    std::vector<decltype(make(0, tap))> drivers;
    for (std::int64_t thread = 0; thread < threads_; ++thread) drivers.push_back(make(thread, tap));
    return parallel::run_rounds(
        static_cast<int>(threads_), count, cancel,
        [&](int thread, std::int64_t round) { drivers[static_cast<std::size_t>(thread)].round(round); });
  }

 private:
  std::int64_t threads_;
  traffic::UntappedTeam pool_;
};

/** Observers, to which both phases are alike. */
class WatchedTeam {
 public:
  WatchedTeam(std::int64_t threads, traffic::ObserverTeam& team) : threads_(threads), team_(team) {}
  void begin(Phase) {}
  template <class Body>
  void each(Body&& body) {
    team_.each(threads_, body);
  }
  template <class Make>
  bool rounds(std::int64_t count, const std::atomic<bool>* cancel, Make&& make) {
    return rounds_of(*this, count, cancel, make);
  }

 private:
  std::int64_t threads_;
  traffic::ObserverTeam& team_;
};

}  // namespace

bool run(const RnnPlan& plan, const RnnShape& shape, const RnnOperands& operands,
         const std::atomic<bool>* cancel) {
  const ScratchLayout buffers(shape, Layout(plan, shape));
  const parallel::RunScratch scratch(2, buffers.size);
  PoolTeam team(plan.threads);
  return Runner(plan, shape, operands, scratch.data(), cancel, team).run();
}

bool observe(const RnnPlan& plan, const RnnShape& shape, const RnnOperands& operands,
             const std::atomic<bool>* cancel, traffic::ObserverTeam& observers) {
  const ScratchLayout buffers(shape, Layout(plan, shape));
  const parallel::RunScratch scratch(2, buffers.size);
  WatchedTeam team(plan.threads, observers);
  Runner runner(plan, shape, operands, scratch.data(), cancel, team);
  return observers.watch([&] { return runner.run(); });
}

}  // namespace rooftile::rnn
