#!/usr/bin/env bash
# Installs what Hearth is built, tested and measured with, each thing pinned and checked:
#
#   scripts/deps.sh COMPONENT...
#
#   apt         compiler, build tools and libraries from Debian (uses sudo when not root)
#   duckdb      libduckdb.so and duckdb.h
#   nanoarrow   sources of the Arrow IPC reader and writer
#   protos      descriptors of Spark Connect and the google.rpc messages its errors use
#   conditions  Spark's own table of error conditions
#   client      virtual environment: PySpark's Connect client, pytest, data and queries of TPC-H and TPC-DS
#   client-3.5, client-4.0, client-4.1
#               virtual environments: PySpark's Connect clients of earlier lines
#   client-scala
#               a Java compiler, and Apache Spark, whose distribution holds its Scala client
#   client-rust a Rust compiler, for the client that tests/clients/rust names
#   postgresql  a PostgreSQL server from Debian, which the tests start on folders of their own
#   spark       virtual environment: Apache Spark, to record answers from and to measure against
#   sail        virtual environment: Sail, to measure against
#   lint        clang, clang-tidy and clang-format from Debian
#   fuzz        clang with libFuzzer from Debian
#
# Everything but the apt packages lands in $HEARTH_DEPS (default build/deps), one folder a component. A component
# whose stamp equals its pins is left alone, so a second call costs nothing; several calls may run at once.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
deps=${HEARTH_DEPS:-$root/build/deps}
requirements=$root/scripts/requirements

duckdb_npm=@duckdb/node-bindings-linux-x64@1.5.5-r.5
duckdb_npm_sha256=86d2bda909785550e8a14a57a8a4584827aff0e268d8f1a58c3fd48559f7020e
spark_common=org.apache.spark:spark-common-utils_2.13:4.2.0
spark_common_sha256=7cef7d3e25bf7d778588da7764b38b63235eda1146d3cd4b42a70ceb79506692

apt_packages=(
  g++ cmake ninja-build ccache mold pkg-config
  libgrpc++-dev libprotobuf-dev protobuf-compiler protobuf-compiler-grpc libabsl-dev
  libzstd-dev liblz4-dev libsqlite3-dev libpq-dev libssl-dev tzdata nlohmann-json3-dev libcli11-dev libgtest-dev libgmock-dev
  python3 python3-venv python3-pip ca-certificates
  python3-dev  # pip prepares a source's build before it hands out the source, and nanoarrow's looks for Python.h
)

say() { printf 'deps: %s\n' "$*"; }

# quietly COMMAND...: its output is shown only when it fails.
quietly() {
  local log status=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 || status=$?
  if [ $status -ne 0 ]; then
    cat "$log" >&2
    say "failed: $*" >&2
  fi
  rm -f "$log"
  return $status
}

check_sha256() {  # FILE SHA256
  echo "$2  $1" | sha256sum --check --quiet -
}

apt_install() {  # PACKAGE...
  local package missing=() as_root=()
  for package; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  say "apt: installing ${missing[*]}"
  quietly "${as_root[@]}" apt-get update
  quietly "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    -o Dpkg::Options::=--force-confold "${missing[@]}"
}

install_postgresql() {
  compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null && return
  # The package would make a server of its own and start it.
  local settings=/etc/postgresql-common as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  if [ ! -e "$settings/createcluster.conf" ]; then
    "${as_root[@]}" mkdir -p "$settings"
    echo 'create_main_cluster = false' | "${as_root[@]}" tee "$settings/createcluster.conf" >/dev/null
  fi
  apt_install postgresql
}

make_venv() {  # FOLDER REQUIREMENTS_FILE
  /usr/bin/python3 -m venv "$1"
  quietly "$1/bin/python" -m pip install --no-deps --disable-pip-version-check -r "$2"
}

# Source distributions named in sources.txt, whose hashes pip checks. Only metadata is built, in pip's own isolation.
download_source() {  # NAME FOLDER
  local line=$2/$1.txt
  grep "^$1==" "$requirements/sources.txt" >"$line"
  quietly /usr/bin/python3 -m pip download --disable-pip-version-check --require-hashes --no-deps --no-binary "$1" -d "$2" -r "$line"
}

install_duckdb() {
  local work=$1/work
  mkdir -p "$work" "$1/include" "$1/lib"
  make_venv "$work/node" "$requirements/node.txt"
  (cd "$work" && PATH="$work/node/bin:$PATH" quietly npm pack --silent "$duckdb_npm")
  mv "$work"/duckdb-node-bindings-linux-x64-*.tgz "$work/library.tgz"
  check_sha256 "$work/library.tgz" "$duckdb_npm_sha256"
  tar -xzf "$work/library.tgz" -C "$1/lib" --strip-components=1 package/libduckdb.so
  download_source duckdb "$work"
  tar -xzf "$work"/duckdb-*.tar.gz -C "$1/include" --strip-components=5 --wildcards '*/external/duckdb/src/include/duckdb.h'
  rm -rf "$work"
}

install_nanoarrow() {
  download_source nanoarrow "$1"
  mkdir -p "$1/nanoarrow" "$1/flatcc"
  tar -xzf "$1"/nanoarrow-*.tar.gz -C "$1/nanoarrow" --strip-components=3 --wildcards '*/subprojects/arrow-nanoarrow'
  tar -xzf "$1"/nanoarrow-*.tar.gz -C "$1/flatcc" --strip-components=3 --wildcards '*/subprojects/flatcc-*'
  rm "$1"/nanoarrow-*.tar.gz "$1"/nanoarrow.txt
}

install_protos() {
  mkdir -p "$1/google" "$1/client"
  download_source pyspark-client "$1"
  tar -xzf "$1"/pyspark_client-*.tar.gz -C "$1/client" --strip-components=1
  make_venv "$1/venv" "$requirements/protos.txt"
  cp -r "$1"/venv/lib/python3*/site-packages/google/rpc "$1/google/"
  (cd "$1" && protoc -I. -I/usr/include --include_imports --descriptor_set_out=google.fds \
    google/rpc/{code,status,error_details}.proto \
    google/protobuf/{any,descriptor,duration,empty,field_mask,struct,timestamp,wrappers}.proto)
  /usr/bin/python3 "$root/scripts/spark_descriptors.py" "$1/client/pyspark/sql/connect/proto" "$1/spark.fds"
  rm -rf "$1"/{google,client,venv} "$1"/*.tar.gz "$1"/*.txt
}

install_conditions() {
  make_venv "$1/venv" "$requirements/maven.txt"
  quietly "$1/venv/bin/maven-artifact" "$spark_common" "$1/spark-common.jar"
  check_sha256 "$1/spark-common.jar" "$spark_common_sha256"
  /usr/bin/python3 - "$1" <<'PYTHON'
import sys, zipfile
folder = sys.argv[1]
with zipfile.ZipFile(folder + "/spark-common.jar") as jar, open(folder + "/error-conditions.json", "wb") as out:
    out.write(jar.read("error/error-conditions.json"))
PYTHON
  rm -rf "$1/venv" "$1/spark-common.jar"
}

install_client() { make_venv "$1" "$requirements/client.txt"; }
install_client-3.5() {
  make_venv "$1" "$requirements/client-3.5.txt"
  rm -rf "$1"/lib/python3*/site-packages/pyspark/jars  # 3.5's client comes with all of Spark
}
install_client-4.0() { make_venv "$1" "$requirements/client-4.0.txt"; }
install_client-4.1() { make_venv "$1" "$requirements/client-4.1.txt"; }
install_sail() { make_venv "$1" "$requirements/sail.txt"; }
install_spark() { make_venv "$1" "$requirements/spark.txt"; }

# What a component was made from; it is made again when this changes.
pins() {
  case $1 in
    duckdb) echo "$duckdb_npm_sha256"; grep '^duckdb==' "$requirements/sources.txt" ;;
    nanoarrow) grep '^nanoarrow==' "$requirements/sources.txt" ;;
    protos) grep '^pyspark-client==' "$requirements/sources.txt"; cat "$requirements/protos.txt" ;;
    conditions) echo "$spark_common $spark_common_sha256" ;;
    client | client-3.5 | client-4.0 | client-4.1 | spark | sail) cat "$requirements/$1.txt" ;;
    *) say "no component is called '$1'" >&2; return 1 ;;
  esac
}

install_component() {
  local name=$1 folder=$deps/$1 wanted started=$SECONDS
  wanted=$(pins "$name")
  exec 9>"$deps/.$name.lock"
  flock 9
  if [ "$(cat "$folder/.pins" 2>/dev/null)" != "$wanted" ]; then
    say "$name: installing"
    rm -rf "$folder"
    mkdir -p "$folder"
    "install_$name" "$folder"
    echo "$wanted" >"$folder/.pins"
    say "$name: ready after $((SECONDS - started)) s"
  fi
  exec 9>&-
}

mkdir -p "$deps"
for component; do
  case $component in
    apt) apt_install "${apt_packages[@]}" ;;
    fuzz) apt_install clang-19 libclang-rt-19-dev ;;
    postgresql) install_postgresql ;;
    lint) apt_install clang-19 clang-tidy-19 clang-format-19 ;;
    spark)
      command -v java >/dev/null || apt_install openjdk-17-jre-headless
      install_component spark
      ;;
    client-scala)
      command -v javac >/dev/null || apt_install openjdk-17-jdk-headless
      install_component spark
      ;;
    client-rust) command -v cargo >/dev/null || apt_install cargo-web protobuf-compiler ;;
    *) install_component "$component" ;;
  esac
done
