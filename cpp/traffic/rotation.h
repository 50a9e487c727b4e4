// Several threads run their parts side by side; what they touch is told in turns of one micro-kernel call
// each.
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "traffic/line_walker.h"

namespace rooftile::traffic {

/**
 * Threads of its own, one for each part: the pool would let some parts wait for others to end, and the trace
 * is to be of parts that advance together. They live as long as the rotation, and so does their scratch
 * memory: a second run finds it where the first one had it.
 */
class Rotation {
 public:
  /** What one thread has to tell, in batches. */
  class Channel {
   public:
    void push(const Touch& touch) { filling_.touches.push_back(touch); }
    /** Blocks while the batch before this one is still being told. */
    void end_call();

   private:
    friend class Rotation;
    static constexpr std::size_t kCalls = 1024;
    struct Batch {
      std::vector<Touch> touches;
      std::vector<std::size_t> ends;  // of each call
    };
    void hand_over(bool last);
    /** The next call, or an empty span after the last one. */
    std::span<const Touch> next();
    void open();

    Batch filling_;  // the part's
    Batch telling_;  // the caller's
    std::size_t told_ = 0;
    std::mutex mutex_;
    std::condition_variable changed_;
    Batch ready_;  // guarded, as are the flags
    bool full_ = false, ended_ = false, abandoned_ = false;
  };

  using Part = std::function<void(int thread, Channel& channel)>;
  using Tell = std::function<void(int thread, std::span<const Touch> call)>;

  /** Throws std::system_error if there are no more threads to be had. */
  explicit Rotation(int threads);
  ~Rotation();
  Rotation(const Rotation&) = delete;
  Rotation& operator=(const Rotation&) = delete;

  /**
   * Runs `part` on the first `threads` threads and calls `tell` on this one, call by call in turn, until all
   * have ended. Rethrows the first exception of either.
   */
  void run(int threads, const Part& part, const Tell& tell);

 private:
  void serve(int thread);
  void tell_in_turn(int threads, const Tell& tell);

  std::vector<std::unique_ptr<Channel>> channels_;
  std::mutex mutex_;
  std::condition_variable changed_;
  const Part* part_ = nullptr;
  std::uint64_t epoch_ = 0;
  int running_ = 0, parts_ = 0;
  bool stop_ = false;
  std::exception_ptr error_;
  std::vector<std::thread> threads_;
};

}  // namespace rooftile::traffic
