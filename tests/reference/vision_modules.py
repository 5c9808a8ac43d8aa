"""Writes vision_modules.txt: how PyTorch prints pooling, resizing, norms over channels and
dropout of them. Each case is a line with the printed text; tests/nn_vision_test.cpp makes
the same modules in the same order."""
import os
import warnings

from torch import nn

warnings.filterwarnings("ignore")
modules = [
    nn.MaxPool1d(2), nn.MaxPool1d(3, 2, 1, 2, ceil_mode=True), nn.MaxPool2d(2),
    nn.MaxPool2d(3, 2), nn.MaxPool2d((3, 2), (2, 1)), nn.MaxPool2d((3, 2), padding=(1, 0)),
    nn.MaxPool3d((1, 2, 3), 2, dilation=2),
    nn.AvgPool1d(2), nn.AvgPool1d(3, 2, 1), nn.AvgPool2d(2),
    nn.AvgPool2d((3, 2), (2, 1), 1, True, False, 5), nn.AvgPool3d(2, 1),
    nn.AdaptiveAvgPool1d(3), nn.AdaptiveAvgPool2d(1), nn.AdaptiveAvgPool2d((5, 7)),
    nn.AdaptiveAvgPool2d((None, 7)), nn.AdaptiveAvgPool3d((1, None, None)),
    nn.AdaptiveMaxPool1d(2), nn.AdaptiveMaxPool2d((1, 1)), nn.AdaptiveMaxPool3d(4),
    nn.MaxUnpool1d(3, 2, 1), nn.MaxUnpool2d(2), nn.MaxUnpool2d((3, 2), 2),
    nn.MaxUnpool3d((1, 2, 3)),
    nn.Upsample(224), nn.Upsample((2, 3), mode="bilinear", align_corners=True),
    nn.Upsample(scale_factor=2), nn.Upsample(scale_factor=(2, 1.5), mode="bicubic"),
    nn.UpsamplingNearest2d(scale_factor=2), nn.UpsamplingNearest2d((4, 5)),
    nn.UpsamplingBilinear2d(4), nn.PixelShuffle(3), nn.PixelUnshuffle(2),
    nn.GroupNorm(2, 6), nn.GroupNorm(3, 6, 1e-3, False), nn.GroupNorm(1, 4, bias=False),
    nn.InstanceNorm1d(3), nn.InstanceNorm2d(3, 1e-3, None, True, True),
    nn.InstanceNorm3d(4, affine=True, bias=False), nn.LocalResponseNorm(5),
    nn.LocalResponseNorm(2, 1e-3, 0.5, 2.0), nn.Dropout1d(0.2), nn.Dropout2d(),
    nn.Dropout3d(1.0), nn.BatchNorm2d(8), nn.BatchNorm2d(8, bias=False),
]
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vision_modules.txt")
with open(path, "w") as out:
    out.writelines(f"{m}\n" for m in modules)
print(path, len(modules), "modules")
