#include "traffic/rotation.h"

#include <utility>

namespace rooftile::traffic {

void Rotation::Channel::end_call() {
  if (filling_.touches.size() == (filling_.ends.empty() ? 0 : filling_.ends.back())) return;
  filling_.ends.push_back(filling_.touches.size());
  if (filling_.ends.size() == kCalls) hand_over(false);
}

void Rotation::Channel::hand_over(bool last) {
  {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return !full_ || abandoned_; });
    if (!abandoned_) {
      std::swap(ready_, filling_);
      full_ = true;
    }
    ended_ = last;
  }
  changed_.notify_all();
  filling_.touches.clear();
  filling_.ends.clear();
}

std::span<const Touch> Rotation::Channel::next() {
  while (told_ == telling_.ends.size()) {
    {
      std::unique_lock<std::mutex> lock(mutex_);
      changed_.wait(lock, [&] { return full_ || ended_; });
      if (!full_) return {};
      std::swap(telling_, ready_);
      full_ = false;
    }
    changed_.notify_all();
    told_ = 0;
  }
  const std::size_t begin = told_ == 0 ? 0 : telling_.ends[told_ - 1];
  const std::size_t end = telling_.ends[told_++];
  return {telling_.touches.data() + begin, end - begin};
}

void Rotation::Channel::open() {
  telling_ = {};
  told_ = 0;
  full_ = ended_ = abandoned_ = false;
}

Rotation::Rotation(int threads) {
  for (int i = 0; i < threads; ++i) channels_.push_back(std::make_unique<Channel>());
  try {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this, i] { serve(i); });
  } catch (...) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    throw;
  }
}

Rotation::~Rotation() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Rotation::serve(int thread) {
  Channel& channel = *channels_[static_cast<std::size_t>(thread)];
  std::uint64_t seen = 0;
  for (;;) {
    const Part* part;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      changed_.wait(lock, [&] { return stop_ || epoch_ != seen; });
      if (stop_) return;
      seen = epoch_;
      if (thread >= parts_) continue;
      part = part_;
    }
    std::exception_ptr error;
    try {
      (*part)(thread, channel);
    } catch (...) {
      error = std::current_exception();
    }
    channel.hand_over(true);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (error && !error_) error_ = error;
      --running_;
    }
    changed_.notify_all();
  }
}

void Rotation::run(int threads, const Part& part, const Tell& tell) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (int i = 0; i < threads; ++i) channels_[static_cast<std::size_t>(i)]->open();
    part_ = &part;
    parts_ = running_ = threads;
    error_ = nullptr;
    ++epoch_;
  }
  changed_.notify_all();
  std::exception_ptr error;
  try {
    tell_in_turn(threads, tell);
  } catch (...) {
    error = std::current_exception();
    for (int i = 0; i < threads; ++i) {
      Channel& channel = *channels_[static_cast<std::size_t>(i)];
      {
        const std::lock_guard<std::mutex> lock(channel.mutex_);
        channel.abandoned_ = true;
      }
      channel.changed_.notify_all();
    }
  }
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [&] { return running_ == 0; });
  if (error) std::rethrow_exception(error);
  if (error_) std::rethrow_exception(error_);
}

void Rotation::tell_in_turn(int threads, const Tell& tell) {
  std::vector<int> telling;
  for (int i = 0; i < threads; ++i) telling.push_back(i);
  while (!telling.empty()) {
    std::erase_if(telling, [&](int thread) {
      const std::span<const Touch> call = channels_[static_cast<std::size_t>(thread)]->next();
      if (call.empty()) return true;
      tell(thread, call);
      return false;
    });
  }
}

}  // namespace rooftile::traffic
