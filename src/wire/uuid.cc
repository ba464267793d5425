#include "wire/uuid.h"

#include <array>
#include <cstdint>
#include <random>

namespace hearth::wire {

namespace {

uint64_t Random64() {
  // Seeded from the operating system once a thread: a UUID costs nanoseconds, not a system call.
  thread_local std::mt19937_64 generator = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  return generator();
}

bool IsHexadecimal(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace

std::string NewUuid() {
  const std::array<uint64_t, 2> words = {(Random64() & ~0xf000ULL) | 0x4000ULL,
                                         (Random64() & ~(3ULL << 62)) | (2ULL << 62)};
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (int i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) text.push_back('-');
    text.push_back(kDigits[(words[static_cast<size_t>(i / 16)] >> (60 - 4 * (i % 16))) & 0xf]);
  }
  return text;
}

bool IsUuid(std::string_view text) {
  if (text.size() > 36) return false;
  constexpr size_t kGroups = 5;
  size_t position = 0;
  for (size_t group = 0; group < kGroups; ++group) {
    size_t digits = 0;
    while (position < text.size() && IsHexadecimal(text[position])) ++position, ++digits;
    // Java takes longer groups too and drops their upper digits; nobody means that, and the length bounds it.
    if (digits == 0) return false;
    const bool last = group + 1 == kGroups;
    if (last) return position == text.size();
    if (position >= text.size() || text[position++] != '-') return false;
  }
  return false;
}

}  // namespace hearth::wire
