// # 5.6 Devices and threads
//
// A tensor lies somewhere: in the computer's main memory or on a graphics card. A program
// may use several cores at once. Who decides that, how is it written, and what can go
// wrong?
//
// You know: tensors and their memory (2.1), modules (5.1).
// New here: naming a device and moving there; threads, locks and races.

#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <iostream>
#include <latch>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

// ## Asking for a device
// Devices have names: "cpu" is the processor with all its cores and the main memory, "cuda"
// or "cuda:0" the first graphics card, "cuda:1" the second. Programs that should run
// anywhere ask first:

std::string try_gpu(int i = 0) {
  return device_count("cuda") > i ? "cuda:" + std::to_string(i) : "cpu";
}

std::vector<std::string> try_all_gpus() {
  std::vector<std::string> all;
  for (int i = 0; i < device_count("cuda"); ++i) all.push_back("cuda:" + std::to_string(i));
  return all.empty() ? std::vector<std::string>{"cpu"} : all;
}

// ## Running things side by side
// Calls work(i) for i = 0..n-1, each on a thread of its own, and returns the seconds until
// the last is done. Threads start one after the other; at the *latch* they wait for the
// last, so that none has done its work before another begins.

double side_by_side(int n, const std::function<void(int)>& work) {
  Timer timer;
  std::latch all_there(n);
  std::vector<std::thread> threads;
  for (int i = 0; i < n; ++i) {
    threads.emplace_back([&, i] {
      all_there.arrive_and_wait();
      work(i);
    });
  }
  for (std::thread& t : threads) t.join();
  return timer.stop();
}

// Something to compute without memory to fight over. It returns its result, so that the
// compiler cannot leave it out.

double compute(int64_t steps) {
  double x = 0.5;
  for (int64_t i = 0; i < steps; ++i) x = 3.9 * x * (1 - x);
  return x;
}

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "5.6 Devices and threads");
  manual_seed(lesson.seed() + 1);

  // ## Where a tensor lies

  const Tensor x = ones({2, 3});  // (2,3)
  std::cout << "x is on " << device_name(x.device())
            << "; graphics cards: " << device_count("cuda") << "\n";
  std::cout << "here the lesson would compute on:";
  for (const std::string& name : try_all_gpus()) std::cout << " " << name;
  std::cout << "\n";
  //~ x is on cpu; graphics cards: 0
  //~ here the lesson would compute on: cpu

  // `to` moves a tensor, and returns the same one if it is there already. New tensors
  // "like" another lie beside it, with its type:

  const Tensor moved = x.to(try_gpu());         // (2,3)
  const Tensor sum = moved + ones_like(moved);  // (2,3) where moved is
  std::cout << "sum: " << name(sum.dtype()) << " on " << device_name(sum.device()) << "\n";
  //~ sum: f32 on cpu
  std::cout << sum.to("cpu").to(f64) << "\n";
  //> tensor([[2., 2., 2.],
  //>         [2., 2., 2.]], dtype=f64)
  const bool same = x.to("cpu").is(x);
  std::cout << "x.to(\"cpu\") is x itself: " << (same ? "yes" : "no") << "\n";
  //> x.to("cpu") is x itself: yes

  // Inputs of an operation must lie on one device. Moving between devices is slow beside
  // computing, so nothing moves by itself: a forgotten `to` is an error, not a slow
  // program. A network moves with all its parameters and buffers:

  nn::Sequential net(nn::make<nn::Linear>(3, 1));
  net.to(try_gpu());
  std::cout << "parameters on " << device_name(net.parameters()[0].device()) << "\n";
  //~ parameters on cpu

  // Asking for a device that is not there says what is missing:

  std::string refusal;
  try {
    x.to("cuda:99");
  } catch (const Error& e) {
    refusal = e.what();
  }
  std::cout << refusal << "\n";
  //~ device: 'cuda:99' cannot be used: no plugin brings a device 'cuda'
  //~   hint: use cpu

  // ## Threads for one operation
  // Large operations use several cores by themselves, cut into parts in such a way that
  // their results do not depend on the number of threads. The flag `--threads` sets that
  // number for a lesson, set_num_threads() anywhere.

  const int64_t n = lesson.check() ? 256 : 1024;      // rows and columns
  const Tensor a = randn({n, n}), b = randn({n, n});  // (n,n)
  const int cores = num_threads();
  const auto seconds = [&] {
    a.mm(b);
    Timer timer;
    for (int i = 0; i < 5; ++i) a.mm(b);
    return timer.stop() / 5;
  };
  set_num_threads(1);
  const Tensor by_one = a.mm(b);  // (n,n)
  const double one = seconds();
  set_num_threads(cores);
  const double all = seconds();
  const double difference = (a.mm(b) - by_one).abs().max().item();
  std::printf("product of %d x %d: 1 thread %.1f ms, %d threads %.1f ms (%.2f times)\n",
              int(n), int(n), 1e3 * one, cores, 1e3 * all, one / all);
  //~ product of 1024 x 1024: 1 thread 14.5 ms, 2 threads 7.6 ms (1.91 times)

  // ## Threads of one's own, and one big lock
  // Some languages guard their interpreter with one lock that every thread must hold while
  // it computes (Python's GIL, in CPython and in PyPy). Computing in two threads then
  // gains nothing, since one always waits. Waiting itself, for a disk or a network, is
  // done without the lock, so there two threads do help. C++ has no such lock; we add one
  // to see the difference.

  const int64_t steps = lesson.check() ? 2'000'000 : 40'000'000;
  std::vector<double> results(2);
  std::mutex big_lock;
  const double in_turn = side_by_side(1, [&](int) {
    for (double& r : results) r = compute(steps);
  });
  const double free_threads = side_by_side(2, [&](int i) { results[i] = compute(steps); });
  const double locked = side_by_side(2, [&](int i) {
    std::lock_guard hold(big_lock);
    results[i] = compute(steps);
  });
  const auto wait = [] { std::this_thread::sleep_for(std::chrono::milliseconds(50)); };
  const double waiting_in_turn = side_by_side(1, [&](int) { wait(), wait(); });
  const double waiting = side_by_side(2, [&](int) {
    { std::lock_guard hold(big_lock); }  // take the lock to ask, give it back to wait
    wait();
  });
  std::printf("computing: in turn %.2f s, two threads %.2f s, with one lock %.2f s\n",
              in_turn, free_threads, locked);
  std::printf("waiting:   in turn %.2f s, with one lock %.2f s\n", waiting_in_turn,
              waiting);
  //~ computing: in turn 0.28 s, two threads 0.14 s, with one lock 0.28 s
  //~ waiting:   in turn 0.10 s, with one lock 0.05 s

  // ## A race
  // Two threads add to one counter. Adding is three steps: read, add, write. If the other
  // thread writes in between, its work is lost. (A plain variable would be worse: the
  // language then promises nothing at all. So we use an atomic one, and take the three
  // steps apart.)

  const int rounds = lesson.check() ? 2'000'000 : 20'000'000;
  std::atomic<int> raced = 0, counted = 0;
  side_by_side(2, [&](int) {
    for (int i = 0; i < rounds; ++i) {
      const int seen = raced.load(std::memory_order_relaxed);
      raced.store(seen + 1, std::memory_order_relaxed);
    }
  });
  side_by_side(2, [&](int) {
    for (int i = 0; i < rounds; ++i) ++counted;  // read, add and write in one
  });
  std::printf("counted in three steps: %d, in one: %d, of %d\n", raced.load(),
              counted.load(), 2 * rounds);
  //~ counted in three steps: 25150134, in one: 40000000, of 40000000

  // The same rule holds for tensors: threads may read one at the same time, but a tensor
  // that is changed in place belongs to one thread. Recording is separate for each thread,
  // so each may build and walk graphs of its own, as here with a copy of the network for
  // each:

  std::vector<Tensor> grads(2);
  const Tensor batch = randn({64, 3}).to(try_gpu());  // (64,3)
  side_by_side(2, [&](int i) {
    const auto replica = net.clone();
    (*replica)(batch[slice(32 * i, 32 * i + 32)]).sum().backward();  // (32,1)
    grads[i] = replica->parameters()[0].grad();                      // (1,3)
  });
  net(batch).sum().backward();
  const Tensor whole = net.parameters()[0].grad();  // (1,3)
  const double split = (grads[0] + grads[1] - whole).abs().max().item();
  std::cout << "two half batches on two threads add up to the gradient of the whole: "
            << (split < 1e-4 ? "yes" : "no") << "\n";
  //> two half batches on two threads add up to the gradient of the whole: yes

  // ## Bars
  // Times depend on the machine and on what else it does, so they are not promised.
  lesson.expect("x.to(its own device) is x", same);
  lesson.expect("a missing device is refused by name",
                refusal.find("cuda") != std::string::npos);
  lesson.expect("one thread or several, the same product", difference, at_most(0));
  lesson.expect("atomic counts", counted.load(), near(2 * rounds, 0));
  lesson.expect("gradients from two threads", split, at_most(1e-4));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - A tensor lies on one device; `to` moves it, operations stay where their inputs are.
// - Operations use all cores by themselves. Own threads help when they compute apart, or
//   wait.
// - What several threads change needs a lock or an atomic; what they only read needs
//   nothing.
//
// ## Exercises
// 1. (Predict, then run.) Add two small tensors, 100 numbers each, with one thread and with
//    two. Which is faster?
// 2. (Predict, then run.) Let one thread compute while the other waits, with the big lock
//    around the computing. How long does it take?
// 3. (Code.) Count the race's losses for 1, 2 and 4 threads. Then give each thread a
//    counter of its own and add them up at the end: no atomic is needed. Why is that the
//    fastest?
