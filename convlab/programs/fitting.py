"""Programs about what networks are made of, and whether their parts fit (sections 8.1 to 8.3)."""

from convlab.errors import N_
from convlab.programs.program import Program, Repair

PROGRAMS = (
    Program(
        "verdict_of_net",
        "8.2.4",
        N_("Net's verdict"),
        N_("Gives the two logits that the chapter's network has for one picture."),
        "RuntimeError",
        N_(
            "Behind the second pooling there are 8 maps of 8×8, in four axes. A `Linear` layer takes "
            "the last axis, and finds 8 where it wants 512: the 64 in the message are 8 maps of 8 rows."
            " `nn.Flatten` makes one axis of all but the batch."
        ),
        "nn.Linear(8 * 8 * 8, 32),",
        repairs=(
            Repair("nn.Flatten(),\nnn.Linear(8 * 8 * 8, 32),"),
            Repair(
                "nn.Linear(8, 32),",
                N_(
                    "No message now, and a verdict for each of 64 rows of maps. `Linear` takes whatever"
                    " the last axis holds. That would be right for a layer that treats all rows alike."
                ),
            ),
            Repair(
                "nn.Linear(64, 32),",
                N_("The 64 of the message counts rows. The layer needs as many inputs as a row has numbers."),
            ),
        ),
    ),
    Program(
        "larger_kernels",
        "8.7",
        N_("Kernels of 5×5"),
        N_("Net with larger kernels, as exercise 1 asks, looks at one picture."),
        "RuntimeError",
        N_(
            "With a padding of 1, a kernel of 5×5 takes two pixels off each side: 32 becomes 30, pooled"
            " 15, then 13, pooled 6. So 8 maps of 6×6 reach the first `Linear`: 288 numbers. A padding "
            "of 2 in both convolutions would keep the 512."
        ),
        "self.fc1 = nn.Linear(8 * 8 * 8, 32)",
        (
            "self.conv1 = nn.Conv2d(3, 16, kernel_size=5, padding=1)",
            "self.conv2 = nn.Conv2d(16, 8, kernel_size=5, padding=1)",
        ),
        (
            Repair("self.fc1 = nn.Linear(8 * 6 * 6, 32)"),
            Repair(
                "self.fc1 = nn.Linear(8 * 7 * 7, 32)",
                N_("13 pixels pooled in twos are 6: the last row and column are left out."),
            ),
            Repair(
                "self.fc1 = nn.Linear(6 * 6, 32)",
                N_("That is one map. There are eight, and the layer gets all of them."),
            ),
        ),
    ),
    Program(
        "stack_of_layers",
        "8.3",
        N_("A stack of layers"),
        N_("Keeps its layers together, and hands their weights to an optimiser."),
        "ValueError",
        N_(
            "A module registers what is assigned to an attribute, if that is a module or a parameter. A"
            " list is neither. So `forward` works and `parameters()` is empty. Had the class one more "
            "layer outside the list, there would be no message, and the list would never be trained."
        ),
        "self.layers = [nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 2, 3)]",
        ("optimizer = torch.optim.SGD(model.parameters(), lr=0.01)",),
        (
            Repair("self.layers = nn.ModuleList([nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 2, 3)])"),
            Repair(
                "self.layers = (nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 2, 3))",
                N_("A tuple is no module either: Python's own containers hide what they hold."),
            ),
            Repair(
                'self.layers = {"a": nn.Conv2d(3, 8, 3), "b": nn.ReLU(), "c": nn.Conv2d(8, 2, 3)}',
                N_(
                    "A dict hides its layers too, and a loop over it gives its keys. `nn.ModuleDict` "
                    "registers."
                ),
            ),
        ),
    ),
    Program(
        "module_of_your_own",
        "8.3",
        N_("A module of your own"),
        N_("Defines a layer that finds edges, and shows it a picture."),
        "AttributeError",
        N_(
            "`super().__init__()` makes the dictionaries in which a module registers its layers. "
            "Without it the first assignment of a layer finds none. A plain number, such as `channels`,"
            " needs no register."
        ),
        "self.channels = channels",
        ("def __init__(self, channels):", "self.conv = nn.Conv2d(3, channels, kernel_size=3, padding=1)"),
        (
            Repair("super().__init__()\nself.channels = channels"),
            Repair(
                "super().__init__\nself.channels = channels",
                N_(
                    "Without parentheses the method is only named. Python says nothing, and PyTorch the"
                    " same as before."
                ),
            ),
            Repair(
                "nn.Module()\nself.channels = channels",
                N_("That makes another module and drops it. This one is as empty as before."),
            ),
        ),
    ),
    Program(
        "one_picture",
        "8.2",
        N_("One picture"),
        N_("Gives two logits for one picture of 3×32×32."),
        "RuntimeError",
        N_(
            "Convolution and pooling take a picture without a batch. But `Flatten` leaves the first "
            "axis as it is, and takes the eight maps for eight pictures of 64 numbers. `unsqueeze(0)` "
            "makes a batch of one."
        ),
        "verdict = model(picture)",
        ("picture = torch.rand(3, 32, 32)", "nn.Flatten(),"),
        (
            Repair("verdict = model(picture.unsqueeze(0))"),
            Repair(
                "verdict = model(picture.unsqueeze(1))",
                N_("Now red, green and blue are three pictures of one channel each. The batch comes first."),
            ),
            Repair(
                "verdict = model(picture.flatten())",
                N_("Flat comes later. A convolution has to know which pixels are neighbours."),
            ),
        ),
    ),
    Program(
        "convolution_alone",
        "8.2",
        N_("A convolution alone"),
        N_("Convolves one picture, once as it is and once in a batch of one."),
        "right",
        N_(
            "The chapter says that `nn.Conv2d` needs a batch, and so it was. Today's PyTorch takes "
            "three axes too, and gives three. Layers behind it may still count on the batch: `Flatten`,"
            " batch norm, your own `view`."
        ),
    ),
    Program(
        "kernel_of_ones",
        "8.2.1",
        N_("A kernel of ones"),
        N_("Sets each weight of a kernel to 1, and counts the neighbours of each pixel."),
        "AttributeError",
        N_(
            "So the chapter has it in print, beside `zero_()`, which does exist. There is no `one_()`. "
            "`fill_(1.0)` writes any number into a tensor, in place, as the underscore says; "
            "`torch.nn.init.ones_` does the same."
        ),
        "conv.weight.one_()",
        (),
        (
            Repair("conv.weight.fill_(1.0)"),
            Repair(
                "conv.weight.ones_()",
                N_(
                    "There is no such method either. `ones_` is a function: "
                    "`torch.nn.init.ones_(conv.weight)`."
                ),
            ),
            Repair(
                "torch.ones_like(conv.weight)",
                N_(
                    "That makes a new tensor and drops it: the kernel is as random as before, and "
                    "nothing says so."
                ),
            ),
        ),
    ),
    Program(
        "double_precision",
        "8.4.3",
        N_("To another type"),
        N_("Moves a network and its picture to float64. To a GPU it would be the same."),
        "RuntimeError",
        N_(
            "`Module.to` changes the module itself. `Tensor.to` cannot: it gives a new tensor, which is"
            " lost unless a name is put to it. It is the same with `.to(device)`."
        ),
        "picture.to(torch.float64)",
        (),
        (
            Repair("picture = picture.to(torch.float64)"),
            Repair("picture.double()", N_("`double()` is `to(torch.float64)`: its tensor, too, is lost.")),
            Repair(
                "picture.type(torch.float64)",
                N_("Another name for the same: a tensor never changes its dtype in place."),
            ),
        ),
    ),
    Program(
        "network_that_moves",
        "8.4.3",
        N_("A network that moves"),
        N_("Moves a network to float64 behind the optimiser's back, and takes a step."),
        "right",
        N_(
            "`Module.to` puts new numbers into the same parameters, so the optimiser still holds them, "
            "and no name has to be put to the result. To be safe in all cases, make the optimiser "
            "afterwards, as PyTorch advises."
        ),
    ),
    Program(
        "saved_weights",
        "8.4.2",
        N_("Saved weights"),
        N_("Puts saved weights into a network, and gives its verdict on a white picture."),
        "RuntimeError",
        N_(
            "A file of weights is names and tensors. What was `fc` is `last` now, so two names of the "
            "file are unknown and two of the network are missing. Rename the keys, or keep the "
            "attribute's old name."
        ),
        "model.load_state_dict(weights)",
        (
            "self.last = nn.Linear(4, 2)",
            'weights |= {"fc.weight": torch.ones(2, 4), "fc.bias": torch.zeros(2)}',
        ),
        (
            Repair(
                'renamed = {name.replace("fc.", "last."): tensor for name, tensor in weights.items()}\n'
                "model.load_state_dict(renamed)"
            ),
            Repair(
                "model.load_state_dict(weights, strict=False)",
                N_(
                    "No message, and the last layer keeps its random weights: the verdict is not the "
                    "trained one's."
                ),
            ),
            Repair(
                'weights.pop("fc.weight"), weights.pop("fc.bias")\nmodel.load_state_dict(weights)',
                N_("Nothing is unknown now, but `last` is still missing."),
            ),
        ),
    ),
    Program(
        "ten_blocks",
        "8.5.3",
        N_("Ten residual blocks"),
        N_("Stacks ten blocks, each with weights of its own."),
        "wrong",
        N_(
            "`10 * [block]` is a list that holds one block ten times. So does the chapter's "
            "`NetResDeep`: ten layers deep or a hundred, it trains one block. A comprehension calls "
            "`ResBlock(32)` anew for each."
        ),
        "blocks = nn.Sequential(*(10 * [ResBlock(32)]))",
        (),
        (
            Repair("blocks = nn.Sequential(*[ResBlock(32) for _ in range(10)])"),
            Repair(
                "blocks = nn.ModuleList(10 * [ResBlock(32)])",
                N_("It registers ten entries, all of them the same block."),
            ),
            Repair(
                "block = ResBlock(32)\nblocks = nn.Sequential(*[block for _ in range(10)])",
                N_("The comprehension has to make the block, not only to name it."),
            ),
        ),
    ),
)
