"""Programs about what goes into a network: pictures, labels and their numbers (sections 8.1 to 8.4)."""

from convlab.errors import N_
from convlab.programs.program import Program, Repair

PROGRAMS = (
    Program(
        "picture_from_a_file",
        "8.4",
        N_("A picture from a file"),
        N_("Gives a verdict on a picture as a file holds it: bytes from 0 to 255."),
        "RuntimeError",
        N_(
            "Layers convert nothing: their weights are float32, so the picture has to be. Divided by "
            "255, it is in the range from 0 to 1 that networks are trained on. torchvision's `ToTensor`"
            " does both."
        ),
        "batch = picture",
        ("picture = torch.randint(0, 256, (1, 3, 32, 32), dtype=torch.uint8)",),
        (
            Repair("batch = picture / 255"),
            Repair(
                "batch = picture // 255",
                N_("Whole division stays with bytes, and all but the value 255 become 0."),
            ),
            Repair(
                "batch = picture.float()",
                N_("It runs. But the values go up to 255, where networks are trained on 0 to 1."),
            ),
        ),
    ),
    Program(
        "channels_first",
        "8.2",
        N_("Colour first"),
        N_("Turns a picture from height, width, colour into what PyTorch wants: colour, height, width."),
        "wrong",
        N_(
            "`reshape` leaves all numbers in their order and counts off rows anew: red, green and blue "
            "are mixed. `permute` changes which axis is which. Shapes cannot show it; PyTorch says "
            "nothing."
        ),
        "batch = picture.reshape(1, 3, 32, 32)",
        (),
        (
            Repair("batch = picture.permute(2, 0, 1).unsqueeze(0)"),
            Repair(
                "batch = picture.view(3, 32, 32).unsqueeze(0)",
                N_("`view` is `reshape` without a copy: the same numbers in the same order."),
            ),
            Repair(
                "batch = picture.permute(2, 1, 0).unsqueeze(0)",
                N_(
                    "The colours are right, and the picture lies on its side: height and width have "
                    "changed places."
                ),
            ),
        ),
    ),
    Program(
        "labels_as_numbers",
        "8.4",
        N_("Labels as numbers"),
        N_("Computes the loss of four pictures from their labels."),
        "RuntimeError",
        N_(
            "A label names a class, so cross-entropy wants whole numbers, int64. Floats would be a "
            "probability for each class, in the shape of the logits. Labels read from a table of "
            "numbers are often floats."
        ),
        "labels = torch.tensor([0.0, 1.0, 1.0, 0.0])",
        ("loss = F.cross_entropy(model(pictures), labels)",),
        (
            Repair("labels = torch.tensor([0.0, 1.0, 1.0, 0.0]).long()"),
            Repair(
                "labels = torch.tensor([[0.0], [1.0], [1.0], [0.0]])",
                N_(
                    "Floats with an axis more are still no class numbers. This would suit one output "
                    "and a sigmoid."
                ),
            ),
            Repair(
                "labels = torch.tensor([0.0, 1.0, 1.0, 0.0]).double()",
                N_("Only more digits. Classes are counted, not measured."),
            ),
        ),
    ),
    Program(
        "airplanes_and_birds",
        "8.4",
        N_("Airplanes and birds"),
        N_("Keeps two of the ten classes of CIFAR-10, and computes the loss of six pictures."),
        "IndexError",
        N_(
            "A network with two outputs has the classes 0 and 1. The bird is still number 2. The "
            "chapter maps `{0: 0, 2: 1}`. On a GPU the message is far less clear."
        ),
        "targets = labels",
        ("labels = torch.tensor([0, 2, 2, 0, 2, 0])",),
        (
            Repair("targets = (labels == 2).long()"),
            Repair("targets = labels - 1", N_("The airplane becomes -1, which is no class either.")),
            Repair(
                "targets = labels % 2",
                N_("No message: but 0 and 2 are both even, so all six pictures are airplanes."),
            ),
        ),
    ),
    Program(
        "last_batch",
        "8.5.2",
        N_("129 pictures"),
        N_("Trains a network with batch norm for one epoch, in batches of 64."),
        "ValueError",
        N_(
            "129 is 64 + 64 + 1. In training, batch norm takes mean and spread over the batch, and one "
            "number has no spread. `drop_last=True` leaves an incomplete batch out. `BatchNorm2d` on "
            "larger maps gives no message: it takes the pixels of the one picture."
        ),
        "loader = DataLoader(data, batch_size=64, shuffle=True)",
        ("pictures, labels = torch.randn(129, 1, 8, 8), torch.arange(129) % 2",),
        (
            Repair("loader = DataLoader(data, batch_size=64, shuffle=True, drop_last=True)"),
            Repair(
                "loader = DataLoader(data, batch_size=64, shuffle=False)",
                N_("In any order, the last batch has one picture."),
            ),
            Repair(
                "loader = DataLoader(data, batch_size=128, shuffle=True)",
                N_("129 is 128 + 1, too."),
            ),
        ),
    ),
    Program(
        "new_pictures",
        "8.4",
        N_("New pictures"),
        N_("Trains on 400 pictures, then judges 1,000 new ones of the same kind."),
        "wrong",
        N_(
            "The network has only seen normalised pictures. New ones need the same: the mean and the "
            "spread of the training pictures, kept with the weights. The training loss says nothing of "
            "it."
        ),
        "verdicts = model(new).argmax(dim=1)",
        ("new, right = draw(1000)", "mean, std = pictures.mean(), pictures.std()"),
        (
            Repair("verdicts = model((new - mean) / std).argmax(dim=1)"),
            Repair(
                "verdicts = model(new * std + mean).argmax(dim=1)",
                N_("That takes a normalisation back which these pictures never had."),
            ),
            Repair(
                "verdicts = model(new.clamp(0, 1)).argmax(dim=1)",
                N_("The values were between 0 and 1 already. What is missing is the shift and the scale."),
            ),
        ),
    ),
)
