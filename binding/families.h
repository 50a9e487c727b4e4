// One registration a family of functions; addon.cpp calls them all.
#pragma once

#include <napi.h>

#include <initializer_list>
#include <utility>

namespace rooftile::binding {

using Function = Napi::Value (*)(const Napi::CallbackInfo&);
inline void add_functions(Napi::Env env, Napi::Object exports,
                          std::initializer_list<std::pair<const char*, Function>> functions) {
  for (const auto& [name, function] : functions) {
    exports.Set(name, Napi::Function::New(env, function, name));
  }
}

void register_machine(Napi::Env env, Napi::Object exports);
void register_gemm(Napi::Env env, Napi::Object exports);
void register_conv2d(Napi::Env env, Napi::Object exports);
void register_rnn(Napi::Env env, Napi::Object exports);
void register_layers(Napi::Env env, Napi::Object exports);

}  // namespace rooftile::binding
