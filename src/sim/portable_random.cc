#include "sim/portable_random.h"

#include <cmath>

namespace hearth::sim {
namespace {

constexpr double kLn2 = 0.693147180559945309417232;

uint64_t SplitMix(uint64_t& state) {
  uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

uint64_t RotatedLeft(uint64_t x, int by) { return (x << by) | (x >> (64 - by)); }

}  // namespace

PortableRandom::PortableRandom(uint64_t seed, uint64_t stream) {
  uint64_t state = seed;
  state = SplitMix(state) ^ (stream * 0xd1342543de82ef95);
  for (uint64_t& word : state_) word = SplitMix(state);
}

uint64_t PortableRandom::Next() {
  const uint64_t result = RotatedLeft(state_[1] * 5, 7) * 9;
  const uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = RotatedLeft(state_[3], 45);
  return result;
}

double PortableRandom::Uniform() { return (static_cast<double>(Next() >> 11) + 0.5) * 0x1p-53; }

// Marsaglia's polar method; its second number is thrown away, so that each call stands for itself.
double PortableRandom::Normal() {
  while (true) {
    const double x = 2 * Uniform() - 1;
    const double y = 2 * Uniform() - 1;
    const double square = x * x + y * y;
    if (square < 1 && square > 0) return x * std::sqrt(-2 * PortableLog(square) / square);
  }
}

double PortableRandom::Exponential() { return -PortableLog(Uniform()); }

double PortableExp(double x) {
  const double twos = std::floor(x / kLn2 + 0.5);
  const double rest = x - twos * kLn2;
  double term = 1;
  double sum = 1;
  for (int i = 1; i <= 14; ++i) {
    term = term * rest / i;
    sum += term;
  }
  return std::ldexp(sum, static_cast<int>(twos));
}

// ln(m) = 2 artanh((m - 1) / (m + 1)) for m near 1.
double PortableLog(double x) {
  int twos = 0;
  double mantissa = std::frexp(x, &twos);
  if (mantissa < 0.70710678) {
    mantissa *= 2;
    --twos;
  }
  const double ratio = (mantissa - 1) / (mantissa + 1);
  double power = ratio;
  double sum = ratio;
  for (int i = 3; i <= 21; i += 2) {
    power *= ratio * ratio;
    sum += power / i;
  }
  return 2 * sum + twos * kLn2;
}

}  // namespace hearth::sim
