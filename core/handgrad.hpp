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
#include "autograd/history.hpp"    // which operations led to a tensor
#include "autograd/gradcheck.hpp"  // is my gradient right?

// What it can compute.
#include "ops/functions.hpp"   // operators as functions; the files of core/ops derive them
#include "host/dispatch.hpp"   // how an operator is run
#include "host/loader.hpp"     // plugins
#include "host/threads.hpp"
#include "host/devices.hpp"

// What is built of it.
#include "nn/module.hpp"
#include "nn/sequential.hpp"    // modules in a row
#include "nn/module_dict.hpp"   // and by key
#include "nn/linear.hpp"
#include "nn/bilinear.hpp"
#include "nn/conv.hpp"          // kernels that slide over images
#include "nn/conv_transpose.hpp"
#include "nn/fold.hpp"
#include "nn/flatten.hpp"
#include "nn/activations.hpp"
#include "nn/dropout.hpp"
#include "nn/embedding.hpp"
#include "nn/norm.hpp"
#include "nn/group_norm.hpp"
#include "nn/pooling.hpp"
#include "nn/adaptive_pooling.hpp"
#include "nn/upsample.hpp"
#include "nn/fourier.hpp"
#include "nn/init.hpp"          // first values
#include "nn/functional.hpp"    // all of it as functions
#include "nn/losses.hpp"
#include "nn/summary.hpp"       // shapes, parameters and multiplications of a network

// How it is trained.
#include "optim/optimizer.hpp"
#include "optim/clip.hpp"       // gradients that are too long
#include "optim/schedulers.hpp" // learning rates that change
#include "optim/one_cycle.hpp"
#include "optim/plateau.hpp"

// What it learns from.
#include "data/csv.hpp"         // tables of numbers and words
#include "data/standardize.hpp"
#include "data/dataset.hpp"     // examples with numbers
#include "data/sampler.hpp"     // in which order
#include "data/loader.hpp"      // in batches, in a new order each time round
#include "data/idx.hpp"         // files with one tensor
#include "data/image_file.hpp"
#include "data/image_folder.hpp"
#include "data/wav.hpp"
#include "data/text.hpp"
#include "data/transforms.hpp"
#include "data/fashion.hpp"     // 70,000 pictures of ten kinds of clothes
#include "data/cifar.hpp"       // photos in colour, of animals and vehicles
#include "data/sets.hpp"        // the course's tables

// How it is kept.
#include "io/files.hpp"         // tensors in files
#include "io/checkpoint.hpp"    // a training run that can go on

// What a learner looks at.
#include "learn/lesson.hpp"     // with it: figures, images, progress, timers
#include "learn/sets.hpp"       // a lesson's pictures, and which they are
#include "learn/estimate.hpp"   // how long it is going to take
#include "learn/confusion.hpp"  // what was taken for what
#include "learn/histograms.hpp" // of weights and gradients
#include "learn/graph.hpp"      // the recorded graph as a picture
#include "learn/profile.hpp"    // where the time goes
#include "learn/anomaly.hpp"    // where the first nan came from

// What learns without layers.
#include "trees/boost.hpp"  // decision trees, each mending what the others miss
