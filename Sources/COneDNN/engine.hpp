/// What every use of oneDNN here shares: its engine, one thread, and failures as messages.
#pragma once

#include <exception>
#include <string>

#include <oneapi/dnnl/dnnl.hpp>

namespace train {

/// What went wrong last on this thread.
std::string &last_error();

/// The processor as oneDNN sees it.
dnnl::engine &engine();

/// Makes oneDNN use the calling thread alone, from now on.
void use_one_thread();

/// Runs `body`, turning whatever it throws into `failed` and a message.
template <typename Result, typename Body>
Result guarded(Result failed, Body body) noexcept {
  try {
    last_error().clear();
    use_one_thread();
    return body();
  } catch (const std::exception &error) {
    last_error() = error.what();
  } catch (...) {
    last_error() = "an unknown failure in oneDNN";
  }
  return failed;
}

}  // namespace train
