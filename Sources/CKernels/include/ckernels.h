/// The numeric kernels and the pool that runs them.
///
/// A training step is a flat list of `train_step` records that `train_pool_run` walks. Each record names a kernel, the
/// kernel's own argument structure and a number of pieces. Every kernel here has the same form, `train_kernel`, and the
/// structure says how its work is cut into pieces; the cut belongs to the plan, never to the number of threads, so
/// that any number of threads gives the same bits.
#pragma once

#include "train_attention.h"
#include "train_bfloat16.h"
#include "train_convolutions.h"
#include "train_copies.h"
#include "train_elementwise.h"
#include "train_gather.h"
#include "train_images.h"
#include "train_limits.h"
#include "train_losses.h"
#include "train_normalization.h"
#include "train_optimizers.h"
#include "train_passes.h"
#include "train_pool.h"
#include "train_pooling.h"
#include "train_products.h"
#include "train_random.h"
#include "train_recurrence.h"
#include "train_reductions.h"
#include "train_table.h"
