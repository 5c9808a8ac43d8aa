// handgrad.hpp: the one include of a lesson or a program. It lists the core in the order
// in which one reads it.
#pragma once

// What a tensor is.
#include "tensor/error.hpp"    // how things fail
#include "tensor/dtype.hpp"    // element types
#include "tensor/shape.hpp"    // sizes and strides
#include "tensor/tensor.hpp"   // the Tensor itself
#include "tensor/create.hpp"   // making one
#include "tensor/index.hpp"    // x[{1, all, slice(0,3)}]
#include "tensor/random.hpp"   // random numbers that everybody agrees on

// How it remembers.
#include "autograd/grad_mode.hpp"
#include "autograd/node.hpp"       // the recorded graph
#include "autograd/backward.hpp"   // walking it
#include "autograd/function.hpp"   // operations of one's own
#include "autograd/gradcheck.hpp"  // is my gradient right?

// What it can compute.
#include "ops/functions.hpp"   // operators as functions; the files of core/ops derive them
#include "host/dispatch.hpp"   // how an operator is run
#include "host/loader.hpp"     // plugins
#include "host/threads.hpp"

// What is built of it.
#include "nn/module.hpp"
#include "nn/flatten.hpp"
#include "nn/init.hpp"
#include "nn/linear.hpp"
#include "nn/sequential.hpp"
#include "nn/functional.hpp"
#include "nn/losses.hpp"
#include "optim/optimizer.hpp"

// What it learns from.
#include "data/csv.hpp"        // tables of numbers and words
#include "data/standardize.hpp"
#include "data/dataset.hpp"    // examples with numbers
#include "data/sampler.hpp"    // in which order
#include "data/loader.hpp"     // in batches, in a new order each time round
#include "data/idx.hpp"        // files with one tensor
#include "data/image_file.hpp"
#include "data/image_folder.hpp"
#include "data/wav.hpp"
#include "data/text.hpp"
#include "data/transforms.hpp"
#include "data/fashion.hpp"    // 70,000 pictures of ten kinds of clothes
#include "data/cifar.hpp"
#include "data/sets.hpp"       // the course's tables

// What a learner looks at.
#include "learn/lesson.hpp"  // with it: figures, images, progress, timers
#include "learn/fashion.hpp"

// What learns without layers.
#include "trees/boost.hpp"  // decision trees, each mending what the others miss
