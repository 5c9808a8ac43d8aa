"""Two networks with PyTorch's weights, what they answer and their gradients.

    python3 vision_models.py        writes vision_models.safetensors

LeNet as in lesson 6.6, and torchvision's ResNet-18 (its names, without needing torchvision)
at a sixteenth of its width. For each: "NAME.state.KEY" (the state before), "NAME.x",
"NAME.labels", "NAME.logits" (training mode), "NAME.eval" (evaluation mode afterwards),
"NAME.grad.KEY", "NAME.after.KEY" (buffers after the training step).
"""
import os

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Sigmoid(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5), nn.Sigmoid(), nn.AvgPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.Sigmoid(), nn.Linear(120, 84), nn.Sigmoid(),
        nn.Linear(84, 10))


class Block(nn.Module):
    def __init__(self, cin, c, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, c, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)
        self.conv2 = nn.Conv2d(c, c, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(c)
        self.downsample = None
        if stride != 1 or cin != c:
            self.downsample = nn.Sequential(nn.Conv2d(cin, c, 1, stride, bias=False),
                                            nn.BatchNorm2d(c))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet18(nn.Module):
    def __init__(self, width, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        cin = width
        for i in range(4):
            c = width << i
            layer = nn.Sequential(Block(cin, c, 2 if i else 1), Block(c, c, 1))
            setattr(self, f"layer{i + 1}", layer)
            cin = c
        self.fc = nn.Linear(cin, classes)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


def record(name, net, x, labels, out):
    for key, value in net.state_dict().items():
        out[f"{name}.state.{key}"] = value.clone()
    out[f"{name}.x"], out[f"{name}.labels"] = x, labels
    net.train()
    logits = net(x)
    out[f"{name}.logits"] = logits.detach()
    F.cross_entropy(logits, labels).backward()
    for key, p in net.named_parameters():
        out[f"{name}.grad.{key}"] = p.grad.clone()
    for key, b in net.named_buffers():
        out[f"{name}.after.{key}"] = b.clone()
    net.eval()
    with torch.no_grad():
        out[f"{name}.eval"] = net(x)


def main():
    torch.manual_seed(18)
    torch.set_num_threads(1)
    out = {}
    record("lenet", lenet(), torch.rand(4, 1, 28, 28), torch.tensor([3, 0, 9, 3]), out)
    net = ResNet18(4, 10)
    with torch.no_grad():  # statistics and scales other than 0 and 1
        for key, t in net.state_dict().items():
            if key.endswith("running_mean"):
                t.normal_(0, 0.1)
            if key.endswith("running_var") or (".bn" in key and key.endswith("weight")):
                t.uniform_(0.5, 1.5)
    record("resnet18", net, torch.rand(3, 3, 64, 64), torch.tensor([1, 7, 4]), out)
    out = {key: value.contiguous() for key, value in out.items()}
    folder = os.path.dirname(os.path.abspath(__file__))
    save_file(out, os.path.join(folder, "vision_models.safetensors"))


if __name__ == "__main__":
    main()
