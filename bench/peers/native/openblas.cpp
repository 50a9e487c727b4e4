// OpenBLAS. Threads and kernel are set in the environment: OPENBLAS_NUM_THREADS, OPENBLAS_CORETYPE.
#include <cblas.h>

#include <string>

#include "text.h"

namespace {

const float* floats(const void* p) {
  return static_cast<const float*>(p);
}

void* open_sgemm(const PeerProblem* problem, char* text, size_t size) {
  tell(text, size, is_f32(problem) ? openblas_get_corename() : "");
  return is_f32(problem) ? new PeerProblem(*problem) : nullptr;
}

void run_sgemm(void* state, int64_t copy) {
  const auto& [m, n, k, type, a, b, copies, c] = static_cast<const PeerProblem*>(state)->gemm;
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, static_cast<blasint>(m), static_cast<blasint>(n),
              static_cast<blasint>(k), 1.0f, floats(a), static_cast<blasint>(k), floats(b[copy]),
              static_cast<blasint>(n), 0.0f, static_cast<float*>(c), static_cast<blasint>(n));
}

/** A single row: 3 to 4 times as fast as sgemm. */
void* open_sgemv(const PeerProblem* problem, char* text, size_t size) {
  tell(text, size, "");
  return problem->gemm.m == 1 ? open_sgemm(problem, text, size) : nullptr;
}

void run_sgemv(void* state, int64_t copy) {
  const auto& [m, n, k, type, a, b, copies, c] = static_cast<const PeerProblem*>(state)->gemm;
  cblas_sgemv(CblasRowMajor, CblasTrans, static_cast<blasint>(k), static_cast<blasint>(n), 1.0f,
              floats(b[copy]), static_cast<blasint>(n), floats(a), 1, 0.0f, static_cast<float*>(c), 1);
}

void close(void* state) {
  delete static_cast<PeerProblem*>(state);
}

const char* version() {
  const std::string config = openblas_get_config();  // "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH …"
  static const std::string text = config.substr(0, config.find(' ', config.find(' ') + 1));
  return text.c_str();
}

const PeerSide kSides[] = {{PEER_GEMM, "sgemm", "unprepared", open_sgemm, run_sgemm, close},
                           {PEER_GEMM, "sgemv", "unprepared", open_sgemv, run_sgemv, close}};
const Peer kPeer = {"openblas", version, kSides, 2};

}  // namespace

ROOFTILE_PEER_ENTRY {
  return &kPeer;
}
