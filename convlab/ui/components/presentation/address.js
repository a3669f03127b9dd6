// The link says whether one presents: "present=1", behind what a page itself puts there.

const PARAMETER = "present";

const presenting = () => Boolean(document.documentElement.dataset.present);
const presents = (search) => new URLSearchParams(search).get(PARAMETER) === "1";

// An address, given from the one that is open, as it is while one presents, or not. The rest stays letter by letter: Streamlit
// compares addresses, and takes one that is written in another way for a step of Back.
function addressed(url, open, presenting) {
  const address = new URL(url, open);
  const parts = address.search.slice(1).split("&").filter((part) => part && part.split("=")[0] !== PARAMETER);
  if (presenting) parts.push(`${PARAMETER}=1`);
  address.search = parts.join("&");
  return address.href;
}
