// An id with a type of its own, so that a session's id is never taken for an operation's:
//
//   using SessionId = base::StrongId<struct SessionIdTag>;
//
// Comparable, hashable by std and absl containers, printable to a stream; made only explicitly. An id made by
// default is empty. Copies own their text; thread-compatible like std::string.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <ostream>
#include <string>
#include <utility>

namespace hearth::base {

template <typename Tag, typename Value = std::string>
class StrongId {
 public:
  StrongId() = default;
  explicit StrongId(Value value) : value_(std::move(value)) {}

  const Value& value() const { return value_; }
  bool empty() const { return value_ == Value(); }

  friend bool operator==(const StrongId&, const StrongId&) = default;
  friend auto operator<=>(const StrongId&, const StrongId&) = default;
  friend std::ostream& operator<<(std::ostream& out, const StrongId& id) { return out << id.value_; }

  template <typename H>
  friend H AbslHashValue(H state, const StrongId& id) {
    return H::combine(std::move(state), id.value_);
  }

 private:
  Value value_{};
};

}  // namespace hearth::base

template <typename Tag, typename Value>
struct std::hash<hearth::base::StrongId<Tag, Value>> {
  size_t operator()(const hearth::base::StrongId<Tag, Value>& id) const {
    return std::hash<Value>()(id.value());
  }
};
