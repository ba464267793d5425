// Amounts of memory and data as people write them: "512m", "2g", "2GiB", "1.5 GiB", "1024".
//
// Every unit is binary, as in Spark's configurations: 2g, 2gb and 2GiB are all 2,147,483,648 bytes.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace hearth::base {

class Bytes {
 public:
  constexpr Bytes() = default;
  constexpr explicit Bytes(int64_t count) : count_(count) {}
  static constexpr Bytes KiB(int64_t count) { return Bytes(count << 10); }
  static constexpr Bytes MiB(int64_t count) { return Bytes(count << 20); }
  static constexpr Bytes GiB(int64_t count) { return Bytes(count << 30); }

  // A number, optionally with a fraction, and an optional unit in any case: b, k, kb, KiB, m, ..., t, tb,
  // TiB. InvalidArgument for anything else, for negative amounts and for amounts of 8 EiB or more.
  static absl::StatusOr<Bytes> Parse(std::string_view text);

  constexpr int64_t count() const { return count_; }
  // The largest unit that divides the amount, so that Parse gives the same amount: "2GiB", "1536MiB",
  // "1000B".
  std::string ToString() const;

  friend constexpr auto operator<=>(Bytes, Bytes) = default;
  friend constexpr Bytes operator+(Bytes a, Bytes b) { return Bytes(a.count_ + b.count_); }
  friend constexpr Bytes operator-(Bytes a, Bytes b) { return Bytes(a.count_ - b.count_); }

 private:
  int64_t count_ = 0;
};

}  // namespace hearth::base
