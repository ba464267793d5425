// Footers of Parquet files, as the gateway reads them before it places a query.
#include "placement/files/footer_writer.h"
#include "placement/files/parquet_footer.h"

#include "fuzz_target.h"
#include "mutation.h"

namespace hearth::fuzz {

const char* const kTargetName = "footer";

std::vector<std::string> Seeds() {
  using placement::EightBytes;
  std::vector<std::string> seeds;
  for (size_t columns = 0; columns < 4; ++columns) {
    std::vector<placement::WrittenColumn> written;
    for (size_t i = 0; i < columns; ++i) {
      const bool is_text = i == 1;
      written.push_back({.name = "c" + std::to_string(i),
                         .is_text = is_text,
                         .low = is_text ? "a" : EightBytes(-1),
                         .high = is_text ? "z" : EightBytes(9)});
    }
    for (const size_t groups : {0, 1, 20}) seeds.push_back(placement::WriteFooter(written, 1000, groups));
  }
  return seeds;
}

void TakeInput(std::string_view input) { placement::ReadParquetFooter(input); }

std::string Mutate(std::string input, Random& random) { return MutateBytes(std::move(input), random); }

}  // namespace hearth::fuzz
