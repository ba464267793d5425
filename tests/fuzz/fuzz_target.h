// What one fuzz target consists of: x_target.cc implements these three functions. The same file is linked with
// libFuzzer (fuzzer_entry.cc, preset fuzz) and with a GoogleTest that replays its corpus (corpus_test.cc, every other
// preset).
#pragma once

#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::fuzz {

using Random = std::mt19937_64;

// The name of the folder below tests/fuzz/crashers that holds what once went wrong.
extern const char* const kTargetName;

// Inputs to start from, made anew from sources in the repository: never stale, nothing to store.
std::vector<std::string> Seeds();

// Must return for every input: what is wrong with the input is a spark::Error, which the target catches. Everything
// else (another exception, a failed check, a sanitizer's report) is a finding.
void TakeInput(std::string_view input);

// Another input that is likely to come further than flipped bytes do.
std::string Mutate(std::string input, Random& random);

}  // namespace hearth::fuzz
