#pragma once

#include "kernels/base/expected.hpp"

#include <string>

namespace aura::cluster {

/// What a pipeline file says about workers of other processes and machines.
struct listen_options {
  std::string listen;
  bool local = true;
  std::string certificate;
  std::string key;
  std::string authority;
};

template <class Visitor>
void describe(Visitor& v, listen_options& x) {
  v.tuning("listen", x.listen,
           "HOST:PORT where aura-worker processes may register to ask the "
           "language model for this run; empty: nowhere. Anything but this "
           "machine needs certificates.");
  v.tuning("listen-local", x.local,
           "Whether this process asks, too, beside the workers.");
  v.tuning("listen-certificate", x.certificate,
           "A PEM file; with it workers must show a certificate, too.");
  v.tuning("listen-key", x.key, "The PEM file of that certificate's key.");
  v.tuning("listen-authority", x.authority,
           "The PEM file of who must have signed the workers' certificates.");
}

/// Whether the address and the certificates will do. Opens no socket.
status check(const listen_options& options);

} // namespace aura::cluster
