// One registration a family of functions; addon.cpp calls them all.
#pragma once

#include <napi.h>

namespace rooftile::binding {

void register_machine(Napi::Env env, Napi::Object exports);
void register_gemm(Napi::Env env, Napi::Object exports);
void register_conv2d(Napi::Env env, Napi::Object exports);
void register_rnn(Napi::Env env, Napi::Object exports);

}  // namespace rooftile::binding
