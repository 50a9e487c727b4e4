// What the machine can do at best: register-only multiply-adds, and streams over a working set. Roofs for
// rooflines.
#pragma once

#include <atomic>
#include <cstddef>

#include "machine/ceiling_loops.h"
#include "machine/isa.h"

namespace rooftile {

// What is multiplied: fp32; u8 · s8, summed in s32; bf16, summed in fp32.
enum class OpsType { f32, int8, bf16 };
enum class StreamKind { read, write, copy };

// Both run for about `milliseconds` on `threads` threads (the caller is one of them) in repetitions of about
// 1 ms, and return the rate of the best one: everything that disturbs a repetition slows it. Setting up isn't
// counted in the time. A set *cancel ends them after the repetition under way, with the best rate so far, 0
// if there is none. Throw std::invalid_argument for an ISA that this CPU lacks, threads < 1 or no bytes;
// std::bad_alloc and std::runtime_error for memory; std::system_error where no thread can be started.

// Operations a second, 2 per multiply-accumulate, all threads together, by the fastest instructions that our
// kernels use for this type on this CPU. bf16 is measured with AVX-512 alone: elsewhere kernels multiply it
// as fp32 (std::invalid_argument).
double measure_multiply_adds(OpsType type, Isa isa, int threads, double milliseconds,
                             const std::atomic<bool>* cancel = nullptr);

// Bytes a second, all threads together; a copy counts the bytes read and the bytes written, and its working
// set is both buffers. Each thread streams over `bytes_per_thread` of its own (rounded up to 4 KiB, copies to
// 8 KiB), random data. Large pages are asked for, as they are for
// the kernels' arrays.
double measure_bandwidth(StreamKind kind, Isa isa, std::size_t bytes_per_thread, int threads,
                         double milliseconds, const std::atomic<bool>* cancel = nullptr);

namespace detail {
// The loop that measure_multiply_adds times; throws as it does.
MultiplyAddLoop multiply_add_loop(OpsType type, Isa isa);
}  // namespace detail

}  // namespace rooftile
