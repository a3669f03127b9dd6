"""Programs about training and what comes after it (sections 8.4 and 8.5)."""

from convlab.errors import N_
from convlab.programs.program import Program, Repair

PROGRAMS = (
    Program(
        "five_lines",
        "8.4.1",
        N_("The training loop"),
        N_("Takes 101 steps on the same 200 pictures; the loss is to fall all the way."),
        "wrong",
        N_(
            "`backward()` adds to the gradients that are there. Without `zero_grad()` each step goes "
            "along the sum of all gradients so far, rushes past the valley and swings back. With an "
            "easier task it even seems to work."
        ),
        "loss.backward()",
        ("loss = F.cross_entropy(outputs, labels)", "optimizer.step()"),
        (
            Repair("optimizer.zero_grad()\nloss.backward()"),
            Repair(
                "loss.backward()\noptimizer.zero_grad()",
                N_(
                    "The gradients are gone before `step()` can use them: no weight moves, and no "
                    "message says so."
                ),
            ),
            Repair(
                "loss.backward(retain_graph=True)",
                N_("That keeps the graph for another `backward()`. The gradients go on adding up."),
            ),
        ),
    ),
    Program(
        "sign_of_the_loss",
        "8.4.1",
        N_("The smallest loss"),
        N_("Trains until the loss is as small as can be."),
        "wrong",
        N_(
            "Cross-entropy is already the negative log of the right class's probability: small is good."
            " The chapter speaks of minimising the negative cross-entropy, which makes the network as "
            "wrong as it can be. The loss falls all the same."
        ),
        "loss = -F.cross_entropy(outputs, labels)",
        (),
        (
            Repair("loss = F.cross_entropy(outputs, labels)"),
            Repair(
                "loss = -F.cross_entropy(outputs, labels).abs()",
                N_("The loss was negative because of the sign in front, and still is."),
            ),
            Repair(
                "loss = F.cross_entropy(-outputs, labels)",
                N_("The sign has moved: the network now learns to give the right class the smallest logit."),
            ),
        ),
    ),
    Program(
        "probabilities",
        "8.4.1",
        N_("Probabilities"),
        N_("Learns an easy task: the loss ought to go to zero."),
        "wrong",
        N_(
            "`F.cross_entropy` has a softmax of its own. Of probabilities, at best 1 and 0, a second "
            "one makes 0.73 and 0.27, so the loss stops above 0.313, and the gradients are small. Let "
            "the network give logits; take the softmax where people look at it."
        ),
        "return F.softmax(self.fc(x.flatten(start_dim=1)), dim=1)",
        ("loss = F.cross_entropy(model(pictures), labels)",),
        (
            Repair("return self.fc(x.flatten(start_dim=1))"),
            Repair(
                "return torch.sigmoid(self.fc(x.flatten(start_dim=1)))",
                N_("Also between 0 and 1, so cross-entropy's own softmax is held to 0.73 as well."),
            ),
            Repair(
                "return F.softmax(self.fc(x.flatten(start_dim=1)), dim=0)",
                N_("That shares one probability among the pictures of the batch: smaller still."),
            ),
        ),
    ),
    Program(
        "asked_twice",
        "8.5.2",
        N_("Asked twice"),
        N_("Asks a network with dropout for its verdict on one picture, twice."),
        "wrong",
        N_(
            "A new module is in training mode, where dropout puts out other numbers at each call. "
            "`model.eval()` before the verdict switches it off, and batch norm goes over to its running"
            " figures."
        ),
        "first = model(picture)",
        ("second = model(picture)", "picture = torch.rand(1, 3, 32, 32)"),
        (
            Repair("model.eval()\nfirst = model(picture)"),
            Repair(
                "torch.set_grad_enabled(False)\nfirst = model(picture)",
                N_("No gradients, which saves memory. Dropout does not ask for gradients: it goes on."),
            ),
            Repair(
                "model.requires_grad_(False)\nfirst = model(picture)",
                N_("That freezes the weights. Dropout has none."),
            ),
        ),
    ),
    Program(
        "new_last_layer",
        "8.4.1",
        N_("A new last layer"),
        N_("Keeps what a network has learned, and trains a new last layer for three classes."),
        "wrong",
        N_(
            "An optimiser holds the tensors that it was given. The layer came later, so nobody trains "
            "it, and the others are frozen. Make the optimiser when the network is complete."
        ),
        "model[3] = nn.Linear(32, 3)  # three classes now",
        ("optimizer = torch.optim.SGD(model.parameters(), lr=0.1)",),
        (
            Repair(
                "model[3] = nn.Linear(32, 3)  # three classes now\n"
                "optimizer = torch.optim.SGD(model[3].parameters(), lr=0.1)"
            ),
            Repair(
                "model[3] = nn.Linear(32, 3)\nmodel.train()",
                N_("That is about dropout and batch norm. The optimiser still does not know the layer."),
            ),
            Repair(
                "model[3] = nn.Linear(32, 3).requires_grad_(True)",
                N_("The layer has gradients anyway. Nobody takes a step along them."),
            ),
        ),
    ),
    Program(
        "long_strides",
        "8.4.1",
        N_("Long strides"),
        N_("Takes 41 steps on the same 200 pictures; the loss is to fall all the way."),
        "wrong",
        N_(
            "A step of this length leaps over the valley and lands higher on the other side, where the "
            "slope is steeper, so the next goes further still: until float32 ends. PyTorch goes on "
            "computing with nan."
        ),
        "optimizer = torch.optim.SGD(model.parameters(), lr=50.0)",
        (),
        (
            Repair("optimizer = torch.optim.SGD(model.parameters(), lr=0.5)"),
            Repair(
                "optimizer = torch.optim.SGD(model.parameters(), lr=500.0)",
                N_("Further still."),
            ),
            Repair(
                "optimizer = torch.optim.SGD(model.parameters(), lr=50.0, momentum=0.9)",
                N_("Momentum adds the steps before to each: it makes them longer."),
            ),
        ),
    ),
    Program(
        "two_activations",
        "8.5.3",
        N_("Two activations"),
        N_("Puts a ReLU behind the tanh, and asks for gradients."),
        "RuntimeError",
        N_(
            "The gradient of tanh is computed from its output, so autograd keeps that. `inplace=True` "
            "writes over it. PyTorch counts the changes of each tensor and refuses. Behind a "
            "convolution, which needs only its input, the same layer does no harm."
        ),
        "nn.ReLU(inplace=True),",
        (),
        (
            Repair("nn.ReLU(),"),
            Repair(
                "nn.Hardtanh(0.0, 1e9, inplace=True),",
                N_("Another function that writes over what tanh needs."),
            ),
            Repair(
                "nn.Dropout(0.0),\nnn.ReLU(inplace=True),",
                N_("A dropout of 0 hands on the very numbers that it got, where tanh put them."),
            ),
        ),
    ),
    Program(
        "block_with_a_skip",
        "8.5.3",
        N_("A block with a skip"),
        N_(
            "Adds its input to its output. The convolution gives zeros here, so what goes in should come out."
        ),
        "wrong",
        N_(
            "`inplace=True` saves memory by writing the result over `x`, which the skip still needs: "
            "its negative values are gone. PyTorch cannot know that this is not meant."
        ),
        "out = F.relu(x, inplace=True)",
        (),
        (
            Repair("out = F.relu(x)"),
            Repair("out = F.relu_(x)", N_("The underscore means in place, too.")),
            Repair(
                "skip = x\nout = F.relu(x, inplace=True)",
                N_("A second name for the same tensor keeps nothing. A copy would: `x.clone()`."),
            ),
        ),
    ),
    Program(
        "mean_loss",
        "8.4.1",
        N_("The mean loss"),
        N_("Adds up the losses of a hundred batches, to print their mean."),
        "wrong",
        N_(
            "A loss is the end of a graph. Their sum holds the graphs of all batches, with what the "
            "network computed on the way: memory grows until there is none. `.item()` gives the number "
            "alone. In validation, `torch.no_grad()` makes no graph at all."
        ),
        "total += loss",
        (),
        (
            Repair("total += loss.item()"),
            Repair("total += loss.clone()", N_("A copy hangs on the same graph.")),
            Repair(
                "total = total + loss",
                N_("The same sum, written at more length. It holds each loss's graph."),
            ),
        ),
    ),
    Program(
        "train_then_look",
        "8.4.1",
        N_("Train, then look"),
        N_("Trains two networks alike, one after the other, and counts what each gets right."),
        "wrong",
        N_(
            "From then on `train_loader` is a loader that does not shuffle, so the second network sees all "
            "airplanes, then all birds. The book's notebook does the same: what it trains afterwards without "
            "a new loader learns unshuffled."
        ),
        "train_loader = DataLoader(data, batch_size=20, shuffle=False)  # to count",
        ("right = accuracy(model, train_loader)",),
        (
            Repair("count_loader = DataLoader(data, batch_size=20, shuffle=False)"),
            Repair(
                "train_loader = DataLoader(data, batch_size=400, shuffle=False)",
                N_(
                    "One batch of everything is shuffled enough, but then the second network takes a "
                    "single step."
                ),
            ),
            Repair(
                "model.eval()\ntrain_loader = DataLoader(data, batch_size=20, shuffle=False)",
                N_("Good manners before counting. The next network still gets the pictures in order."),
            ),
        ),
    ),
)
