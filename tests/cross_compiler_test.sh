#!/bin/sh
# Plugins and core built by different compilers understand each other: what they share is C.
#
#   1. Plugins in C99 and C++20 by the other compiler, in the core of this build.
#   2. A small core by the other compiler, with this build's plugins.
#
# Where there is only one compiler, it takes the part of the other one in step 1.
set -eu
cd "$(dirname "$0")/.."
: "${BUILD:=build}"
build=$(realpath "$BUILD")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
unset MAKEFLAGS MFLAGS HANDGRAD_PLUGIN_PATH || true

fail() { echo "cross_compiler_test: $*"; exit 1; }

# Which compiler built the core? It left its name in the library.
if readelf -p .comment "$build/lib/libhandgrad.so" | grep -q clang; then
    mine=clang c=gcc cxx=g++
else
    mine=gcc c=clang cxx=clang++
fi
echo "The core of this build is by $mine."
if command -v $cxx >/dev/null && command -v $c >/dev/null; then
    both=yes
else
    both=no
    echo "There is no $cxx here: $mine builds the plugins too, and no second core."
    case $mine in gcc) c=gcc cxx=g++ ;; *) c=clang cxx=clang++ ;; esac
fi

flags='-O1 -Icore -fPIC -shared -fvisibility=hidden -Wall -Wextra -Werror'
$c -std=c99 $flags plugins/hello/hello.c -o "$tmp/hello.so" -lm
$cxx -std=c++20 $flags plugins/optim/*.cpp -o "$tmp/optim.so"
echo "Plugins in C99 and C++20 by $c."

# Two tensors of one element, 2 and -1, in the safetensors format.
printf '\200\0\0\0\0\0\0\0%-128s\0\0\0\100\0\0\200\277' \
    '{"in.0":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"in.1":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}' \
    >"$tmp/two.safetensors"
printf '\100\0\0\0\0\0\0\0%-64s\0\0\0\0' \
    '{"in.0":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}' >"$tmp/zero.safetensors"
last() { tail -c "$1" "$tmp/out" | od -An -f | tr -s ' \n' ' '; }

handgrad=$build/bin/handgrad
$handgrad op run hello.swish --plugin "$tmp/hello.so" --in "$tmp/zero.safetensors" \
    --out "$tmp/out" --grad
[ "$(last 8)" = " 0.5 0 " ] || fail "hello.swish gave$(last 8)"
$handgrad op run optim.sgd_step --plugin "$tmp/optim.so" --attrs '{"lr": 0.5}' \
    --in "$tmp/two.safetensors" --out "$tmp/out"
[ "$(last 4)" = " 2.5 " ] || fail "optim.sgd_step gave$(last 4)"
echo "They work in the core by $mine."
[ $both = yes ] || exit 0

# The small core refers to operators that it does not have. They are never called, and a
# shared library may leave functions open until they are.
for source in core/host/*.cpp core/tensor/*.cpp core/autograd/*.cpp core/ops/add.cpp \
              core/ops/mul.cpp core/ops/copy.cpp core/ops/broadcast.cpp tests/cross/core.cpp
do
    echo "$source" "$tmp/$(echo "$source" | tr / .).o"
done | xargs -P "$(nproc)" -n 2 sh -c "$cxx"' -std=c++20 -O0 -fPIC -Icore -c "$0" -o "$1"'
$cxx -shared "$tmp"/*.o -o "$tmp/libsmall.so" -Wl,-z,lazy -lopenblas -lpthread -ldl
$cxx "$tmp/libsmall.so" -o "$tmp/core" -Wl,-z,lazy,--allow-shlib-undefined,-rpath,"$tmp"
plugins=$build/lib/handgrad/plugins
"$tmp/core" "$plugins/hello.so" "$plugins/optim.so" >"$tmp/log" || fail "$(cat "$tmp/log")"
echo "The plugins by $mine work in a core by $cxx."
