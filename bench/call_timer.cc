// call_timer --execute HEX [--release HEX] [--calls N] [--warm N] [--turn N] ENDPOINT...
//
// Times raw ExecutePlan calls, one after the other: what a server costs without what a client in Python does
// (0.3 ms a call, which no server can help). One thread that polls its own completion queue, and bytes that
// are sent as they are: the same for every server, and as little as gRPC in C++ can be. A call begins when
// its bytes are handed to gRPC and ends with the stream's status.
//
// The endpoints take turns of --turn calls, so that the noise of the machine is every server's. With one call a
// turn the others push a server out of the processor's caches between any two of its calls; with many it answers
// as it does to a client that asks again at once.
//
// HEX is an encoded request without an operation id: each call appends one of its own (of fields that come
// twice the last one counts). With --release every call is followed by a ReleaseExecute, which is not timed.
// Prints a line for each endpoint: the microseconds of its calls.
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace {

struct Options {
  std::string execute;
  std::string release;
  int calls = 2000;
  int warm = 50;
  int turn = 1;
  std::vector<std::string> endpoints;
};

[[noreturn]] void Fail(const std::string& why) {
  std::fprintf(stderr, "call_timer: %s\n", why.c_str());
  std::exit(1);
}

std::string FromHex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

// A random UUID as a string field of that number (below 16).
std::string OperationId(int field) {
  static std::mt19937_64 random(std::random_device{}());
  const uint64_t high = (random() & ~uint64_t{0xf000}) | 0x4000;
  const uint64_t low = (random() >> 2) | (uint64_t{1} << 63);
  char text[37];
  std::snprintf(text, sizeof(text), "%08x-%04x-%04x-%04x-%012llx", static_cast<unsigned>(high >> 32),
                static_cast<unsigned>(high >> 16 & 0xffff), static_cast<unsigned>(high & 0xffff),
                static_cast<unsigned>(low >> 48), static_cast<unsigned long long>(low & 0xffffffffffff));
  return std::string{static_cast<char>(field << 3 | 2), 36} + text;
}

grpc::ByteBuffer Buffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

class Caller {
 public:
  explicit Caller(const std::string& endpoint) : endpoint_(endpoint) {
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(-1);
    // Without this, channels of one process to one address would share a connection.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stub_ = std::make_unique<grpc::GenericStub>(
        grpc::CreateCustomChannel(endpoint, grpc::InsecureChannelCredentials(), arguments));
  }

  // Sends the request and takes all that is answered.
  void Call(const std::string& method, const std::string& request) {
    grpc::ClientContext context;
    context.set_initial_metadata_corked(true);  // headers and request leave together
    const auto call = stub_->PrepareCall(&context, "/spark.connect.SparkConnectService/" + method, &queue_);
    call->StartCall(nullptr);
    int written, read, ended;  // their addresses are the tags
    call->Write(Buffer(request), grpc::WriteOptions().set_last_message(), &written);
    grpc::ByteBuffer response;
    call->Read(&response, &read);
    grpc::Status status;
    size_t bytes = 0;
    bool reads = true;
    bool writes = true;
    while (reads || writes) {
      void* tag;
      bool ok;
      if (!queue_.Next(&tag, &ok)) Fail("the queue ended");
      if (tag == &written) writes = false;
      if (tag != &read) continue;
      reads = ok;
      if (!ok) continue;
      bytes += response.Length();
      call->Read(&response, &read);
    }
    call->Finish(&status, &ended);
    void* tag;
    bool ok;
    if (!queue_.Next(&tag, &ok)) Fail("the queue ended");
    if (!status.ok()) Fail(endpoint_ + " " + method + ": " + status.error_message());
    if (bytes == 0) Fail(endpoint_ + " " + method + " answered nothing");
  }

 private:
  const std::string endpoint_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericStub> stub_;
};

// Microseconds of one ExecutePlan. The operation is released after it.
double TimedCall(Caller& caller, const Options& options) {
  const std::string id = OperationId(6);
  const std::string request = options.execute + id;
  const auto begin = std::chrono::steady_clock::now();
  caller.Call("ExecutePlan", request);
  const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
  if (!options.release.empty()) {
    caller.Call("ReleaseExecute", options.release + std::string{3 << 3 | 2} + id.substr(1));
  }
  return took.count();
}

Options Parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument.rfind("--", 0) != 0) {
      options.endpoints.push_back(argument);
      continue;
    }
    if (++i == argc) Fail(argument + " has no value");
    if (argument == "--execute") {
      options.execute = FromHex(argv[i]);
    } else if (argument == "--release") {
      options.release = FromHex(argv[i]);
    } else if (argument == "--calls") {
      options.calls = std::atoi(argv[i]);
    } else if (argument == "--turn") {
      options.turn = std::max(1, std::atoi(argv[i]));
    } else if (argument == "--warm") {
      options.warm = std::atoi(argv[i]);
    } else {
      Fail("knows no " + argument);
    }
  }
  if (options.execute.empty() || options.endpoints.empty()) Fail("needs --execute and an endpoint");
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = Parse(argc, argv);
  std::vector<std::unique_ptr<Caller>> callers;
  for (const std::string& endpoint : options.endpoints) callers.push_back(std::make_unique<Caller>(endpoint));
  std::vector<std::vector<double>> micros(callers.size());
  for (size_t which = 0; which < callers.size(); ++which) {
    for (int call = 0; call < options.warm; ++call) TimedCall(*callers[which], options);
  }
  for (int done = 0; done < options.calls; done += options.turn) {
    for (size_t turn = 0; turn < callers.size(); ++turn) {
      const size_t which = (turn + static_cast<size_t>(done / options.turn)) % callers.size();
      for (int call = done; call < std::min(done + options.turn, options.calls); ++call) {
        micros[which].push_back(TimedCall(*callers[which], options));
      }
    }
  }
  for (const std::vector<double>& line : micros) {
    for (const double value : line) std::printf("%.1f ", value);
    std::printf("\n");
  }
}
