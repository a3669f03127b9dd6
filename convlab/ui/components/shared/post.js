// One question to PyTorch over a route beside Streamlit: text and bytes there, a packed message back.

async function post(route, header, bytes, mostMs) {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const body = new Uint8Array(4 + text.length + bytes.length);
  new DataView(body.buffer).setUint32(0, text.length, true);
  body.set(text, 4);
  body.set(bytes, 4 + text.length);
  const headers = { "Content-Type": "application/octet-stream" };
  const answer = await fetch(route, { method: "POST", headers, body, signal: AbortSignal.timeout(mostMs) });
  if (!answer.ok) throw new Error(`${route}: ${answer.status}`);
  return unpack(new Uint8Array(await answer.arrayBuffer()));
}
