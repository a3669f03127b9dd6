// One number as people write it, as convlab/numerals.py reads it: with a decimal comma, full-width digits, a true minus
// sign, as a fraction.

const MINUS_SIGNS = /[\u2010-\u2013\u2212\ufe63]/g; // hyphens, figure and en dash, minus; never a long dash
const DECIMAL = "[-+]?(?:\\d+(?:[.,]\\d*)?|[.,]\\d+)(?:[eE][-+]?\\d+)?";
const WRITTEN = new RegExp(`^(${DECIMAL})(?:\\s*/\\s*(${DECIMAL}))?$`);
const SOME_DIGIT = /^[^eE]*[1-9]/; // in front of an exponent
const TWO_WAYS = /^[-+]?[1-9]\d{0,2},\d{3}$/; // 1,234: a little more than one, or a thousand and more

// Full-width characters and the many signs for minus as ASCII writes them.
function plainText(text) {
  const ascii = text.replace(/[\uff01-\uff5e]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0));
  return ascii.replace(MINUS_SIGNS, "-").replaceAll("\u3000", " ").replaceAll("\u3002", ".");
}

// The number that a text says, or null: nothing is guessed.
function readNumber(text) {
  const match = plainText(text).trim().match(WRITTEN);
  const parts = match ? [match[1], match[2] ?? "1"] : [];
  if (!match || parts.some((part) => TWO_WAYS.test(part))) return null;
  const [top, bottom] = parts.map((part) => Number(part.replace(",", ".")));
  const value = top / bottom;
  const lost = value === 0 && SOME_DIGIT.test(match[1]); // too near to 0 to be told from it
  return bottom === 0 || Number.isNaN(value) || lost ? null : value;
}

// Whether a text that is pasted or dropped has several lines: a field of one line would join their numbers to one.
const hasLines = (transfer) => /[\r\n]/.test(transfer.getData("text/plain").trim());
