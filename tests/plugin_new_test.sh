#!/bin/sh
# A plugin and a program written outside the tree, against an installed handgrad that
# pkg-config finds. Needs a build in $BUILD.
set -eu
cd "$(dirname "$0")/.."
: "${BUILD:=build}"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

say() { echo "plugin_new_test: $*"; }
fail() { say "$*"; exit 1; }

make BUILD="$BUILD" PREFIX="$tmp/prefix" install >"$tmp/log" 2>&1 || { cat "$tmp/log"; exit 1; }
export PKG_CONFIG_PATH="$tmp/prefix/lib/pkgconfig"
PATH=$tmp/prefix/bin:$PATH
unset MAKEFLAGS MFLAGS HANDGRAD_PLUGIN_PATH || true
cd "$tmp"

# in.0 = [2, -1]
printf '\100\0\0\0\0\0\0\0%-64s\0\0\0\100\0\0\200\277' \
    '{"in.0":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}' >in.safetensors

for language in c cpp; do
    name=mine_$language
    handgrad plugin new $name --lang $language >log
    [ "$(tail -n 1 log)" = "Next: cd $name && make check" ] || fail "plugin new said: $(cat log)"
    make -C $name CFLAGS='-O2 -Wall -Wextra -Wpedantic -Wconversion -Werror' >log 2>&1 ||
        { cat log; fail "$name does not build"; }
    make -C $name check >log 2>&1 || { cat log; fail "$name does not pass its check"; }
    handgrad plugin describe $name/$name.so | grep -q "^$name.cube(input)" ||
        fail "$name is not described"

    # The cube of 2 is 8 with slope 12, that of -1 is -1 with slope 3.
    handgrad op run $name.cube --plugin $name/$name.so \
        --in in.safetensors --out out.safetensors --grad
    found=$(tail -c 16 out.safetensors | od -An -f | tr -s ' \n' ' ')
    [ "$found" = " 12 3 8 -1 " ] || fail "$name.cube gave$found"

    # Found by its name alone, where HANDGRAD_PLUGIN_PATH says.
    HANDGRAD_PLUGIN_PATH=$tmp/$name handgrad op show $name.cube >/dev/null
done

# A program that links the library and loads the plugin.
cat >program.cpp <<'END'
#include <handgrad.hpp>
#include <iostream>

int main() {
  hg::load_plugin("mine_c/mine_c.so");
  static constinit const hg::Op cube("mine_c.cube");
  hg::Tensor x = hg::tensor({2.0}).requires_grad_();
  hg::run(cube, {&x}).sum().backward();
  std::cout << x.grad().item() << "\n";
}
END
${CXX:-g++} -std=c++20 program.cpp -o program $(pkg-config --cflags --libs handgrad)
found=$(LD_LIBRARY_PATH=$tmp/prefix/lib ./program)
[ "$found" = 12 ] || fail "the program printed $found"

# The installed tree may be moved.
mv prefix elsewhere
PKG_CONFIG_PATH=$tmp/elsewhere/lib/pkgconfig
PATH=$tmp/elsewhere/bin:$PATH
handgrad op show hello.swish >/dev/null || fail "the moved command finds no plugins"
make -C mine_c clean >/dev/null && make -C mine_c >log 2>&1 || { cat log; exit 1; }
say "passed"
