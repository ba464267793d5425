#include "wire/address.h"

#include <arpa/inet.h>

#include <charconv>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace hearth::wire {

namespace {

constexpr std::string_view kUnix = "unix:";
/// Of sockaddr_un::sun_path, with its terminating zero.
constexpr size_t kUnixPathMax = 107;

absl::Status Invalid(std::string_view text, std::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("'", absl::string_view(text.data(), text.size()),
                   "' is no address (HOST:PORT or unix:PATH): ", absl::string_view(why.data(), why.size())));
}

}  // namespace

absl::StatusOr<Address> Address::Parse(std::string_view text) {
  Address address;
  if (text.substr(0, kUnix.size()) == kUnix) {
    address.path_ = text.substr(kUnix.size());
    if (address.path_.empty()) return Invalid(text, "the path is empty");
    if (address.path_.size() > kUnixPathMax) return Invalid(text, "the path has more than 107 bytes");
    return address;
  }
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return Invalid(text, "the port is missing");
  std::string_view host = text.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return Invalid(text, "an IPv6 host stands in brackets");
  }
  if (host.empty()) return Invalid(text, "the host is missing");
  const std::string_view port = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port_);
  if (error != std::errc() || end != port.data() + port.size() || address.port_ < 0 ||
      address.port_ > 65535) {
    return Invalid(text, "the port is no number from 0 to 65535");
  }
  address.host_ = host;
  return address;
}

bool Address::is_local() const {
  if (is_unix() || host_ == "localhost") return true;
  in_addr v4;
  if (inet_pton(AF_INET, host_.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6;
  return inet_pton(AF_INET6, host_.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

std::string Address::ToString() const {
  if (is_unix()) return std::string(kUnix) + path_;
  const bool v6 = host_.find(':') != std::string::npos;
  return (v6 ? "[" + host_ + "]" : host_) + ":" + std::to_string(port_);
}

Address Address::WithPort(int port) const {
  Address address = *this;
  if (!is_unix()) address.port_ = port;
  return address;
}

}  // namespace hearth::wire
