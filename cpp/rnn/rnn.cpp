#include "rnn/rnn.h"

#include "parallel/aligned.h"
#include "parallel/pool.h"
#include "rnn/runner.h"

namespace rooftile::rnn {
namespace {

/**
 * The buffers of a run: the calling thread keeps them for its next run, since fresh pages cost more than a
 * short sequence; large ones go back.
 */
class Scratch {
 public:
  explicit Scratch(std::int64_t floats)
      : own_(floats > kKept ? floats : 0),
        data_(floats > kKept ? own_.data() : parallel::thread_scratch(2, floats)) {}
  float* data() const { return data_; }

 private:
  static constexpr std::int64_t kKept = std::int64_t{1} << 24;  // 64 MiB
  parallel::AlignedFloats own_;
  float* data_;
};

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
  const Scratch scratch(buffers.size);
  Pool pool(plan.threads);
  return Runner(plan, shape, operands, scratch.data(), cancel, pool).run();
}

}  // namespace rooftile::rnn
