#include "fleet/launch/keeper_message.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace hearth::fleet {

namespace {

/// A launch is some thousand bytes.
constexpr size_t kMessageBytesMax = size_t{128} << 10;
constexpr size_t kHeadBytes = 1 + sizeof(int64_t);

bool Fill(const std::string& path, sockaddr_un* address) {
  address->sun_family = AF_UNIX;
  if (path.size() >= sizeof address->sun_path) {
    errno = ENAMETOOLONG;
    return false;
  }
  std::memcpy(address->sun_path, path.c_str(), path.size() + 1);
  return true;
}

/// A new socket on which `use` did what it was to do with the path; -1 if it did not.
template <typename Use>
int SocketFor(const std::string& path, Use use) {
  sockaddr_un address{};
  if (!Fill(path, &address)) return -1;
  const int socket = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (socket < 0) return -1;
  if (use(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address)) return socket;
  const int error = errno;
  ::close(socket);
  errno = error;
  return -1;
}

}  // namespace

bool Send(int socket, const KeeperMessage& message) {
  std::string packet(kHeadBytes, '\0');
  packet[0] = static_cast<char>(message.kind);
  std::memcpy(packet.data() + 1, &message.number, sizeof message.number);
  packet += message.text;
  ssize_t sent;
  do {
    sent = ::send(socket, packet.data(), packet.size(), MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(packet.size());
}

std::optional<KeeperMessage> Receive(int socket) {
  std::string packet(kMessageBytesMax, '\0');
  ssize_t size;
  do {
    size = ::recv(socket, packet.data(), packet.size(), MSG_TRUNC);
  } while (size < 0 && errno == EINTR);
  if (size < 0) return std::nullopt;
  errno = 0;
  if (size < static_cast<ssize_t>(kHeadBytes) || size > static_cast<ssize_t>(packet.size()))
    return std::nullopt;
  KeeperMessage message{static_cast<KeeperMessage::Kind>(packet[0])};
  std::memcpy(&message.number, packet.data() + 1, sizeof message.number);
  message.text = packet.substr(kHeadBytes, static_cast<size_t>(size) - kHeadBytes);
  return message;
}

bool IsOurOwn(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == ::geteuid();
}

int ConnectTo(const std::string& path) {
  return SocketFor(path, [](int socket, const sockaddr* address, socklen_t size) {
    return ::connect(socket, address, size) == 0;
  });
}

int ListenOn(const std::string& path) {
  return SocketFor(path, [&path](int socket, const sockaddr* address, socklen_t size) {
    return ::bind(socket, address, size) == 0 && ::chmod(path.c_str(), 0600) == 0 && ::listen(socket, 4) == 0;
  });
}

}  // namespace hearth::fleet
