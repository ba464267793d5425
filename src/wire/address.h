#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace hearth::wire {

/// Where a server listens or a client connects: "HOST:PORT", "[V6]:PORT" or "unix:PATH".
class Address {
 public:
  /// INVALID_ARGUMENT, in a sentence for people, if `text` is none of these forms.
  static absl::StatusOr<Address> Parse(std::string_view text);

  bool is_unix() const { return !path_.empty(); }
  /// Reachable from this machine only: a socket, 127.0.0.0/8, ::1 or localhost.
  bool is_local() const;
  const std::string& path() const { return path_; }
  const std::string& host() const { return host_; }
  int port() const { return port_; }
  /// The form that Parse takes and that gRPC takes as a target.
  std::string ToString() const;
  /// The same host with the port a server was given for port 0.
  Address WithPort(int port) const;

 private:
  std::string host_;
  int port_ = 0;
  std::string path_;
};

}  // namespace hearth::wire
