#include "spark/fingerprint/fingerprint.h"

#include <string_view>
#include <vector>

#include "spark/fingerprint/shape.h"

namespace hearth::spark {
namespace {

// FNV-1a of 128 bits: simple, and the same on every machine.
class Hash {
 public:
  void Add(std::string_view text) {
    for (const char c : text) AddByte(static_cast<uint8_t>(c));
    AddByte(0xFF);  // no UTF-8 byte, so "a" "b" differs from "ab"
  }
  void Add(const Fingerprint& child) {
    for (int shift = 56; shift >= 0; shift -= 8) AddByte(static_cast<uint8_t>(child.high >> shift));
    for (int shift = 56; shift >= 0; shift -= 8) AddByte(static_cast<uint8_t>(child.low >> shift));
  }
  Fingerprint Done() const { return {static_cast<uint64_t>(state_ >> 64), static_cast<uint64_t>(state_)}; }

 private:
  using Wide = unsigned __int128;

  void AddByte(uint8_t byte) {
    constexpr Wide kPrime = (Wide{0x0000000001000000} << 64) | 0x000000000000013B;
    state_ = (state_ ^ byte) * kPrime;
  }

  Wide state_ = (Wide{0x6C62272E07BB0142} << 64) | 0x62B821756295C58D;
};

struct Frame {
  Shape shape;
  size_t next = 0;
  Hash hash;
};

Frame FrameOf(Shape shape) {
  Frame frame{std::move(shape), 0, {}};
  frame.hash.Add(frame.shape.label);
  return frame;
}

// Hashes a tree from its leaves up, with a stack of its own.
Fingerprint HashTree(Shape root, const ParserOptions& options) {
  std::vector<Frame> stack;
  stack.push_back(FrameOf(std::move(root)));
  while (true) {
    Frame& top = stack.back();
    if (top.next < top.shape.children.size()) {
      const PlanNode child = top.shape.children[top.next++];
      stack.push_back(FrameOf(ShapeOf(child, options)));
      continue;
    }
    const Fingerprint done = top.hash.Done();
    stack.pop_back();
    if (stack.empty()) return done;
    stack.back().hash.Add(done);
  }
}

Fingerprint Versioned(Shape shape, const ParserOptions& options) {
  shape.label = "v" + std::to_string(Fingerprint::kVersion) + " " + shape.label;
  return HashTree(std::move(shape), options);
}

}  // namespace

std::string Fingerprint::Hex() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const uint64_t half : {high, low}) {
    for (int shift = 60; shift >= 0; shift -= 4) out += kDigits[(half >> shift) & 0xF];
  }
  return out;
}

Fingerprint FingerprintOf(const RelationPtr& plan, const ParserOptions& options) {
  return Versioned(ShapeOf(PlanNode(plan), options), options);
}

Fingerprint FingerprintOf(const Command& command, const ParserOptions& options) {
  return Versioned(ShapeOf(command), options);
}

Fingerprint FingerprintOf(const Statement& statement, const ParserOptions& options) {
  return std::visit([&options](const auto& body) { return FingerprintOf(body, options); }, statement);
}

}  // namespace hearth::spark
