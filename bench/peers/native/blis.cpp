// BLIS, through its own interface. Threads and kernel are set in the environment: BLIS_NUM_THREADS,
// BLIS_ARCH_TYPE.
#include <blis.h>

#include <string>

#include "text.h"

namespace {

float* floats(const void* p) {
  return static_cast<float*>(const_cast<void*>(p));  // BLIS takes no pointers to const
}

void* open_sgemm(const PeerProblem* problem, char* text, size_t size) {
  bli_init();  // or else asking for the architecture ends the process where BLIS_ARCH_TYPE is set
  tell(text, size, is_f32(problem) ? bli_arch_string(bli_arch_query_id()) : "");
  return is_f32(problem) ? new PeerProblem(*problem) : nullptr;
}

void run_sgemm(void* state, int64_t copy) {
  const auto& [m, n, k, type, a, b, copies, c] = static_cast<const PeerProblem*>(state)->gemm;
  float one = 1.0f, zero = 0.0f;
  bli_sgemm(BLIS_NO_TRANSPOSE, BLIS_NO_TRANSPOSE, m, n, k, &one, floats(a), k, 1, floats(b[copy]), n, 1,
            &zero, floats(c), n, 1);
}

void* open_sgemv(const PeerProblem* problem, char* text, size_t size) {
  tell(text, size, "");
  return problem->gemm.m == 1 ? open_sgemm(problem, text, size) : nullptr;
}

void run_sgemv(void* state, int64_t copy) {
  const auto& [m, n, k, type, a, b, copies, c] = static_cast<const PeerProblem*>(state)->gemm;
  float one = 1.0f, zero = 0.0f;
  // Bᵀ is the n×k matrix whose rows are one element apart.
  bli_sgemv(BLIS_NO_TRANSPOSE, BLIS_NO_CONJUGATE, n, k, &one, floats(b[copy]), 1, n, floats(a), 1, &zero,
            floats(c), 1);
}

void close(void* state) {
  delete static_cast<PeerProblem*>(state);
}

const char* version() {
  static const std::string text = std::string("BLIS ") + bli_info_get_version_str();
  return text.c_str();
}

const PeerSide kSides[] = {{PEER_GEMM, "sgemm", "unprepared", open_sgemm, run_sgemm, close},
                           {PEER_GEMM, "sgemv", "unprepared", open_sgemv, run_sgemv, close}};
const Peer kPeer = {"blis", version, kSides, 2};

}  // namespace

ROOFTILE_PEER_ENTRY {
  return &kPeer;
}
