// One step of a number, in decimals and exactly. Streamlit's own rounds the number to the decimals of its step first:
// 0.0015 and a step of 0.001 become 0.003.

// A number as a whole number of powers of ten: 0.0015 is 15 of 10^-4.
function decimal(value) {
  const [digits, exponent] = value.toExponential().split("e");
  return { count: BigInt(digits.replace(".", "")), power: Number(exponent) - (digits.split(".")[1] ?? "").length };
}

// The sum as it is written on paper, and then the nearest number to it.
function stepped(value, step) {
  const parts = [decimal(value), decimal(step)];
  const power = Math.min(...parts.map((part) => part.power));
  const counts = parts.map((part) => part.count * 10n ** BigInt(part.power - power));
  return Number(`${counts[0] + counts[1]}e${power}`);
}
