// What an operation is expected to need: amounts that are not known exactly, each with where it came from.
#pragma once

#include <string>

namespace hearth::placement {

/// A positive amount that follows a lognormal distribution. Always finite: see Tamed.
struct Amount {
  /// Of so much nothing is known: a factor of 300 either way at one in a hundred.
  static constexpr double kSpreadOfIgnorance = 2.5;
  static constexpr double kMedianMax = 1e18;
  static constexpr double kSpreadMax = 4;

  double median = 0;
  /// Standard deviation of the natural logarithm; 0: it is known.
  double spread = 0;
  /// In words, for whoever asks: "history: 12 runs", "files: 3.2 GiB of Parquet, 24.0 M rows",
  /// "local data: 10 rows", "nothing is known".
  std::string source;

  /// What it stays within with this probability (0 < probability < 1).
  double Quantile(double probability) const;
  double p99() const { return Quantile(0.99); }
};

/// An operation on one engine, alone there and with memory enough.
struct Estimate {
  /// What is read of files and of the client's data, after columns and partitions are pruned.
  Amount input_bytes;
  Amount input_rows;
  /// Processor time in seconds, of all cores.
  Amount work;
  /// Bytes that it holds at once, without those that an idle engine holds.
  Amount peak_memory;
};

/// The amount within the limits of Amount: nothing negative, infinite or not a number, whatever was computed.
Amount Tamed(Amount amount);
Estimate Tamed(Estimate estimate);

/// Of an operation of which nothing is known. It is taken for a small one, since most are, with a spread that
/// says how little that means.
Estimate UnknownEstimate(const std::string& source = "nothing is known");

}  // namespace hearth::placement
