#include "engine/duckdb/parquet_schema.h"

#include <algorithm>
#include <set>

#include "engine/duckdb/parquet_footer.h"
#include "spark/error.h"

namespace hearth::engine {
namespace {

using spark::DataType;
using spark::Error;
using spark::ExceptionKind;
using spark::StructField;

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

// Options that would change which rows are read. Spark ignores options that it does not know, and so do we.
void CheckOptions(const spark::Options& options) {
  for (const auto& [key, value] : options) {
    const bool is_switch = key == "mergeschema" || key == "recursivefilelookup" ||
                           key == "ignorecorruptfiles" || key == "ignoremissingfiles";
    const bool is_filter = key == "pathglobfilter" || key == "modifiedbefore" || key == "modifiedafter" ||
                           key == "datetimerebasemode" || key == "int96rebasemode";
    if ((is_switch && Lower(value) != "false") || is_filter) {
      throw Error::Decline("reading files with the option " + key + "=" + value);
    }
  }
}

std::vector<std::string> PathsOf(const spark::DataSourceRead& read) {
  if (!read.paths.empty()) return read.paths;
  const auto path = read.options.find("path");
  return path == read.options.end() ? std::vector<std::string>{} : std::vector<std::string>{path->second};
}

void CheckDuplicates(const DataType& schema) {
  std::set<std::string> names;
  for (const StructField& field : schema.fields()) {
    const std::string name = Lower(field.name);
    if (!names.insert(name).second) {
      throw Error(ExceptionKind::kAnalysis, "COLUMN_ALREADY_EXISTS",
                  {{"columnName", spark::QuoteIdentifier(name)}});
    }
  }
}

std::optional<size_t> PlaceOf(const std::string& name, const DataType& schema) {
  const std::vector<StructField>& fields = schema.fields();
  for (size_t i = 0; i < fields.size(); ++i) {
    if (Lower(fields[i].name) == Lower(name)) return i;
  }
  return std::nullopt;
}

// A schema that the user gave must name columns of the file with the very same types.
ParquetColumns ApplyUserSchema(const DataType& wanted, const ParquetColumns& actual) {
  std::vector<StructField> fields;
  std::vector<bool> need_cast;
  const std::vector<StructField>& candidates = actual.schema.fields();
  for (const StructField& field : wanted.fields()) {
    const auto found = std::find_if(candidates.begin(), candidates.end(), [&](const StructField& candidate) {
      return Lower(candidate.name) == Lower(field.name);
    });
    if (found == candidates.end() || !spark::SameType(found->type, field.type)) {
      throw Error::Decline("reading files with a schema of one's own that differs from the files': `" +
                           field.name + "`");
    }
    fields.push_back({field.name, found->type, true, field.metadata});
    need_cast.push_back(actual.need_cast[static_cast<size_t>(found - candidates.begin())]);
  }
  return {DataType::Struct(std::move(fields)), std::move(need_cast)};
}

}  // namespace

std::shared_ptr<const spark::FileRelation> ParquetFiles::Open(const spark::DataSourceRead& read) {
  if (Lower(read.format) != "parquet") throw Error::Decline("files of format " + read.format);
  CheckOptions(read.options);
  std::vector<ListedFile> files;
  for (const std::string& path : PathsOf(read)) {
    for (ListedFile& file : ListFiles(path)) files.push_back(std::move(file));
  }
  if (files.empty()) throw Error(ExceptionKind::kAnalysis, "UNABLE_TO_INFER_SCHEMA", {{"format", "Parquet"}});

  std::optional<Connection> connection;
  std::shared_ptr<const ParquetColumns> columns;
  std::vector<std::string> names;
  for (const ListedFile& file : files) {
    const std::shared_ptr<const ParquetColumns> next = ColumnsOf(file, &connection);
    // Spark takes one file's schema for all; what it then does with the others depends on each column.
    if (columns != nullptr && next != columns && !(*next == *columns)) {
      throw Error::Decline("reading files whose schemas differ: " + file.path);
    }
    columns = next;
    names.push_back(file.path);
  }
  CheckDuplicates(columns->schema);
  ParquetColumns chosen = read.schema.has_value() ? ApplyUserSchema(*read.schema, *columns) : *columns;
  return std::make_shared<const spark::FileRelation>(spark::FileRelation{
      "parquet", std::move(names), std::move(chosen.schema), read.options, std::move(chosen.need_cast)});
}

std::shared_ptr<const spark::FileRelation> ParquetFiles::OpenTable(
    const std::string& location, const DataType& schema, const std::vector<std::string>& partition_columns,
    const spark::Options& options) {
  spark::Options lower;
  for (const auto& [key, value] : options) lower[Lower(key)] = value;
  CheckOptions(lower);
  auto relation = std::make_shared<spark::FileRelation>();
  relation->format = "parquet";
  relation->partition_fields = partition_columns.size();
  relation->location = location;
  std::vector<StructField> fields = schema.fields();
  const size_t data_fields = fields.size() - partition_columns.size();
  for (size_t i = data_fields; i < fields.size(); ++i) fields[i].type = DataType::String();
  relation->absent_fields.assign(fields.size(), false);
  relation->cast_fields.assign(fields.size(), false);
  std::vector<size_t> files_with(data_fields, 0);
  std::optional<Connection> connection;
  for (const ListedFile& file : ListPartitionedFiles(location, partition_columns)) {
    const std::shared_ptr<const ParquetColumns> columns = ColumnsOf(file, &connection);
    CheckDuplicates(columns->schema);
    for (size_t i = 0; i < data_fields; ++i) {
      const std::optional<size_t> place = PlaceOf(fields[i].name, columns->schema);
      if (!place) continue;
      if (!spark::SameType(columns->schema.fields()[*place].type, fields[i].type)) {
        throw Error::Decline("a file whose column `" + fields[i].name +
                             "` is of another type than its table's");
      }
      if (files_with[i]++ > 0 && relation->cast_fields[i] != columns->need_cast[*place]) {
        throw Error::Decline("files that store the column `" + fields[i].name + "` in different ways");
      }
      relation->cast_fields[i] = columns->need_cast[*place];
    }
    for (const StructField& field : columns->schema.fields()) {
      if (PlaceOf(field.name, schema).value_or(0) >= data_fields)
        throw Error::Decline("a file that holds its table's partition column `" + field.name + "`");
    }
    relation->files.push_back(file.path);
  }
  for (size_t i = 0; i < data_fields; ++i) {
    relation->absent_fields[i] = files_with[i] == 0;
    relation->differ |= files_with[i] != 0 && files_with[i] != relation->files.size();
  }
  relation->schema = DataType::Struct(std::move(fields));
  return relation;
}

std::shared_ptr<const ParquetColumns> ParquetFiles::ColumnsOf(const ListedFile& file,
                                                              std::optional<Connection>* connection) {
  {
    absl::MutexLock lock(&mutex_);
    const auto cached = schemas_.find(file.path);
    if (cached != schemas_.end() && cached->second.size == file.size && cached->second.inode == file.inode &&
        cached->second.modified_ns == file.modified_ns) {
      return cached->second.columns;
    }
  }
  if (!connection->has_value()) *connection = database_->Connect();
  ParquetFooter footer;
  try {
    footer = ReadParquetFooter(**connection, file.path);
  } catch (const DuckDbError& error) {
    if (error.type() == DUCKDB_ERROR_INTERRUPT || error.type() == DUCKDB_ERROR_OUT_OF_MEMORY) throw;
    Error unreadable(ExceptionKind::kSpark, "FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER",
                     {{"path", QualifiedPath(file.path)}});
    const std::string why = WhyNoFooter(file.path);
    if (why.empty()) throw unreadable;
    throw std::move(unreadable).CausedBy(Error::WithMessage(ExceptionKind::kJavaRuntime, "", "", {}, why));
  }
  auto columns = std::make_shared<const ParquetColumns>(SparkColumnsOf(footer));
  absl::MutexLock lock(&mutex_);
  if (schemas_.size() >= kCachedSchemasMax) schemas_.clear();
  schemas_[file.path] = {file.size, file.modified_ns, file.inode, columns};
  return columns;
}

}  // namespace hearth::engine
