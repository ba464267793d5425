#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "wire/address.h"
#include "wire/executor.h"
#include "wire/limits.h"
#include "wire/session_table.h"
#include "wire/tokens.h"

namespace hearth::wire {

/// The Spark that everything here is exact with, and that clients are told.
inline constexpr char kSparkVersion[] = "4.2.1";

/// A Spark Connect server: SparkConnectService over gRPC's callback API, with raw messages, in front of an
/// executor. It answers what concerns the protocol alone and hands the rest to the executor.
class ConnectServer {
 public:
  struct Options {
    Address listen;
    Limits limits;
    /// Of a TCP address: callers come through TLS, and this is who the server is, both as PEM.
    struct Tls {
      std::string certificate_chain;
      std::string private_key;
    };
    std::optional<Tls> tls;
    /// Callers must show a token, and are its user. Without, they are whoever they say.
    std::optional<Tokens> tokens;
    /// A unix socket beside `listen` for our own user, who may ask for pages there; "" for none.
    std::string own_socket;
    /// Further unary methods by their full path, each giving its whole answer to a request, both as bytes.
    /// Quick, thread-safe. If there are tokens, only for whoever comes through a unix socket.
    using Page = std::function<std::string(std::string_view request)>;
    std::map<std::string, Page, std::less<>> pages;
  };

  /// Listens. UNAVAILABLE if the address cannot be had. The executor and clock must outlive the server.
  static absl::StatusOr<std::unique_ptr<ConnectServer>> Start(Options options, Executor* executor,
                                                              const base::Clock* clock);
  /// Shuts down as by Shutdown with no grace.
  ~ConnectServer();

  /// Where it really listens (port 0 resolved).
  const Address& address() const;
  SessionTable& sessions();

  /// Refuses new work (UNAVAILABLE) while what runs goes on, until it is over or the grace ends; then cancels
  /// all, closes every stream and returns.
  void Shutdown(std::chrono::milliseconds grace);

 private:
  class State;
  explicit ConnectServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hearth::wire
