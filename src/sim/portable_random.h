// Random numbers that are the same on every platform: the distributions of the C++ library, and the last bits
// of the C library's log and exp, are not.
#pragma once

#include <cstdint>

namespace hearth::sim {

// xoshiro256**, seeded by SplitMix64 (Blackman and Vigna, both in the public domain). `stream` makes
// independent generators of one seed.
class PortableRandom {
 public:
  explicit PortableRandom(uint64_t seed, uint64_t stream = 0);

  uint64_t Next();
  // In (0, 1).
  double Uniform();
  // Mean 0, variance 1.
  double Normal();
  // Mean 1.
  double Exponential();

 private:
  uint64_t state_[4];
};

// Made of additions, multiplications and divisions alone, to some 14 digits; x within +-700, or above 0.
double PortableExp(double x);
double PortableLog(double x);

}  // namespace hearth::sim
