// A few threads that repeat one task together and are timed together. Only for measuring ceilings: kernels
// have the pool of cpp/parallel, and a roof shouldn't hang on what stands under it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace rooftile {

class MeasuringTeam {
 public:
  using SetUp = std::function<void(int thread)>;
  // Does `rounds` rounds of work and returns how much that was (operations, bytes).
  using Work = std::function<double(int thread, std::size_t rounds)>;

  // `set_up` and `work` mustn't throw: they run on other threads too.
  MeasuringTeam(int threads, SetUp set_up, Work work);
  ~MeasuringTeam();
  MeasuringTeam(const MeasuringTeam&) = delete;
  MeasuringTeam& operator=(const MeasuringTeam&) = delete;

  // The best rate, work a second, of the repetitions that fit into `milliseconds` (at least one).
  double best_rate(double milliseconds, const std::atomic<bool>* cancel);

 private:
  struct alignas(128) Slot {  // one a thread, on lines of its own
    std::int64_t begin = 0;
    std::int64_t end = 0;
    double work = 0;
  };
  struct Repetition {
    double seconds = 0;
    double work = 0;
  };

  Repetition repeat(std::size_t rounds);
  void run_slot(int thread);
  void follow(int thread);
  void wait_for_all() const;
  void release(std::size_t rounds);

  SetUp set_up_;
  Work work_;
  std::vector<Slot> slots_;
  std::vector<std::thread> threads_;
  std::size_t rounds_ = 0;  // 0: go home
  alignas(128) std::atomic<std::uint32_t> generation_{0};
  alignas(128) std::atomic<int> waiting_{0};
};

}  // namespace rooftile
