// One question to PyTorch over a route beside Streamlit: text and bytes there, a packed message back.

async function post(route, header, bytes, mostMs) {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const headers = { "Content-Type": "application/octet-stream" };
  const body = joined(text, bytes);
  const answer = await fetch(route, { method: "POST", headers, body, signal: AbortSignal.timeout(mostMs) });
  if (!answer.ok) throw Object.assign(new Error(`${route}: ${answer.status}`), { status: answer.status });
  return unpack(new Uint8Array(await answer.arrayBuffer()));
}

// Not a Blob, which a browser keeps elsewhere first.
function joined(text, bytes) {
  const found = new Uint8Array(4 + text.length + bytes.length);
  new DataView(found.buffer).setUint32(0, text.length, true);
  found.set(text, 4);
  found.set(bytes, 4 + text.length);
  return found;
}
