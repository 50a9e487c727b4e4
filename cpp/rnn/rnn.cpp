#include "rnn/rnn.h"

#include "parallel/aligned.h"
#include "parallel/pool.h"
#include "rnn/runner.h"

namespace rooftile::rnn {
namespace {

/** The pool, with taps that do nothing. */
class Pool {
 public:
  explicit Pool(std::int64_t threads) : threads_(static_cast<int>(threads)) {}
  void begin(Phase) {}
  template <class Body>
  void each(Body&& body) {
    parallel::parallel_for(threads_, [&](int thread) {
      traffic::NoTap tap;
      body(thread, tap);
    });
  }

 private:
  int threads_;
};

}  // namespace

bool run(const RnnPlan& plan, const RnnShape& shape, const RnnOperands& operands,
         const std::atomic<bool>* cancel) {
  const ScratchLayout buffers(shape, Layout(plan, shape));
  const parallel::RunScratch scratch(2, buffers.size);
  Pool pool(plan.threads);
  return Runner(plan, shape, operands, scratch.data(), cancel, pool).run();
}

}  // namespace rooftile::rnn
