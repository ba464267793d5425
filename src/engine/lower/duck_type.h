// DuckDB's type of a printed expression. It may differ from the storage of its Spark type
// (functions/catalog.h): year(d) is a BIGINT that Spark calls INT, a product of decimals is as wide as its
// factors allow. Values are the same; where the exact type counts (results, unions, arguments of our
// functions), the printer casts.
#pragma once

#include <string>

#include "spark/types/data_type.h"

namespace hearth::engine {

class DuckType {
 public:
  enum class Id {
    kBoolean,
    kTinyint,
    kSmallint,
    kInteger,
    kBigint,
    kHugeint,
    kFloat,
    kDouble,
    kDecimal,
    kVarchar,
    kBlob,
    kDate,
    kTimestamp,
    kTimestampTz,
    kInterval,
    kNested,
  };

  explicit DuckType(Id id) : id_(id) {}
  static DuckType Decimal(int width, int scale);
  // How a Spark type is stored. Declines types that are not.
  static DuckType For(const spark::DataType& type);

  Id id() const { return id_; }
  bool IsDecimal() const { return id_ == Id::kDecimal; }
  int width() const { return width_; }
  int scale() const { return scale_; }
  // As DuckDB spells it in a CAST.
  std::string text() const;

  friend bool operator==(const DuckType&, const DuckType&) = default;

 private:
  Id id_;
  int width_ = 0;
  int scale_ = 0;
  std::string nested_;
};

}  // namespace hearth::engine
