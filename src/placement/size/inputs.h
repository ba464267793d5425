// What a plan reads, as far as somebody knows: the estimator asks, whoever has files and names answers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "spark/plan/relation.h"

namespace hearth::placement {

/// A column of files, all files together. Sizes are of all its values.
struct ColumnFacts {
  std::string name;  ///< in lower case; of a nested column its outermost name
  double stored_bytes = 0;
  double raw_bytes = 0;  ///< decoded
  double nulls = 0;      ///< how many
  double distinct = 0;   ///< how many values, as far as can be told; 0: not known
  /// The least and the greatest value on one axis: numbers as they are, days, microseconds; of text and
  /// binaries their first bytes as a number (see AxisOfText).
  std::optional<std::pair<double, double>> range;
  /// Of a partition column its values as folders name them, each with the share of all rows.
  std::vector<std::pair<std::string, double>> partitions;
};

/// What is known of what one leaf of a plan reads.
struct InputFacts {
  double bytes = 0;  ///< stored
  double rows = 0;
  /// How little `rows` is known: as Amount::spread. 0 for Parquet whose footers were all read.
  double spread = 0;
  /// Columns one by one; none: their sizes are not known.
  std::vector<ColumnFacts> columns;
  /// "3.2 GiB of Parquet, 24.0 M rows".
  std::string description;
};

/// Files that a read or a table means.
struct FileSet {
  std::string format;  ///< in lower case: "parquet", "csv"; "": parquet
  std::vector<std::string> paths;
};

class Inputs;

/// A view: its plan, and what the names in it mean.
struct ViewInput {
  spark::RelationPtr plan;
  /// nullptr: what they mean where the view is named.
  std::shared_ptr<Inputs> inputs;
};

/// nothing: there is no such thing, or nothing is known of it.
using NamedInput = std::variant<std::monostate, FileSet, ViewInput>;

/// Answers the estimator, which asks on the thread it is called on and more than once for the same.
class Inputs {
 public:
  virtual ~Inputs() = default;
  /// A table or view, by the parts of its name as they are written. Not for parquet.`/path`.
  virtual NamedInput Find(const std::vector<std::string>& name) = 0;
  /// nullptr: nothing is known of these files. Never waits long.
  virtual std::shared_ptr<const InputFacts> Files(const FileSet& files) = 0;
  /// Bytes of a block of the client's data that came before, by its SHA-256.
  virtual std::optional<uint64_t> CachedBytes(const std::string& sha256) = 0;
};

/// Where text lies between other text, for ColumnFacts::range: its first six bytes as a number.
double AxisOfText(std::string_view text);

}  // namespace hearth::placement
