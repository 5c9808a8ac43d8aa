# The kernels are compiled for several instruction sets, and the plugin takes the best one
# that the CPU has when it is loaded. A product and a sum may be rounded once (fma) here.
# GCC 12 warns of its own AVX-512 header, where a value is undefined on purpose.
fastcpu.flags  := -O3 -fno-math-errno -ffp-contract=fast
fastcpu.isas   := plain $(if $(filter x86_64%,$(shell $(CXX) -dumpmachine)),avx2 avx512)
fastcpu.avx2   := -mavx2 -mfma
fastcpu.avx512 := -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx2 -mfma \
                  $(if $(findstring clang,$(CXX)),, \
                    -mprefer-vector-width=512 -Wno-maybe-uninitialized)
