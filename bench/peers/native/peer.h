// What the driver knows of a library: C only, since each library comes as a module of its own, loaded apart
// from the others (OpenBLAS and BLIS export the same names), and may be compiled by another compiler.
#pragma once

#include <stddef.h>
#include <stdint.h>

extern "C" {

enum PeerKind { PEER_GEMM, PEER_CONV2D, PEER_RNN };

/** C[m×n] = A[m×k] · B[k×n], dense and row-major. */
struct GemmProblem {
  int64_t m, n, k;
  const char* type;  // of A, B and C, as benchdnn names them: f32, u8:s8:s32, bf16:bf16:f32
  const void* a;
  const void* const* b;  // `copies` times the same weights: one that every call reads, or many to take turns
  int64_t copies;
  void* c;
};

/** outputs = bias + inputs ∗ weights, and max(0, that) with `relu`; dense, NCHW. */
struct Conv2dProblem {
  int64_t batch, groups, channels, height, width, filters, filter_height, filter_width;
  int64_t stride_height, stride_width;
  int64_t dilation_height, dilation_width;  // 1: dense
  int64_t pad_top, pad_left, pad_bottom, pad_right;
  int relu;
  const float* inputs;
  const float* weights;  // [filters][channels / groups][filter_height][filter_width]
  const float* bias;     // [filters]
  float* outputs;
};

/** ONNX's, D directions, G gates (GRU: z r h, LSTM: i o f c), H hidden units. */
struct RnnProblemLayer {
  const float* w;  // [D][G·H][inputs of the layer]
  const float* r;  // [D][G·H][H]
  const float* b;  // [D][2·G·H], those of W then those of R
};

/** ONNX's GRU and LSTM from zero states; layers behind the first read [T][B][D·H]. */
struct RnnProblem {
  int lstm, linear_before_reset;
  int64_t layers, directions, steps, batch, inputs, hidden;
  const float* x;                  // [T][B][inputs]
  const RnnProblemLayer* weights;  // of each layer
  float* y;                        // [T][D][B][H] of the last layer
};

/** Arrays lie at multiples of 64 bytes. */
struct PeerProblem {
  PeerKind kind;
  int threads;
  const char* plan;  // rooftile's own, "isa=avx512 mr=14 …"; libraries have none
  union {
    GemmProblem gemm;
    Conv2dProblem conv2d;
    RnnProblem rnn;
  };
};

/** One way in which a library computes a problem. */
struct PeerSide {
  PeerKind kind;
  const char* name;
  /**
   * Only likes are compared. Of a product: "prepared" where the weights, all copies of them, are brought into
   * a layout of the library's own beforehand, and "unprepared". Of a convolution, always prepared: "blocked"
   * where inputs and outputs stay in the library's layout, "nchw", and "winograd blocked", "winograd nchw".
   * Recurrent layers are "prepared".
   */
  const char* category;
  /**
   * Gets ready to run. `text` takes what the library chose: its kernel. Null where it can't, and then `text`
   * is the reason, or empty where this side isn't made for such a problem.
   */
  void* (*open)(const PeerProblem* problem, char* text, size_t text_size);
  /** With the copy of the weights, 0 where there are none. */
  void (*run)(void* state, int64_t copy);
  void (*close)(void* state);
  /** Writes what the last run computed to the problem's outputs; null where `run` does that. */
  void (*fetch)(void* state) = nullptr;
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
