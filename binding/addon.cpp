#include "families.h"
#include "jobs.h"

namespace {

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  rooftile::binding::initialise_jobs(env);
  rooftile::binding::register_machine(env, exports);
  rooftile::binding::register_gemm(env, exports);
  rooftile::binding::register_conv2d(env, exports);
  rooftile::binding::register_rnn(env, exports);
  rooftile::binding::register_layers(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(rooftile, initialise)
