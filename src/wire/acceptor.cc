#include "wire/acceptor.h"

#include <grpcpp/server_builder.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/check.h"

namespace hearth::wire {

namespace {

/// While the process has no descriptor at all.
constexpr absl::Duration kPause = absl::Milliseconds(50);

/// The numbers from here on are kept for other things: the kernel gives out the lowest that is free.
int FirstReserved() {
  rlimit limit{};
  HEARTH_CHECK(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  const auto all = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1 << 30));
  return all - std::min(Acceptor::kReservedDescriptors, all / 2);
}

/// A descriptor that is closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

absl::Status Unavailable(const Address& address, absl::string_view why) {
  return absl::UnavailableError(absl::StrCat("cannot listen on ", address.ToString(), ": ", why));
}

/// A listening socket on the first address of the host that can be had.
absl::StatusOr<Descriptor> OpenSocket(const Address& address) {
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(address.port());
  if (const int error = ::getaddrinfo(address.host().c_str(), port.c_str(), &hints, &found); error != 0) {
    return Unavailable(address, ::gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all(found, &::freeaddrinfo);
  for (const addrinfo* one = all.get(); one != nullptr; one = one->ai_next) {
    Descriptor fd(::socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (fd.get() < 0) continue;
    const int on = 1;
    // A port whose last connections are still being closed is free.
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (::bind(fd.get(), one->ai_addr, one->ai_addrlen) == 0 && ::listen(fd.get(), SOMAXCONN) == 0) return fd;
  }
  return Unavailable(address, "the address is in use or not of this machine");
}

int PortOf(int fd) {
  sockaddr_storage bound{};
  socklen_t size = sizeof(bound);
  HEARTH_CHECK(::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) == 0);
  return ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(bound).sin6_port
                                           : reinterpret_cast<sockaddr_in&>(bound).sin_port);
}

}  // namespace

class Acceptor::State {
 public:
  State(Address address, Descriptor listener)
      : address_(std::move(address)), listener_(std::move(listener)), stop_(::eventfd(0, EFD_CLOEXEC)) {
    HEARTH_CHECK(stop_.get() >= 0);
  }

  ~State() {
    if (!thread_.joinable()) return;
    const uint64_t one = 1;
    HEARTH_CHECK(::write(stop_.get(), &one, sizeof(one)) == sizeof(one));
    thread_.join();
  }

  const Address& address() const { return address_; }

  void Start(std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> server) {
    server_ = std::move(server);
    thread_ = std::thread([this] { Serve(); });
  }

 private:
  void Serve() {
    pollfd watched[] = {{listener_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
    while (true) {
      if (::poll(watched, 2, -1) < 0 && errno != EINTR) return;
      if (watched[1].revents != 0) return;
      TakeAll();
    }
  }

  void TakeAll() {
    while (true) {
      const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (fd >= 0) {
        Take(fd);
        continue;
      }
      const int error = errno;
      if (error == EINTR || error == ECONNABORTED) continue;
      // Someone else in the process took the last descriptor: what waits shall wait a little longer.
      if (error != EAGAIN && error != EWOULDBLOCK) absl::SleepFor(kPause);
      return;
    }
  }

  void Take(int fd) {
    if (fd >= FirstReserved()) {
      ::close(fd);
      return;
    }
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
    connection.listener_fd = listener_.get();
    connection.fd = fd;
    server_->HandleNewConnection(&connection);
  }

  const Address address_;
  const Descriptor listener_;
  const Descriptor stop_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> server_;
  std::thread thread_;
};

absl::StatusOr<std::unique_ptr<Acceptor>> Acceptor::Listen(const Address& address) {
  absl::StatusOr<Descriptor> listener = OpenSocket(address);
  if (!listener.ok()) return listener.status();
  const Address bound = address.WithPort(PortOf(listener->get()));
  return std::unique_ptr<Acceptor>(new Acceptor(std::make_unique<State>(bound, *std::move(listener))));
}

Acceptor::Acceptor(std::unique_ptr<State> state) : state_(std::move(state)) {}
Acceptor::~Acceptor() = default;
const Address& Acceptor::address() const { return state_->address(); }
void Acceptor::Start(std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> server) {
  state_->Start(std::move(server));
}

}  // namespace hearth::wire
