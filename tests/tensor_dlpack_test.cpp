// DLPack: handing memory out and taking it over, without a copy and without losing it.
#define BOOST_TEST_MODULE tensor_dlpack
#include <boost/test/unit_test.hpp>

#include <memory>

#include "support/check.hpp"
#include "tensor/dlpack.hpp"

using namespace hg;
using namespace hg::test;
using boost::test_tools::per_element;

namespace {

// A library of somebody else's, which counts how often its deleter is called.
struct Foreign {
  std::vector<float> memory{0, 1, 2, 3, 4, 5};
  std::vector<int64_t> shape{2, 3}, strides{3, 1};
  int deleted = 0;
  DLManagedTensor managed{};

  Foreign() {
    managed.dl_tensor = {memory.data(), HG_CPU,         0, 2, HG_FLOAT_CODE, 32, 1,
                         shape.data(),  strides.data(), 0};
    managed.manager_ctx = this;
    managed.deleter = [](DLManagedTensor* self) {
      ++static_cast<Foreign*>(self->manager_ctx)->deleted;
    };
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(taken_over_memory_is_shared_and_given_back_once) {
  Foreign foreign;
  {
    Tensor t = from_dlpack(&foreign.managed);
    BOOST_TEST(t.data() == foreign.memory.data());
    BOOST_TEST(numbers(t) == (Numbers{0, 1, 2, 3, 4, 5}), per_element());
    t.span<float>()[1] = 10;
    BOOST_TEST(foreign.memory[1] == 10);
    Tensor another = t;
    t = Tensor();
    BOOST_TEST(foreign.deleted == 0);
  }
  BOOST_TEST(foreign.deleted == 1);
}

BOOST_AUTO_TEST_CASE(strides_and_offsets_are_honoured) {
  Foreign foreign;
  foreign.strides = {1, 2};
  BOOST_TEST(numbers(from_dlpack(&foreign.managed)) == (Numbers{0, 2, 4, 1, 3, 5}),
             per_element());
  foreign.managed.dl_tensor.strides = nullptr;  // row-major
  foreign.shape = {1, 4};
  foreign.managed.dl_tensor.byte_offset = 8;
  BOOST_TEST(numbers(from_dlpack(&foreign.managed)) == (Numbers{2, 3, 4, 5}),
             per_element());
  foreign.managed.dl_tensor.ndim = 0;
  BOOST_TEST(from_dlpack(&foreign.managed).item() == 2);
  foreign.managed.deleter = nullptr;
  BOOST_TEST(from_dlpack(&foreign.managed).item() == 2);
  BOOST_TEST(foreign.deleted == 3);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_held_is_refused_and_stays_the_givers) {
  auto refused = [](const std::string& part, auto change) {
    Foreign foreign;
    change(foreign, foreign.managed.dl_tensor);
    bool said_so = fails_with(part, [&] { from_dlpack(&foreign.managed); });
    return said_so && foreign.deleted == 0;
  };
  BOOST_TEST(refused("lanes", [](Foreign&, hg_tensor& t) { t.lanes = 4; }));
  BOOST_TEST(refused("code 5", [](Foreign&, hg_tensor& t) { t.code = 5; }));
  BOOST_TEST(refused("8 bits", [](Foreign&, hg_tensor& t) { t.bits = 8; }));
  BOOST_TEST(refused("device", [](Foreign&, hg_tensor& t) { t.dev_type = HG_CUDA; }));
  BOOST_TEST(refused("9 axes", [](Foreign&, hg_tensor& t) { t.ndim = 9; }));
  BOOST_TEST(refused("-1 axes", [](Foreign&, hg_tensor& t) { t.ndim = -1; }));
  BOOST_TEST(refused("negative size", [](Foreign& f, hg_tensor&) { f.shape[0] = -2; }));
  BOOST_TEST(refused("negative", [](Foreign& f, hg_tensor&) { f.strides[0] = -3; }));
  BOOST_TEST(refused("shape", [](Foreign&, hg_tensor& t) { t.shape = nullptr; }));
  BOOST_TEST(refused("null", [](Foreign&, hg_tensor& t) { t.data = nullptr; }));
  BOOST_TEST(refused("multiple of 4", [](Foreign&, hg_tensor& t) { t.byte_offset = 1; }));
  BOOST_TEST(refused("64 bits", [](Foreign& f, hg_tensor&) {
    f.shape[0] = int64_t(1) << 40;
    f.shape[1] = int64_t(1) << 40;
  }));
  BOOST_TEST(
      fails_with("null", [] { from_dlpack(static_cast<DLManagedTensor*>(nullptr)); }));
}

BOOST_AUTO_TEST_CASE(handed_out_memory_outlives_the_tensor) {
  DLManagedTensor* managed;
  void* data;
  {
    Tensor t = tensor({{1.5, 2.5}, {3.5, 4.5}});
    data = t.data();
    managed = to_dlpack(t);
  }
  const hg_tensor& t = managed->dl_tensor;
  BOOST_TEST(t.data == data);
  BOOST_TEST((shape_of(t) == Shape{2, 2}));
  BOOST_TEST((strides_of(t) == Shape{2, 1}));
  BOOST_TEST(int(t.code) == HG_FLOAT_CODE);
  BOOST_TEST(int(t.bits) == 32);
  BOOST_TEST(t.dev_type == HG_CPU);
  BOOST_TEST(static_cast<float*>(t.data)[3] == 4.5f);
  managed->deleter(managed);
}

BOOST_AUTO_TEST_CASE(there_and_back_is_the_same_memory) {
  for (DType type : {f32, f64, i64, i32, i16, i8, u8, bool_, f16, bf16}) {
    Tensor t = ones({2, 3}, type);
    Tensor back = from_dlpack(to_dlpack(t));
    BOOST_TEST(back.data() == t.data());
    BOOST_TEST((back.dtype() == type));
    Tensor versioned = from_dlpack(to_dlpack_versioned(t));
    BOOST_TEST(versioned.data() == t.data());
  }
  Tensor none = from_dlpack(to_dlpack(zeros({0, 3})));
  BOOST_TEST((none.shape() == Shape{0, 3}));
}

BOOST_AUTO_TEST_CASE(other_major_versions_and_read_only_memory_are_refused) {
  DLManagedTensorVersioned* managed = to_dlpack_versioned(ones({2}));
  BOOST_TEST(managed->version.major == 1);
  managed->version.major = 2;
  BOOST_TEST(fails_with("of DLPack 2.0", [&] { from_dlpack(managed); }));
  managed->version.major = 1;
  managed->flags = dlpack_read_only;
  BOOST_TEST(fails_with("read-only", [&] { from_dlpack(managed); }));
  managed->deleter(managed);
}

BOOST_AUTO_TEST_CASE(a_tensor_that_requires_a_gradient_is_not_handed_out) {
  Tensor w = ones({2}).requires_grad_();
  BOOST_TEST(fails_with("detach()", [&] { to_dlpack(w); }));
  DLManagedTensor* managed = to_dlpack(w.detach());
  BOOST_TEST(managed->dl_tensor.data == w.data());
  managed->deleter(managed);
}
