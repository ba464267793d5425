#include "engine/duckdb/parquet_footer.h"

#include <charconv>
#include <fstream>
#include <limits>
#include <map>
#include <string_view>
#include <utility>

#include "engine/duckdb/file_listing.h"
#include "engine/duckdb/vector_view.h"
#include "spark/error.h"

namespace hearth::engine {
namespace {

using spark::DataType;
using spark::StructField;
using spark::TypeId;

std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "''" : std::string(1, c);
  return quoted + "'";
}

// Text cells of a result, NULL as "".
std::vector<std::vector<std::string>> Rows(Connection& connection, const std::string& sql) {
  ResultHandle result = connection.Query(sql);
  const idx_t columns = duckdb_column_count(result.get());
  std::vector<std::vector<std::string>> rows;
  while (ChunkHandle chunk{duckdb_fetch_chunk(*result.get())}) {
    for (idx_t row = 0; row < duckdb_data_chunk_get_size(chunk.get()); ++row) {
      std::vector<std::string>& cells = rows.emplace_back();
      for (idx_t column = 0; column < columns; ++column) {
        const VectorView view(duckdb_data_chunk_get_vector(chunk.get(), column));
        cells.emplace_back(view.IsValid(row) ? std::string(view.string(row)) : "");
      }
    }
  }
  return rows;
}

// The types of the tree, read depth first.
class FooterReader {
 public:
  explicit FooterReader(const std::vector<ParquetElement>& elements) : elements_(elements) {}

  ParquetColumns Read() {
    if (elements_.empty()) throw spark::Error::Decline("Parquet files without a schema");
    const ParquetElement& root = Next();
    std::vector<StructField> fields;
    ParquetColumns columns;
    for (int64_t i = 0; i < root.children; ++i) {
      needs_cast_ = false;
      fields.push_back(GroupField());
      columns.need_cast.push_back(needs_cast_);
    }
    columns.schema = DataType::Struct(std::move(fields));
    return columns;
  }

 private:
  const ParquetElement& Next() {
    if (next_ == elements_.size()) throw spark::Error::Decline("Parquet files with a broken schema");
    return elements_[next_++];
  }

  DataType Group(const ParquetElement& group) {
    std::vector<StructField> fields;
    for (int64_t i = 0; i < group.children; ++i) fields.push_back(GroupField());
    return DataType::Struct(std::move(fields));
  }

  StructField GroupField() {
    const ParquetElement& child = Next();
    // Outside of an annotated list, Spark reads a repeated field as an array of its own making.
    if (child.repetition == "REPEATED") Unsupported(child, "a repeated field");
    return {child.name, Field(child)};
  }

  DataType Field(const ParquetElement& element) {
    if (!element.type.empty()) return Leaf(element);
    if (element.converted_type == "LIST" || element.logical_type == "ListType()") return List(element);
    if (element.converted_type == "MAP" || element.converted_type == "MAP_KEY_VALUE" ||
        element.logical_type == "MapType()") {
      return Map(element);
    }
    if (!element.converted_type.empty() || !element.logical_type.empty()) Unsupported(element, "a group");
    return Group(element);
  }

  // Only the standard form, three levels: what older writers left is read differently by everyone.
  DataType List(const ParquetElement& list) {
    const ParquetElement& repeated = Next();
    if (list.children != 1 || repeated.repetition != "REPEATED" || repeated.children != 1 ||
        repeated.name == "array" || repeated.name == list.name + "_tuple") {
      Unsupported(list, "an unusual list");
    }
    const ParquetElement& element = Next();
    if (element.repetition == "REPEATED") Unsupported(list, "an unusual list");
    return DataType::Array(Field(element), true);
  }

  DataType Map(const ParquetElement& map) {
    const ParquetElement& entries = Next();
    if (map.children != 1 || entries.repetition != "REPEATED" || entries.children != 2) {
      Unsupported(map, "an unusual map");
    }
    DataType key = Field(Next());
    DataType value = Field(Next());
    return DataType::Map(std::move(key), std::move(value), true);
  }

  DataType Leaf(const ParquetElement& leaf) {
    const std::string& type = leaf.duckdb_type;
    needs_cast_ |= type.starts_with("U") || type == "JSON";  // unsigned integers
    if (leaf.logical_type.find("NANOS=Nano") != std::string::npos) Unsupported(leaf, "nanoseconds");
    if (type == "TIMESTAMP" || type == "TIMESTAMP WITH TIME ZONE") return TimestampLeaf(leaf);
    if (type == "BLOB") return DataType::Binary();
    if (type == "VARCHAR" || type == "JSON") return DataType::String();
    if (type == "BOOLEAN") return DataType::Boolean();
    if (type == "DATE") return DataType::Date();
    if (type == "TINYINT") return DataType::Byte();
    if (type == "SMALLINT" || type == "UTINYINT") return DataType::Short();
    if (type == "INTEGER" || type == "USMALLINT") return DataType::Integer();
    if (type == "BIGINT" || type == "UINTEGER") return DataType::Long();
    if (type == "UBIGINT") return DataType::Decimal(20, 0);
    // DuckDB also reads half floats and decimals that are too wide as these.
    if (type == "FLOAT" && leaf.type == "FLOAT") return DataType::Float();
    if (type == "DOUBLE" && leaf.type == "DOUBLE") return DataType::Double();
    if (type.starts_with("DECIMAL(")) return DecimalLeaf(leaf);
    Unsupported(leaf, type);
  }

  DataType TimestampLeaf(const ParquetElement& leaf) {
    // INT96 and the old annotation know instants only; for DuckDB they are wall clocks.
    const bool wall_clock = leaf.logical_type.find("isAdjustedToUTC=0") != std::string::npos;
    needs_cast_ |= wall_clock != (leaf.duckdb_type == "TIMESTAMP");
    return wall_clock ? DataType::TimestampNtz() : DataType::Timestamp();
  }

  static DataType DecimalLeaf(const ParquetElement& leaf) {
    int precision = 0;
    int scale = 0;
    const char* const end = leaf.duckdb_type.data() + leaf.duckdb_type.size();
    const auto [comma, status] = std::from_chars(leaf.duckdb_type.data() + 8, end, precision);
    if (status != std::errc() || comma == end || std::from_chars(comma + 1, end, scale).ec != std::errc()) {
      Unsupported(leaf, leaf.duckdb_type);
    }
    return DataType::Decimal(precision, scale);
  }

  [[noreturn]] static void Unsupported(const ParquetElement& element, const std::string& what) {
    throw spark::Error::Decline("Parquet columns like `" + element.name + "`: " + what);
  }

  const std::vector<ParquetElement>& elements_;
  size_t next_ = 0;
  bool needs_cast_ = false;  // of the column being read
};

// Whether a value that Parquet's types say is `stored` can be taken as the `declared` one as it is.
bool IsStoredAs(const DataType& declared, const DataType& stored) {
  if (declared.Is(TypeId::kYearMonthInterval)) return stored.Is(TypeId::kInteger);
  if (declared.Is(TypeId::kDayTimeInterval)) return stored.Is(TypeId::kLong);
  return spark::SameType(declared, stored);
}

// What Spark wrote wins where both agree on the values; where not, nothing is read.
DataType Merge(const std::string& json, const DataType& translated) {
  const DataType declared = spark::AsNullable(DataType::FromJson(json));
  bool agree = declared.Is(TypeId::kStruct) && declared.fields().size() == translated.fields().size();
  for (size_t i = 0; agree && i < declared.fields().size(); ++i) {
    agree = declared.fields()[i].name == translated.fields()[i].name &&
            IsStoredAs(declared.fields()[i].type, translated.fields()[i].type);
  }
  if (!agree)
    throw spark::Error::Decline("Parquet files whose Spark schema is not the one of the file: " + json);
  return declared;
}

// What Spark wrote beside the schema. Its DataSourceUtils.getRebaseSpec: a file without Spark's version was
// written by someone else, in today's calendar.
void ReadKeyValues(Connection& connection, const std::string& file, ParquetFooter* footer) {
  std::map<std::string, std::string> values;
  for (std::vector<std::string>& row :
       Rows(connection, "SELECT key, value FROM parquet_kv_metadata(" + file +
                            ") WHERE key IN ('org.apache.spark.sql.parquet.row.metadata'::BLOB,"
                            " 'org.apache.spark.version'::BLOB, 'org.apache.spark.legacyDateTime'::BLOB,"
                            " 'org.apache.spark.legacyINT96'::BLOB)")) {
    values[std::move(row[0])] = std::move(row[1]);
  }
  footer->spark_schema = values["org.apache.spark.sql.parquet.row.metadata"];
  const auto version = values.find("org.apache.spark.version");
  if (version == values.end()) return;
  footer->has_legacy_times = version->second < "3.0.0" || values.contains("org.apache.spark.legacyDateTime");
  footer->has_legacy_int96 = version->second < "3.1.0" || values.contains("org.apache.spark.legacyINT96");
}

void DeclineLegacyTimes(const ParquetFooter& footer) {
  for (const ParquetElement& element : footer.elements) {
    const bool is_time = element.duckdb_type == "DATE" || element.duckdb_type.starts_with("TIMESTAMP");
    if (is_time && (element.type == "INT96" ? footer.has_legacy_int96 : footer.has_legacy_times)) {
      throw spark::Error::Decline("Parquet files with times in the calendar before 1582: `" + element.name +
                                  "`");
    }
  }
}

}  // namespace

ParquetFooter ReadParquetFooter(Connection& connection, const std::string& path) {
  ParquetFooter footer;
  const std::string file = Quoted(path);
  for (std::vector<std::string>& row :
       Rows(connection,
            "SELECT name, type, repetition_type, num_children::VARCHAR, converted_type, logical_type, "
            "duckdb_type FROM parquet_schema(" +
                file + ")")) {
    ParquetElement element{std::move(row[0]), std::move(row[1]), std::move(row[2]), 0,
                           std::move(row[4]), std::move(row[5]), std::move(row[6])};
    std::from_chars(row[3].data(), row[3].data() + row[3].size(), element.children);
    footer.elements.push_back(std::move(element));
  }
  ReadKeyValues(connection, file, &footer);
  return footer;
}

ParquetColumns SparkColumnsOf(const ParquetFooter& footer) {
  DeclineLegacyTimes(footer);
  ParquetColumns columns = FooterReader(footer.elements).Read();
  if (!footer.spark_schema.empty()) columns.schema = Merge(footer.spark_schema, columns.schema);
  return columns;
}

// As parquet-java's ParquetFileReader.readFooter looks for it, in its order and words.
std::string WhyNoFooter(const std::string& path) {
  constexpr int64_t kMagicBytes = 4;
  constexpr int64_t kTailBytes = 4 + kMagicBytes;  // the footer's length, then the magic
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const auto size = static_cast<int64_t>(file.tellg());
  if (size < 0) return "";
  const std::string name = QualifiedPath(path);
  if (size < kMagicBytes + kTailBytes)
    return name + " is not a Parquet file (length is too low: " + std::to_string(size) + ")";
  unsigned char tail[kTailBytes] = {};
  file.seekg(size - kTailBytes);
  file.read(reinterpret_cast<char*>(tail), kTailBytes);
  const std::string_view magic(reinterpret_cast<const char*>(tail) + 4, kMagicBytes);
  if (magic == "PARE") return "";  // encrypted
  if (magic != "PAR1") {
    std::string bytes;
    for (const char byte : magic)
      bytes += (bytes.empty() ? "" : ", ") + std::to_string(static_cast<signed char>(byte));
    return name + " is not a Parquet file. Expected magic number at tail, but found [" + bytes + "]";
  }
  const int64_t length = tail[0] | tail[1] << 8 | tail[2] << 16 | int64_t{tail[3]} << 24;
  if (length > std::numeric_limits<int32_t>::max())
    return "footer is too large: " + std::to_string(length) + "to be read";
  const int64_t start = size - kTailBytes - length;
  if (start < kMagicBytes || start >= size - kTailBytes)
    return "corrupted file: the footer index is not within the file: " + std::to_string(start);
  return "";
}

}  // namespace hearth::engine
