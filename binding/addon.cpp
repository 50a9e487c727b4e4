#include "families.h"

namespace {

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  rooftile::binding::register_machine(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(rooftile, initialise)
