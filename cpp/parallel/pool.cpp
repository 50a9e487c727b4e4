#include "parallel/pool.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <system_error>
#include <thread>

#include "machine/allowed_cpus.h"
#include "parallel/relax.h"

namespace rooftile::parallel {
namespace {

/**
 * A job is one word: epoch, number of parts, next part to take. Taking a part is a compare-and-swap on it, so
 * a worker that wakes late finds nothing to take and touches nothing, and the caller never waits for workers
 * that sleep.
 */
class Pool {
 public:
  static Pool& instance() {
    // Never destroyed: workers may still spin while the process runs its exit handlers.
    static Pool* pool = new Pool;
    return *pool;
  }

  void run(int parts, PartBody body, void* context) {
    if (share_out(parts, body, context)) return;
    for (int part = 0; part < parts; ++part) body(context, part);
  }

  /** At most this many parts are each taken by a thread of its own, if they don't end before all have begun.
   */
  int threads() const { return workers_ + 1; }

  /** False, and nothing is done, if there are no workers or another thread is using them. */
  bool share_out(int parts, PartBody body, void* context) {
    // A flag and not a mutex: a part may itself come here, and a thread mustn't try a mutex that it holds.
    if (parts < 2 || workers_ == 0 || busy_.test_and_set(std::memory_order_acquire)) return false;
    body_ = body;
    context_ = context;
    error_ = nullptr;
    failed_.store(false, std::memory_order_relaxed);
    done_.store(0, std::memory_order_relaxed);
    const std::uint64_t epoch = (word_.load(std::memory_order_relaxed) >> 32) + 1;
    word_.store(epoch << 32 | static_cast<std::uint64_t>(parts) << 16, std::memory_order_release);
    word_.notify_all();
    work();
    for (int spins = 0; done_.load(std::memory_order_acquire) < parts; ++spins) {
      if (spins < kSpins) {
        relax();
      } else {
        std::this_thread::yield();
      }
    }
    const std::exception_ptr error = failed_.load(std::memory_order_relaxed) ? error_ : nullptr;
    busy_.clear(std::memory_order_release);
    if (error) std::rethrow_exception(error);
    return true;
  }

 private:
  // About 30 µs of pause instructions: a step of a recurrent layer comes sooner, an idle process sleeps. To
  // wake a worker that sleeps costs the caller 10 µs, to hand a part to one that spins 0.6 (OPS_FOR_THREADS
  // has the figures).
  static constexpr int kSpins = 1000;

  Pool() {
    const int wanted = allowed_cpus() - 1;
    for (int i = 0; i < wanted && i < kMaxParts - 1; ++i) {
      try {
        std::thread([this] { serve(); }).detach();
        ++workers_;
      } catch (const std::system_error&) {
        break;  // no more threads to be had: the callers do the work
      }
    }
  }

  void serve() {
    std::uint64_t seen = 0;
    for (;;) {
      std::uint64_t word = word_.load(std::memory_order_acquire);
      for (int spins = 0; word >> 32 == seen && spins < kSpins; ++spins) {
        relax();
        word = word_.load(std::memory_order_acquire);
      }
      if (word >> 32 == seen) {
        word_.wait(word, std::memory_order_acquire);
        continue;
      }
      seen = word >> 32;
      work();
    }
  }

  /** Takes parts of the current job until none is left. */
  void work() {
    std::uint64_t word = word_.load(std::memory_order_acquire);
    for (;;) {
      const int part = static_cast<int>(word & 0xffff);
      const int parts = static_cast<int>(word >> 16 & 0xffff);
      if (part >= parts) return;
      if (!word_.compare_exchange_weak(word, word + 1, std::memory_order_acq_rel,
                                       std::memory_order_acquire)) {
        continue;
      }
      // Having taken a part, the job can't end before we are done: body_ and context_ are its own.
      try {
        body_(context_, part);
      } catch (...) {
        if (!failed_.exchange(true)) error_ = std::current_exception();
      }
      done_.fetch_add(1, std::memory_order_acq_rel);
      word = word_.load(std::memory_order_acquire);
    }
  }

  std::atomic_flag busy_ = ATOMIC_FLAG_INIT;
  int workers_ = 0;
  PartBody body_ = nullptr;
  void* context_ = nullptr;
  std::exception_ptr error_;
  std::atomic<bool> failed_{false};
  alignas(64) std::atomic<std::uint64_t> word_{0};
  alignas(64) std::atomic<int> done_{0};
};

}  // namespace

void run_parts(int parts, PartBody body, void* context) {
  if (parts == 1) return body(context, 0);  // no need to start threads
  Pool::instance().run(parts, body, context);
}

void run_together(int wanted, MemberBody body, void* context) noexcept {
  if (wanted < 2) return body(context, 0, 1);
  struct Members {
    MemberBody body;
    void* context;
    int count;
  } members{body, context, std::min(wanted, Pool::instance().threads())};
  const PartBody member = [](void* all, int part) {
    const auto* of = static_cast<const Members*>(all);
    of->body(of->context, part, of->count);
  };
  if (!Pool::instance().share_out(members.count, member, &members)) body(context, 0, 1);
}

}  // namespace rooftile::parallel
