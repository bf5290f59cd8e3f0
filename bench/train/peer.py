"""CPU milliseconds per training step of PyTorch: batch 32, Adam, one thread.

Answers every line `net layout` on stdin with a JSON line, so that a caller can take turns with it. Layouts are those of
PyTorch: `contiguous`, which models have unless they ask for another, and `channels_last`, which some convolutions are
faster in. Of the two forms of Adam the faster is kept.
"""

import argparse
import json
import os
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import torch  # noqa: E402
from torch import nn  # noqa: E402

BATCH = 32


def conv_bn(inputs, outputs, kernel, stride=1, padding=0, groups=1):
    return [
        nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    ]


def keyword():
    return nn.Sequential(
        nn.Conv1d(13, 8, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool1d(2),
        nn.Conv1d(8, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool1d(2),
        nn.Flatten(),
        nn.Linear(192, 4),
    )


def ds_cnn():
    # Padding (5, 1) gives the size of "same" without a separate padding step.
    layers = conv_bn(1, 64, (10, 4), 2, (5, 1))
    for _ in range(4):
        layers += conv_bn(64, 64, 3, 1, 1, groups=64) + conv_bn(64, 64, 1)
    return nn.Sequential(*layers, nn.AvgPool2d((25, 5)), nn.Flatten(), nn.Linear(64, 12))


def conv2d_96():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * 24 * 24, 3),
    )


def mobilenet():
    layers = conv_bn(3, 8, 3, 2, 1)
    inputs = 8
    for outputs, stride in [(16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2)] + [(128, 1)] * 5 + [(256, 2), (256, 1)]:
        layers += conv_bn(inputs, inputs, 3, stride, 1, groups=inputs) + conv_bn(inputs, outputs, 1)
        inputs = outputs
    return nn.Sequential(*layers, nn.AvgPool2d(3), nn.Flatten(), nn.Linear(256, 2))


class Residual(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.body = nn.Sequential(
            *conv_bn(inputs, outputs, 3, stride, 1),
            nn.Conv2d(outputs, outputs, 3, 1, 1),
            nn.BatchNorm2d(outputs),
        )
        self.shortcut = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1, stride)

    def forward(self, x):
        return torch.relu(self.body(x) + self.shortcut(x))


def resnet8():
    return nn.Sequential(
        *conv_bn(3, 16, 3, 1, 1),
        Residual(16, 16, 1),
        Residual(16, 32, 2),
        Residual(32, 64, 2),
        nn.AvgPool2d(8),
        nn.Flatten(),
        nn.Linear(64, 10),
    )


def dense(*sizes):
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def autoencoder():
    sizes = [640, 128, 128, 128, 128, 8, 128, 128, 128, 128]
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(128, 640))


class Recurrent(nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.cell = cell(13, 32, batch_first=True)
        self.head = nn.Linear(32, 12)

    def forward(self, x):
        return self.head(self.cell(x)[0][:, -1])


NETS = {
    "keyword-conv1d": (keyword, (13, 50), 4),
    "ds-cnn": (ds_cnn, (1, 49, 10), 12),
    "conv2d-96": (conv2d_96, (1, 96, 96), 3),
    "mobilenet-96": (mobilenet, (3, 96, 96), 2),
    "resnet-8": (resnet8, (3, 32, 32), 10),
    "dense-39": (lambda: dense(39, 20, 10, 4), (39,), 4),
    "dense-650": (lambda: dense(650, 256, 128, 12), (650,), 12),
    "autoencoder-640": (autoencoder, (640,), None),
    "lstm-32": (lambda: Recurrent(nn.LSTM), (49, 13), 12),
    "gru-32": (lambda: Recurrent(nn.GRU), (49, 13), 12),
}


def step_of(name, channels_last, foreach):
    """A function that runs one training step."""
    make, shape, classes = NETS[name]
    torch.manual_seed(1)
    net = make().train()
    x = torch.randn(BATCH, *shape)
    if channels_last:
        net = net.to(memory_format=torch.channels_last)
        x = x.contiguous(memory_format=torch.channels_last)
    target = x.clone() if classes is None else torch.randint(0, classes, (BATCH,))
    loss_of = nn.MSELoss() if classes is None else nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, foreach=foreach)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(net(x), target)
        loss.backward()
        optimizer.step()

    return step


def milliseconds(step, steps):
    start = time.process_time()
    for _ in range(steps):
        step()
    return (time.process_time() - start) * 1000 / steps


def median(values):
    ordered = sorted(values)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def turns_of(step, seconds, turns):
    milliseconds(step, 3)
    once = max(milliseconds(step, 3), 0.01)
    steps = max(1, int(seconds * 1000 / once))
    return [milliseconds(step, steps) for _ in range(turns)]


class Peer:
    def __init__(self, seconds):
        self.seconds = seconds
        self.best = {}

    def choose(self, name, layout):
        steps = [step_of(name, layout == "channels_last", foreach) for foreach in (False, True)]
        times = [median(turns_of(step, self.seconds, 9)) for step in steps]
        best = min(times)
        return steps[times.index(best)], max(1, round(self.seconds * 1000 / best))

    def measure(self, name, layout):
        if layout == "channels_last" and len(NETS[name][1]) != 3:
            return None
        if (name, layout) not in self.best:
            self.best[name, layout] = self.choose(name, layout)
        return round(milliseconds(*self.best[name, layout]), 4)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=0.05, help="CPU time of a turn")
    options = parser.parse_args()

    torch.set_num_threads(1)
    # Moments of dead units decay into denormals, which would slow the peer down.
    torch.set_flush_denormal(True)
    peer = Peer(options.seconds)
    print(json.dumps({"torch": torch.__version__}), flush=True)
    for line in sys.stdin:
        print(json.dumps({"ms": peer.measure(*line.split())}), flush=True)


main()
