import torch

# As most files hold a picture: height, width, colour.
# The left half is red, the right half blue.
picture = torch.zeros(32, 32, 3)
picture[:, :16, 0] = 1.0
picture[:, 16:, 2] = 1.0

batch = picture.reshape(1, 3, 32, 32)
red, green, blue = batch[0]
means = [round(colour.mean().item(), 2) for colour in (red, green, blue)]
left, right = red[:, :16].mean().item(), red[:, 16:].mean().item()
print("Mean of red, green, blue:", means)
print("Red on the left, right:", round(left, 2), round(right, 2))
