"""Parts of scripts on what a module registers: hooks that count, several forms, a line that fails."""

COUNTING = """ran = {"net": 0, "conv1": 0}

def counting(name):
    def hook(module, inputs, output):
        ran[name] += 1
    return hook"""

CALLS = """net.register_forward_hook(counting("net"))
net.conv1.register_forward_hook(counting("conv1"))
for _ in range({calls}):
    net(x)
for _ in range({forwards}):
    net.forward(x)  # not through Module.__call__, which runs the hooks
print(ran)"""

FORMS = """from collections.abc import Mapping
torch.manual_seed(0)
net = Net()
weights = net.state_dict()
batch = torch.randn(64, 3, 32, 32, generator=torch.Generator().manual_seed(0))
with torch.no_grad():
    logits = [net(batch), net_function(batch, weights)]
    for model in (NetModules(), sequential_net()):
        for parameter, tensor in zip(model.parameters(), weights.values(), strict=True):
            parameter.copy_(tensor)
        logits.append(model(batch))
print([float((other - logits[0]).abs().max()) for other in logits])"""


def tried(line: str, error: str) -> str:
    """A line whose error of this name is printed, as PyTorch says it."""
    return f'try:\n    {line}\nexcept {error} as error:\n    print(f"{error}: {{error}}")'
