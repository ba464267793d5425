// Rows as lines of text: CSV, JSON and text files, byte for byte as Spark writes them, but that Java before
// 19 writes some doubles with more digits than it takes to tell them (2.0E23 as 1.9999999999999998E23).
//
// The rules are those of Spark's UnivocityGenerator (with univocity's CsvWriter), JacksonGenerator and
// TextOutputWriter, found by asking a live Spark. Pure; safe to share.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/objects.h"
#include "spark/types/data_type.h"

namespace hearth::engine {

class LineFormat {
 public:
  // A cell is what Spark's cast to STRING gives, in the session's time zone; null: NULL.
  using Cells = std::vector<std::optional<std::string_view>>;

  virtual ~LineFormat() = default;
  // Of the names of files: ".csv".
  virtual std::string_view extension() const = 0;
  // What each file begins with.
  virtual std::string Header() const { return ""; }
  virtual void Append(const Cells& cells, std::string* out) const = 0;
};

// Whether there is one of that name: "csv", "json", "text".
bool IsLineFormat(std::string_view name);

// For rows of these columns. Declines types and options that change what is written in other ways than here.
std::unique_ptr<const LineFormat> MakeLineFormat(std::string_view name, const spark::DataType& schema,
                                                 const catalog::Properties& options,
                                                 const std::string& time_zone);

}  // namespace hearth::engine
