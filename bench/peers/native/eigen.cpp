// Eigen: templates, so its kernels are those that the compiler made of them for this CPU. Compiled alone so.
#include <Eigen/Core>
#include <string>

#include "text.h"

namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Row = Eigen::Matrix<float, 1, Eigen::Dynamic>;
template <class Shape>
using Inputs = Eigen::Map<const Shape, Eigen::Aligned64>;
template <class Shape>
using Outputs = Eigen::Map<Shape, Eigen::Aligned64>;

void* open_product(const PeerProblem* problem, char* text, size_t size) {
  tell(text, size, "");
  if (!is_f32(problem)) return nullptr;
#if !defined(EIGEN_HAS_OPENMP)
  if (problem->threads > 1) {
    tell(text, size, "compiled without OpenMP, so it has one thread");
    return nullptr;
  }
#endif
  Eigen::setNbThreads(problem->threads);
  const std::string sets = Eigen::SimdInstructionSetsInUse();  // "AVX512, FMA, AVX2, …"
  tell(text, size, sets.substr(0, sets.find(',')).c_str());
  return new PeerProblem(*problem);
}

/** With a row for A and C: a matrix-vector product. */
template <class Shape>
void run_product(void* state, int64_t copy) {
  const auto& [m, n, k, type, a, b, copies, c] = static_cast<const PeerProblem*>(state)->gemm;
  const Inputs<Shape> inputs(static_cast<const float*>(a), m, k);
  const Inputs<Matrix> weights(static_cast<const float*>(b[copy]), k, n);
  Outputs<Shape>(static_cast<float*>(c), m, n).noalias() = inputs * weights;
}

void* open_row(const PeerProblem* problem, char* text, size_t size) {
  tell(text, size, "");
  return problem->gemm.m == 1 ? open_product(problem, text, size) : nullptr;
}

void close(void* state) {
  delete static_cast<PeerProblem*>(state);
}

const char* version() {
#if defined(__clang__)
  static const std::string compiler = __VERSION__;
#else
  static const std::string compiler = std::string("GCC ") + __VERSION__;
#endif
  static const std::string text = "Eigen " + std::to_string(EIGEN_WORLD_VERSION) + "." +
                                  std::to_string(EIGEN_MAJOR_VERSION) + "." +
                                  std::to_string(EIGEN_MINOR_VERSION) + ", " + compiler;
  return text.c_str();
}

const PeerSide kSides[] = {{PEER_GEMM, "matrix", "unprepared", open_product, run_product<Matrix>, close},
                           {PEER_GEMM, "row", "unprepared", open_row, run_product<Row>, close}};
const Peer kPeer = {"eigen", version, kSides, 2};

}  // namespace

ROOFTILE_PEER_ENTRY {
  return &kPeer;
}
