// A Parquet footer's schema as DuckDB lists it, and its translation to Spark's types.
#pragma once

#include <string>
#include <vector>

#include "engine/duckdb/database.h"
#include "spark/types/data_type.h"

namespace hearth::engine {

// One element of the schema, in the footer's order: depth first, the root at the start.
struct ParquetElement {
  std::string name;
  std::string type;        // physical, empty for a group: "INT32", "BYTE_ARRAY"
  std::string repetition;  // "REQUIRED", "OPTIONAL", "REPEATED"
  int64_t children = 0;
  std::string converted_type;  // the old annotation: "UTF8", "LIST", empty
  std::string logical_type;    // the new one as DuckDB prints it: "StringType()", empty
  std::string duckdb_type;     // what DuckDB reads a leaf as: "DECIMAL(15,2)"
};

struct ParquetFooter {
  std::vector<ParquetElement> elements;
  std::string spark_schema;  // JSON that Spark wrote beside it, or empty
  // Whether Spark wrote days and timestamps, and those of INT96, in the calendar that is Julian before 1582:
  // it then moves them when it reads.
  bool has_legacy_times = false;
  bool has_legacy_int96 = false;
};

// Throws DuckDbError when the file cannot be read as Parquet.
ParquetFooter ReadParquetFooter(Connection& connection, const std::string& path);

// What Spark's Parquet reader says of a file whose footer it does not even find; "" if it finds one.
std::string WhyNoFooter(const std::string& path);

struct ParquetColumns {
  spark::DataType schema;
  // Columns that DuckDB reads as something else than the storage of their Spark type; a cast makes up for it.
  std::vector<bool> need_cast;
  friend bool operator==(const ParquetColumns&, const ParquetColumns&) = default;
};

// As Spark's ParquetToSparkSchemaConverter, all nullable. Throws a decline for types not read here.
ParquetColumns SparkColumnsOf(const ParquetFooter& footer);

}  // namespace hearth::engine
