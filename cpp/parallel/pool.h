// The thread pool. One for the process, no OpenMP and not libuv's, so that a kernel neither waits behind file
// system calls nor fights another runtime's threads.
#pragma once

#include <type_traits>

namespace rooftile::parallel {

/** Calls `body(context, part)`. */
using PartBody = void (*)(void* context, int part);

constexpr int kMaxParts = 256;

/**
 * Runs parts 0..parts-1 (at most kMaxParts), each once, on the calling thread and on workers that are free;
 * returns when all are done. Workers number one less than the CPUs that we may use: more parts than that are
 * taken in turn, never oversubscribed. If another thread is using the pool, the caller runs all parts itself.
 * The first exception of a part is rethrown here.
 */
void run_parts(int parts, PartBody body, void* context);

/** Calls `body(context, member, members)`. */
using MemberBody = void (*)(void* context, int member, int members);

/**
 * Runs members 0..members-1 at the same time, each on a thread of its own, so that they may wait for each
 * other; returns when all are done. There are `wanted` of them (at most kMaxParts), or as many as we may use
 * CPUs, or one if another thread is using the pool. A member mustn't throw: the others would wait for it.
 */
void run_together(int wanted, MemberBody body, void* context) noexcept;

template <class Body>
void parallel_for(int parts, Body&& body) {
  run_parts(
      parts, [](void* context, int part) { (*static_cast<std::remove_reference_t<Body>*>(context))(part); },
      &body);
}

}  // namespace rooftile::parallel
