#include "wire/crc32.h"

#include <cstddef>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/crc_table.h"

namespace hearth::wire {

namespace {

constexpr base::CrcTable kTable = base::MakeCrcTable(0xEDB88320U);

uint32_t Continue(uint32_t crc, std::string_view bytes) { return base::ContinueCrc(kTable, crc, bytes); }

#if defined(__x86_64__)

/// What a lane of 128 bits is multiplied by to stand for the lane `distance` bits further on: powers of x
/// modulo the polynomial, bits reflected (Gopal and others, "Fast CRC Computation for Generic Polynomials
/// Using PCLMULQDQ", 2009).
struct Fold {
  uint64_t low;   // x^(distance + 32)
  uint64_t high;  // x^(distance - 32)
};
constexpr Fold kBy512{0x154442bd4, 0x1c6e41596};
constexpr Fold kBy128{0x1751997d0, 0x0ccaa009e};
constexpr size_t kLane = 16;
constexpr size_t kStride = 4 * kLane;  // four lanes at once, since a multiplication takes several cycles

__attribute__((target("pclmul,sse4.1"))) inline __m128i LoadLane(const char* at) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}

__attribute__((target("pclmul,sse4.1"))) inline __m128i Folded(__m128i lane, __m128i by, __m128i onto) {
  return _mm_xor_si128(
      onto, _mm_xor_si128(_mm_clmulepi64_si128(lane, by, 0x00), _mm_clmulepi64_si128(lane, by, 0x11)));
}

__attribute__((target("pclmul,sse4.1"))) inline __m128i Constant(Fold fold) {
  return _mm_set_epi64x(static_cast<int64_t>(fold.high), static_cast<int64_t>(fold.low));
}

/// Whole strides, at least one: folds them into one lane, whose own checksum theirs is.
__attribute__((target("pclmul,sse4.1"))) uint32_t ContinueStrides(uint32_t crc, std::string_view bytes) {
  const char* at = bytes.data();
  __m128i lanes[4] = {LoadLane(at), LoadLane(at + kLane), LoadLane(at + 2 * kLane), LoadLane(at + 3 * kLane)};
  lanes[0] = _mm_xor_si128(lanes[0], _mm_cvtsi32_si128(static_cast<int32_t>(crc)));
  const __m128i by_stride = Constant(kBy512);
  const char* const end = at + bytes.size();
  for (at += kStride; at != end; at += kStride) {
    for (size_t i = 0; i < 4; ++i) lanes[i] = Folded(lanes[i], by_stride, LoadLane(at + i * kLane));
  }
  const __m128i by_lane = Constant(kBy128);
  __m128i rest = lanes[0];
  for (size_t i = 1; i < 4; ++i) rest = Folded(rest, by_lane, lanes[i]);
  alignas(kLane) char last[kLane];
  _mm_store_si128(reinterpret_cast<__m128i*>(last), rest);
  return Continue(0, {last, kLane});
}

bool MultipliesWithoutCarries() {
  return __builtin_cpu_supports("pclmul") != 0 && __builtin_cpu_supports("sse4.1") != 0;
}

#endif

}  // namespace

uint32_t Crc32ByTable(std::string_view bytes) { return ~Continue(~uint32_t{0}, bytes); }

uint32_t Crc32(std::string_view bytes) {
#if defined(__x86_64__)
  static const bool fast = MultipliesWithoutCarries();
  if (fast && bytes.size() >= kStride) {
    const size_t whole = bytes.size() / kStride * kStride;
    return ~Continue(ContinueStrides(~uint32_t{0}, bytes.substr(0, whole)), bytes.substr(whole));
  }
#endif
  return Crc32ByTable(bytes);
}

}  // namespace hearth::wire
