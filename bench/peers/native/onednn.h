// What the sides of oneDNN 2 share. Threads are set in the environment: OMP_NUM_THREADS.
#pragma once

#include <dnnl.hpp>
#include <exception>
#include <string>
#include <vector>

#include "parallel/aligned.h"
#include "text.h"

namespace onednn {

/** A primitive with its arguments, to be executed again and again. */
struct Call {
  dnnl::primitive primitive;
  std::vector<dnnl_exec_arg_t> arguments;
};

/** Engine and stream, and memory in large pages as ours is. */
class Library {
 public:
  const dnnl::engine& engine() const { return engine_; }

  dnnl::memory over(const dnnl::memory::desc& desc, const void* data) const {
    return {desc, engine_, const_cast<void*>(data)};
  }

  /** Not initialised. */
  dnnl::memory fresh(const dnnl::memory::desc& desc) {
    owned_.emplace_back(static_cast<std::int64_t>((desc.get_size() + 3) / 4));
    return over(desc, owned_.back().data());
  }

  Call reorder(const dnnl::memory& from, const dnnl::memory& to) const {
    return {dnnl::reorder(from, to), {{DNNL_ARG_FROM, from.get()}, {DNNL_ARG_TO, to.get()}}};
  }

  /** `plain` itself if it lies as `wanted`, or else a copy that does. */
  dnnl::memory reordered(const dnnl::memory& plain, const dnnl::memory::desc& wanted) {
    if (plain.get_desc() == wanted) return plain;
    dnnl::memory own = fresh(wanted);
    execute(reorder(plain, own));
    wait();
    return own;
  }

  /** Through C: the C++ `execute` would build a map of the arguments in every call. */
  void execute(const Call& call) const {
    dnnl_primitive_execute(call.primitive.get(), stream_.get(), static_cast<int>(call.arguments.size()),
                           call.arguments.data());
  }

  void wait() const { dnnl_stream_wait(stream_.get()); }

 private:
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  std::vector<rooftile::parallel::AlignedFloats> owned_;
};

// A file each.
extern const PeerSide kConv2dSides[];
extern const int kConv2dSideCount;
extern const PeerSide kRnnSides[];
extern const int kRnnSideCount;

}  // namespace onednn
