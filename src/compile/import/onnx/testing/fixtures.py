"""Small networks as PyTorch exports them, with PyTorch's own outputs as the reference of read.test.ts.

Debian: python3-torch (1.13). Writes one .onnx file per network beside this script, and outputs.json with the inputs'
seeds and the outputs: python3 fixtures.py
"""
import json
import os
import warnings

import torch
import torch.nn as nn
import torch.nn.functional as F

warnings.filterwarnings('ignore')
HERE = os.path.dirname(os.path.abspath(__file__))


class Net(nn.Module):
    """A module from a function over submodules."""

    def __init__(self, run, **parts):
        super().__init__()
        for name, part in parts.items():
            setattr(self, name, part)
        self.run = run

    def forward(self, x):
        return self.run(self, x)


def live(model):
    """Batch normalisations with statistics that do something."""
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            n = module.num_features
            module.running_mean = torch.randn(n) * 0.3
            module.running_var = torch.rand(n) + 0.5
            module.weight.data = torch.rand(n) + 0.5
            module.bias.data = torch.randn(n) * 0.2
    return model.eval()


def dscnn():
    def block(a, b, s):
        return [nn.Conv2d(a, a, 3, s, 1, groups=a, bias=False), nn.BatchNorm2d(a), nn.ReLU(),
                nn.Conv2d(a, b, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU6()]
    return nn.Sequential(nn.Conv2d(1, 6, (5, 3), (2, 2), (2, 1)), nn.BatchNorm2d(6), nn.ReLU(), *block(6, 8, 1),
                         *block(8, 10, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(10, 4),
                         nn.Softmax(dim=1))


def residual():
    return Net(lambda m, x: m.out(F.relu(m.b(F.relu(m.a(x))) + m.short(x)).mean([2, 3])), a=nn.Conv2d(3, 4, 3, 2, 1),
               b=nn.Conv2d(4, 4, 3, 1, 1), short=nn.Conv2d(3, 4, 1, 2), out=nn.Linear(4, 3))


def conv1d():
    return nn.Sequential(nn.Conv1d(3, 8, 5, padding=2), nn.BatchNorm1d(8), nn.ReLU(), nn.MaxPool1d(2),
                         nn.Conv1d(8, 8, 3, dilation=2, groups=8), nn.LeakyReLU(0.1), nn.Conv1d(8, 6, 3, stride=2, padding=1),
                         nn.Flatten(), nn.Linear(6 * 4, 5), nn.LogSoftmax(dim=1))


def mlp():
    return nn.Sequential(nn.Linear(12, 9), nn.BatchNorm1d(9), nn.Tanh(), nn.Linear(9, 7), nn.Sigmoid(), nn.Linear(7, 3))


def flatten():
    """Channels before height and width go into a dense layer: its columns follow the graph's order."""
    return nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(3 * 4 * 5, 6), nn.ReLU(), nn.Linear(6, 2))


def view():
    """The shape of a view that is computed in the network, as with a dynamic batch."""
    return Net(lambda m, x: m.out(m.conv(x).view(x.size(0), -1)), conv=nn.Conv2d(2, 3, 3), out=nn.Linear(3 * 4 * 5, 4))


def hard():
    return Net(lambda m, x: m.out(F.hardswish(m.b(F.hardswish(m.a(x)))).mean([2, 3])), a=nn.Conv2d(2, 6, 3, 2, 1),
               b=nn.Conv2d(6, 6, 3, 1, 1, groups=6), out=nn.Linear(6, 3))


def squeeze_excite():
    def run(m, x):
        y = m.conv(x)
        s = F.hardsigmoid(m.up(F.relu(m.down(F.adaptive_avg_pool2d(y, 1)))))
        return m.out((y * s).mean([2, 3]))
    return Net(run, conv=nn.Conv2d(3, 6, 3, padding=1), down=nn.Conv2d(6, 2, 1), up=nn.Conv2d(2, 6, 1), out=nn.Linear(6, 3))


def shuffle():
    """Grouped convolutions with channels shuffled between them."""
    def run(m, x):
        y = m.a(x)
        b, c, h, w = y.shape
        y = y.view(b, 2, c // 2, h, w).transpose(1, 2).reshape(b, c, h, w)
        left, right = m.b(y).chunk(2, dim=1)
        return torch.cat([F.silu(left), right * 0.5 - 1], 1).amax([2, 3])
    return Net(run, a=nn.Conv2d(4, 6, 3, groups=2), b=nn.Conv2d(6, 8, 1, groups=2))


def unet():
    """An encoder and decoder with an image as output."""
    def run(m, x):
        a = F.relu(m.a(x))
        b = F.relu(m.b(F.max_pool2d(a, 2)))
        up = F.interpolate(b, scale_factor=2, mode='nearest')
        return torch.sigmoid(m.c(torch.cat([up, a], 1)))
    return Net(run, a=nn.Conv2d(1, 3, 3, padding=1), b=nn.Conv2d(3, 4, 3, padding=1), c=nn.Conv2d(7, 2, 1))


def sequence():
    """Time before features, as recurrent people count: transposed in the network, and rows through a dense layer."""
    def run(m, x):
        y = F.relu(m.rows(x))
        y = m.conv(y.transpose(1, 2))
        return m.out(y[:, :, -1]) - m.bias
    return Net(run, rows=nn.Linear(4, 5), conv=nn.Conv1d(5, 6, 3), out=nn.Linear(6, 3), bias=nn.Parameter(torch.randn(3)))


def lstm():
    """The state after the last step, of two layers one upon the other."""
    return Net(lambda m, x: m.out(m.lstm(x)[0][:, -1]), lstm=nn.LSTM(4, 6, 2, batch_first=True), out=nn.Linear(6, 3))


def gru():
    """Of the last layer the last state; PyTorch's reset gate works on what the weights make of the state."""
    return Net(lambda m, x: m.out(m.gru(x)[1][-1]), gru=nn.GRU(4, 7, 2, batch_first=True), out=nn.Linear(7, 3))


def both_ways():
    """All states of both directions, and their last ones."""
    def run(m, x):
        y, (h, _) = m.lstm(x)
        return m.out(torch.cat([m.conv(y.transpose(1, 2)).mean(2), h[0], h[1]], 1))
    return Net(run, lstm=nn.LSTM(4, 5, batch_first=True, bidirectional=True), conv=nn.Conv1d(10, 4, 3), out=nn.Linear(14, 3))


def pools():
    def run(m, x):
        a = F.max_pool2d(x, 3, 2, 1)
        b = F.avg_pool2d(x, 3, 2, 1)
        c = F.avg_pool2d(F.pad(x, (0, 1, 0, 1)), 2, 2, count_include_pad=False)
        d = F.max_pool2d(F.pad(x, (1, 2, 0, 1)), 3, 2, ceil_mode=True)[:, :, :4, 1:6]
        return (a + b * c - d)[:, :, ::2, 1:].flatten(1)
    return Net(run)


def clips():
    def run(m, x):
        y = m.conv(x)
        y = torch.clamp(y, -0.5, 0.75) + F.hardtanh(y) + torch.clamp(y, min=0.1) * torch.clamp(y, max=0.3) / 2
        return torch.stack([y.mean(2), y[:, :, 0]], 1).squeeze(0).reshape(1, -1)
    return Net(run, conv=nn.Conv1d(2, 3, 3))


def cells():
    """A detector's head: scores in every cell, softmax over channels."""
    return nn.Sequential(nn.Conv2d(1, 4, 3, 2, 1), nn.ReLU(), nn.Conv2d(4, 4, 3, 2, 1), nn.ReLU(), nn.Conv2d(4, 3, 1),
                         nn.Softmax(dim=1))


class QuantisedLayer(nn.Module):
    """A layer between fake quantisations, which become QuantizeLinear and DequantizeLinear."""

    def __init__(self, layer, high):
        super().__init__()
        self.layer = layer
        self.scale = high / 255
        scales = layer.weight.detach().flatten(1).abs().amax(1) / 127
        self.register_buffer('scales', scales)
        self.register_buffer('zeros', torch.zeros(len(scales), dtype=torch.int32))

    def forward(self, x):
        w = torch.fake_quantize_per_channel_affine(self.layer.weight, self.scales, self.zeros, 0, -128, 127)
        if isinstance(self.layer, nn.Linear):
            y = F.linear(x, w, self.layer.bias)
        else:
            c = self.layer
            y = F.conv2d(x, w, c.bias, c.stride, c.padding, c.dilation, c.groups)
        return torch.fake_quantize_per_tensor_affine(F.relu(y), self.scale, 0, 0, 255)


def qdq():
    quantised = [QuantisedLayer(layer, high) for layer, high in
                 [(nn.Conv2d(2, 6, 3, padding=1), 1.8), (nn.Conv2d(6, 6, 3, 2, 1, groups=6), 0.9), (nn.Conv2d(6, 8, 1), 0.7)]]
    def run(m, x):
        x = torch.fake_quantize_per_tensor_affine(x, 2 / 255, 128, 0, 255)
        x = m.layers(x)
        x = F.max_pool2d(x, 2).flatten(1)
        return m.last(x)
    return Net(run, layers=nn.Sequential(*quantised), last=QuantisedLayer(nn.Linear(8 * 2 * 2, 4), 0.4))


def qdq_branches():
    """int8 around sums, concatenations, pooling and a sigmoid, each with a scale of its own."""
    def q(x, low, high):
        scale = (high - low) / 255
        return torch.fake_quantize_per_tensor_affine(x, scale, round(-low / scale) - 128, -128, 127)
    def run(m, x):
        a = m.a(q(x, -1, 1))
        b = m.b(a)
        c = q(torch.cat([q(a + b, 0, 2), b], 1), 0, 2)
        c = q(F.avg_pool2d(c, 2), 0, 1.5)
        return q(torch.sigmoid(m.last(c.flatten(1))), 0, 1)
    return Net(run, a=QuantisedLayer(nn.Conv2d(1, 4, 3), 1.5), b=QuantisedLayer(nn.Conv2d(4, 4, 1), 0.9),
               last=QuantisedLayer(nn.Linear(8 * 3 * 3, 4), 1))


NETS = {
    'dscnn': (dscnn, (1, 1, 21, 10), 13),
    'residual': (residual, (1, 3, 8, 8), 11),
    'conv1d': (conv1d, (1, 3, 22), 9),
    'mlp': (mlp, (1, 12), 7),
    'flatten': (flatten, (1, 2, 6, 7), 17),
    'view': (view, (1, 2, 6, 7), 12),
    'hard': (hard, (1, 2, 8, 8), 13),
    'hard14': (hard, (1, 2, 8, 8), 14),
    'squeeze-excite': (squeeze_excite, (1, 3, 6, 6), 13),
    'shuffle': (shuffle, (1, 4, 6, 6), 13),
    'unet': (unet, (1, 1, 8, 6), 11),
    'unet10': (unet, (1, 1, 8, 6), 10),
    'sequence': (sequence, (1, 9, 4), 15),
    'pools': (pools, (1, 2, 8, 9), 16),
    'clips': (clips, (1, 2, 9), 12),
    'cells': (cells, (1, 1, 12, 12), 13),
    'cells9': (cells, (1, 1, 12, 12), 9),
    'qdq': (qdq, (1, 2, 8, 8), 13),
    'qdq-branches': (qdq_branches, (1, 1, 8, 8), 13),
    'lstm': (lstm, (1, 9, 4), 14),
    'both-ways': (both_ways, (1, 9, 4), 17),
    'gru': (gru, (1, 9, 4), 13),
}

if __name__ == '__main__':
    results = {}
    for number, (name, (make, shape, opset)) in enumerate(NETS.items()):
        torch.manual_seed(100 + number)
        model = live(make())
        size = int(torch.tensor(shape).prod())
        # The same values in TypeScript: no generator has to be written twice.
        inputs = [torch.tensor([((i * 37 + row * 101) % 97) / 48 - 1 for i in range(size)]).reshape(shape) for row in range(3)]
        with torch.no_grad():
            outputs = [model(x).flatten().tolist() for x in inputs]
        dynamic = {'x': {0: 'batch'}} if name == 'view' else None
        torch.onnx.export(model, inputs[0], os.path.join(HERE, f'{name}.onnx'), opset_version=opset, input_names=['x'],
                          output_names=['y'], dynamic_axes=dynamic)
        results[name] = {'input': shape, 'output': list(model(inputs[0]).shape),
                         'values': [[float(f'{v:.8g}') for v in row] for row in outputs]}
    with open(os.path.join(HERE, 'outputs.json'), 'w') as file:
        file.write('{\n' + ',\n'.join(f'  {json.dumps(k)}: {json.dumps(v, separators=(",", ":"))}' for k, v in results.items()) + '\n}\n')
