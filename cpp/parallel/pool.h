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

template <class Body>
void parallel_for(int parts, Body&& body) {
  run_parts(
      parts, [](void* context, int part) { (*static_cast<std::remove_reference_t<Body>*>(context))(part); },
      &body);
}

}  // namespace rooftile::parallel
