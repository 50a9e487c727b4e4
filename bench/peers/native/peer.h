// What the driver knows of a library: C only, since each library comes as a module of its own, loaded apart
// from the others (OpenBLAS and BLIS export the same names), and may be compiled by another compiler.
#pragma once

#include <stddef.h>
#include <stdint.h>

extern "C" {

/** C[m×n] = A[m×k] · B[k×n], dense and row-major, at multiples of 64 bytes. */
struct PeerProblem {
  int64_t m, n, k;
  const char* type;  // of A, B and C, as benchdnn names them: f32, u8:s8:s32, bf16:bf16:f32
  int threads;
  const char* plan;  // rooftile's own, "isa=avx512 mr=14 …"; libraries have none
  const void* a;
  const void* const* b;  // `copies` times the same weights: one that every call reads, or many to take turns
  int64_t copies;
  void* c;
};

/** One way in which a library computes a product. */
struct PeerSide {
  const char* name;
  int prepared;  // 1: the weights are brought into the library's own layout beforehand, all copies of them
  /**
   * Gets ready to run. `text` takes what the library chose: its kernel. Null where it can't, and then `text`
   * is the reason, or empty where this side isn't made for such a problem.
   */
  void* (*open)(const PeerProblem* problem, char* text, size_t text_size);
  void (*run)(void* state, int64_t copy);
  void (*close)(void* state);
};

struct Peer {
  const char* name;
  /** Name and version of the library, for people. */
  const char* (*version)(void);
  const PeerSide* sides;
  int side_count;
};

/** The one name that a module exports. */
typedef const Peer* (*PeerEntry)(void);
}

#define ROOFTILE_PEER_ENTRY extern "C" __attribute__((visibility("default"))) const Peer* rooftile_peer(void)
